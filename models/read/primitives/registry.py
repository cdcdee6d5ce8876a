"""The extractors that there are, by the names under which people ask for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from models.read.primitives.primitive import Extractor


def _classical() -> Extractor:
    from models.read.primitives.classical import ClassicalExtractor

    return ClassicalExtractor()


EXTRACTORS: Mapping[str, Callable[[], Extractor]] = {
    "classical": _classical,
}
"""What opens each extractor; the first is used where none is asked for.

A new extractor is a folder beside this module and a line here. It is imported when it is opened, so that asking for
names costs nothing; the service's description, the page, the API and the command line take the names from here.
"""

PRIMITIVES = tuple(EXTRACTORS)
DEFAULT = PRIMITIVES[0]


def shipped_extractors() -> dict[str, Extractor]:
    """Every extractor, opened, by its name."""
    return {name: opened() for name, opened in EXTRACTORS.items()}
