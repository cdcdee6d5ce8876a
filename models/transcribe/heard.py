"""A note as it was heard: when, which key, how loud, how sure, and what else it may have been."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Guess:
    """A key (MIDI number) and how likely it is, 0 to 1."""

    midi: int
    certainty: float


@dataclass(frozen=True, slots=True)
class HeardNote:
    """Onset and offset in seconds, the key's MIDI number, a MIDI velocity, and how likely all that is, 0 to 1.

    ``alternatives`` are the other keys that come into question, likeliest first. ``staff`` (1 the upper, 2 the lower)
    and ``voice`` (from 1 on each staff) are set where they are known: a listener that separates the hands, a file that
    names them, a visitor. None leaves them to `models.transcribe.score`.
    """

    onset_s: float
    offset_s: float
    midi: int
    velocity: int
    certainty: float
    alternatives: tuple[Guess, ...] = ()
    staff: int | None = None
    voice: int | None = None

    @property
    def seconds(self) -> float:
        """How long it was heard."""
        return self.offset_s - self.onset_s
