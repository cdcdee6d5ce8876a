"""Chord symbols by a small grammar: root, quality, tones added or altered, bass. C, Am7, F#dim/A, Bbmaj9, G7(b9), N.C."""

from __future__ import annotations

import re
from typing import Literal

from models.notation.words import ChordSymbol

_QUALITIES = {
    "": "major", "maj": "major", "M": "major", "ma": "major",
    "m": "minor", "mi": "minor", "min": "minor", "-": "minor",
    "5": "power", "6": "major-sixth", "7": "dominant", "9": "dominant-ninth", "11": "dominant-11th", "13": "dominant-13th",
    "maj7": "major-seventh", "M7": "major-seventh", "ma7": "major-seventh", "Maj7": "major-seventh", "j7": "major-seventh",
    "Δ": "major-seventh", "Δ7": "major-seventh", "maj9": "major-ninth", "M9": "major-ninth", "Maj9": "major-ninth",
    "maj11": "major-11th", "maj13": "major-13th", "69": "major-sixth", "6/9": "major-sixth",
    "m6": "minor-sixth", "min6": "minor-sixth", "-6": "minor-sixth", "mi6": "minor-sixth",
    "m7": "minor-seventh", "min7": "minor-seventh", "-7": "minor-seventh", "mi7": "minor-seventh",
    "m9": "minor-ninth", "min9": "minor-ninth", "-9": "minor-ninth", "m11": "minor-11th", "min11": "minor-11th",
    "m13": "minor-13th", "mM7": "major-minor", "mmaj7": "major-minor", "m(maj7)": "major-minor", "minmaj7": "major-minor",
    "mMaj7": "major-minor",
    "dim": "diminished", "o": "diminished", "°": "diminished", "º": "diminished",
    "dim7": "diminished-seventh", "o7": "diminished-seventh", "°7": "diminished-seventh", "º7": "diminished-seventh",
    "ø": "half-diminished", "ø7": "half-diminished", "m7b5": "half-diminished", "m7(b5)": "half-diminished",
    "-7b5": "half-diminished", "min7b5": "half-diminished", "mi7b5": "half-diminished",
    "aug": "augmented", "+": "augmented", "aug7": "augmented-seventh", "+7": "augmented-seventh", "7+": "augmented-seventh",
    "sus": "suspended-fourth", "sus4": "suspended-fourth", "sus2": "suspended-second",
}  # fmt: skip
"""MusicXML's kind of every quality as it is printed."""

_TONE = r"([A-H])(##|bb|[#b♯♭])?"
_CHORD = re.compile(rf"^{_TONE}(.*?)(?:/{_TONE})?$")
_DEGREE = re.compile(r"(add|sus|no|omit)?([#b♯♭+-]?)(\d{1,2})")
_NO_CHORD = re.compile(r"^N\.?\s?C\.?$")
_SIGNS = {"#": 1, "♯": 1, "+": 1, "b": -1, "♭": -1, "-": -1, "": 0}
_HIGHEST = 13


def parse_chord(text: str) -> ChordSymbol | None:
    """The chord that a text names, whole; None for what is no chord symbol.

    Sharps and flats may be ``#`` and ``b`` or their own signs; H is the German B.
    """
    text = text.strip().replace("♯", "#").replace("♭", "b")
    if _NO_CHORD.match(text):
        return ChordSymbol(None, "none", "N.C.")
    found = _CHORD.match(text)
    if found is None:
        return None
    letter, sign, quality, bass, bass_sign = found.groups()
    told = _quality(quality)
    if told is None:  # 6/9 looks like a bass
        return None
    kind, degrees = told
    return ChordSymbol(_tone(letter, sign), kind, quality, _tone(bass, bass_sign) if bass else None, degrees)


def _tone(letter: str, sign: str | None) -> tuple[str, int]:
    alter = {"##": 2, "bb": -2, "#": 1, "b": -1}.get(sign or "", 0)
    return ("B", alter) if letter == "H" else (letter, alter)


_Degrees = tuple[tuple[Literal["add", "alter", "subtract"], int, int], ...]


def _quality(text: str) -> tuple[str, _Degrees] | None:
    """The kind and the further tones that a quality names."""
    if text in _QUALITIES:
        return _QUALITIES[text], ((("add", 9, 0),) if text in {"69", "6/9"} else ())
    for length in range(len(text) - 1, -1, -1):
        head, rest = text[:length], text[length:]
        if head in _QUALITIES:
            degrees = _degrees(rest)
            if degrees is not None:
                return _with_suspension(_QUALITIES[head], rest, degrees)
    return None


def _degrees(text: str) -> _Degrees | None:
    """Tones added or altered, as (b9), add9, sus4 behind a seventh, no3; None for anything else."""
    rest = re.sub(r"[(),\s]", "", text)
    found: list[tuple[Literal["add", "alter", "subtract"], int, int]] = []
    while rest:
        match = _DEGREE.match(rest)
        if match is None:
            return () if rest == "sus" and not found else None
        word, sign, number = match.groups()
        degree = int(number)
        if not 2 <= degree <= _HIGHEST or (not word and not sign):
            return None
        if word in {"no", "omit"}:
            found.append(("subtract", degree, 0))
        elif word == "sus":
            pass
        elif word == "add" or degree in {9, 11, 13}:
            found.append(("add", degree, _SIGNS[sign]))
        else:
            found.append(("alter", degree, _SIGNS[sign]))
        rest = rest[match.end() :]
    return tuple(found)


def _with_suspension(kind: str, rest: str, degrees: _Degrees) -> tuple[str, _Degrees]:
    """A seventh with a suspended fourth or second: the third goes, the other tone comes."""
    suspended = re.search(r"sus([24]?)", rest)
    if suspended is None:
        return kind, degrees
    return kind, (*degrees, ("subtract", 3, 0), ("add", int(suspended.group(1) or 4), 0))
