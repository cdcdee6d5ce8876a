"""Files that are no scores, or mean harm: each gets a sentence."""

import io
import zipfile

import pytest

from models.notation.errors import NotationError, TooLongScore, UnreadableScore
from models.notation.midi import read_midi
from models.notation.musicxml import read_musicxml, write_musicxml
from models.notation.musicxml.container import LARGEST_BYTES
from tests.scores import small_song

GOOD = write_musicxml(small_song())
LAUGHS = b'<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><score-partwise>&b;</score-partwise>'
OUTSIDE = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><score-partwise><work><work-title>&x;</work-title></work></score-partwise>'


def zipped(files, compression=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def container(path):
    return f'<container><rootfiles><rootfile full-path="{path}"/></rootfiles></container>'


@pytest.mark.parametrize(
    "data",
    [b"", b"   ", b"<xml", b"\x89PNG\r\n", b"<html/>", b"<score-partwise/>", LAUGHS, OUTSIDE, GOOD[: len(GOOD) // 2], b"PK\x03\x04junk", zipped({"readme.txt": "hello"}), zipped({"a.xml": b""})],
)  # fmt: skip
def test_each_bad_file_gets_a_sentence(data):
    with pytest.raises(UnreadableScore) as told:
        read_musicxml(data)
    assert str(told.value).endswith(".")
    assert "/" not in str(told.value).replace(".musicxml, .xml", "")


def test_a_file_that_is_not_there_gets_a_sentence(tmp_path):
    with pytest.raises(UnreadableScore, match="opened"):
        read_musicxml(tmp_path / "nothing.mxl")


def test_a_zip_bomb_is_stopped_before_it_unpacks():
    bomb = zipped({"score.xml": b" " * (LARGEST_BYTES + 10)})
    assert len(bomb) < 100_000
    with pytest.raises(TooLongScore):
        read_musicxml(bomb)


def test_many_empty_entries_are_refused():
    with pytest.raises(TooLongScore):
        read_musicxml(zipped({f"{n}.xml": b"" for n in range(2_500)}, zipfile.ZIP_STORED))


def test_paths_that_climb_out_lead_nowhere(tmp_path):
    names = {"META-INF/container.xml": container("../../../../etc/passwd"), "../../evil.xml": GOOD}
    assert read_musicxml(zipped(names)).title == small_song().title
    assert not list(tmp_path.parent.glob("evil*"))


def test_the_container_decides_which_file_is_the_score():
    other = GOOD.replace(small_song().title.encode(), b"other")
    names = {"META-INF/container.xml": container("b.xml"), "a.xml": other, "b.xml": GOOD}
    assert read_musicxml(zipped(names)).title == small_song().title


def test_an_ordinary_doctype_is_read_over_and_namespaces_do_not_matter():
    assert b"<!DOCTYPE" in GOOD
    foreign = GOOD.replace(b"<score-partwise ", b'<score-partwise xmlns="urn:other" ')
    assert len(read_musicxml(foreign).parts[0].bars) == 5


def test_utf16_is_read():
    text = GOOD.decode().replace('encoding="UTF-8"', 'encoding="UTF-16"')
    assert read_musicxml(text.encode("utf-16")).title == small_song().title


@pytest.mark.parametrize("data", [b"", b"MThd", b"RIFF....", b"MThd\0\0\0\6\0\1\0\1\1\xe0MTrk\0\0\xff\xff", b"MThd\0\0\0\6\0\1\0\1\0\0"])  # fmt: skip
def test_what_is_no_midi_file_gets_a_sentence_or_no_notes(data):
    try:
        assert read_midi(data) == []
    except NotationError as error:
        assert "MIDI" in str(error)  # noqa: PT017 - either is right
