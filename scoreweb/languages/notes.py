"""Notes as musicians of each language name them: H for B in German, do to si in French and Spanish."""

from __future__ import annotations

from models.notation.score import Pitch
from scoreweb.languages.spoken import spoken

_SYLLABLES = {
    "es": dict(zip("CDEFGAB", ("do", "re", "mi", "fa", "sol", "la", "si"), strict=True)),
    "fr": dict(zip("CDEFGAB", ("do", "ré", "mi", "fa", "sol", "la", "si"), strict=True)),
}


def note_name(pitch: Pitch) -> str:
    """The pitch for a person to read, with its scientific octave: C♯4 in English, Cis4 in German, do♯4 in French."""
    language = spoken()
    if language == "de":
        return _german(pitch.step, int(pitch.alter)) + str(pitch.octave)
    syllable = _SYLLABLES.get(language, {}).get(pitch.step, pitch.step)
    return syllable + pitch.label.removeprefix(pitch.step)


def _german(step: str, alter: int) -> str:
    """C sharp is Cis, E flat is Es, B is H and B flat is B."""
    if step == "B":
        if alter == -1:
            return "B"
        step = "H"
    if alter >= 0:
        return step + "is" * alter
    return step + ("s" if step in "AE" else "es") + "es" * (-alter - 1)
