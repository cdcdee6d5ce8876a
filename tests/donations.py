"""Donations of each job that can be seen and heard, for the tests of My data: drawn and played by the project itself."""

import soundfile
from PIL import Image

from models.notation.engraving.engrave import Look, engrave
from models.notation.engraving.pictures import svg_to_png
from models.notation.musicxml import read_musicxml, write_musicxml
from scoreweb.widgets.sounds import FOLDER
from storage import ConsentGiven, Licence, NewPrediction, NewSubmission, Picture, ScoreText, Sound, Task

NOTES = [
    {"onset_s": 0.5 * n, "offset_s": 0.5 * n + 0.45, "midi": midi, "velocity": 80, "certainty": 0.9}
    for n, midi in enumerate((60, 62, 64, 65, 67, 69, 71, 72))
]


def consent(licence=Licence.CC0):
    return ConsentGiven(licence=licence, own_or_may_share=True, of_age=True, locale="en")


def musicxml(steps="CDEFGABC"):
    """Two bars of quarter notes."""
    notes = [
        f"<note><pitch><step>{step}</step><octave>{5 if n == 7 else 4}</octave></pitch><duration>1</duration><type>quarter</type></note>"
        for n, step in enumerate(steps)
    ]
    attributes = (
        "<attributes><divisions>1</divisions><key><fifths>0</fifths></key><time><beats>4</beats><beat-type>4</beat-type></time>"
        "<clef><sign>G</sign><line>2</line></clef></attributes>"
    )
    return (
        '<score-partwise version="4.0"><part-list><score-part id="P1"><part-name/></score-part></part-list><part id="P1">'
        f'<measure number="1">{attributes}{"".join(notes[:4])}</measure><measure number="2">{"".join(notes[4:])}</measure>'
        "</part></score-partwise>"
    )


def picture(steps="CDEFGABC", width=900):
    """The bars engraved, as a picture in memory."""
    pages = engrave(
        read_musicxml(musicxml(steps).encode()), Look(width=700, staff_space=9.0, header=False)
    ).pages
    import io

    return Image.open(io.BytesIO(svg_to_png(pages[0], width=width))).convert("L")


def read(steps="CDEFGABC", score=0.8, page=None):
    """A page that was read, right or with other steps than are on it."""
    text = write_musicxml(read_musicxml(musicxml(steps).encode()))
    return NewSubmission(
        task=Task.READ,
        app_version="0.1.0",
        input=Picture(page or picture()),
        results=[ScoreText(text)],
        predictions=[
            NewPrediction(
                rank=1, payload={"bars": [0, 0]}, model="reader", score=score, media=ScoreText(text)
            )
        ],
    )


def transcribed(notes=NOTES, score=0.7):
    """A recording of a scale that was written down."""
    samples, rate = soundfile.read(str(FOLDER / "scale.flac"), dtype="float32")
    return NewSubmission(
        task=Task.TRANSCRIBE,
        app_version="0.1.0",
        input=Sound(samples, rate),
        predictions=[NewPrediction(rank=1, payload={"notes": notes}, model="ear", score=score)],
    )


def upscaled(width=1800):
    """A page that was enlarged."""
    large = picture(width=width)
    return NewSubmission(
        task=Task.UPSCALE,
        app_version="0.1.0",
        input=Picture(large.resize((large.width // 4, large.height // 4))),
        results=[Picture(large)],
        predictions=[NewPrediction(rank=1, payload={"picture": "result"}, model="fast")],
    )
