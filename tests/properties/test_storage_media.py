"""Canonical bytes of anything: either fit to keep, or refused in a sentence, never anything else."""

import io
import struct
import wave

import numpy as np
from hypothesis import event, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image, PngImagePlugin

from storage import ScoreText, Sound, UnreadableMedia
from storage.media import canonical_picture, canonical_sound
from storage.samples import MUSICXML, sample_picture

QUICK = settings(max_examples=60, deadline=None)
SIDES = st.integers(1, 9)


def encoded(format_: str) -> bytes:
    out = io.BytesIO()
    notes = {"pnginfo": PngImagePlugin.PngInfo()} if format_ == "PNG" else {}
    if notes:
        notes["pnginfo"].add_text("Author", "name", zip=True)
    sample_picture().convert("RGB").save(out, format_, **notes)
    return out.getvalue()


def hurt(draw, data: bytes) -> bytes:
    """The file with a few bytes changed, a piece cut out or put in, or its end missing."""
    hurt = bytearray(data)
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, max(len(hurt) - 1, 0)))
        piece = draw(
            st.sampled_from([b"\0", b"\xff", b"\x7f\xff\xff\xff", b"<", b"IDAT", b""]) | st.binary(max_size=6)
        )
        length = draw(st.sampled_from([0, len(piece), 1, 40]))
        hurt[at : at + length] = piece
    return bytes(hurt)


@st.composite
def hurt_pictures(draw):
    return hurt(draw, encoded(draw(st.sampled_from(["PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF", "PPM"]))))


@st.composite
def hurt_wavs(draw):
    return hurt(draw, canonical_sound(np.arange(50, dtype=np.int16), 8000).data)


@st.composite
def hurt_scores(draw):
    return hurt(draw, MUSICXML.format(step="C").encode())


@QUICK
@given(
    mode=st.sampled_from(["1", "L", "RGB", "RGBA", "LA", "P", "CMYK", "YCbCr", "I", "F", "I;16"]),
    width=SIDES,
    height=SIDES,
    data=st.data(),
)
def test_any_picture_becomes_a_png_of_its_size_that_stays_itself(mode, width, height, data):
    size = {
        "1": (width + 7) // 8,
        "L": width,
        "P": width,
        "LA": 2 * width,
        "I;16": 2 * width,
        "RGB": 3 * width,
        "YCbCr": 3 * width,
    }.get(mode, 4 * width) * height
    image = Image.frombytes(mode, (width, height), data.draw(st.binary(min_size=size, max_size=size)))
    kept = canonical_picture(image)
    assert (kept.width, kept.height) == (width, height)
    with Image.open(io.BytesIO(kept.data)) as again:
        assert again.mode in {"1", "L", "RGB"}
        assert canonical_picture(again).data == kept.data
    assert canonical_picture(kept.data).data == kept.data


@QUICK
@given(hurt_pictures())
def test_a_hurt_picture_is_kept_or_refused(data):
    try:
        kept = canonical_picture(data)
    except UnreadableMedia:
        event("refused")
    else:
        event("kept")
        with Image.open(io.BytesIO(kept.data)) as image:
            image.load()
            assert image.info == {}


@QUICK
@given(
    samples=arrays.arrays(
        dtype=st.sampled_from([np.uint8, np.int16, np.int32, np.float32, np.float64]),
        shape=st.tuples(st.integers(1, 20), st.integers(1, 3)),
    ),
    rate=st.integers(1, 384_000),
)
def test_any_sound_becomes_a_wav_of_its_length_that_stays_itself(samples, rate):
    if samples.dtype.kind == "f" and not np.isfinite(samples).all():
        samples = np.nan_to_num(samples)
    kept = canonical_sound(samples, rate)
    with wave.open(io.BytesIO(kept.data)) as file:
        assert (file.getnframes(), file.getnchannels(), file.getframerate()) == (*samples.shape, rate)
    assert kept.seconds == samples.shape[0] / rate
    assert Sound.from_wav(kept.data).canonical().data == kept.data


@QUICK
@given(hurt_wavs())
def test_a_hurt_wav_is_kept_or_refused(data):
    try:
        kept = Sound.from_wav(data).canonical()
    except UnreadableMedia:
        event("refused")
    else:
        event("kept")
        (length,) = struct.unpack("<I", kept.data[40:44])
        assert len(kept.data) == 44 + length


@QUICK
@given(hurt_scores())
def test_a_hurt_score_is_kept_or_refused(data):
    try:
        kept = ScoreText(data).canonical()
    except UnreadableMedia:
        event("refused")
    else:
        event("kept")
        assert ScoreText(kept.data).canonical().data == kept.data
