"""The tools of the score view: what each button or key sends, and the edits that are read from it.

What a browser sends with ``edited``: ``ids`` of what is chosen, in the order of the music, ``kind``, and the value that the
kind asks for.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from html import escape
from typing import Any

from models.notation.chords import parse_chord
from models.notation.editing import (
    Accidental,
    AddNote,
    Cut,
    Dots,
    Edit,
    Fill,
    InsertBar,
    JoinBars,
    Letter,
    OneVoice,
    Remove,
    RemoveBar,
    Repeat,
    Repitch,
    SetChord,
    SetClef,
    SetKey,
    SetLyric,
    SetMetre,
    SetStaff,
    SetVoice,
    Silence,
    Slur,
    SplitBar,
    Step,
    Tie,
    Transpose,
    Tuplet,
    Value,
)
from models.notation.score import Clef, Key, Metre, NoteType
from scoreweb import score_texts
from scoreweb.errors import VisitorError
from scoreweb.widgets.events import whole_number

MOST_CHOSEN = 2000
"""Notes that are edited in one step."""
MOST_LETTERS = 60
"""Letters of a syllable or a chord symbol."""
_LETTERS = tuple("ABCDEFG")
_VALUED: dict[str, tuple[str, Callable[[str, Any], Edit], Collection[object]]] = {
    "transpose": ("by", Transpose, range(-12, 13)),
    "step": ("by", Step, range(-7, 8)),
    "accidental": ("alter", Accidental, range(-2, 3)),
    "letter": ("letter", Letter, _LETTERS),
    "pitch": ("midi", Repitch, range(128)),
    "value": (
        "value",
        lambda one, value: Value(one, NoteType(value)),
        tuple(kind.value for kind in NoteType),
    ),
    "dots": ("dots", Dots, range(4)),
    "add": ("letter", AddNote, _LETTERS),
    "voice": ("voice", SetVoice, range(1, 5)),
    "staff": ("staff", SetStaff, range(1, 17)),
}
"""Edits of each chosen note with one value: what it is sent as, the edit, the values allowed."""
_PLAIN: dict[str, Callable[[str], Edit]] = {"remove": Remove, "cut": Cut, "silence": Silence, "tie": Tie}
"""Edits of each chosen note."""
_ONCE: dict[str, Callable[[str, str], Edit]] = {
    "slur": lambda first, last: Slur(first, last if last != first else ""),
    "repeat": lambda first, last: Repeat(last),
    "fill": lambda first, last: Fill(first),
    "bar_before": lambda first, last: InsertBar(first, after=False),
    "bar_after": lambda first, last: InsertBar(last, after=True),
    "bar_join": lambda first, last: JoinBars(first),
    "bar_split": lambda first, last: SplitBar(first),
    "bar_remove": lambda first, last: RemoveBar(first),
}
"""Edits of all that is chosen, from its first and last note."""
_CLEFS = {"G2": Clef(), "F4": Clef("F", 4), "C3": Clef("C", 3), "C4": Clef("C", 4), "G2-1": Clef("G", 2, -1)}

NEAR = (
    ("up", "down", "sharp", "natural", "flat"),
    ("whole", "half", "quarter", "eighth", "sixteenth", "dot", "triplet"),
    ("tie", "slur", "silence", "repeat", "chord", "remove", "cut"),
)
"""Buttons that are always in sight, in groups."""
FAR = (
    ("alike", "fill", "one_voice", "voice_1", "voice_2", "staff_up", "staff_down"),
    ("bar_before", "bar_after", "bar_remove", "bar_join", "bar_split"),
)
"""Buttons under "More", in groups."""
_SENT: dict[str, dict[str, Any]] = {
    "up": {"kind": "transpose", "by": 1},
    "down": {"kind": "transpose", "by": -1},
    "sharp": {"kind": "accidental", "alter": 1},
    "natural": {"kind": "accidental", "alter": 0},
    "flat": {"kind": "accidental", "alter": -1},
    "whole": {"kind": "value", "value": "whole"},
    "half": {"kind": "value", "value": "half"},
    "quarter": {"kind": "value", "value": "quarter"},
    "eighth": {"kind": "value", "value": "eighth"},
    "sixteenth": {"kind": "value", "value": "16th"},
    "triplet": {"kind": "tuplet", "count": 3},
    "voice_1": {"kind": "voice", "voice": 1},
    "voice_2": {"kind": "voice", "voice": 2},
}
"""What a button sends where its name alone does not say it. ``dot``, ``chord``, ``staff_up`` and ``staff_down`` depend on the note."""


def edits_of(sent: Mapping[str, Any], *, as_printed: bool = True) -> tuple[Edit, ...]:
    """The edits that a browser sent; none for anything that is none.

    ``as_printed`` is for clefs and keys: whether heads and accidentals stay as they are printed, or notes as they sound.
    """
    ids, kind = sent.get("ids"), sent.get("kind")
    if not (isinstance(ids, list) and ids and isinstance(kind, str) and len(ids) <= MOST_CHOSEN):
        return ()
    if not all(isinstance(one, str) for one in ids):
        return ()
    names = list(dict.fromkeys(ids))
    if kind in _PLAIN:
        return tuple(_PLAIN[kind](one) for one in names)
    if kind in _VALUED:
        name, made, allowed = _VALUED[kind]
        value = sent.get(name)
        return (
            tuple(made(one, value) for one in names) if type(value) in {int, str} and value in allowed else ()
        )
    if kind in _ONCE:
        return (_ONCE[kind](names[0], names[-1]),)
    edit = (
        _words(names[0], kind, sent)
        or _with_numbers(names, kind, sent)
        or _sign(names[0], kind, sent, as_printed=as_printed)
    )
    return () if edit is None else (edit,)


def _words(name: str, kind: str, sent: Mapping[str, Any]) -> Edit | None:
    """A syllable or a chord symbol. VisitorError for what is no chord."""
    text = sent.get("text")
    if kind not in score_texts.SCORE_WORDS or not isinstance(text, str) or len(text) > MOST_LETTERS:
        return None
    if kind == "lyric":
        return SetLyric(name, text)
    if text.strip() and parse_chord(text) is None:
        raise VisitorError(score_texts.NO_SUCH_CHORD.format(text=text.strip()))
    return SetChord(name, text)


def _with_numbers(names: Sequence[str], kind: str, sent: Mapping[str, Any]) -> Edit | None:
    if kind == "tuplet":
        count = whole_number(sent.get("count"))
        last = names[-1] if len(names) > 1 else ""
        return Tuplet(names[0], count, last) if count is not None and 1 <= count <= 9 else None
    if kind == "one_voice":
        return OneVoice(names[0], max(1, min(1000, whole_number(sent.get("bars")) or 1)))
    return None


def _sign(name: str, kind: str, sent: Mapping[str, Any], *, as_printed: bool) -> Edit | None:
    value = sent.get("value")
    bars = whole_number(sent.get("bars"))
    bars = bars if bars and bars > 0 else None
    if (
        not isinstance(value, str)
        or kind not in score_texts.SCORE_SIGNS
        or value not in score_texts.SCORE_SIGNS[kind][1]
    ):
        return None
    if kind == "clef":
        return SetClef(name, _CLEFS[value], bars, as_printed)
    if kind == "key":
        return SetKey(name, Key(int(value)), bars, as_printed)
    beats, _, beat_type = value.partition("/")
    return SetMetre(name, Metre(int(beats), int(beat_type)), bars)


def tool_button(name: str) -> str:
    """The HTML of a button of the view."""
    sent = _SENT.get(name, {"kind": name})
    title, face = score_texts.SCORE_TOOLS[name], score_texts.SCORE_FACES[name]
    return (
        f'<button type="button" data-tool="{name}" data-edit="{escape(json.dumps(sent))}" title="{escape(title)}" '
        f'aria-label="{escape(title)}" disabled>{escape(face)}</button>'
    )


def sign_fields() -> str:
    """The HTML of the fields for words, of the choices of clef, key and time, and of how far they hold."""
    fields = [
        f'<label><span>{escape(label)}</span><input type="text" data-words="{kind}" maxlength="{MOST_LETTERS}" size="8" title="{escape(hint)}" disabled></label>'
        for kind, (label, hint) in score_texts.SCORE_WORDS.items()
    ]
    for kind, (label, choices) in score_texts.SCORE_SIGNS.items():
        options = "".join(
            f'<option value="{escape(v)}">{escape(text)}</option>' for v, text in choices.items()
        )
        fields.append(
            f'<label><span>{escape(label)}</span><select data-sign="{kind}" disabled><option value=""></option>{options}</select></label>'
        )
    stretch = "".join(
        f'<option value="{v}">{escape(text)}</option>' for v, text in score_texts.SCORE_STRETCH.items()
    )
    how_far = escape(score_texts.SCORE_VIEW["stretch"])
    fields.append(f'<label><span>{how_far}</span><select data-part="stretch">{stretch}</select></label>')
    return f'<span class="row signs">{"".join(fields)}</span>'
