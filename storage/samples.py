"""Small made-up submissions, for tests and for trying the store out."""

from __future__ import annotations

import numpy as np
from PIL import Image

from storage.consent import ConsentGiven
from storage.media import Picture, ScoreText, Sound
from storage.records import NewPrediction, NewSubmission
from storage.vocabulary import Licence, Task

RATE = 8000
WEIGHTS = "5a" * 32
MUSICXML = (
    '<score-partwise version="4.0"><part-list><score-part id="P1"><part-name/></score-part></part-list>'
    '<part id="P1"><measure number="1"><note><pitch><step>{step}</step><octave>4</octave></pitch>'
    "<duration>4</duration><type>whole</type></note></measure></part></score-partwise>"
)


def sample_consent(licence: Licence = Licence.CC0) -> ConsentGiven:
    """A consent with every box ticked."""
    return ConsentGiven(licence=licence, own_or_may_share=True, of_age=True, locale="en")


def sample_picture(seed: int = 0, side: int = 8) -> Image.Image:
    """A grey picture, the same for the same seed."""
    values = np.random.default_rng(seed).integers(0, 256, (side, side), dtype=np.uint8)
    return Image.fromarray(values)


def sample_sound(seed: int = 0, seconds: float = 0.05) -> Sound:
    """A sine as loud as half of the full scale, of 220 Hz and a little more for every seed."""
    moments = np.arange(round(RATE * seconds)) / RATE
    return Sound(0.5 * np.sin(2 * np.pi * (220 + 10 * seed) * moments), RATE)


def sample_score(seed: int = 0) -> ScoreText:
    """A bar with one whole note."""
    return ScoreText(MUSICXML.format(step="CDEFGAB"[seed % 7]))


def sample_submission(seed: int = 0, task: Task = Task.READ, **settings: object) -> NewSubmission:
    """A job of this kind with two ranked answers; equal seeds share every file."""
    result = Picture(sample_picture(seed + 1000, side=16)) if task is Task.UPSCALE else sample_score(seed)
    return NewSubmission(
        task=task,
        app_version="0.1.0",
        input=sample_sound(seed) if task is Task.TRANSCRIBE else Picture(sample_picture(seed)),
        results=[result],
        predictions=[
            NewPrediction(
                rank=rank, score=1 / (1 + rank), payload={"rank": rank}, model="sample", model_digest=WEIGHTS
            )
            for rank in (1, 2)
        ],
        settings=settings,
    )
