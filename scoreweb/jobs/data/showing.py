"""A donation as HTML: what was given, seen or heard, and what it reads as. Its files lie in a visitor's workspace."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from html import escape
from pathlib import Path

from PIL import Image

from models.notation.engraving.engrave import engrave
from models.notation.errors import NotationError
from models.notation.synthesis.sound import flac_bytes, play
from models.weights import WeightsError
from scoreweb.donation_preview import figure_of_picture, figure_of_sound, smaller
from scoreweb.donation_preview import written as written_file
from scoreweb.jobs.data import texts as say
from scoreweb.jobs.data.result import LOOK, Written, written
from storage import Candidate, Kind, Store

LIMIT = 40
"""Bars of a label beyond which it is not played: it takes a second for each few."""
_ENDINGS = {Kind.IMAGE: "png", Kind.AUDIO: "wav", Kind.SCORE: "musicxml"}


def files_of(store: Store, candidate: Candidate) -> dict[str, bytes]:
    """The files of what is offered to be judged, named as `Store.files` names them."""
    files = {
        f"{number:02}-{media.role}.{_ENDINGS[media.kind]}": store.shown_bytes(media.id)
        for number, media in enumerate(candidate.media)
    }
    label = candidate.label
    if label.text is not None:
        ending = "musicxml" if label.format == "musicxml" else "notes.json"
        files[f"label.{ending}"] = label.text.encode()
    elif label.media_id is not None and any(m.id == label.media_id for m in candidate.media):
        files["label.musicxml"] = store.shown_bytes(label.media_id)
    elif label.payload is not None:
        files["label.json"] = json.dumps(label.payload).encode()
    return files


def given_html(files: Mapping[str, bytes], folder: Path) -> str:
    """What came in, and of an enlarged page what came out."""
    shown = []
    for name, data in sorted(files.items()):
        role, ending = name[3:].partition(".")[::2]
        if role not in {"input", "result"}:
            continue
        said = say.INPUT if role == "input" else say.RESULT
        if ending == "png":
            shown.append(figure_of_picture(written_file(folder, "png", _small(data)), said))
        elif ending == "wav":
            shown.append(figure_of_sound(written_file(folder, "wav", data), said))
    return f'<div class="sw-kept">{"".join(shown)}</div>'


def whole_html(files: Mapping[str, bytes], folder: Path) -> str:
    """The same, and the label drawn and played."""
    return given_html(files, folder) + label_html(files, folder)


def label_html(files: Mapping[str, bytes], folder: Path) -> str:
    """The label drawn, with its sound where there is a piano; "" where it is no score."""
    try:
        label = written(files)
        if label is None:
            return ""
        pages = engrave(label.score, LOOK).svgs
    except NotationError:
        return f'<p class="sw-hint">{escape(say.NO_SHEET)}</p>'
    sheet = "".join(f'<div class="sw-sheet">{svg}</div>' for svg in pages)
    return f'<div class="sw-kept"><h4>{escape(say.LABEL)}</h4><div class="sw-scroll" tabindex="0" role="group" aria-label="{escape(say.LABEL)}">{sheet}</div>{_heard(label, folder)}</div>'


def _heard(label: Written, folder: Path) -> str:
    if max((len(part.bars) for part in label.score.parts), default=0) > LIMIT:
        return ""
    try:
        sound = flac_bytes(*play(label.score))
    except (WeightsError, NotationError):
        return ""
    return figure_of_sound(written_file(folder, "flac", sound), say.LABEL_SOUND)


def _small(data: bytes) -> bytes:
    out = io.BytesIO()
    with Image.open(io.BytesIO(data), formats=("PNG",)) as image:
        smaller(image).save(out, "PNG")
    return out.getvalue()
