"""Sound fonts played by the program fluidsynth, dry: what training notes are rendered with, never the app."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soundfile

from models.arrays import Samples


def play_keys(
    font: Path,
    keys: Sequence[int],
    *,
    velocity: int,
    rate: int,
    hold_ms: int,
    before_ms: int,
    between_ms: int,
    program: int = 0,
    bank: int | None = None,
) -> Samples:
    """The keys one after the other, (n,) float32 mono at ``rate`` Hz, without reverb or chorus.

    The first is struck after ``before_ms``, each is held for ``hold_ms``, and ``between_ms`` pass from a key's end
    to the next. CalledProcessError where fluidsynth fails, FileNotFoundError where it is not installed.
    """
    import mido

    track = mido.MidiTrack([mido.MetaMessage("set_tempo", tempo=1_000_000)])
    if bank is not None:
        track.append(mido.Message("control_change", control=0, value=bank))
    track.append(mido.Message("program_change", program=program))
    wait = before_ms
    for key in keys:
        track.append(mido.Message("note_on", note=key, velocity=velocity, time=wait))
        track.append(mido.Message("note_off", note=key, velocity=0, time=hold_ms))
        wait = between_ms
    track.append(mido.MetaMessage("end_of_track", time=1000))
    with tempfile.TemporaryDirectory() as folder:
        tune, sound = Path(folder) / "keys.mid", Path(folder) / "keys.wav"
        mido.MidiFile(ticks_per_beat=1000, tracks=[track]).save(tune)
        command = [shutil.which("fluidsynth") or "fluidsynth", "-ni", "-q", "-R", "0", "-C", "0", "-g", "0.6"]
        if bank is not None:
            command += ["-o", "synth.midi-bank-select=gs"]
        command += ["-r", str(rate), "-F", str(sound), str(font), str(tune)]
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - our own arguments
        samples = soundfile.read(sound, dtype="float32", always_2d=True)[0]
    return np.asarray(samples.mean(1), np.float32)
