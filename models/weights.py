"""Named weight files: where they lie, what they must hash to, what they are.

``models/weights/index.json`` lists every network that the app can run; beside each ``.safetensors`` file lies
its model card. Nothing is ever downloaded.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

FOLDER = Path(__file__).parent / "weights"


class WeightsError(Exception):
    """Weights are missing, damaged or of another version than the index says; the message says which."""


@dataclass(frozen=True)
class Weights:
    """A network's numbers as float32 arrays by name, its metadata, and the SHA-256 of the file they came from."""

    name: str
    sha256: str
    metadata: dict[str, str]
    arrays: dict[str, npt.NDArray[np.float32]]


def known() -> tuple[str, ...]:
    """The names that `load` takes."""
    return tuple(_index())


def card(name: str) -> str:
    """The model card of a network, as Markdown."""
    return _path(name).with_suffix(".md").read_text(encoding="utf-8")


@lru_cache(maxsize=8)
def load(name: str) -> Weights:
    """The weights of a network, checked against the index. WeightsError when they are not what they should be."""
    from safetensors import safe_open

    path = _path(name)
    try:
        found = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise WeightsError(
            f"The weight file {path.name} is missing: get a complete copy of the project."
        ) from error
    if found != _index()[name]["sha256"]:
        raise WeightsError(f"The weight file {path.name} is damaged: get a fresh copy of it.")
    with safe_open(path, "numpy") as held:
        arrays = {key: held.get_tensor(key).astype(np.float32) for key in held.keys()}  # noqa: SIM118 - not a dict
        return Weights(name, found, dict(held.metadata() or {}), arrays)


def metadata(name: str) -> dict[str, str]:
    """What a weight file tells of itself, read without its numbers or a look at its hash.

    WeightsError when the file is missing or no weight file.
    """
    from safetensors import SafetensorError, safe_open

    path = _path(name)
    try:
        with safe_open(path, "numpy") as held:
            return dict(held.metadata() or {})
    except (OSError, SafetensorError) as error:
        raise WeightsError(
            f"The weight file {path.name} is missing or damaged: get a complete copy of the project."
        ) from error


def _index() -> dict[str, dict[str, str]]:
    index: dict[str, dict[str, str]] = json.loads((FOLDER / "index.json").read_text(encoding="utf-8"))
    return index


def _path(name: str) -> Path:
    try:
        return FOLDER / _index()[name]["file"]
    except KeyError:
        raise WeightsError(f"No weights are named {name!r}; there are {', '.join(known())}.") from None
