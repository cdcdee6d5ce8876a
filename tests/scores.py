"""Small scores of our own for tests."""

from fractions import Fraction

from models.notation.score import (
    Bar,
    Clef,
    ClefChange,
    Duration,
    Event,
    Key,
    Metre,
    Note,
    NoteType,
    Part,
    Pitch,
    Score,
)

Q, H, E8, W = NoteType.QUARTER, NoteType.HALF, NoteType.EIGHTH, NoteType.WHOLE


def event(name, onset, pitches="", kind=Q, dots=0, tuplet=(1, 1), note=None, **more):
    """An event whose pitches are told as "C4 F#5"; none for a rest."""
    notes = []
    for number, text in enumerate(pitches.split()):
        alter = text.count("#") - text[1:].count("b")
        identity = f"n{name}" if not number else f"n{name}.{number}"
        notes.append(Note(identity, Pitch(text[0], alter, int(text[-1])), **(note or {})))
    identity = f"n{name}-event" if notes else f"r{name}"
    return Event(identity, Fraction(onset), Duration(kind, dots, tuplet), tuple(notes), **more)


def small_song():
    """A pickup, a triplet, a tie over the bar line, two voices, a grace note, endings, a gap, a new metre."""
    bars = (
        Bar(
            0,
            (event("1", 0, "G4"),),
            (ClefChange(Clef()), ClefChange(Clef("F", 4), staff=2)),
            Key(1, "major"),
            Metre(4, 4, "common"),
            pickup=True,
        ),
        Bar(
            1,
            (
                event("2", 0, "F#4", E8, beams=("begin",), slurs=(("start", 1),)),
                event("3", Fraction(1, 2), "G4", E8, beams=("end",), slurs=(("stop", 1),)),
                event("4", 1, "A4", E8, tuplet=(3, 2), tuplet_mark="start", beams=("begin",)),
                event(
                    "5",
                    Fraction(4, 3),
                    "B4",
                    E8,
                    tuplet=(3, 2),
                    beams=("continue",),
                    note={"certainty": 0.62},
                ),
                event(
                    "6",
                    Fraction(5, 3),
                    "C#5",
                    E8,
                    tuplet=(3, 2),
                    tuplet_mark="stop",
                    beams=("end",),
                    note={"accidental": "sharp"},
                ),
                event(
                    "7",
                    2,
                    "D5 F#5",
                    H,
                    articulations=("accent", "fermata"),
                    dynamic="f",
                    note={"tie_start": True},
                ),
                event("9", 0, "G2", H, 1, voice=5, staff=2),
                event("10", 3, voice=5, staff=2),
            ),
            repeat_start=True,
        ),
        Bar(
            2,
            (
                event("11", 0, "E5", E8, grace=True),
                event("12", 0, "D5 F#5", H, note={"tie_stop": True}),
                event("13", 2, "Bb4", H, note={"accidental": "flat", "certainty": 0.31}),
                event("14", 0, "G4", voice=2, stem="down"),
                event("15", 1, voice=2),
                event("16", 2, "E4", H, voice=2, stem="down"),
                event("17", 0, "G3", H, voice=5, staff=2),
                event("18", 2, "C4", H, voice=5, staff=2),
            ),
            (ClefChange(Clef("C", 4), Fraction(2), 2),),
            ending="1",
            repeat_end=True,
            certainty=0.66,
        ),
        Bar(
            3,
            (
                event("19", 0, kind=W, whole_bar=True),
                event("20", 0, kind=W, whole_bar=True, voice=5, staff=2),
            ),
            ending="2",
            gap=True,
            certainty=0.0,
        ),
        Bar(
            4,
            (event("21", 0, "G4", H, 1), event("22", 0, "G3", H, 1, voice=5, staff=2)),
            (ClefChange(Clef("F", 4), staff=2),),
            metre=Metre(3, 4),
            barline="light-heavy",
        ),
    )
    return Score(
        (Part("P1", bars, "Piano", 2),), "Étude & “test”", 96.0, ("The tempo was assumed.",), "Anon."
    )
