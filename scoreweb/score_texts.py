"""Every text of the score view: what is played, chosen and corrected, by which button and which key."""

from __future__ import annotations

from models.notation.score import Duration
from scoreweb.languages.catalogue import speak, translated

SCORE_VIEW = {
    "playing": "Playing",
    "play": "Play",
    "pause": "Pause",
    "waiting": "One moment …",
    "what": "What is played",
    "seek": "Place in the music",
    "tempo": "Tempo",
    "fade": "From the recording to the detected notes, both heard at once between",
    "loop": "Loop",
    "loop_hint": "What is chosen is played over and over: the bar, or several notes",
    "count": "Count in",
    "mix": "What is heard",
    "volume": "Volume of {part}",
    "part": "Part {number}",
    "staff": "{part}, staff {number}",
    "sheet": "The score",
    "doubtful": "doubtful",
    "very_doubtful": "very doubtful",
    "bar": "Bar {number}: {certainty} % right",
    "gap": "Bar {number}: not read",
    "off": "Bar {number}: {beats} beats in {metre}",
    "note": "Bar {number}: {name}, {certainty} % certain",
    "more": "and {count} more",
    "rest": "rest",
    "label": "{what} {length}",
    "label_certainty": "{what} {length}, {certainty} % certain",
    "picked": "Bar {number}: {label}",
    "pick": "Choose a note to correct it.",
    "picked_several": "{count} chosen, bars {first} to {last}",
    "picked_several_one": "{count} chosen in bar {first}",
    "next": "Next to check",
    "left": "{count} left to check",
    "left_one": "1 left to check",
    "left_none": "Nothing is left to check.",
    "stretch": "How far",
    "instead": "{name} ({certainty} %)",
    "edit": "Correct the chosen note",
    "undo": "Undo",
    "redo": "Redo",
    "help": "Keys",
}
SCORE_SOURCES = {"score": "Score", "recording": "Recording", "detected": "Detected notes"}
SCORE_TOOLS = {
    "up": "Up a semitone",
    "down": "Down a semitone",
    "sharp": "Sharp",
    "natural": "Natural",
    "flat": "Flat",
    "whole": "Whole note",
    "half": "Half note",
    "quarter": "Quarter note",
    "eighth": "Eighth note",
    "sixteenth": "16th note",
    "dot": "Dot",
    "triplet": "Triplet",
    "tie": "Tie",
    "slur": "Slur",
    "silence": "Make it a rest",
    "repeat": "The same again after it",
    "chord": "A note a third above, in the chord",
    "remove": "Delete: a note leaves a rest, a rest goes",
    "cut": "Delete with its time",
    "alike": "Choose all alike",
    "fill": "Fill the voice with rests",
    "bar_before": "Empty bar before",
    "bar_after": "Empty bar after",
    "bar_remove": "Delete the bar",
    "bar_join": "Join with the next bar",
    "bar_split": "Bar line before this note",
    "voice_1": "Voice 1",
    "voice_2": "Voice 2",
    "staff_up": "To the staff above",
    "staff_down": "To the staff below",
    "one_voice": "This staff has one voice",
}
"""What a button does, for its label."""
SCORE_FACES = {
    "up": "▲",
    "down": "▼",
    "sharp": "♯",
    "natural": "♮",
    "flat": "♭",
    "whole": "1/1",
    "half": "1/2",
    "quarter": "1/4",
    "eighth": "1/8",
    "sixteenth": "1/16",
    "dot": "•",
    "triplet": "3:2",
    "tie": "Tie",
    "slur": "Slur",
    "silence": "Rest",
    "repeat": "Again",
    "chord": "Chord",
    "remove": "Delete",
    "cut": "Cut",
    "alike": "All alike",
    "fill": "Fill with rests",
    "bar_before": "Bar before",
    "bar_after": "Bar after",
    "bar_remove": "Delete bar",
    "bar_join": "Join bars",
    "bar_split": "Split bar",
    "voice_1": "Voice 1",
    "voice_2": "Voice 2",
    "staff_up": "Staff above",
    "staff_down": "Staff below",
    "one_voice": "One voice",
}
"""What stands on a button."""
SCORE_MORE = "More: bars, clef, key, time, voices, words"
SCORE_SIGNS = {
    "clef": (
        "Clef from here",
        {"G2": "Treble", "F4": "Bass", "C3": "Alto", "C4": "Tenor", "G2-1": "Treble, octave lower"},
    ),
    "key": (
        "Key from here",
        {
            str(n): f"{abs(n)} {'sharp' if n > 0 else 'flat'}{'' if abs(n) == 1 else 's'}"
            if n
            else "No sharps or flats"
            for n in (0, 1, 2, 3, 4, 5, 6, 7, -1, -2, -3, -4, -5, -6, -7)
        },
    ),
    "metre": (
        "Time from here",
        {t: t for t in ("2/4", "3/4", "4/4", "2/2", "3/8", "6/8", "9/8", "12/8", "5/4", "6/4", "3/2")},
    ),
}
"""Label, and choices by their value."""
SCORE_STRETCH = {"": "up to the next one", "1": "this bar only", "2": "2 bars", "4": "4 bars", "8": "8 bars"}
SCORE_KEYS = (
    (
        "← →",
        "previous and next note of the staff; with Alt of all staves, with Ctrl a bar further, with Shift more are chosen",
    ),
    ("Home, End", "the first and last note"),
    (
        "↑ ↓",
        "up and down a semitone; with Ctrl an octave; with Alt and Shift a staff place, as the key has it",
    ),
    ("A to G", "the nearest note of that name; a rest becomes it; with Shift a further note of the chord"),
    ("+ − =", "sharp, flat, natural"),
    ("1 to 8", "64th, 32nd, 16th, eighth, quarter, half, whole, double whole; what follows moves"),
    (". and Ctrl+2 to 9", "dot; duplet, triplet and so on"),
    ("T, S", "tie to the next note; slur to the next note or over all that are chosen"),
    ("R, 0", "the same again after it; make it a rest"),
    ("Delete", "a note leaves a rest, a rest goes; with Ctrl the note goes with its time"),
    ("Insert, Ctrl+B", "an empty bar before, or after; Ctrl+Shift+Delete deletes the bar"),
    ("Ctrl+Alt+1 to 4", "voice; Ctrl+Shift+↑ ↓ the staff above or below"),
    ("L", "choose all alike: the same part, voice and length"),
    ("Ctrl+Z, Ctrl+Y", "undo and redo"),
    ("N", "the next bar to check; there Enter or 1 to 5 takes a reading and goes on"),
    ("Space, Enter", "play from here and stop; hear this note"),
)
NOTE_VALUES = {
    "breve": "double whole",
    "whole": "whole",
    "half": "half",
    "quarter": "quarter",
    "eighth": "eighth",
    "16th": "16th",
    "32nd": "32nd",
    "64th": "64th",
    "128th": "128th",
}
VALUE_WORDS = {"dotted": "dotted {value}", "tuplet": "tuplet {value}", "grace": "grace {value}"}
SCORE_WORDS = {
    "lyric": ("Syllable", "Sung to the chosen note; a hyphen at its end joins it to the next one"),
    "chord": ("Chord symbol", "Above the chosen note, for example F#m7/A"),
}
"""Label and explanation of each field for words."""
NO_SUCH_CHORD = "“{text}” is no chord symbol that is known here: write it like F#m7 or Bb/D."
NO_SUCH_NOTE = "That note is no longer in the score: choose another."
NO_SUCH_SOUND = "There is no such sound any more: press Play again."


def value_name(duration: Duration, *, tuplets: bool = False) -> str:
    """A note value in words: "quarter", "dotted eighth"; with ``tuplets`` also "tuplet eighth"."""
    words, name = translated(VALUE_WORDS), translated(NOTE_VALUES)[duration.type.value]
    for _ in range(duration.dots):
        name = words["dotted"].format(value=name)
    return words["tuplet"].format(value=name) if tuplets and duration.tuplet != (1, 1) else name


speak(__name__)
