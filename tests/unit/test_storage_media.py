"""Canonical bytes: the content stays, everything else goes."""

import io
import struct
import wave

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from storage import Kind, Picture, ScoreText, Sound, UnreadableMedia, media
from storage.samples import MUSICXML, sample_picture

PERSONAL = "Ottilie Beispiel, 48.2082 N 16.3738 E"


def png_chunks(data: bytes) -> list[bytes]:
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    chunks, at = [], 8
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        chunks.append(data[at + 4 : at + 8])
        at += 12 + length
    return chunks


def riff_chunks(data: bytes) -> list[bytes]:
    chunks, at = [], 12
    while at < len(data):
        (length,) = struct.unpack("<I", data[at + 4 : at + 8])
        chunks.append(data[at : at + 4])
        at += 8 + length + length % 2
    return chunks


def opened(canonical) -> Image.Image:
    image = Image.open(io.BytesIO(canonical.data))
    image.load()
    return image


def photo_with_secrets(format_: str) -> bytes:
    """A picture lying on its side, with a name in EXIF, GPS, XMP, a comment and text chunks."""
    image = Image.new("RGB", (8, 4), "red")
    exif = Image.Exif()
    exif[0x0112] = 6  # orientation
    exif[0x013B] = PERSONAL  # artist
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[29] = PERSONAL  # GPS date stamp, a text field
    xmp = f"<x:xmpmeta xmlns:x='adobe:ns:meta/'>{PERSONAL}</x:xmpmeta>".encode()
    out = io.BytesIO()
    if format_ == "PNG":
        notes = PngInfo()
        notes.add_text("Author", PERSONAL)
        notes.add_itxt("XML:com.adobe.xmp", xmp.decode())
        notes.add_text("Comment", PERSONAL, zip=True)
        image.save(out, "PNG", exif=exif, pnginfo=notes, icc_profile=PERSONAL.encode(), dpi=(300, 300))
    elif format_ == "JPEG":
        image.save(out, "JPEG", exif=exif, xmp=xmp, comment=PERSONAL.encode(), icc_profile=PERSONAL.encode())
    elif format_ == "WEBP":
        image.save(out, "WEBP", exif=exif, xmp=xmp)
    else:
        image.save(out, "TIFF", exif=exif, description=PERSONAL)
    return out.getvalue()


def wav(samples: np.ndarray, rate: int = 8000, width: int = 2, extra: bytes = b"") -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1 if samples.ndim == 1 else samples.shape[1])
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(samples.tobytes())
    data = bytearray(out.getvalue() + extra)
    data[4:8] = struct.pack("<I", len(data) - 8)
    return bytes(data)


def list_chunk(text: str) -> bytes:
    value = text.encode() + b"\0" * (2 - len(text) % 2)
    body = b"INFO" + b"IART" + struct.pack("<I", len(value)) + value
    return b"LIST" + struct.pack("<I", len(body)) + body


