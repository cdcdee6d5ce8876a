"""A transcription in a workspace: notes corrected, taken back, written anew, heard, and left to the collection."""

import json
import zipfile
from dataclasses import replace

import numpy as np
import pytest

from models.contracts.transcribe import Guess, HeardNote
from models.notation.editing import Remove, Repitch, Transpose
from models.notation.musicxml import read_musicxml, write_musicxml
from models.notation.performance import sounding_notes
from models.transcribe.sound import Sound
from scoreweb.errors import VisitorError
from scoreweb.heard_notes import pieces
from scoreweb.jobs.transcribe.options import Heard, TranscribeOptions, options_of
from scoreweb.jobs.transcribe.panel import _score
from scoreweb.jobs.transcribe.result import TranscribeResult
from scoreweb.widgets.score_sounds import sound_value
from storage import CorrectionFormat, Task

PITCHES = [60, 64, 67, 72]


def note(index, midi, certainty=0.9, length=0.4):
    return HeardNote(0.5 * index, 0.5 * index + length, midi, 80, certainty, (Guess(midi + 12, 0.05),))


def made_of(folder, notes, *, single=False):
    heard = Heard(tuple(notes), (), None, single, "ear", "a" * 64, 0.1)
    sound = Sound(np.zeros(2 * 8000, np.float32), 8000)
    made = TranscribeResult(folder / "result", "my tune.wav", sound, heard, TranscribeOptions())
    made.write()
    return made


@pytest.fixture
def result(tmp_path):
    certainties = (0.9, 0.4, 0.6, 0.95)
    return made_of(
        tmp_path, [note(i, m, c) for i, (m, c) in enumerate(zip(PITCHES, certainties, strict=True))]
    )


def written_pitches(result):
    score = read_musicxml(write_musicxml(result.score))
    return [n.pitch.midi for _, _, e in score.events() for n in e.notes if not n.tie_stop]


def test_doubtful_notes_are_listed_least_certain_first(result):
    doubts = _score(result)["doubts"]
    assert [doubt["id"] for doubt in doubts] == ["n1", "n2"]
    assert [doubt["level"] for doubt in doubts] == [2, 1]


def test_a_correction_goes_into_every_file_and_old_files_vanish(result):
    result.print_out()
    before = dict(result.files)
    result.edit(Repitch("n1", 63))
    result.print_out()
    assert written_pitches(result) == [60, 63, 67, 72]
    assert json.loads(result.files["notes"].read_text())[1]["midi"] == 63
    assert not any(path.exists() for path in before.values())
    assert [doubt["id"] for doubt in _score(result)["doubts"]] == ["n2"]
    assert result.alternatives()["n1"][0] == (64, 0.4), "the first reading can be chosen again"


def test_choosing_the_first_reading_again_undoes_the_correction(result):
    result.edit(Repitch("n1", 63))
    result.edit(Repitch("n1", 64))
    assert not result.is_corrected
    assert result.corrections() == []


def test_steps_are_taken_back_and_done_again(result):
    result.edit(Transpose("n0", 2))
    result.edit(Remove("n3"))
    assert [n.midi for n in result.notes] == [62, 64, 67]
    result.undo()
    result.undo()
    assert written_pitches(result) == PITCHES
    result.redo()
    assert written_pitches(result) == [62, 64, 67, 72]
    result.redo()
    result.print_out()
    assert [n["midi"] for n in json.loads(result.files["notes"].read_text())] == [62, 64, 67]


def test_what_is_kept_is_what_was_heard_and_the_correction_beside_it(result):
    result.edit(Repitch("n1", 63))
    kept = result.submission()
    assert kept.task is Task.TRANSCRIBE
    assert [n["midi"] for n in kept.predictions[0].payload["notes"]] == PITCHES
    assert kept.predictions[0].model_digest == "a" * 64
    (correction,) = result.corrections()
    assert correction.format is CorrectionFormat.NOTES
    assert [n["midi"] for n in correction.payload] == [60, 63, 67, 72]


def test_another_metre_writes_the_notes_as_they_stand_and_can_be_taken_back(result):
    result.edit(Repitch("n1", 63))
    result.rewrite(options_of("auto", "90", "3/4"))
    assert written_pitches(result) == [60, 63, 67, 72]
    assert any("3/4" in said for said in result.score.assumptions)
    result.undo()
    assert not any("3/4" in said for said in result.score.assumptions)
    assert written_pitches(result) == [60, 63, 67, 72]


