"""One row of the dataset, and its columns as Arrow and Hugging Face see them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

Row = dict[str, Any]

FILE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
"""A file, as ``datasets`` takes pictures and sounds."""
_RESULT = pa.struct([("kind", pa.string()), ("bytes", pa.binary())])
_PREDICTION = pa.struct(
    [
        ("run", pa.int32()),
        ("rank", pa.int32()),
        ("score", pa.float64()),
        ("payload", pa.string()),
        ("model", pa.string()),
        ("model_digest", pa.string()),
        ("kind", pa.string()),
        ("bytes", pa.binary()),
    ]
)
_CORRECTION = pa.struct(
    [
        ("id", pa.string()),
        ("own", pa.bool_()),
        ("licence", pa.string()),
        ("consent_version", pa.int32()),
        ("given_on", pa.string()),
        ("format", pa.string()),
        ("payload", pa.string()),
        ("run", pa.int32()),
        ("rank", pa.int32()),
    ]
)

COLUMNS: dict[str, tuple[pa.DataType, str]] = {
    "id": (pa.string(), "number of the contribution; `removed.txt` names it if it is withdrawn"),
    "work": (pa.string(), "contributions that may be of one work have the same; the splits go by it"),
    "task": (pa.string(), "`upscale`, `read` or `transcribe`"),
    "licence": (pa.string(), "of the whole row: `CC0-1.0`, or `CC-BY-4.0` if any part of it asks for that"),
    "image": (FILE, "the picture that was given (upscale, read), as PNG"),
    "audio": (FILE, "the recording that was given (transcribe), as 16-bit WAV"),
    "label": (pa.string(), "what it reads as, accepted by others; in the format of `label_format`"),
    "label_format": (
        pa.string(),
        "`musicxml`; `notes` (JSON list of onset_s, offset_s, midi, velocity); `payload` (JSON of a prediction)",
    ),
    "label_origin": (
        pa.string(),
        "`edit` by a person, `choice` of a prediction by a person, or `extraction`",
    ),
    "label_rank": (pa.int32(), "rank of the prediction that was taken or edited"),
    "label_probability": (pa.float64(), "its probability, by the model"),
    "label_model": (pa.string(), "the model that made it"),
    "label_model_digest": (pa.string(), "SHA-256 of its weights"),
    "votes_right": (pa.int32(), "votes on this label"),
    "votes_wrong": (pa.int32(), ""),
    "votes_unsure": (pa.int32(), ""),
    "input_licence": (pa.string(), "of the input and what models made of it, without corrections by others"),
    "consent_version": (pa.int32(), "wording that the contributor agreed to: `consent/<version>.txt`"),
    "consent_digest": (pa.string(), "SHA-256 of that wording"),
    "locale": (pa.string(), "language of the page that was read"),
    "given_on": (pa.string(), "day (UTC)"),
    "app_version": (pa.string(), "version of the app that made the results"),
    "settings": (pa.string(), "JSON of the settings"),
    "results": (pa.list_(_RESULT), "what the app gave back: PNG, WAV or MusicXML"),
    "predictions": (pa.list_(_PREDICTION), "ranked answers of models, by run and rank; `payload` is JSON"),
    "corrections": (pa.list_(_CORRECTION), "what people said it should read as, oldest first"),
}

FEATURES = {"image": {"_type": "Image"}, "audio": {"_type": "Audio"}}


def schema() -> pa.Schema:
    """The columns in their order; Hugging Face's ``datasets`` takes image and audio for what they are."""
    return columns_of({name: kind for name, (kind, _) in COLUMNS.items()})


def columns_of(kinds: Mapping[str, pa.DataType]) -> pa.Schema:
    """Columns of these kinds, of which ``image`` and ``audio`` hold files."""
    features = {name: feature for name, feature in FEATURES.items() if name in kinds}
    fields = [pa.field(name, kind) for name, kind in kinds.items()]
    return pa.schema(fields, {"huggingface": json.dumps({"info": {"features": features}})})
