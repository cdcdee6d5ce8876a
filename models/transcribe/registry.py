"""The modes of listening: one registration each. A new one is a folder with a `Listener`, and an entry in `MODES`.

Light: a listener's module, and the networks behind it, are imported when the mode is first asked for. Page, API,
command line and docs take the modes' names from the service's catalogue, which is made from here.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from models.transcribe.listener import Listener


@dataclass(frozen=True)
class Mode:
    """A mode of listening: its name, what it is for in a few words, and where its listener is.

    ``opener`` is ``module:function``; the function takes a device ("cpu" or "cuda") and returns the `Listener`, which
    it keeps for the next call. ``seconds_a_second`` is the work on two cores for a second of sound, a first guess
    that the service corrects by what it measures; ``fixed_s`` what any recording takes; ``bytes_a_second`` the memory.
    """

    name: str
    note: str
    opener: str
    seconds_a_second: float
    fixed_s: float = 0.4
    bytes_a_second: int = 1_500_000

    def open(self, device: str = "cpu") -> Listener:
        """The listener, ready. `models.weights.WeightsError` where its network is missing or damaged."""
        module, _, function = self.opener.partition(":")
        opener = cast(Callable[[str], Listener], getattr(importlib.import_module(module), function))
        return opener(device)


NOTE, MELODY, PIANO, VOICE, AUTO = "note", "melody", "piano", "voice", "auto"

REASONS = {
    NOTE: "Heard as one note.",
    MELODY: "Heard as a piano melody, because one key is struck at a time.",
    PIANO: "Heard as piano music, because several keys sound at once.",
    VOICE: "Heard as a voice or another instrument of one line, because the pitch is held or wavers as no piano's does.",
}
"""Why a mode was chosen by itself: no warning; a player who knows better chooses another."""

MODES = (
    Mode(AUTO, "finds out which of the others it is", "models.transcribe.automatic:opened", 0.5),
    Mode(NOTE, "one note of a piano", "models.transcribe.ear.listener:opened", 0.0, fixed_s=0.3),
    Mode(MELODY, "one note of a piano after the other", "models.transcribe.melody.listener:opened", 0.35),
    Mode(PIANO, "any number of notes of a piano", "models.transcribe.piano.listener:opened", 0.12),
    Mode(
        VOICE,
        "a voice, a whistle or another instrument of one line",
        "models.transcribe.voice.listener:opened",
        0.03,
    ),
)
"""The default first."""


def mode_named(name: str) -> Mode:
    """The mode of this name; KeyError for none."""
    return {mode.name: mode for mode in MODES}[name]
