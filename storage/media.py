"""Canonical bytes: what is kept of a picture, a recording or a score.

Nothing is filtered: pixels, samples and notes are decoded and written anew, so that place, time, device,
author and whatever else a file may carry beside its content has no way through. The same content gives the
same bytes, which is what lets one blob serve many submissions.
"""

from __future__ import annotations

import io
import struct
import wave
import zlib
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element, ParseError, canonicalize, tostring

import defusedxml.ElementTree as SafeTree
import numpy as np
from defusedxml import DefusedXmlException
from numpy.typing import NDArray
from PIL import Image, ImageOps

from storage.errors import UnreadableMedia
from storage.vocabulary import Kind

MAX_ENCODED_PIXELS = 64_000_000  # of a file somebody hands over, before it is decoded
MAX_PIXELS = 256_000_000  # of a picture already in memory: four times larger each way than 16 megapixels
MAX_SOUND_BYTES = 256 * 1024**2  # of PCM16: about 50 minutes of 44.1 kHz stereo
MAX_CHANNELS = 8
MAX_RATE = 384_000
MAX_SCORE_BYTES = 16 * 1024**2
MAX_SCORE_DEPTH = 64
THUMBNAIL_SIDE = 320

PICTURE_FORMATS = ("PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF", "PPM")
SCORE_ROOTS = ("score-partwise", "score-timewise")

# Whatever a decoder may throw at a file made to hurt it.
_DECODER_ERRORS = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    LookupError,
    TypeError,
    ArithmeticError,
    MemoryError,
    RuntimeError,
    AttributeError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)


