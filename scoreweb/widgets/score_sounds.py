"""What can be heard of a score in the browser: its sources, which staves are left out, beats counted before it, single notes."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from models.notation.course import DEFAULT_TEMPO
from models.notation.performance import Sounding
from models.notation.score import Metre, Score
from models.notation.synthesis.sound import play_notes, wav_bytes
from models.weights import WeightsError
from scoreweb import score_texts
from scoreweb.widgets.events import whole_number

_TONE_S = 0.6
_LANE = re.compile(r"(\d+/\d+)(?:=[1-9]\d?)?")


@dataclass(frozen=True)
class Source:
    """What can be heard of a score: ``kind`` is score, recording or detected.

    ``notes`` say when what is lit, in seconds of this source's own sound, in order of onset; None where they come with the
    sound. ``url`` is the sound's address; None where it is made only when somebody wants to hear it. ``mixed``: another
    sound takes its place where parts are to be softer.
    """

    kind: str
    notes: Sequence[Sounding] | None
    url: str | None = None
    mixed: bool = False


def sound_value(
    version: str,
    kind: str,
    url: str | None,
    notes: Sequence[Sounding] | None = None,
    *,
    quiet: Sequence[str] = (),
) -> dict[str, Any]:
    """The answer to ``sound_wanted``: where the sound lies, None if there is none; what sounds when, where that is not known.

    ``quiet`` are the staves that were left out or softened.
    """
    told = {"version": version, "kind": kind, "url": url, "quiet": list(quiet)}
    return {"sound": told if notes is None else {**told, "notes": _timed(notes)}}


def quiet_of(sent: Mapping[str, Any], score: Score) -> tuple[str, ...]:
    """The staves that a browser wants otherwise than loud, if the score has them; in order.

    "part/staff" is left out, "part/staff=40" is heard at 40 % of its volume.
    """
    told = sent.get("quiet")
    if not isinstance(told, list):
        return ()
    known = {lane for lane, _ in lanes_of(score)}
    lanes = {one: found[1] for one in told if isinstance(one, str) and (found := _LANE.fullmatch(one))}
    return tuple(sorted(one for one, lane in lanes.items() if lane in known))


def lanes_of(score: Score) -> list[tuple[str, str]]:
    """Each staff of each part, as "part/staff", and what it is called."""
    say = score_texts.SCORE_VIEW
    found: list[tuple[str, str]] = []
    for number, part in enumerate(score.parts):
        staves = sorted({event.staff for bar in part.bars for event in bar.events if event.notes})
        name = part.name or say["part"].format(number=number + 1)
        for staff in staves:
            told = say["staff"].format(part=name, number=staff) if len(staves) > 1 else name
            found.append((f"{number}/{staff}", told))
    return found


def count_in(score: Score) -> dict[str, float]:
    """Beats of a bar, to be counted before the music, and the seconds of each."""
    first = score.parts[0].bars[0] if score.parts and score.parts[0].bars else None
    metre = (first.metre if first else None) or Metre(4, 4)
    return {
        "beats": metre.beats,
        "seconds": round(60 / (score.tempo or DEFAULT_TEMPO) * 4 / metre.beat_type, 4),
    }


def tone(midi: object) -> str | None:
    """A note of the project's piano to be heard at once, as the address of a WAV; None for what no piano has.

    Called by the browser.
    """
    number = whole_number(midi[0] if isinstance(midi, list) and midi else midi)
    return _tone(number) if number is not None and 21 <= number <= 108 else None


@lru_cache(maxsize=88)
def _tone(midi: int) -> str | None:
    try:
        samples, rate = play_notes([(0.0, _TONE_S, midi, 80)])
    except WeightsError:  # a host without the piano shows scores all the same
        return None
    data = base64.b64encode(wav_bytes(samples[::2], rate // 2)).decode()
    return f"data:audio/wav;base64,{data}"


def source_value(source: Source) -> dict[str, Any]:
    """What the view is told of a source."""
    notes = None if source.notes is None else _timed(source.notes)
    return {
        "kind": source.kind,
        "url": source.url,
        "fixed": source.url is not None and not source.mixed,
        "notes": notes,
    }


def _timed(notes: Sequence[Sounding]) -> list[list[Any]]:
    # As Python's own numbers: NumPy's would reach the browser as text
    return [[round(float(n.onset_s), 4), round(float(n.offset_s), 4), list(n.ids), int(n.bar)] for n in notes]
