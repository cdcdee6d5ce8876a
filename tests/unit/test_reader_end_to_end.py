"""Two small engraved scores, read from their pictures: whole pages, tilted ones, small ones; and pages without music."""

import io
from dataclasses import replace
from fractions import Fraction

import cv2
import numpy as np
import pytest
from PIL import Image

from benchmarks.read import enlarging
from benchmarks.reading_marks import aligned, edits, flat, musicxml_staves
from models.notation.engraving.engrave import Look, engrave
from models.notation.engraving.pictures import svg_to_png
from models.notation.musicxml import read_musicxml, write_musicxml
from models.notation.score import Bar, Clef, ClefChange, Key, Metre, NoteType, Part, Score
from models.read.reader import NO_MUSIC, Reader
from tests.readings import spelled
from tests.scores import E8, H, Q, W, event
from tests.sheets import text, tilted

WIDTH, SPACE = 2480, 20.0
"""A4 at 300 dpi, and a staff space of 1.7 mm there."""
LOOK = Look(
    width=WIDTH, staff_space=SPACE, header=False, margin=120.0,
    more={"staffLineWidth": 0.24, "stemWidth": 0.22, "barLineWidth": 0.3},
)  # fmt: skip
KINDS = {"1": W, "2": H, "4": Q, "8": E8, "16": NoteType.N16}


def voice(name, told, **more):
    """Events one after another, told as "C4+E4/4." with r for a rest, under beams by the quarter."""
    now, out = Fraction(0), []
    for n, word in enumerate(told.split()):
        pitches, length = word.rsplit("/", 1)
        kind, dots = KINDS[length.rstrip(".")], length.count(".")
        pitches = "" if pitches == "r" else pitches.replace("+", " ")
        out.append(event(f"{name}-{n}", now, pitches, kind, dots, **more))
        now += out[-1].duration.quarters
    return beamed(out)


def beamed(events):
    out, groups = list(events), {}
    for n, one in enumerate(events):
        if one.duration.type in {E8, NoteType.N16} and not one.is_rest:
            groups.setdefault(int(one.onset), []).append(n)
    for group in (g for g in groups.values() if len(g) > 1):
        short = [out[n].duration.type is NoteType.N16 for n in group]
        for place, n in enumerate(group):
            last = len(group) - 1
            first_beam = "begin" if place == 0 else "end" if place == last else "continue"
            before, after = place > 0 and short[place - 1], place < last and short[place + 1]
            hook = "backward hook" if place else "forward hook"
            second = "continue" if before and after else "end" if before else "begin" if after else hook
            out[n] = replace(out[n], beams=(first_beam, second) if short[place] else (first_beam,))
    return tuple(out)


def melody():
    """Nine bars on one staff: D major, 4/4, dots, beams with hooks, flags, signs that hold and are taken back."""
    rows = (
        "D4/4 F#4/8 G4/8 A4/4 B4/8. C#5/16", "D5/4. E5/8 F#5/4 r/4",
        "G#4/8 A4/8 B4/16 A4/16 G4/16 F#4/16 E4/2", "F4/4 A4/4 Bb4/8. A4/16 G4/4",
        "E4/8 F#4/8 G4/8 A4/8 B4/4. A4/8", "D5/8 C#5/8 D5/4 F#5/4. E5/8", "A4/2. r/4",
        "B4/8 A4/8 G#4/8 A4/8 C5/4 B4/4", "A4/8. G4/16 F#4/8 E4/8 D4/2",
    )  # fmt: skip
    bars = [Bar(n + 1, spelled(voice(f"m{n}", row), Key(2))) for n, row in enumerate(rows)]
    bars[0] = replace(bars[0], clefs=(ClefChange(Clef()),), key=Key(2), metre=Metre(4, 4))
    return Score((Part("P1", tuple(bars)),))


