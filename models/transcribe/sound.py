"""Recordings opened: from a path or bytes to one channel of float32, with a sentence for every fault.

libsndfile (through soundfile) reads wav, flac, ogg and mp3. What phones and browsers record (m4a, webm, aac, wma, amr) goes
through the program ffmpeg where it is installed. Files are read in blocks and mixed down as they come, so that
neither many channels nor a high rate fill the memory.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile
import soxr

from models.arrays import Samples
from models.transcribe.errors import (
    AbsurdRate,
    CutOff,
    EmptyRecording,
    NeedsFfmpeg,
    NotASound,
    NotFinite,
    SoundError,
    TooBrief,
    TooLong,
    UnreadableRecording,
)

LONGEST_S = 30 * 60
SHORTEST_S = 0.05
HIGHEST_RATE = 48_000
"""Recordings of a higher rate are brought down to this one: nothing of a piano is above 24 kHz."""
RATES = (1_000, 768_000)
BLOCK = 1 << 14
"""Values (frames times channels) read at once."""
FFMPEG_SECONDS = 120

_TOO_LONG = f"The recording is longer than {LONGEST_S // 60} minutes: cut it into parts and try each."
_NO_SOUND = "This file is not a recording that can be opened here: use wav, flac, mp3 or ogg."


@dataclass(frozen=True)
class Sound:
    """A recording: ``samples`` (n,) float32, mono; ``rate`` in Hz.

    ``cut_off``: the file ended earlier than its header says, and only its beginning is here.
    """

    samples: Samples
    rate: int
    cut_off: bool = False

    @property
    def seconds(self) -> float:
        """How long it is."""
        return len(self.samples) / self.rate

    def at(self, rate: int) -> Samples:
        """The samples at another rate, float32."""
        return resampled(self.samples, self.rate, rate)


def resampled(samples: Samples, rate: int, wanted: int) -> Samples:
    """(n,) float32 at ``rate`` Hz as (about n * wanted / rate,) float32 at ``wanted`` Hz."""
    if rate == wanted or not len(samples):
        return samples
    return np.asarray(soxr.resample(samples, rate, wanted), np.float32)


def sound_of(
    samples: npt.NDArray[np.floating] | npt.NDArray[np.integer], rate: int, *, longest_s: float = LONGEST_S
) -> Sound:
    """The recording that an array holds: (n,) or (n, channels), floats about -1..1 or integers of full scale.

    SoundError when there are no samples, too few or too many, samples that are no numbers, or an absurd rate.
    """
    array = np.asarray(samples)
    if array.ndim not in {1, 2} or not array.size:
        raise EmptyRecording("The recording is empty: record or choose another one.")
    _check_rate(rate)
    if len(array) > longest_s * rate:
        raise TooLong(
            _TOO_LONG if longest_s == LONGEST_S else f"The recording is longer than {longest_s:g} s."
        )
    if np.issubdtype(array.dtype, np.unsignedinteger):
        half = (int(np.iinfo(array.dtype).max) + 1) / 2
        array = (array.astype(np.float64) - half) / half
    elif np.issubdtype(array.dtype, np.integer):
        array = array.astype(np.float64) / -float(np.iinfo(array.dtype).min)
    mixed = array if array.ndim == 1 else _mixed(array)
    return _finished(np.ascontiguousarray(mixed, np.float32), rate)


def open_sound(source: Path | str | bytes, *, longest_s: float = LONGEST_S) -> Sound:
    """The recording in a file or in the bytes of one, mono float32, at its own rate but at most 48 kHz.

    Channels are mixed to their mean, unless they cancel each other: then the loudest is taken. A file that ends too
    early gives what it holds (`Sound.cut_off`). SoundError, with a sentence, for a file that cannot be opened.
    """
    if isinstance(source, bytes):
        if not source:
            raise EmptyRecording("The file is empty: record or choose another one.")
        head: bytes = source[:64]
    else:
        head = _head(Path(source))
    if _for_ffmpeg(head):
        return _through_ffmpeg(source, longest_s)
    try:
        return _through_soundfile(source, longest_s)
    except soundfile.LibsndfileError as error:
        raise NotASound(_NO_SOUND) from error


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            head = file.read(64)
    except OSError as error:
        raise UnreadableRecording(
            "The file cannot be read: check that it exists and may be opened."
        ) from error
    if not head:
        raise EmptyRecording("The file is empty: record or choose another one.")
    return head


def _through_soundfile(source: Path | str | bytes, longest_s: float) -> Sound:
    loudest: int | None = None
    while True:
        with _Straight(io.BytesIO(source) if isinstance(source, bytes) else str(source)) as file:
            rate = int(file.samplerate)
            _check_rate(rate)
            promised = int(file.frames)
            # A damaged header may promise any number; only what is read counts, but an honest one is refused at once.
            if longest_s * rate < promised < (1 << 40):
                raise TooLong(_TOO_LONG)
            tally = _Tally(file.channels)
            samples, cut_off = _read(file, rate, tally, loudest, longest_s)
        if loudest is None and tally.cancels:
            loudest = tally.loudest
            continue
        break
    if not len(samples):
        raise CutOff("The file ends before its sound begins: get a complete copy of it.")
    cut_off = cut_off or _shorter_than_said(source)
    return _finished(samples, min(rate, HIGHEST_RATE), cut_off=cut_off)


class _Straight(soundfile.SoundFile):  # type: ignore[misc]
    """A file read from front to back. soundfile seeks after each block, and an mp3 of variable bit rate jumps there."""

    def seekable(self) -> bool:
        """Never: what is read next is what follows."""
        return False


class _Tally:
    """Whether mixing the channels has cancelled them, and which of them is the loudest."""

    def __init__(self, channels: int) -> None:
        self.each = np.zeros(channels)
        self.mixed = 0.0

    def add(self, block: Samples, mixed: Samples) -> None:
        self.each += np.square(block, dtype=np.float64).sum(0)
        self.mixed += float(np.square(mixed, dtype=np.float64).sum())

    @property
    def loudest(self) -> int:
        return int(self.each.argmax())

    @property
    def cancels(self) -> bool:
        return len(self.each) > 1 and self.mixed < 1e-3 * float(self.each.max()) / len(self.each) ** 2


def _read(
    file: soundfile.SoundFile, rate: int, tally: _Tally, only: int | None, longest_s: float
) -> tuple[Samples, bool]:
    """All samples, mono, at most `HIGHEST_RATE`; and whether the file broke off."""
    narrow = soxr.ResampleStream(rate, HIGHEST_RATE, 1, dtype="float32") if rate > HIGHEST_RATE else None
    parts: list[Samples] = []
    count, cut_off = 0, False
    for block in _blocks(file):
        if block is None:
            cut_off = True
            break
        mixed = np.asarray(block.mean(1) if only is None else block[:, only], np.float32)
        if not np.isfinite(mixed).all():
            raise NotFinite("The recording holds samples that are no numbers: record or export it again.")
        tally.add(block, mixed)
        count += len(block)
        if count > longest_s * rate:
            raise TooLong(_TOO_LONG)
        parts.append(mixed if narrow is None else np.asarray(narrow.resample_chunk(mixed), np.float32))
    if narrow is not None and count:
        parts.append(np.asarray(narrow.resample_chunk(np.zeros(0, np.float32), last=True), np.float32))
    return (np.concatenate(parts) if parts else np.zeros(0, np.float32)), cut_off


def _blocks(file: soundfile.SoundFile) -> Iterator[Samples | None]:
    """(frames, channels) float32 blocks; a None at the end where the file breaks off."""
    size = max(1, BLOCK // file.channels)
    while True:
        try:
            block = file.read(size, dtype="float32", always_2d=True)
        except (soundfile.LibsndfileError, RuntimeError):
            yield None
            return
        if not len(block):
            return
        yield block


def _shorter_than_said(source: Path | str | bytes) -> bool:
    """Whether a wav file's header promises more bytes than there are; libsndfile passes over that in silence."""
    if isinstance(source, bytes):
        head, size = source[:4096], len(source)
    else:
        path = Path(source)
        with path.open("rb") as file:
            head, size = file.read(4096), path.stat().st_size
    at = head.find(b"data")
    if head[:4] != b"RIFF" or at < 0 or at + 8 > len(head):
        return False
    promised = int.from_bytes(head[at + 4 : at + 8], "little")
    # Streams leave the size at its largest or at 0.
    return promised < 0x7FFFFFFF and at + 8 + promised > size + 1


