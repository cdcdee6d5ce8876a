"""Notes of Debian's sound fonts, rendered by fluidsynth: every acoustic piano preset, dry."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from models.transcribe.dataset.note import KEYS, Note, Samples

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
    sound = _rendered(font, preset, velocity, rate, seconds)
    period = _GAP_MS / 1000 + seconds
    for number, key in enumerate(KEYS):
        start = round((_GAP_MS / 1000 + number * period - LEAD_S) * rate)
        samples = sound[start : start + round(seconds * rate)]
        if len(samples) and np.abs(samples).max() > 1e-4:
            yield Note(samples, key, preset.name, preset.family, f"v{velocity:03d}", "font")


def _rendered(font: Path, preset: Preset, velocity: int, rate: int, seconds: float) -> Samples:
    import mido

    hold = round(1000 * seconds) - 50
    track = mido.MidiTrack([mido.MetaMessage("set_tempo", tempo=1_000_000)])
    track.append(mido.Message("control_change", control=0, value=preset.bank))
    track.append(mido.Message("program_change", program=preset.program))
    wait = _GAP_MS
    for key in KEYS:
        track.append(mido.Message("note_on", note=key, velocity=velocity, time=wait))
        track.append(mido.Message("note_off", note=key, velocity=0, time=hold))
        wait = _GAP_MS + 50
    track.append(mido.MetaMessage("end_of_track", time=1000))
    with tempfile.TemporaryDirectory() as scratch:
        tune, sound = Path(scratch) / "keys.mid", Path(scratch) / "keys.wav"
        mido.MidiFile(ticks_per_beat=1000, tracks=[track]).save(tune)
        command = [shutil.which("fluidsynth") or "fluidsynth", "-ni", "-q", "-R", "0", "-C", "0", "-g", "0.6"]
        command += [
            "-o",
            "synth.midi-bank-select=gs",
            "-r",
            str(rate),
            "-F",
            str(sound),
            str(font),
            str(tune),
        ]
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - our own arguments
        samples, _ = soundfile.read(sound, dtype="float32", always_2d=True)
    return np.asarray(samples.mean(1), np.float32)
