"""What a visitor is about to give, seen or heard before it is given."""

from __future__ import annotations

import io
import secrets
from html import escape
from pathlib import Path

from PIL import Image, ImageOps

from scoreweb import texts as messages
from scoreweb.contributing import Contribution
from scoreweb.score_panel import address
from storage import Picture, Sound

SIDE = 900
"""Most pixels of a picture's side when it is only looked at."""


def preview(contribution: Contribution, folder: Path) -> str:
    """The HTML of the very input that would be kept, and a sentence on what goes with it. Its file lies in ``folder``."""
    new, corrected = contribution.submission(), bool(contribution.corrections())
    many = len(new.results)
    results = messages.RESULTS[many != 1].format(count=many)
    more = messages.KEEP_PREVIEW_CORRECTED if corrected else messages.KEEP_PREVIEW_MORE
    shown = _picture(new.input, folder) if isinstance(new.input, Picture) else ""
    if isinstance(new.input, Sound):
        shown = _sound(new.input, folder)
    return f'<div class="sw-kept"><h4>{escape(messages.KEEP_PREVIEW)}</h4>{shown}<p>{escape(more.format(results=results))}</p></div>'


def _picture(picture: Picture, folder: Path) -> str:
    image = Image.open(io.BytesIO(picture.image)) if isinstance(picture.image, bytes) else picture.image
    said = messages.KEEP_PREVIEW_PICTURE.format(width=image.width, height=image.height)
    out = io.BytesIO()
    smaller(image).save(out, "PNG")
    return figure_of_picture(written(folder, "png", out.getvalue()), said)


def _sound(sound: Sound, folder: Path) -> str:
    kept = sound.canonical()
    said = messages.KEEP_PREVIEW_SOUND.format(seconds=kept.seconds)
    return figure_of_sound(written(folder, "wav", kept.data), said)


def smaller(image: Image.Image) -> Image.Image:
    """The picture upright, grey or in colour, no side above `SIDE`."""
    upright = ImageOps.exif_transpose(image)
    plain = upright.convert("L" if upright.mode in {"1", "L"} else "RGB")
    plain.thumbnail((SIDE, SIDE))
    return plain


def written(folder: Path, ending: str, data: bytes) -> str:
    """The address of a new file of a workspace, which no other file had before."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"shown-{secrets.token_hex(8)}.{ending}"
    path.write_bytes(data)
    return address(path)


def figure_of_picture(url: str, said: str) -> str:
    """A picture with what it is below."""
    return f'<figure><img src="{escape(url)}" alt="{escape(said)}"><figcaption>{escape(said)}</figcaption></figure>'


def figure_of_sound(url: str, said: str) -> str:
    """A recording to be heard with what it is below."""
    player = f'<audio controls preload="metadata" src="{escape(url)}" aria-label="{escape(said)}"></audio>'
    return f"<figure>{player}<figcaption>{escape(said)}</figcaption></figure>"
