"""Made-up music in which rare signs are as common as frequent ones: double sharps, alto clefs, short rests, odd metres."""

from __future__ import annotations

import numpy as np

_TYPES = (("whole", 32), ("half", 16), ("quarter", 8), ("eighth", 4), ("16th", 2), ("32nd", 1))
_ALTERS = ("sharp", "flat", "natural", "double-sharp", "flat-flat")
_CLEFS = (("G", 2), ("F", 4), ("C", 3))


def specimen(seed: int, bars: int = 16) -> str:
    """MusicXML of one staff, other for each seed; it sounds of nothing and its bars do not add up."""
    rng = np.random.default_rng(seed)
    return (
        '<?xml version="1.0" encoding="UTF-8"?><score-partwise version="4.0"><part-list><score-part id="P1">'
        '<part-name/></score-part></part-list><part id="P1">'
        + "".join(_bar(n, rng) for n in range(bars))
        + "</part></score-partwise>"
    )


def _bar(number: int, rng: np.random.Generator) -> str:
    sign, line = _CLEFS[int(rng.integers(3))]
    clef = f"<clef><sign>{sign}</sign><line>{line}</line></clef>" if number % 4 == 0 else ""
    key = f"<key><fifths>{rng.integers(-4, 5)}</fifths></key>" if number % 8 == 0 else ""
    symbol = str(rng.choice(["", "", "", "", ' symbol="common"', ' symbol="cut"']))
    beats, kind = (int(rng.integers(2, 10)), int(rng.choice([2, 4, 8, 16]))) if not symbol else (4, 4)
    time = f"<time{symbol}><beats>{beats}</beats><beat-type>{kind}</beat-type></time>"
    octave = {"G": 4, "F": 2, "C": 3}[sign]
    return (
        f'<measure number="{number + 1}"><attributes><divisions>8</divisions>{key}{time}{clef}</attributes>'
        + "".join(_event(octave, rng) for _ in range(int(rng.integers(4, 9))))
        + "</measure>"
    )


def _event(octave: int, rng: np.random.Generator) -> str:
    name, length = _TYPES[int(rng.choice(6, p=[0.1, 0.15, 0.2, 0.2, 0.2, 0.15]))]
    dot = "<dot/>" if rng.random() < 0.2 else ""
    if rng.random() < 0.35:
        return f"<note><rest/><duration>{length}</duration><type>{name}</type>{dot}</note>"
    notes = []
    for voice in range(1 if rng.random() < 0.7 else 2):
        step, higher = str(rng.choice(list("CDEFGAB"))), int(rng.choice([0, 1, 1, 2]))
        sign = str(rng.choice(_ALTERS)) if rng.random() < 0.5 else ""
        alter = {"sharp": 1, "flat": -1, "double-sharp": 2, "flat-flat": -2}.get(sign, 0)
        notes.append(
            f"<note>{'<chord/>' if voice else ''}<pitch><step>{step}</step><alter>{alter}</alter><octave>{octave + higher - (octave > 3)}</octave></pitch>"
            f"<duration>{length}</duration><type>{name}</type>{dot}{f'<accidental>{sign}</accidental>' if sign else ''}</note>"
        )
    return "".join(notes)
