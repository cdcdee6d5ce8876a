"""Sentences about what a transcribed score assumes: tempo, metre, key, and that it is a piano."""

from __future__ import annotations

from models.transcribe.score.metre import beats_a_bar, compound
from models.transcribe.score.quantise import Quantised
from models.transcribe.score.spelling import KeyGuess

HEARD_AS_PIANO = "Heard as a piano: other instruments and voices may be misread."


def of_time(time: Quantised) -> list[str]:
    """What tempo and metre are written, and whether they were given."""
    beat = (
        "dotted quarter notes"
        if compound(time.metre)
        else {1: "whole notes", 2: "half notes", 4: "quarter notes", 8: "eighth notes", 16: "16th notes"}[
            time.metre.beat_type
        ]
    )
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


def of_key(guess: KeyGuess) -> str:
    """Which key signature is written, and why there may be none."""
    key = guess.key
    if not guess.clear:
        return "The notes point to no single key, so there is no key signature."
    sharps = ("Cb", "Gb", "Db", "Ab", "Eb", "Bb", "F", "C", "G", "D", "A", "E", "B", "F#", "C#")
    minors = ("Ab", "Eb", "Bb", "F", "C", "G", "D", "A", "E", "B", "F#", "C#", "G#", "D#", "A#")
    tonic = (minors if key.mode == "minor" else sharps)[key.fifths + 7]
    return f"Key estimated from the notes: {tonic.replace('b', ' flat').replace('#', ' sharp')} {key.mode or 'major'}."


def printed_tempo(tempo: float) -> float:
    """A tempo as a metronome mark shows it: whole unless that would drift by more than a quarter of a beat a minute."""
    whole = round(tempo)
    return float(whole) if abs(tempo - whole) <= 0.25 else round(tempo, 1)
