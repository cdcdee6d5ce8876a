"""The transcribing service as its callers see it: a recording, its notes with alternatives, what may be asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from models import weights
from models.arrays import Grey, Samples
from models.contracts.choice import Choice, choices, offered_by
from models.engine import Engine, Signature
from models.transcribe import registry
from models.transcribe.heard import Guess, HeardNote
from models.transcribe.registry import REASONS

__all__ = [
    "BEST",
    "CLASSIC",
    "NAME",
    "REASONS",
    "SIGNATURE",
    "Guess",
    "HeardNote",
    "TranscribeAnswer",
    "TranscribeCatalogue",
    "TranscribeRequest",
]

NAME = "transcribe"

CLASSIC = "transcribe-classic-"
"""Begins the weights' names of the networks that draw one note as a picture."""

BEST = "best"
"""The one that draws from the keys that were heard, not from the sound."""


@dataclass(frozen=True)
class TranscribeRequest:
    """Mono float32 samples (n,), about -1 to 1, at ``rate`` Hz; ``mode`` and ``network`` out of `TranscribeCatalogue`.

    ``network`` draws the classic picture. Tempo, metre and key are no part of it: notes are heard once, and written
    down as often as a visitor likes by `models.transcribe.score`.
    """

    samples: Samples
    rate: int
    mode: str = "auto"
    network: str = BEST


@dataclass(frozen=True)
class TranscribeAnswer:
    """Notes in order of onset, sentences for the player, and the classic picture, uint8 (162, 300).

    The picture is that of the first note, of size (0, 0) where nothing is heard. ``mode`` is what the recording was
    heard as, never "auto". ``weights`` is the SHA-256 of the network that named the keys. ``candidates`` are notes that
    were heard with too little chance to be written down, in order of onset.
    """

    notes: tuple[HeardNote, ...]
    hints: tuple[str, ...]
    picture: Grey
    mode: str
    model: str
    weights: str
    seconds: float
    candidates: tuple[HeardNote, ...] = ()


@dataclass(frozen=True)
class TranscribeCatalogue:
    """Modes of listening and networks that draw one note, the default first."""

    modes: tuple[Choice, ...]
    networks: tuple[Choice, ...]

    @classmethod
    def of(cls, engine: Engine) -> Self:
        """See `Catalogue.of`."""
        return offered_by(engine, NAME, cls)

    @classmethod
    def shipped(cls) -> Self:
        """See `Catalogue.shipped`."""
        return cls(tuple(Choice(mode.name, mode.note) for mode in registry.MODES), choices(networks()))


SIGNATURE = Signature(NAME, TranscribeRequest, TranscribeAnswer)


def networks() -> tuple[str, ...]:
    """The shipped networks that draw one note as a picture, ``best`` first."""
    held = sorted(n.removeprefix(CLASSIC) for n in weights.known() if n.startswith(CLASSIC))
    return tuple(sorted(held, key=lambda name: name != BEST))