@dataclass(frozen=True, slots=True)
class Canonical:
    """Bytes fit to be kept, and their measure: pixels for a picture, seconds for a sound."""

    kind: Kind
    media_type: str
    data: bytes
    width: int | None = None
    height: int | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture to keep: pixels, or an encoded file; ``original`` are the bytes handed over, if known."""

    image: Image.Image | bytes
    original: bytes | None = None

    def __post_init__(self) -> None:
        if self.original is None and isinstance(self.image, bytes):
            object.__setattr__(self, "original", self.image)

    def canonical(self) -> Canonical:
        """A PNG of the upright pixels and nothing else."""
        return canonical_picture(self.image)


@dataclass(frozen=True, slots=True)
class Sound:
    """A recording to keep: samples (n,) or (n, channels) at ``rate`` hertz, integer or float within ±1."""

    samples: NDArray[Any]
    rate: int
    original: bytes | None = None

    @classmethod
    def from_wav(cls, data: bytes) -> Sound:
        """The samples of a PCM WAV file of 8, 16, 24 or 32 bits; UnreadableMedia for anything else."""
        return cls(*_wav_samples(data), original=data)

    def canonical(self) -> Canonical:
        """A PCM16 WAV of the samples and nothing else."""
        return canonical_sound(self.samples, self.rate)


@dataclass(frozen=True, slots=True)
class ScoreText:
    """A score to keep, as MusicXML (not the zipped .mxl)."""

    musicxml: str | bytes
    original: bytes | None = None

    def __post_init__(self) -> None:
        if self.original is None and isinstance(self.musicxml, bytes):
            object.__setattr__(self, "original", self.musicxml)

    def canonical(self) -> Canonical:
        """MusicXML without comments and without the block that names people, programs and dates."""
        return canonical_score(self.musicxml)


NewMedia = Picture | Sound | ScoreText


def canonical_picture(source: Image.Image | bytes) -> Canonical:
    """A new PNG of mode 1, L or RGB: turned upright, transparency laid on white, first frame, no text chunks.

    Raises UnreadableMedia for bytes that are no picture and for pictures that are too large.
    """
    image: Image.Image
    try:
        if isinstance(source, bytes):
            image, limit = Image.open(io.BytesIO(source), formats=PICTURE_FORMATS), MAX_ENCODED_PIXELS
        else:
            image, limit = source, MAX_PIXELS
        if not 0 < image.width * image.height <= limit:
            raise UnreadableMedia(
                f"That picture has {image.width} x {image.height} pixels, so it was not kept. "
                f"Make it no larger than {limit // 1_000_000} megapixels."
            )
        pixels = _plain(ImageOps.exif_transpose(image))
        # A fresh image knows nothing of the file its pixels came from; a converted one may carry its notes.
        clean = Image.new(pixels.mode, pixels.size)
        clean.paste(pixels)
        png = io.BytesIO()
        clean.save(png, format="PNG", compress_level=6)
    except _DECODER_ERRORS as error:
        raise UnreadableMedia from error
    return Canonical(Kind.IMAGE, "image/png", png.getvalue(), width=clean.width, height=clean.height)


def _plain(image: Image.Image) -> Image.Image:
    """The picture in mode 1, L or RGB."""
    grey = image.mode in {"1", "L", "LA", "La"}
    if image.has_transparency_data:
        upper = image.convert("RGBA")
        paper = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(paper, upper).convert("L" if grey else "RGB")
    if image.mode in {"1", "L", "RGB"}:
        return image
    if image.mode.startswith("I") or image.mode == "F":
        values = np.nan_to_num(np.asarray(image, dtype=np.float64), posinf=0.0, neginf=0.0)
        grey_values = np.rint(values * _grey_scale(image.mode, float(values.max())))
        return Image.fromarray(np.clip(grey_values, 0, 255).astype(np.uint8))
    return image.convert("RGB")


def _grey_scale(mode: str, top: float) -> float:
    """What brings deep greys to 0..255: floats come as 0..1, 16 bits as 0..65535, some already as 0..255."""
    if mode == "F" and top <= 1:
        return 255
    return 1 if mode in {"I", "F"} and top <= 255 else 1 / 257


def thumbnail(picture: Canonical) -> Canonical:
    """A small PNG of a canonical picture, no side longer than THUMBNAIL_SIDE pixels."""
    with Image.open(io.BytesIO(picture.data), formats=("PNG",)) as image:
        small = image.convert("L") if image.mode == "1" else image.copy()
        small.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    return canonical_picture(small)


def canonical_sound(samples: NDArray[Any], rate: int) -> Canonical:
    """A PCM16 WAV with one format and one data chunk; the rate in hertz and the channels stay as they are.

    Floats beyond ±1 are clipped, wider integers keep their upper 16 bits. Raises UnreadableMedia for nothing
    at all, for numbers that are no sound (NaN, other types) and for more than MAX_SOUND_BYTES.
    """
    frames = samples[:, None] if samples.ndim == 1 else samples
    if frames.ndim != 2 or not frames.shape[0] or not 1 <= frames.shape[1] <= MAX_CHANNELS:
        raise UnreadableMedia("That recording is empty or oddly shaped, so it was not kept. Record it again.")
    if isinstance(rate, bool) or int(rate) != rate or not 1 <= rate <= MAX_RATE:
        raise UnreadableMedia("That recording has no sensible sample rate, so it was not kept. Use 44100 Hz.")
    if frames.size * 2 > MAX_SOUND_BYTES:
        raise UnreadableMedia("That recording is too long, so it was not kept. Give a shorter passage.")
    wav = io.BytesIO()
    with wave.open(wav, "wb") as file:
        file.setnchannels(frames.shape[1])
        file.setsampwidth(2)
        file.setframerate(int(rate))
        file.writeframes(_sixteen_bits(frames).tobytes())
    return Canonical(Kind.AUDIO, "audio/wav", wav.getvalue(), seconds=frames.shape[0] / rate)


def _sixteen_bits(frames: NDArray[Any]) -> NDArray[np.int16]:
    """The samples as little-endian 16-bit integers."""
    frames = frames.astype(frames.dtype.newbyteorder("="), copy=False)
    if np.issubdtype(frames.dtype, np.floating):
        if not np.isfinite(frames).all():
            raise UnreadableMedia("That recording holds numbers that are no sound, so it was not kept.")
        return np.rint(np.clip(frames.astype(np.float64), -1, 1) * 32767).astype("<i2")
    if frames.dtype == np.int16:
        return frames.astype("<i2")
    if frames.dtype == np.int32:
        return (frames >> 16).astype("<i2")
    if frames.dtype == np.uint8:
        return ((frames.astype(np.int16) - 128) << 8).astype("<i2")
    raise UnreadableMedia(
        f"A recording of {frames.dtype} samples cannot be kept. Use float, or integers of 8, 16 or 32 bits."
    )


def _wav_samples(data: bytes) -> tuple[NDArray[Any], int]:
    """The samples (n, channels) and the rate in hertz of a PCM WAV file."""
    try:
        with wave.open(io.BytesIO(data), "rb") as file:
            channels, width, rate, count = file.getparams()[:4]
            raw = file.readframes(count)
        raw = raw[: len(raw) - len(raw) % (width * channels)]  # a cut file may end within a frame
        if width == 3:
            # 24 bits become the upper three bytes of 32.
            wide = np.zeros((len(raw) // 3, 4), dtype=np.uint8)
            wide[:, 1:] = np.frombuffer(raw, dtype=np.uint8).reshape(-1, 3)
            samples: NDArray[Any] = wide.reshape(-1).view("<i4").astype(np.int32)
        else:
            samples = np.frombuffer(raw, dtype={1: "u1", 2: "<i2", 4: "<i4"}[width])
        return samples.reshape(-1, channels), rate
    except (wave.Error, *_DECODER_ERRORS) as error:
        raise UnreadableMedia(
            "That recording is no plain WAV file, so it was not kept. Save it as 16-bit PCM."
        ) from error


def canonical_score(musicxml: str | bytes) -> Canonical:
    """MusicXML in canonical form (C14N), without comments, processing instructions and <identification>.

    Raises UnreadableMedia for what is not MusicXML, defines entities, nests too deep or is too large.
    """
    try:
        data = musicxml.encode("utf-8") if isinstance(musicxml, str) else musicxml
        if len(data) > MAX_SCORE_BYTES:
            raise UnreadableMedia("That score is too large, so it was not kept. Give a shorter passage.")
        root: Element = SafeTree.fromstring(data)
        if root.tag not in SCORE_ROOTS or _depth(root) > MAX_SCORE_DEPTH:
            raise UnreadableMedia("That file is no MusicXML score, so it was not kept. Export one.")
        for naming in root.findall("identification"):
            root.remove(naming)
        canonical = canonicalize(tostring(root, encoding="unicode"))
    except (ParseError, DefusedXmlException, *_DECODER_ERRORS) as error:
        raise UnreadableMedia from error
    return Canonical(Kind.SCORE, "application/vnd.recordare.musicxml+xml", canonical.encode("utf-8"))


def _depth(root: Element) -> int:
    """How many levels of elements there are; walked without recursion, since hostile files nest deep."""
    depth, level = 0, [root]
    while level:
        depth += 1
        level = [child for element in level for child in element]
    return depth