def _for_ffmpeg(head: bytes) -> str | None:
    """The name of ffmpeg's reader for what the bytes begin, None for what libsndfile opens or nobody knows."""
    if head[4:8] == b"ftyp":
        return "mov"
    if head[:4] == b"\x1a\x45\xdf\xa3":
        return "matroska"
    if head.startswith(b"\x30\x26\xb2\x75\x8e\x66\xcf\x11"):
        return "asf"
    if head.startswith(b"#!AMR"):
        return "amr"
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xF6 == 0xF0:
        return "aac"
    return None


def _through_ffmpeg(source: Path | str | bytes, longest_s: float) -> Sound:
    program = shutil.which("ffmpeg")
    if program is None:
        raise NeedsFfmpeg(
            "Recordings of this kind (m4a, webm, aac, wma, amr) need ffmpeg, which is not installed here: use wav, flac, mp3 or ogg."
        )
    with tempfile.TemporaryDirectory() as folder:
        inside = Path(folder) / "recording"
        if isinstance(source, bytes):
            inside.write_bytes(source)
        else:
            inside = Path(source).resolve()
        reader = _for_ffmpeg(source[:64] if isinstance(source, bytes) else _head(inside))
        out = Path(folder) / "sound.wav"
        # The reader is named and only files may be opened, so that a playlist in disguise reaches nothing else.
        command = [program, "-nostdin", "-v", "error", "-protocol_whitelist", "file", "-f", str(reader)]
        command += ["-i", str(inside), "-t", str(longest_s + 1), "-vn", "-ac", "1", "-ar", "44100"]
        command += ["-c:a", "pcm_f32le", str(out)]
        try:
            done = subprocess.run(command, capture_output=True, timeout=FFMPEG_SECONDS, check=False)  # noqa: S603
        except subprocess.TimeoutExpired as error:
            raise TooLong("Opening the recording takes too long: cut it or save it as wav.") from error
        if not out.exists() or out.stat().st_size < 100:
            raise NotASound("This file holds no sound that can be opened: save it as wav and try again.")
        try:
            opened = _through_soundfile(out, longest_s)
        except CutOff as error:
            raise NotASound(
                "This file holds no sound that can be opened: save it as wav and try again."
            ) from error
        return Sound(opened.samples, opened.rate, cut_off=done.returncode != 0)


