"""What is asked of a recording, and what the service heard in it."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.contracts.transcribe import BEST, NAME, HeardNote, TranscribeAnswer, TranscribeRequest
from models.notation.score import Metre
from models.transcribe.score.wishes import LEVELS, Wishes
from models.transcribe.sound import Sound, sound_of
from scoreweb.errors import VisitorError
from scoreweb.jobs.transcribe import texts as say
from scoreweb.languages.catalogue import retold

SERVICE = NAME
TEMPI = (20.0, 400.0)


@dataclass(frozen=True)
class TranscribeOptions:
    """What is asked: ``mode`` one of the catalogue's; tempo in beats a minute and metre, None to estimate them;
    ``network`` of the classic picture, "" for the best. Of a performance with both hands also: beats ``factor`` times as long
    as they are taken to be, the key signature's ``fifths``, hands ``split`` at middle C, and how much is written (one of `LEVELS`).
    """

    mode: str = "auto"
    tempo: float | None = None
    metre: Metre | None = None
    network: str = ""
    factor: float = 1.0
    fifths: int | None = None
    split: bool = False
    level: str = LEVELS[0]

    @property
    def wishes(self) -> Wishes:
        """The same for the writing of a performance."""
        return Wishes(self.tempo, self.factor, self.metre, self.fifths, self.split, self.level)


@dataclass(frozen=True)
class Heard:
    """What the service heard: notes in order of onset, hints for the player, the classic picture, by what; notes too faint to be written."""

    notes: tuple[HeardNote, ...]
    hints: tuple[str, ...]
    picture: npt.NDArray[np.uint8] | None
    single: bool
    model: str
    weights: str
    seconds: float
    candidates: tuple[HeardNote, ...] = ()


def options_of(
    mode: str, tempo: float | str | None, metre: str | None, network: str = ""
) -> TranscribeOptions:
    """The options behind the fields of the page; VisitorError for an unusable tempo or metre."""
    tempo = _tempo_of(tempo)
    if tempo and not TEMPI[0] <= tempo <= TEMPI[1]:  # an empty field may come as 0
        raise VisitorError(say.TEMPO_RANGE.format(least=TEMPI[0], most=TEMPI[1]))
    return TranscribeOptions(mode, tempo or None, metre_of(metre), network)


def _tempo_of(tempo: float | str | None) -> float:
    """The number, 0 for nothing; VisitorError for other text."""
    try:
        return float(str(tempo or 0).strip().replace(",", ".") or 0)
    except ValueError:
        raise VisitorError(say.TEMPO_RANGE.format(least=TEMPI[0], most=TEMPI[1])) from None


def metre_of(text: str | None) -> Metre | None:
    """The metre that "3/4" names, None for nothing; VisitorError for anything else."""
    if not text or not text.strip():
        return None
    found = re.fullmatch(r"\s*(\d{1,2})\s*/\s*(1|2|4|8|16)\s*", text)
    if not found or not 1 <= int(found[1]) <= 24:
        raise VisitorError(say.METRE_FORM.format(text=text[:20]))
    return Metre(int(found[1]), int(found[2]))


def cut(sound: Sound, begin: float, end: float) -> Sound:
    """The part of the recording from ``begin`` to ``end`` seconds; SoundError when too little is left."""
    return sound_of(sound.samples[round(begin * sound.rate) : round(end * sound.rate)], sound.rate)


def played_answer(notes: tuple[HeardNote, ...]) -> TranscribeAnswer:
    """What a MIDI file says was played, as if it had been heard."""
    return TranscribeAnswer(notes, (), np.zeros((0, 0), np.uint8), "piano", "", "", 0.0)


def request_of(sound: Sound, options: TranscribeOptions) -> TranscribeRequest:
    """What the service is asked."""
    return TranscribeRequest(sound.samples, sound.rate, options.mode, options.network or BEST)


def heard_of(answer: TranscribeAnswer) -> Heard:
    """What the page needs of the service's answer. VisitorError when no note was heard."""
    if not answer.notes:
        raise VisitorError(" ".join(map(retold, answer.hints)) or say.NO_NOTE)
    single = answer.mode == "note" and len(answer.notes) == 1
    picture = answer.picture if answer.picture.size else None
    return Heard(
        answer.notes,
        answer.hints,
        picture,
        single,
        answer.model,
        answer.weights,
        answer.seconds,
        answer.candidates,
    )
