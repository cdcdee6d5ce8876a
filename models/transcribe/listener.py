"""The protocol of those who hear notes in a recording, and what they answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from models.arrays import Samples
from models.transcribe.heard import HeardNote

OnProgress = Callable[[int, int], None]
"""Is called with (done, total) parts; may raise to stop."""

OnNotes = Callable[[Sequence[HeardNote]], None]
"""Is handed notes as soon as nothing that follows can change them."""


@dataclass(frozen=True)
class Transcription:
    """What was heard: notes in order of onset, sentences for the player, and by whom.

    ``mode`` is the name of the listener that heard them, never "auto". ``hints`` are whole sentences: what is wrong
    with the recording, what is doubtful, why a mode was chosen. ``model`` names the network that named the keys
    and ``weights`` is its SHA-256, "" for none. ``candidates`` are notes that were heard with less chance than is needed
    to be written down, in order of onset: a player may want one of them.
    """

    notes: tuple[HeardNote, ...]
    hints: tuple[str, ...]
    mode: str
    model: str
    weights: str = ""
    candidates: tuple[HeardNote, ...] = ()


class Listener(Protocol):
    """Hears notes of one kind of music. Opened once by its `Mode` and kept; several threads may call it.

    Guarantees, whatever the samples are:

    - Notes come in order of onset, keys are MIDI numbers 21 to 108, ``0 <= onset_s < offset_s``, velocities 1 to 127,
      certainties and those of alternatives 0 to 1. Alternatives never repeat the note's own key and come likeliest first.
    - Silence, noise and recordings shorter than any note give no notes and at least one hint, never an error.
    - The same samples give the same notes on the same device.
    - The samples are never changed. Memory beside them grows at most by `Mode.bytes_a_second`.
    """

    def hear(
        self,
        samples: Samples,
        rate: int,
        *,
        on_progress: OnProgress | None = None,
        on_notes: OnNotes | None = None,
    ) -> Transcription:
        """The notes of mono float32 ``samples`` (n,) at ``rate`` Hz, finite, about -1 to 1, of any level.

        ``on_progress`` is called at least once every 20 seconds of sound, with ``done`` never falling and
        ``done == total`` at the end, and is how a listener is stopped: what it raises goes through. ``on_notes`` is
        handed each note once, in order of onset; a listener that cannot settle a note before the end hands all of
        them on then. `models.weights.WeightsError` where a network is missing or damaged.
        """
        ...
