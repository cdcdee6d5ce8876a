"""A score in the browser: seen on paper, heard and followed, corrected by mouse, touch and keys.

``ScoreView(elem_id=...)`` is an output for what `view_value` makes; None hides it; `score_sounds.sound_value` hands it a sound that it
asked for and leaves the drawing as it is. What a visitor does arrives as events, whose handlers take ``gr.EventData``:

| event | sent with it | when |
|---|---|---|
| ``picked`` | ``id`` | a note or rest was chosen |
| ``bar_picked`` | ``bar`` (from 0, of the reading), ``number`` (as printed), ``walk`` when it is the next to check | a bar, or its button among the doubtful ones, was chosen |
| ``edited`` | what `score_edits.edits_of` reads | what is chosen was corrected |
| ``pages_wanted`` | nothing | a drawn system is not in the browser any more |
| ``undone``, ``redone`` | nothing | an edit was taken back, or done again |
| ``sound_wanted`` | ``kind`` of the source, ``version`` of the score, ``quiet``: what `score_sounds.quiet_of` reads | Play was pressed and the source has no sound yet |

``edited``, ``undone`` and ``redone`` come one at a time, each with a ``turn``; the next one is sent when a value has come that
`answering` made of it. A drawing that was made before the one that is shown is not drawn.

All of that comes from a browser: `edits_of`, `bar_of` and `note_of` give it checked.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from html import escape
from typing import Any

from models.notation.editing import Misfit, find_note, syllable_text
from models.notation.engraving.engrave import Engraving
from models.notation.performance import sounding_notes
from models.notation.score import Event, Note, Pitch, Score
from scoreweb import score_texts
from scoreweb import texts as messages
from scoreweb.languages.notes import note_name
from scoreweb.widgets.close_up import View, zoom_html
from scoreweb.widgets.events import next_turn, whole_number
from scoreweb.widgets.score_edits import FAR, NEAR, sign_fields, tool_button
from scoreweb.widgets.score_sounds import Source, count_in, lanes_of, source_value, tone

CERTAIN = 0.8
"""Below this a note or bar is marked as doubtful, below `DOUBTFUL` as very doubtful."""
DOUBTFUL = 0.5


class ScoreView(View):
    """The component; its events stand at the top of this module."""

    scripts = (
        "crossfade.js",
        "playback.js",
        "order.js",
        "sending.js",
        "zoom.js",
        "score_keys.js",
        "score_tools.js",
    )

    def __init__(self, *, elem_id: str, value: Any = None, render: bool = True, **_: Any) -> None:  # noqa: ANN401
        """An empty view. Gradio makes it anew with each value, and then hands its own arguments back."""
        super().__init__(_template(), elem_id=elem_id, value=value, render=render, answers=(tone,))


def view_value(
    engraving: Engraving,
    score: Score,
    *,
    version: str = "",
    sources: Sequence[Source] | None = None,
    alternatives: Mapping[str, Sequence[tuple[int, float]]] | None = None,
    doubtful: Mapping[int, float] | None = None,
    off: Mapping[int, Misfit] | None = None,
    known: Collection[str] = (),
    bar: int | None = None,
    selected: str | None = None,
    editable: bool = True,
    undo: bool = False,
    redo: bool = False,
    linked: bool = False,
    mixed: bool = False,
) -> dict[str, Any]:
    """What a `ScoreView` shows: pages, what each note is called and how certain it is, bars, and what sounds when.

    ``version`` names this state of the score, so that a sound of another one is not taken for its own. Without
    ``sources`` the score itself can be played. ``alternatives`` gives (MIDI number, certainty) of what else a note may
    be, by id; doubts are then listed by notes, else by bars. ``doubtful`` gives certainties of bars (counted from 0) that overrule the score's own; ``off`` are bars
    that do not fill their metre, which are listed first. Drawn systems whose keys are ``known`` the browser has already.
    ``bar``, one of the reading, is marked, ``selected`` the id of the note that is
    chosen at first. With ``mixed`` parts and staves can be left out of the score's sound. ``linked`` views tell a picture of the page beside them which bar is chosen and which one sounds.
    """
    notes, order = _notes(score, engraving, alternatives or {})
    sure = dict.fromkeys(range(len(engraving.bars)), 1.0)
    bars = _bars(score, engraving, (doubtful or {}) if alternatives is None else sure, off or {})
    heard = sources if sources is not None else [Source("score", sounding_notes(score))]
    return {
        "version": version,
        "turn": next_turn(),
        "pages": [
            {"key": key, "svg": None if key in known else svg}
            for key, svg in zip(page_keys(engraving), engraving.svgs, strict=True)
        ],
        "notes": notes,
        "order": order,
        "bars": bars,
        "doubts": _doubts(bars, notes, [] if alternatives is None else order),
        "sources": [source_value(source) for source in heard],
        "levels": [CERTAIN, DOUBTFUL],
        "bar": bar,
        "selected": selected,
        "editable": editable,
        "undo": undo,
        "redo": redo,
        "linked": linked,
        "lanes": lanes_of(score) if mixed else [],
        "count": count_in(score),
    }


def answering(value: Mapping[str, Any] | None, sent: Mapping[str, Any]) -> dict[str, Any] | None:
    """A value that is the answer to ``edited``, ``undone`` or ``redone``; without one the drawing stays as it is."""
    turn = whole_number(sent.get("turn"), most=2**53)
    return {**(value or {}), "answers": turn} if turn else None if value is None else dict(value)


def page_keys(engraving: Engraving) -> list[str]:
    """What the drawn pages are known by in the browser: alike where they look alike."""
    return [hashlib.blake2b(svg.encode(), digest_size=12).hexdigest() for svg in engraving.svgs]


def note_of(sent: Mapping[str, Any], score: Score) -> str | None:
    """The id that a browser sent, if the score has it."""
    identity = sent.get("id")
    return identity if isinstance(identity, str) and find_note(score, identity) else None


def bar_of(sent: Mapping[str, Any], score: Score) -> int | None:
    """The bar (counted from 0) that a browser sent, if the score has it."""
    index = whole_number(sent.get("bar"))
    longest = max((len(part.bars) for part in score.parts), default=0)
    return index if index is not None and 0 <= index < longest else None


def _notes(
    score: Score, engraving: Engraving, alternatives: Mapping[str, Sequence[tuple[int, float]]]
) -> tuple[dict[str, Any], list[str]]:
    """What is drawn, by id; and the ids as music is read: bar by bar, from left to right, then from above."""
    notes: dict[str, Any] = {}
    spots: list[tuple[int, int, float, str]] = []
    chords = {
        (lane, index, one.onset): one.chord.name
        for lane, part in enumerate(score.parts)
        for index, bar in enumerate(part.bars)
        for one in bar.harmonies
    }
    for lane, index, event, note in _in_bars(score):
        identity = note.id if note else event.id
        if identity not in engraving.boxes:
            continue
        notes[identity] = _told(event, note, index, alternatives.get(identity, ())) | _kin(lane, event)
        notes[identity] |= _words(event, chords.get((lane, index, event.onset), ""))
        _, (left, top, _, _) = engraving.boxes[identity]
        spots.append((index, round(left / 4), top, identity))
    return notes, [identity for *_, identity in sorted(spots)]


def _words(event: Event, chord: str) -> dict[str, str]:
    """What stands in the fields for words: only what there is."""
    first = next((one for one in event.lyrics if one.verse == 1), None)
    told = {"lyric": syllable_text(first) if first else "", "chord": chord}
    return {kind: text for kind, text in told.items() if text}


def _in_bars(score: Score) -> Iterator[tuple[int, int, Event, Note | None]]:
    for number, part in enumerate(score.parts):
        for index, bar in enumerate(part.bars):
            for event in bar.events:
                for note in event.notes or (None,):
                    yield number, index, event, note


def _kin(part: int, event: Event) -> dict[str, Any]:
    """What keys and "all alike" go by: the staff, the value, and what makes notes or rests alike."""
    length = event.duration
    kind = "rest" if event.is_rest else "grace" if event.grace else "note"
    alike = f"{part}/{event.staff}/{event.voice}/{kind}/{length.type.value}/{length.dots}/{length.tuplet[0]}"
    return {"lane": f"{part}/{event.staff}", "staff": event.staff, "alike": alike, "dots": length.dots}


def _bars(
    score: Score, engraving: Engraving, doubtful: Mapping[int, float], off: Mapping[int, Misfit]
) -> list[dict[str, Any]]:
    bars: list[dict[str, Any]] = []
    known = any(bar.source is not None for part in score.parts for bar in part.bars)
    source = 0
    for index, (page, box) in enumerate(engraving.bars):
        column = [part.bars[index] for part in score.parts if index < len(part.bars)]
        certainty = doubtful.get(index, min((one.certainty for one in column), default=1.0))
        gap = any(one.gap for one in column)
        own = next((one.source for one in column if one.source is not None), None) if known else index
        source = source if own is None else own
        misfit = off.get(index)
        bars.append(
            {
                "page": page,
                "box": [round(v, 2) for v in box],
                "number": column[0].number if column else index + 1,
                "certainty": round(float(certainty), 4),
                "gap": gap,
                "source": source,
                "off": _misfit(misfit) if misfit else None,
                "level": 2 if gap or misfit else _level(certainty),
            }
        )
    return bars


def _misfit(one: Misfit) -> dict[str, str]:
    return {"beats": messages.mixed(one.beats), "metre": f"{one.metre.beats}/{one.metre.beat_type}"}


def _doubts(
    bars: Sequence[Mapping[str, Any]], notes: Mapping[str, Mapping[str, Any]], order: Sequence[str]
) -> list[dict[str, Any]]:
    """Where a look is worth it: bars that do not fill their metre, then bars, then notes, the least certain first.

    A note in a doubtful bar is not listed again.
    """
    say = score_texts.SCORE_VIEW
    doubtful = [n for n, bar in enumerate(bars) if bar["level"]]
    doubtful.sort(key=lambda n: (not (bars[n]["gap"] or bars[n]["off"]), bars[n]["certainty"]))
    found = []
    for index in doubtful:
        bar = bars[index]
        text = say["gap" if bar["gap"] else "off" if bar["off"] else "bar"]
        told = text.format(
            number=bar["number"], certainty=round(100 * bar["certainty"]), **(bar["off"] or {})
        )
        found.append({"bar": index, "id": None, "level": bar["level"], "text": told})
    unsure = [i for i in order if _level(notes[i]["certainty"]) and not bars[notes[i]["bar"]]["level"]]
    for identity in sorted(unsure, key=lambda i: notes[i]["certainty"]):
        note = notes[identity]
        if note["tied"]:
            continue
        certainty = round(100 * note["certainty"])
        told = say["note"].format(number=bars[note["bar"]]["number"], name=note["name"], certainty=certainty)
        level = _level(note["certainty"])
        found.append({"bar": note["bar"], "id": identity, "level": level, "text": told})
    return found


def _level(certainty: float) -> int:
    return 0 if certainty >= CERTAIN else 1 if certainty >= DOUBTFUL else 2


def _told(event: Event, note: Note | None, bar: int, others: Sequence[tuple[int, float]]) -> dict[str, Any]:
    say = score_texts.SCORE_VIEW
    certainty = note.certainty if note else event.certainty
    name = note_name(note.pitch) if note else say["rest"]
    length = score_texts.value_name(event.duration)
    if event.grace:
        length = score_texts.VALUE_WORDS["grace"].format(value=length)
    text = say["label_certainty" if certainty < 1 else "label"]
    return {
        "label": text.format(what=name, length=length, certainty=round(100 * certainty)),
        "name": name,
        "midi": int(note.pitch.midi) if note else None,
        "bar": bar,
        "certainty": round(float(certainty), 4),
        "tied": bool(note and note.tie_stop),
        "others": [
            [int(midi), note_name(Pitch.from_midi(int(midi))), round(float(share), 3)]
            for midi, share in others
        ],
    }


def _template() -> str:
    say = score_texts.SCORE_VIEW
    tempo = f'<input type="range" data-part="tempo" min="50" max="150" step="5" value="100" aria-label="{escape(say["tempo"])}">'
    seek = f'<input type="range" data-part="seek" min="0" max="1000" step="1" value="0" aria-label="{escape(say["seek"])}">'
    share = f'<input type="range" data-part="share" min="0" max="100" step="5" value="0" aria-label="{escape(say["fade"])}">'
    recording, detected = (escape(score_texts.SCORE_SOURCES[kind]) for kind in ("recording", "detected"))
    tools = {name: tool_button(name) for name in score_texts.SCORE_TOOLS}
    near = "".join(f'<span class="group">{"".join(tools[name] for name in group)}</span>' for group in NEAR)
    far = "".join(f'<span class="group">{"".join(tools[name] for name in group)}</span>' for group in FAR)
    keys = "".join(f"<dt>{escape(key)}</dt><dd>{escape(what)}</dd>" for key, what in score_texts.SCORE_KEYS)
    sentences = {**say, "sources": score_texts.SCORE_SOURCES}
    return f"""
