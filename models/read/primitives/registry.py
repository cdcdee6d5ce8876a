"""The registered extractors, opened."""

from __future__ import annotations

from importlib import import_module

from models.read.extractors import EXTRACTORS
from models.read.primitives.primitive import Extractor


def shipped_extractors() -> dict[str, Extractor]:
    """Every extractor of `models.read.extractors`, opened, by its name."""
    return {name: _opened(place) for name, place in EXTRACTORS.items()}


def _opened(place: str) -> Extractor:
    module, name = place.split(":")
    opened: Extractor = getattr(import_module(module), name)()
    return opened
