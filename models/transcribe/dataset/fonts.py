"""Notes of Debian's sound fonts, rendered by fluidsynth: every acoustic piano preset, dry."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.notation.synthesis.soundfont import play_keys
from models.transcribe.dataset.note import KEYS, Note

FOLDER = Path("/usr/share/sounds")
LEAD_S = 0.02
_GAP_MS = 700


@dataclass(frozen=True)
class Preset:
    """A sound font's file below `FOLDER`, bank and program; ``family`` names the recordings behind it."""

    name: str
    family: str
    file: str
    bank: int
    program: int


PRESETS = (
    Preset("fluid-yamaha", "fluid", "sf2/FluidR3_GM.sf2", 0, 0),
    Preset("fluid-bright", "fluid", "sf2/FluidR3_GM.sf2", 0, 1),
    Preset("fluid-honky-tonk", "fluid", "sf2/FluidR3_GM.sf2", 0, 3),
    Preset("tim-1", "tim", "sf2/TimGM6mb.sf2", 0, 0),
    Preset("tim-2", "tim", "sf2/TimGM6mb.sf2", 0, 1),
    Preset("tim-3", "tim", "sf2/TimGM6mb.sf2", 0, 2),
    Preset("tim-honky-tonk", "tim", "sf2/TimGM6mb.sf2", 0, 3),
    Preset("gmbank-1", "gmbank", "sf2/sf_GMbank.sf2", 0, 0),
    Preset("gmbank-2", "gmbank", "sf2/sf_GMbank.sf2", 0, 1),
    Preset("gmbank-3", "gmbank", "sf2/sf_GMbank.sf2", 0, 2),
    Preset("gmbank-honky-tonk", "gmbank", "sf2/sf_GMbank.sf2", 0, 3),
    Preset("muse-grand", "fluid", "sf3/MuseScore_General_Lite.sf3", 0, 0),
    Preset("muse-bright", "fluid", "sf3/MuseScore_General_Lite.sf3", 0, 1),
    Preset("muse-honky-tonk", "fluid", "sf3/MuseScore_General_Lite.sf3", 0, 3),
    Preset("muse-mellow", "fluid", "sf3/MuseScore_General_Lite.sf3", 8, 0),
)
"""MuseScore's font derives from FluidR3: one family."""


def font_notes(
    preset: Preset, velocity: int, rate: int, seconds: float, folder: Path = FOLDER
) -> Iterator[Note]:
    """The 88 notes of a preset at one velocity, each ``seconds`` long; nothing where its file is absent."""
    font = folder / preset.file
    if not font.exists():
        return
    sound = play_keys(
        font,
        KEYS,
        velocity=velocity,
        rate=rate,
        hold_ms=round(1000 * seconds) - 50,
        before_ms=_GAP_MS,
        between_ms=_GAP_MS + 50,
        program=preset.program,
        bank=preset.bank,
    )
    period = _GAP_MS / 1000 + seconds
    for number, key in enumerate(KEYS):
        start = round((_GAP_MS / 1000 + number * period - LEAD_S) * rate)
        samples = sound[start : start + round(seconds * rate)]
        if len(samples) and np.abs(samples).max() > 1e-4:
            yield Note(samples, key, preset.name, preset.family, f"v{velocity:03d}", "font")