def _mixed(array: npt.NDArray[np.generic]) -> Samples:
    """(n, channels) as (n,): their mean, or the loudest where they cancel."""
    block = np.asarray(array, np.float32)
    mixed = np.asarray(block.mean(1), np.float32)
    tally = _Tally(block.shape[1])
    tally.add(block, mixed)
    return np.asarray(block[:, tally.loudest], np.float32) if tally.cancels else mixed


def _check_rate(rate: int) -> None:
    if not RATES[0] <= rate <= RATES[1]:
        raise AbsurdRate(
            f"A sampling rate of {rate} Hz is not one that recordings have: export it at 44100 Hz."
        )


def _finished(samples: Samples, rate: int, *, cut_off: bool = False) -> Sound:
    if not np.isfinite(samples).all():
        raise NotFinite("The recording holds samples that are no numbers: record or export it again.")
    if len(samples) < SHORTEST_S * rate:
        length = f"The recording lasts {1000 * len(samples) / rate:.0f} ms, too short for a note"
        raise TooBrief(f"{length}: hold the note a little longer.")
    if rate > HIGHEST_RATE:
        samples, rate = resampled(samples, rate, HIGHEST_RATE), HIGHEST_RATE
    return Sound(samples, rate, cut_off)


__all__ = ["Sound", "SoundError", "open_sound", "resampled", "sound_of"]