class TestPicture:
    @pytest.mark.parametrize("format_", ["PNG", "JPEG", "WEBP", "TIFF"])
    def test_no_secret_survives(self, format_):
        data = photo_with_secrets(format_)
        assert b"Ottilie" in data  # the file does hold it
        kept = media.canonical_picture(data)
        assert set(png_chunks(kept.data)) == {b"IHDR", b"IDAT", b"IEND"}
        assert b"Ottilie" not in kept.data
        assert opened(kept).info == {}
        assert not opened(kept).getexif()

    def test_a_picture_in_memory_loses_its_notes_too(self):
        image = Image.open(io.BytesIO(photo_with_secrets("PNG")))
        image.load()
        assert image.info  # it does carry them
        assert set(png_chunks(Picture(image).canonical().data)) == {b"IHDR", b"IDAT", b"IEND"}

    @pytest.mark.parametrize("format_", ["PNG", "JPEG"])
    def test_it_is_turned_upright(self, format_):
        kept = media.canonical_picture(photo_with_secrets(format_))
        assert (kept.width, kept.height) == (4, 8)
        assert opened(kept).size == (4, 8)

    @pytest.mark.parametrize("mode", ["1", "L", "RGB"])
    def test_plain_modes_keep_every_pixel(self, mode):
        image = sample_picture(3).convert(mode)
        kept = opened(media.canonical_picture(image))
        assert kept.mode == mode
        assert kept.tobytes() == image.tobytes()

    @pytest.mark.parametrize(("mode", "kept_mode"), [("RGBA", "RGB"), ("LA", "L"), ("PA", "RGB")])
    def test_what_is_clear_becomes_white_paper(self, mode, kept_mode):
        image = Image.new("RGBA", (2, 1), (0, 0, 0, 0))
        image.putpixel((1, 0), (0, 0, 0, 255))
        kept = opened(media.canonical_picture(image.convert(mode)))
        assert kept.mode == kept_mode
        assert [kept.convert("L").getpixel((x, 0)) for x in (0, 1)] == [255, 0]

    def test_a_clear_colour_in_a_grey_png_becomes_white(self):
        out = io.BytesIO()
        Image.new("L", (2, 2), 7).save(out, "PNG", transparency=7)
        assert opened(media.canonical_picture(out.getvalue())).getpixel((0, 0)) == 255

    def test_sixteen_bit_greys_become_eight(self):
        deep = Image.fromarray(np.array([[0, 257 * 128, 65535]], dtype=np.uint16))
        out = io.BytesIO()
        deep.save(out, "PNG")
        assert list(opened(media.canonical_picture(out.getvalue())).tobytes()) == [0, 128, 255]

    @pytest.mark.parametrize(
        ("values", "kept"),
        [
            ([0.0, 0.5, 1.0], [0, 128, 255]),
            ([0.0, 128.0, 255.0], [0, 128, 255]),
            ([float("nan"), 1, 2], [0, 1, 2]),
        ],
    )
    def test_float_pictures_are_scaled_by_what_they_hold(self, values, kept):
        image = Image.fromarray(np.array([values], dtype=np.float32))
        assert list(opened(media.canonical_picture(image)).tobytes()) == kept

    @pytest.mark.parametrize("mode", ["CMYK", "YCbCr", "P", "HSV", "LAB"])
    def test_other_modes_become_rgb(self, mode):
        assert opened(media.canonical_picture(Image.new(mode, (3, 3)))).mode == "RGB"

    def test_of_a_moving_picture_the_first_frame_stays(self):
        frames = [Image.new("L", (4, 4), shade) for shade in (10, 200)]
        out = io.BytesIO()
        frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
        kept = media.canonical_picture(out.getvalue())
        assert b"acTL" not in png_chunks(kept.data)
        assert opened(kept).convert("L").getpixel((0, 0)) == 10

    def test_the_same_pixels_give_the_same_bytes_whatever_file_they_came_in(self):
        image = sample_picture(1).convert("RGB")
        files = []
        for format_, options in (("PNG", {"compress_level": 1}), ("BMP", {}), ("TIFF", {}), ("PPM", {})):
            out = io.BytesIO()
            image.save(out, format_, **options)
            files.append(media.canonical_picture(out.getvalue()).data)
        assert len(set(files)) == 1

    def test_a_picture_of_too_many_pixels_is_refused_before_it_is_decoded(self, monkeypatch):
        monkeypatch.setattr(media, "MAX_ENCODED_PIXELS", 63)
        out = io.BytesIO()
        sample_picture(side=8).save(out, "PNG")
        with pytest.raises(UnreadableMedia, match="8 x 8 pixels"):
            media.canonical_picture(out.getvalue())
        assert media.canonical_picture(sample_picture(side=8)).width == 8  # in memory it may be larger

    @pytest.mark.parametrize(
        "data",
        [
            b"",
            b"\x89PNG\r\n\x1a\n",
            b"GIF89a",
            b"<svg/>",
            photo_with_secrets("PNG")[:80],
            b"%PDF-1.4",
            b"\xff\xd8\xff",
        ],
        ids=["empty", "head", "gif head", "svg", "cut", "pdf", "jpeg head"],
    )
    def test_what_is_no_picture_is_refused_in_a_sentence(self, data):
        with pytest.raises(UnreadableMedia, match="could not be read"):
            media.canonical_picture(data)

    def test_the_file_handed_over_is_remembered_for_its_keyed_digest(self):
        assert Picture(b"file").original == b"file"
        assert Picture(sample_picture()).original is None

    def test_a_thumbnail_is_small_and_keeps_the_shape(self):
        large = media.canonical_picture(Image.new("1", (1000, 500)))
        small = media.thumbnail(large)
        assert (small.width, small.height) == (320, 160)
        assert set(png_chunks(small.data)) == {b"IHDR", b"IDAT", b"IEND"}


