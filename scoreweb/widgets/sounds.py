"""The example sounds on the page: our own tunes on our own piano, made by ``scripts/play_examples.py``."""

from __future__ import annotations

from pathlib import Path

from scoreweb import texts as messages

FOLDER = Path(__file__).with_name("sounds")

SOUNDS: dict[Path, str] = {
    FOLDER / name: label for name, label in messages.SOUND_EXAMPLE_LABELS.items() if (FOLDER / name).is_file()
}
"""Each example's file and what it is called."""
