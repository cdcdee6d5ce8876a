"""Recordings that are damaged, lie about themselves, or go on for ever; MIDI files of the same kinds."""

from __future__ import annotations

import io
import shutil
import struct
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soundfile

from benchmarks.bad_inputs.case import STRANGE_NAMES, Case, changed, cut
from benchmarks.bad_inputs.rubbish import zipped

RATE = 22_050
_WRITTEN = {"take.wav": "WAV", "take.flac": "FLAC", "take.ogg": "OGG", "take.mp3": "MP3", "take.aiff": "AIFF", "take.au": "AU", "take.caf": "CAF", "take.w64": "W64"}  # fmt: skip
_THROUGH_FFMPEG = {"take.m4a": "ipod", "take.webm": "webm", "take.aac": "adts", "take.wma": "asf"}


def tone(seconds: float = 0.6) -> np.ndarray:
    """A note that fades."""
    time = np.arange(round(seconds * RATE)) / RATE
    return (0.5 * np.exp(-3 * time) * np.sin(2 * np.pi * 440 * time)).astype(np.float32)


def written(samples: np.ndarray, kind: str = "WAV", rate: int = RATE, subtype: str | None = None) -> bytes:
    """The samples as a file."""
    out = io.BytesIO()
    soundfile.write(out, samples, rate, format=kind, subtype=subtype)
    return out.getvalue()


def seeds() -> dict[str, bytes]:
    """A good file of every kind; those of phones only where ffmpeg is installed."""
    made = {file: written(tone(), kind) for file, kind in _WRITTEN.items()}
    if shutil.which("ffmpeg"):
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder) / "take.wav"
            source.write_bytes(made["take.wav"])
            for file, muxer in _THROUGH_FFMPEG.items():
                out = Path(folder) / file
                subprocess.run(
                    ["ffmpeg", "-v", "error", "-i", str(source), "-f", muxer, str(out)], check=True
                )
                made[file] = out.read_bytes()
    return made


def riff(*chunks: tuple[bytes, bytes], size: int | None = None) -> bytes:
    """A wav file of these chunks."""
    body = b"".join(
        name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2) for name, data in chunks
    )
    return b"RIFF" + struct.pack("<I", len(body) + 4 if size is None else size) + b"WAVE" + body