def piano():
    """Eight bars on two staves: G major, 3/4, chords, two voices on the upper staff in three of them."""
    upper = (
        "G4+B4/4 D5/4 C5/4", "B4/2.", "A4+C5/4 G4/8 A4/8 B4/4", "G4+B4+D5/2 r/4", "D5/4 B4/4 G4/4",
        "E5/8 D5/8 C5/4 A4/4", "B4+D5/4 A4+C5/4 F#4/4", "G4/2.",
    )  # fmt: skip
    second = {1: "D4/4 G4/4 F4/4", 4: "G4/2 D4/4", 5: "G4/2 F#4/4"}
    lower = (
        "G2/2.", "G3/4 B2+D3/4 B2+D3/4", "A2/4 E3/4 D3/4", "G2+G3/2.", "B2/4 D3/4 G3/4", "C3/4 E3/4 F#3/4",
        "D3/2 D2/4", "G2/2.",
    )  # fmt: skip
    bars = []
    for n, (high, low) in enumerate(zip(upper, lower, strict=True)):
        events = list(voice(f"u{n}", high, **({"stem": "up"} if n in second else {})))
        if n in second:
            events += voice(f"v{n}", second[n], voice=2, stem="down")
        below = spelled(voice(f"l{n}", low, voice=5, staff=2), Key(1))
        bars.append(Bar(n + 1, spelled(events, Key(1)) + below))
    clefs = (ClefChange(Clef()), ClefChange(Clef("F", 4), staff=2))
    bars[0] = replace(bars[0], clefs=clefs, key=Key(1), metre=Metre(3, 4))
    return Score((Part("P1", tuple(bars), staves=2),))


SCORES = {"melody": melody(), "piano": piano()}


@pytest.fixture(scope="module")
def reader():
    return Reader(enlarge=enlarging())


@pytest.fixture(scope="module")
def pages():
    """The scores as pictures, uint8."""
    out = {}
    for name, score in SCORES.items():
        (page,) = engrave(score, LOOK).pages
        out[name] = np.asarray(Image.open(io.BytesIO(svg_to_png(page))).convert("L")).copy()
    return out


def notes(score, folder):
    file = folder / "score.musicxml"
    file.write_bytes(write_musicxml(score))
    return flat(musicxml_staves(file))


def third(page):
    return cv2.resize(page, None, fx=1 / 3, fy=1 / 3, interpolation=cv2.INTER_AREA)


WAYS = {"level": lambda page: page, "tilted": lambda page: tilted(page, 2.0), "small": third}


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", SCORES)
def test_an_engraved_score_is_read(reader, pages, tmp_path, name, way):
    picture = WAYS[way](pages[name])
    reading = reader.read([picture], top=3)
    score = reading.score(reading.interpretations[0])
    wanted, read = notes(SCORES[name], tmp_path), notes(score, tmp_path)
    assert edits(wanted, read) < 0.05 * len(wanted), "\n".join(aligned(wanted, read))
    truth, (part,) = SCORES[name].parts[0], score.parts
    assert (part.staves, len(part.bars)) == (truth.staves, len(truth.bars))
    assert (part.bars[0].key, part.bars[0].metre) == (truth.bars[0].key, truth.bars[0].metre)
    assert {c.staff: c.clef for c in part.bars[0].clefs} == {c.staff: c.clef for c in truth.bars[0].clefs}
    height, width = picture.shape
    for number in range(len(part.bars)):
        _, (x0, y0, x1, y1) = reading.place(number)
        assert 0 <= x0 < x1 <= width
        assert 0 <= y0 < y1 <= height
    for other in reading.interpretations:
        written = write_musicxml(reading.score(other))
        assert len(read_musicxml(written).parts[0].bars) == len(truth.bars)


def test_pages_follow_one_another_and_one_without_music_is_told(reader, pages):
    blank = np.full((400, 300), 255, np.uint8)
    heard = []
    reading = reader.read(
        [blank, pages["melody"]], top=1, progress=lambda stage, part: heard.append((stage, part))
    )
    assert set(reading.system_page) == {1}
    assert reading.place(0)[0] == 1
    assert reading.pages[0].notes[-1] == NO_MUSIC
    assert NO_MUSIC not in reading.pages[1].notes
    parts = [part for _, part in heard]
    assert parts == sorted(parts)
    assert heard[-1] == ("Done", 1.0)
    assert {"page 1 of 2", "page 2 of 2"} <= {stage.split(" · ")[0] for stage, _ in heard}


@pytest.mark.parametrize(
    "page",
    [np.full((600, 450), 255, np.uint8), text(16.0, rows=10, width=20), np.zeros((40, 40), np.uint8)],
    ids=["blank", "text", "black"],
)
def test_without_music_there_are_no_bars_but_a_sentence(reader, page):
    reading = reader.read([page])
    assert not reading.found_music
    assert (reading.bars, reading.interpretations, reading.systems) == ((), (), ())
    assert reading.pages[0].notes == (NO_MUSIC,), "one sentence, said once"
    assert reading.pages[0].shape == page.shape


def test_there_are_no_other_primitives(reader):
    with pytest.raises(ValueError, match="imagined"):
        reader.read([np.full((50, 50), 255, np.uint8)], primitives="imagined")
