"""Plays the example sounds of the Transcribe tab: our own tunes on the project's own piano.

``python -m scripts.play_examples`` writes scoreweb/widgets/sounds/*.flac, 16 bits, 22050 Hz, mono; the same bytes of
sound each time.
"""

from __future__ import annotations

import soundfile

from models.notation.synthesis.sound import play_notes
from models.transcribe.sound import resampled
from scoreweb.widgets.sounds import FOLDER

RATE = 22_050
WALTZ = [(67, 1), (72, 1), (74, 1), (76, 2), (72, 1), (74, 1), (76, 1), (77, 1), (79, 3), (77, 1), (76, 1), (74, 1), (76, 2), (72, 1), (74, 1), (71, 1), (67, 1), (72, 3)]  # fmt: skip


def main() -> None:
    """Writes the three files."""
    scale = [(0.15 + 0.5 * i, 0.6 + 0.5 * i, m, 78) for i, m in enumerate((60, 62, 64, 65, 67, 69, 71, 72))]
    beat, at, waltz = 60 / 132, 0.15, []
    for midi, beats in WALTZ:
        waltz.append((at, at + 0.92 * beats * beat, midi, 84 if midi in {72, 76, 79} else 74))
        at += beats * beat
    FOLDER.mkdir(exist_ok=True)
    for name, notes in {"scale": scale, "waltz": waltz, "low-note": [(0.15, 2.6, 28, 80)]}.items():
        samples, rate = play_notes(notes)
        path = FOLDER / f"{name}.flac"
        soundfile.write(path, 0.9 * resampled(samples, rate, RATE), RATE, subtype="PCM_16")
        print(f"{path.name}: {path.stat().st_size} bytes")  # noqa: T201 - a command says what it wrote


if __name__ == "__main__":
    main()