def form(
    code: int = 1, channels: int = 1, rate: int = RATE, bits: int = 16, block: int | None = None
) -> bytes:
    """A wav file's own description."""
    block = max(1, channels * bits // 8) & 0xFFFF if block is None else block
    return struct.pack("<HHIIHH", code, channels, rate, rate * block & 0xFFFFFFFF, block, bits)


def sounds() -> Iterator[Case]:
    """All recordings."""
    good = seeds()
    yield from cut(good, (0.02, 0.5))
    yield from changed(good, 4, 3)
    yield from _wav_lies()
    yield from _odd()
    for what, name in STRANGE_NAMES.items():
        yield Case.of(f"a name that is {what}", name, b"no sound")
    yield from _two_kinds(good)


def _wav_lies() -> Iterator[Case]:
    data = (b"data", bytes(8000))
    for what, head in {
        "no rate": form(rate=0), "a rate of 4 GHz": form(rate=2**32 - 1), "a rate of 1 Hz": form(rate=1), "no channels": form(channels=0),
        "65535 channels": form(channels=65_535), "1024 channels": form(channels=1024), "0 bits": form(bits=0), "3 bits": form(bits=3), "64 bits": form(bits=64),
        "a block of 0": form(block=0), "a block of 65535": form(block=65_535), "ADPCM": form(code=2, bits=4), "GSM": form(code=49, bits=0, block=65),
        "mp3 inside": form(code=85), "an unknown coding": form(code=0x7777), "a description too short": form()[:10], "a description of 1 MB": form() + bytes(1_000_000),
    }.items():  # fmt: skip
        yield Case.of(f"a wav with {what}", "lie.wav", riff((b"fmt ", head), data))
    yield Case.of("a wav without sound", "lie.wav", riff((b"fmt ", form())))
    yield Case.of("a wav without description", "lie.wav", riff(data))
    yield Case.of("a wav the wrong way round", "lie.wav", riff(data, (b"fmt ", form())))
    yield Case.of("a wav with an empty sound", "lie.wav", riff((b"fmt ", form()), (b"data", b"")))
    yield Case.of(
        "a wav that says 4 GB", "lie.wav", riff((b"fmt ", form())) + b"data\xff\xff\xff\xff" + bytes(800)
    )
    yield Case.of("a wav of size 0", "lie.wav", riff((b"fmt ", form()), data, size=0))
    yield Case.of(
        "a wav of 100000 chunks", "lie.wav", riff((b"fmt ", form()), *[(b"LIST", b"INFO")] * 100_000, data)
    )
    yield Case.of("a wav with an odd chunk", "lie.wav", riff((b"fmt ", form()), (b"junk", b"x"), data))
    yield Case.of(
        "an AIFF of an odd rate",
        "lie.aiff",
        written(tone(), "AIFF").replace(b"\x40\x0d\xac", b"\x7f\xff\xff", 1),
    )
    yield Case.of(
        "an AU of negative length",
        "lie.au",
        b".snd" + struct.pack(">6I", 24, 2**32 - 1, 3, 8000, 1, 0) + bytes(100),
    )
    yield Case.of(
        "an AU of 4 billion channels",
        "lie.au",
        b".snd" + struct.pack(">6I", 24, 100, 3, 8000, 2**32 - 1, 0) + bytes(100),
    )
    yield Case.of("an ID3 mark of 256 MB", "lie.mp3", b"ID3\x03\0\0\x7f\x7f\x7f\x7f" + bytes(2000))
    yield Case.of(
        "an ID3 mark with an address",
        "lie.mp3",
        b"ID3\x03\0\0\0\0\0\x30APIC\0\0\0\x26\0\0\0-->\0\x03\0http://198.51.100.7/a.png" + bytes(800),
    )
    yield Case.of("an MP4 with its sound elsewhere", "lie.m4a", _elsewhere())
    yield Case.of("an MP4 of boxes in boxes", "lie.m4a", b"\0\0\0\x14ftypM4A \0\0\0\0isom" + _boxes(400))
    yield Case.of(
        "an MP4 with a table of 4 billion",
        "lie.m4a",
        _at_word(seeds().get("take.m4a", b"\0\0\0\x14ftypM4A "), b"stsz", 12, 2**32 - 1),
    )
    yield Case.of("a WebM of rubbish", "lie.webm", b"\x1a\x45\xdf\xa3" + b"\xff" * 4000)
    yield Case.of("AMR of rubbish", "lie.amr", b"#!AMR\n" + b"\x3c" * 3000)
    yield Case.of("WMA of rubbish", "lie.wma", b"\x30\x26\xb2\x75\x8e\x66\xcf\x11" + bytes(3000))


def _odd() -> Iterator[Case]:
    for what, samples in {
        "nothing": np.zeros(0, np.float32), "one sample": np.zeros(1, np.float32), "20 ms": tone(0.02), "silence": np.zeros(RATE, np.float32),
        "a constant": np.full(RATE, 0.7, np.float32), "full scale": np.sign(tone()), "a click": np.eye(1, RATE, 9, dtype=np.float32)[0],
        "noise": np.random.default_rng(3).normal(0, 0.2, RATE).astype(np.float32), "the smallest numbers": np.full(RATE, 1e-40, np.float32),
    }.items():  # fmt: skip
        yield Case.of(f"a recording of {what}", "odd.wav", written(samples, subtype="FLOAT"))
    for what, value in (("NaN", np.nan), ("infinite", np.inf), ("huge", 3e38)):
        spoiled = tone()
        spoiled[100] = value
        yield Case.of(f"a recording with {what} samples", "odd.wav", written(spoiled, subtype="FLOAT"))
    yield Case(
        "31 minutes of silence", "odd.flac", lambda: written(np.zeros(31 * 60 * 8000, np.int16), "FLAC", 8000)
    )
    yield Case(
        "a day of silence", "odd.flac", lambda: written(np.zeros(24 * 3600 * 4000, np.int16), "FLAC", 4000)
    )
    yield Case(
        "ten minutes in eight channels",
        "odd.flac",
        lambda: written(np.zeros((600 * 8000, 8), np.int16), "FLAC", 8000),
    )


def _two_kinds(good: dict[str, bytes]) -> Iterator[Case]:
    yield Case.of("a wav with a zip behind it", "both.wav", good["take.wav"][:60] + zipped({"a": b"x"}))
    yield Case.of(
        "a MIDI file inside a wav", "both.wav", riff((b"fmt ", form()), (b"data", b"MThd" + bytes(10)))
    )
    yield Case.of("RMID", "both.mid", b"RIFF\x20\0\0\0RMIDdata\x10\0\0\0MThd\0\0\0\x06\0\0\0\x01\0\x60")
    yield Case.of(
        "an Ogg of a film", "both.ogg", b"OggS\0\x02" + bytes(20) + b"\x01\x2a\x80theora" + bytes(60)
    )
    yield Case.of("an mp3's first bytes before rubbish", "both.mp3", b"\xff\xfb\x90\x64" + b"\x55" * 4000)


def midi_seeds() -> dict[str, bytes]:
    """A good MIDI file."""
    return {
        "take.mid": smf(
            b"".join(b"\0\x90" + bytes([60 + n, 80]) + b"\x60\x80" + bytes([60 + n, 0]) for n in range(8))
        )
    }


def smf(*tracks: bytes, division: int = 96, kind: int = 1, count: int | None = None) -> bytes:
    """A MIDI file of these tracks, each ended properly."""
    head = struct.pack(
        ">4sIHHH", b"MThd", 6, kind, len(tracks) if count is None else count, division & 0xFFFF
    )
    return head + b"".join(b"MTrk" + struct.pack(">I", len(t) + 4) + t + b"\0\xff\x2f\0" for t in tracks)


_ON, _OFF = b"\0\x90\x3c\x50", b"\x60\x80\x3c\0"


def midi() -> Iterator[Case]:
    """All MIDI files."""
    yield from cut(midi_seeds(), (0.1, 0.2, 0.3, 0.5, 0.7, 0.9))
    yield from changed(midi_seeds(), 25, 4)
    longest = b"\xff\xff\xff\x7f"
    for what, data in {
        "no division": smf(_ON + _OFF, division=0), "a negative division": smf(_ON + _OFF, division=0x8000), "a division of television": smf(_ON + _OFF, division=0xE728),
        "65535 tracks": smf(_ON + _OFF, count=65_535), "no tracks": smf(), "format 9": smf(_ON + _OFF, kind=9), "format 2": smf(_ON + _OFF, _ON + _OFF, kind=2),
        "no notes": smf(b""), "only drums": smf(b"\0\x99\x24\x50\x60\x89\x24\0"), "keys that no piano has": smf(b"\0\x90\x05\x50\x60\x80\x05\0"),
        "a note that never ends": smf(_ON), "a note that lasts for hours": smf(_ON + longest + b"\x80\x3c\0"), "a note of 59 minutes": smf(b"\0\xff\x51\x03\x7f\xff\xff" + _ON + b"\x81\xa5\x40\x80\x3c\0"),
        "notes days apart": smf(_ON + _OFF + (longest + b"\x90\x3c\x50" + longest + b"\x80\x3c\0") * 20), "an end before its beginning": smf(_OFF + _ON),
        "a tempo of 0": smf(b"\0\xff\x51\x03\0\0\0" + _ON + _OFF), "the slowest tempo": smf(b"\0\xff\x51\x03\xff\xff\xff" + _ON + longest + b"\x80\x3c\0"), "a tempo of two bytes": smf(b"\0\xff\x51\x02\x01\x02" + _ON + _OFF),
        "a metre of 0/0": smf(b"\0\xff\x58\x04\0\0\0\0" + _ON + _OFF), "a metre of 255/2^255": smf(b"\0\xff\x58\x04\xff\xff\xff\xff" + _ON + _OFF), "a key of 99 sharps": smf(b"\0\xff\x59\x02\x63\x07" + _ON + _OFF),
        "a text of 4 MB": smf(b"\0\xff\x01\x82\x80\x80\x00" + b"x" * 4_194_304 + _ON + _OFF), "a text longer than the file": smf(b"\0\xff\x01\xff\xff\xff\x7fabc"), "an exclusive message without end": smf(b"\0\xf0\x7fabc"),
        "running status from nowhere": smf(b"\0\x3c\x50\x60\x3c\0"), "a length without end": smf(b"\xff" * 500 + b"\x90\x3c\x50"), "data bytes that are none": smf(b"\0\x90\xff\xff\0\x80\xff\xff"), "undefined messages": smf(b"\0\xf4\0\xf5\0\xfd" + _ON + _OFF),
        "1 million events": smf(b"\0\x90\x3c\x50" + b"\0\x3c\0\0\x3c\x50" * 500_000), "9 MB of events": smf(b"\0\xb0\x40\x7f" + b"\0\x40\0" * 3_000_000), "60000 notes at once": smf(b"\0\x90\x3c\x50" + b"\0\x3c\x50" * 60_000 + _OFF),
        "30000 notes of 12 s": smf(b"\0\x90\x3c\x50" + b"\x01\x3c\x50" * 30_000 + _OFF), "20000 tracks": smf(*[b""] * 20_000), "a name that is markup": smf(b"\0\xff\x03\x1d<img src=x onerror=alert(1)>x" + _ON + _OFF),
        "a number for the key 200": smf(b"\0\x90\xc8\x50\x60\x80\xc8\0"),
    }.items():  # fmt: skip
        yield Case.of(f"MIDI with {what}", "take.mid", data)


def _boxes(depth: int) -> bytes:
    inner = b""
    for _ in range(depth):
        inner = struct.pack(">I", len(inner) + 8) + b"moov" + inner
    return inner


def _at_word(data: bytes, word: bytes, after: int, value: int) -> bytes:
    at = data.find(word) + len(word) + after - 4
    return data[:at] + struct.pack(">I", value) + data[at + 4 :]


def _elsewhere() -> bytes:
    """An MP4 whose data reference names a file of this computer and an address."""
    whole = seeds().get("take.m4a", b"\0\0\0\x14ftypM4A \0\0\0\0isom")
    return whole.replace(b"url \0\0\0\x01", b"url \0\0\0\0").replace(
        b"udta", b"file:///etc/passwd http://198.51.100.7/a"[:4]
    )
