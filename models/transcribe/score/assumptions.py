"""Sentences about what a transcribed score assumes: tempo, metre, key, and that it is a piano."""

from __future__ import annotations

from fractions import Fraction

from models.notation.score import Key, Metre
from models.transcribe.score.metre import beats_a_bar, compound
from models.transcribe.score.performed import Performed
from models.transcribe.score.quantise import Quantised
from models.transcribe.score.spelling import KeyGuess
from models.transcribe.score.wishes import Wishes

HEARD_AS_PIANO = "Heard as a piano: other instruments and voices may be misread."


def of_time(time: Quantised) -> list[str]:
    """What tempo and metre are written, and whether they were given."""
    beat = beats_in_words(time.metre)
    tempo = f"{time.tempo:g} {beat} a minute"
    metre = f"{time.metre.beats}/{time.metre.beat_type}"
    return [
        f"Tempo as given: {tempo}."
        if time.tempo_given
        else f"Tempo estimated from the notes: {tempo}; give yours if it is another.",
        f"Metre as given: {metre}."
        if time.metre_given
        else f"Metre estimated: {metre}, {beats_a_bar(time.metre)} beats to the bar; give yours if it is another.",
    ]


def beats_in_words(metre: Metre) -> str:
    """What is counted in a metre: quarter notes, dotted quarter notes."""
    names = {1: "whole notes", 2: "half notes", 4: "quarter notes", 8: "eighth notes", 16: "16th notes"}
    return "dotted quarter notes" if compound(metre) else names[metre.beat_type]


def of_performance(read: Performed, wishes: Wishes) -> list[str]:
    """What was taken for the beat, the metre, the key and the hands of a performance, and whether it was given."""
    first = read.measures[0].metre if read.measures else Metre()
    metre, key = f"{first.beats}/{first.beat_type}", read.measures[0].key if read.measures else Key()
    signs = len({m.metre for m in read.measures if not m.pickup}) > 1
    beat = _BEATS.get(first.quarters / read.beats_a_bar, "beats")
    changes = " It changes in the course of the piece." if signs else ""
    tonic = _tonic(key)
    return [
        f"Tempo as given: {wishes.tempo:g} {beat} a minute."
        if wishes.tempo
        else f"Tempo estimated from the notes: {read.beat_a_minute:g} {beat} a minute, followed as it changes; give yours if it is another.",
        f"Metre as given: {metre}."
        if wishes.metre
        else f"Metre estimated: {metre}; give yours if it is another.{changes}",
        f"Key as given: {tonic}." if wishes.fifths is not None else f"Key estimated from the notes: {tonic}.",
        "Hands parted at middle C."
        if wishes.split
        else "Which hand plays a note is estimated: what the hands share may be on the other staff.",
    ]


_BEATS = {
    Fraction(4): "whole notes",
    Fraction(2): "half notes",
    Fraction(3, 2): "dotted quarter notes",
    Fraction(3): "dotted half notes",
    Fraction(1): "quarter notes",
    Fraction(3, 4): "dotted eighth notes",
    Fraction(1, 2): "eighth notes",
}


def of_key(guess: KeyGuess) -> str:
    """Which key signature is written, and why there may be none."""
    key = guess.key
    if not guess.clear:
        return "The notes point to no single key, so there is no key signature."
    return f"Key estimated from the notes: {_tonic(key)}."


def _tonic(key: Key) -> str:
    """A key's name: A minor, B flat major."""
    sharps = ("Cb", "Gb", "Db", "Ab", "Eb", "Bb", "F", "C", "G", "D", "A", "E", "B", "F#", "C#")
    minors = ("Ab", "Eb", "Bb", "F", "C", "G", "D", "A", "E", "B", "F#", "C#", "G#", "D#", "A#")
    tonic = (minors if key.mode == "minor" else sharps)[key.fifths + 7]
    return f"{tonic.replace('b', ' flat').replace('#', ' sharp')} {key.mode or 'major'}"


def printed_tempo(tempo: float) -> float:
    """A tempo as a metronome mark shows it: whole unless that would drift by more than a quarter of a beat a minute."""
    whole = round(tempo)
    return float(whole) if abs(tempo - whole) <= 0.25 else round(tempo, 1)