class TestSound:
    def read(self, canonical) -> tuple[np.ndarray, int]:
        with wave.open(io.BytesIO(canonical.data)) as file:
            assert file.getsampwidth() == 2
            frames = np.frombuffer(file.readframes(file.getnframes()), "<i2")
            return frames.reshape(-1, file.getnchannels()), file.getframerate()

    def test_no_list_or_id3_chunk_survives(self):
        noted = wav(
            np.arange(6, dtype="<i2"),
            extra=list_chunk(PERSONAL) + b"id3 " + struct.pack("<I", 10) + b"ID3Ottilie",
        )
        assert b"LIST" in riff_chunks(noted)
        assert b"id3 " in riff_chunks(noted)
        kept = Sound.from_wav(noted).canonical()
        assert riff_chunks(kept.data) == [b"fmt ", b"data"]
        assert b"Ottilie" not in kept.data
        assert list(self.read(kept)[0][:, 0]) == [0, 1, 2, 3, 4, 5]

    def test_measures(self):
        kept = media.canonical_sound(np.zeros((4410, 2), dtype=np.float32), 44100)
        assert (kept.kind, kept.media_type, kept.seconds) == (Kind.AUDIO, "audio/wav", 0.1)
        frames, rate = self.read(kept)
        assert (frames.shape, rate) == ((4410, 2), 44100)

    @pytest.mark.parametrize(
        ("samples", "kept"),
        [
            (np.array([-1.0, 0.0, 1.0, 2.0, -9.0]), [-32767, 0, 32767, 32767, -32767]),
            (np.array([0.5], dtype=np.float32), [16384]),
            (np.array([-32768, 32767], dtype=np.int16), [-32768, 32767]),
            (np.array([-32768, 32767], dtype=">i2"), [-32768, 32767]),
            (np.array([-(2**31), 2**31 - 1], dtype=np.int32), [-32768, 32767]),
            (np.array([0, 128, 255], dtype=np.uint8), [-32768, 0, 32512]),
        ],
    )
    def test_every_kind_of_sample_becomes_sixteen_bits(self, samples, kept):
        assert list(self.read(media.canonical_sound(samples, 8000))[0][:, 0]) == kept

    @pytest.mark.parametrize(
        ("width", "type_", "values", "kept"),
        [
            (1, "u1", [0, 128], [-32768, 0]),
            (2, "<i2", [-5, 5], [-5, 5]),
            (4, "<i4", [-(1 << 16), 1 << 16], [-1, 1]),
        ],
    )
    def test_wav_files_of_every_width(self, width, type_, values, kept):
        data = wav(np.array(values, dtype=type_), width=width)
        assert list(self.read(Sound.from_wav(data).canonical())[0][:, 0]) == kept

    def test_wav_files_of_24_bits(self):
        raw = np.frombuffer((-256).to_bytes(3, "little", signed=True) + (512).to_bytes(3, "little"), np.uint8)
        out = io.BytesIO()
        with wave.open(out, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(3)
            file.setframerate(8000)
            file.writeframes(raw.tobytes())
        assert list(self.read(Sound.from_wav(out.getvalue()).canonical())[0][:, 0]) == [-1, 2]

    def test_a_cut_file_gives_what_is_there(self):
        whole = wav(np.arange(100, dtype="<i2").reshape(-1, 2))
        frames, _ = self.read(Sound.from_wav(whole[:-3]).canonical())
        assert frames.shape == (49, 2)

    @pytest.mark.parametrize(
        ("samples", "rate"),
        [
            (np.array([]), 8000),
            (np.zeros((3, 9)), 8000),
            (np.zeros((2, 2, 2)), 8000),
            (np.array(0.5), 8000),
            (np.array([np.nan]), 8000),
            (np.array([np.inf]), 8000),
            (np.array(["la"]), 8000),
            (np.array([1 + 1j]), 8000),
            (np.zeros(4), 0),
            (np.zeros(4), -8000),
            (np.zeros(4), 10**7),
            (np.zeros(4), 8000.5),
        ],
    )
    def test_what_is_no_sound_is_refused(self, samples, rate):
        with pytest.raises(UnreadableMedia):
            media.canonical_sound(samples, rate)

    def test_a_recording_that_never_ends_is_refused(self, monkeypatch):
        monkeypatch.setattr(media, "MAX_SOUND_BYTES", 10)
        with pytest.raises(UnreadableMedia, match="too long"):
            media.canonical_sound(np.zeros(6), 8000)

    @pytest.mark.parametrize("data", [b"", b"RIFF", b"RIFF\x04\0\0\0WAVE", b"ID3\x03" + b"\0" * 50, b"fLaC"])
    def test_what_is_no_wav_is_refused_in_a_sentence(self, data):
        with pytest.raises(UnreadableMedia, match="16-bit PCM"):
            Sound.from_wav(data)


class TestScore:
    score = MUSICXML.format(step="C")

    def with_names(self) -> str:
        naming = f"<identification><creator>{PERSONAL}</creator></identification>"
        return self.score.replace("<part-list>", f"{naming}<!-- {PERSONAL} --><?who {PERSONAL}?><part-list>")

    def test_names_comments_and_instructions_go(self):
        kept = ScoreText(self.with_names()).canonical()
        assert b"Ottilie" not in kept.data
        assert kept.data == ScoreText(self.score).canonical().data
        assert b"<step>C</step>" in kept.data

    def test_a_doctype_without_entities_is_usual_and_goes(self):
        head = '<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN" "partwise.dtd">'
        kept = ScoreText(f'<?xml version="1.0"?>{head}{self.score}').canonical()
        assert b"DOCTYPE" not in kept.data

    def test_spelling_does_not_matter(self):
        respelled = self.score.replace('<part id="P1">', "<part\n id='P1' >").replace(
            "<part-name/>", "<part-name></part-name>"
        )
        assert ScoreText(respelled).canonical().data == ScoreText(self.score).canonical().data

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "<score-partwise>",
            "<html/>",
            "PK\x03\x04",
            '<!DOCTYPE s [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><score-partwise>&b;</score-partwise>',
            '<!DOCTYPE s [<!ENTITY f SYSTEM "file:///etc/passwd">]><score-partwise>&f;</score-partwise>',
            "<score-partwise>" + "<a>" * 50_000 + "</a>" * 50_000 + "</score-partwise>",
            "<score-partwise>" + "<a>" * 64 + "</a>" * 64 + "</score-partwise>",
            "\udcff",
        ],
        ids=["empty", "cut", "html", "zip", "laughs", "file", "endless", "deep", "surrogate"],
    )
    def test_what_is_no_score_or_made_to_hurt_is_refused(self, text):
        with pytest.raises(UnreadableMedia):
            ScoreText(text).canonical()

    def test_a_score_of_any_size_is_refused(self, monkeypatch):
        monkeypatch.setattr(media, "MAX_SCORE_BYTES", 100)
        with pytest.raises(UnreadableMedia, match="too large"):
            ScoreText(self.score).canonical()