@pytest.mark.parametrize(
    "edit",
    [Repitch("n4", 60), Repitch("nobody", 60), Repitch("n0", 20), Repitch("n0", 109), Transpose("n0", -48)],
)
def test_a_correction_of_nothing_or_beyond_the_keyboard_is_refused(result, edit):
    with pytest.raises(VisitorError):
        result.edit(edit)
    assert written_pitches(result) == PITCHES
    assert not result.edits.past


def test_a_single_note_gets_the_clef_that_suits_it(tmp_path):
    result = made_of(tmp_path, [note(0, 72)], single=True)
    result.edit(Repitch("n0", 40))
    assert result.score.parts[0].bars[0].clefs[0].clef.sign == "F"
    assert result.notes[0].midi == 40
    result.edit(Remove("n0"))
    assert result.notes == []
    assert result.classic().size[1] == 162


def test_tied_pieces_are_one_note_and_light_up_together(tmp_path):
    long = replace(note(3, 65), offset_s=3.4)
    result = made_of(tmp_path, [*(note(i, 60 + i) for i in range(3)), long, note(7, 60)])
    result.rewrite(options_of("auto", "120", "3/4"))
    tied = next(ids for ids in pieces(result.score).values() if len(ids) > 1)
    result.edit(Transpose(tied[1], 2))
    assert result.notes[3].midi == 67
    times = {n.ids[0]: n for n in result.heard_times()}
    assert list(times["n3"].ids) == tied
    assert times["n3"].onset_s == 1.5
    assert times["n3"].offset_s == 3.4


def test_every_source_is_lit_by_its_own_seconds_and_plays(result):
    sources = {source["kind"]: source for source in _score(result)["sources"]}
    assert list(sources) == ["score", "recording", "detected"]
    assert all(source["notes"] is None for source in sources.values()), "they come with the sound"
    heard = [note.onset_s for note in result.sounding("recording")]
    assert heard == [n.onset_s for n in result.heard.notes]
    assert result.sounding("detected") == result.sounding("recording")
    assert result.sounding("score") == sounding_notes(result.score)
    assert all(source["url"] is None for source in sources.values()), "made only when it is asked for"
    for kind in sources:
        assert result.sound(kind).read_bytes()[:4] == b"fLaC"
    with pytest.raises(VisitorError):
        result.sound("../score")


def test_the_browser_gets_numbers_though_the_network_gave_numpys(tmp_path):
    numbers = [np.float64(0.1), np.float32(0.5), np.int64(60), np.int64(80), np.float32(0.6)]
    result = made_of(tmp_path, [HeardNote(*numbers, (Guess(np.int64(72), np.float32(0.3)),)), note(2, 62)])
    value = _score(result)
    sent = json.loads(json.dumps(value, default=lambda odd: f"{type(odd)}"))
    for kind in ("score", "recording", "detected"):
        told = sound_value("v", kind, "x", result.sounding(kind))["sound"]["notes"]
        told = json.loads(json.dumps(told, default=lambda odd: f"{type(odd)}"))
        assert told
        assert all(isinstance(number, int | float) for note in told for number in (*note[:2], note[3]))
    first = sent["notes"]["n0"]
    assert isinstance(first["certainty"], float)
    assert [type(part) for part in first["others"][0]] == [int, str, float]
    assert "<class" not in json.dumps(sent)


def test_a_note_that_is_gone_is_neither_lit_nor_heard(result):
    result.edit(Remove("n1"))
    assert [n.midi for n in result.heard_times()] == [60, 67, 72]
    assert result.selected is not None


def test_the_classic_strip_has_one_picture_a_note(result):
    assert result.classic().size == (4 * 300, 162)


def test_slow_files_come_afterwards(result):
    assert "png" not in result.files
    result.print_out()
    assert result.files["png"].read_bytes().startswith(b"\x89PNG")
    assert result.files["pdf"].read_bytes().startswith(b"%PDF-")
    assert result.files["wav"].read_bytes()[:4] == b"RIFF"
    with zipfile.ZipFile(result.files["zip"]) as archive:
        assert len(archive.namelist()) == len(result.files) - 1
