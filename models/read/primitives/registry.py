"""The registered extractors, opened."""

from __future__ import annotations

from importlib import import_module

from models.read.extractors import EXTRACTORS
from models.read.primitives.primitive import Extractor


def shipped_extractors(device: str = "cpu") -> dict[str, Extractor]:
    """Every extractor of `models.read.extractors`, opened on ``device`` ("cpu" or "cuda"), by its name."""
    return {name: _opened(place, device) for name, place in EXTRACTORS.items()}


def _opened(place: str, device: str) -> Extractor:
    module, name = place.split(":")
    opened: Extractor = getattr(import_module(module), name)(device=device)
    return opened