<div class="swv" data-part="root" hidden>
  <span hidden data-part="sentences">{escape(json.dumps(sentences, ensure_ascii=False))}</span>
  <div class="row" role="group" aria-label="{escape(say["playing"])}" data-part="player">
    <button type="button" data-part="play">{escape(say["play"])}</button>
    <span class="choice" role="group" aria-label="{escape(say["what"])}" data-part="sources"></span>{seek}
    <span class="time" data-part="time">0:00</span>
    <label class="speed"><span>{escape(say["tempo"])}</span>{tempo}<output data-part="percent">100 %</output></label>
    <label class="speed" data-part="fade" title="{escape(say["fade"])}" hidden><span>{recording}</span>{share}<span>{detected}</span></label>
    <button type="button" data-part="loop" aria-pressed="false" title="{escape(say["loop_hint"])}">{escape(say["loop"])}</button>
    <label><input type="checkbox" data-part="count"> {escape(say["count"])}</label>
    {zoom_html()}
    <span class="row mix" data-part="mix" role="group" aria-label="{escape(say["mix"])}" hidden></span>
  </div>
  <div class="row legend" data-part="legend" hidden>
    <span><i class="key d1"></i>{escape(say["doubtful"])}</span><span><i class="key d2"></i>{escape(say["very_doubtful"])}</span>
    <button type="button" data-part="next">{escape(say["next"])}</button><span data-part="left" role="status"></span>
    <span data-part="doubts" class="row"></span><span class="quiet" data-part="more"></span>
  </div>
  <div class="paper" data-part="paper" role="group" aria-label="{escape(say["sheet"])}"></div>
  <div class="row edit" data-part="edit" role="group" aria-label="{escape(say["edit"])}">
    <span class="picked" data-part="picked" role="status"></span><span class="row" data-part="readings"></span>
    <span class="tools" role="group" tabindex="0" aria-label="{escape(say["edit"])}"><span class="group"><button type="button" data-part="undo" disabled>{escape(say["undo"])}</button>
    <button type="button" data-part="redo" disabled>{escape(say["redo"])}</button></span>{near}</span>
    <details class="far" data-part="far"><summary>{escape(score_texts.SCORE_MORE)}</summary><span class="tools">{far}</span>{sign_fields()}</details>
  </div>
  <details class="quiet" data-part="help"><summary>{escape(say["help"])}</summary><dl>{keys}</dl></details>
</div>"""
