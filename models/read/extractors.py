"""The extractors of primitives that there are, by the names under which people ask for them; light, for whoever only names them."""

from __future__ import annotations

from collections.abc import Mapping

EXTRACTORS: Mapping[str, str] = {
    "joined": "models.read.primitives.joined:JoinedExtractor",
    "classical": "models.read.primitives.classical:ClassicalExtractor",
    "learned": "models.read.primitives.learned.extractor:LearnedExtractor",
}
"""Where each extractor is: a module and a class in it, which is called with the keyword ``device`` ("cpu" or "cuda",
where its networks run) and makes a `models.read.primitives.Extractor`. The first is used where none is asked for.

A new extractor is a folder in `models.read.primitives` and a line here. The catalogue of the service, and with it the
page, the API and the command line, take the names from here; its module is imported when a reader is opened.
"""

PRIMITIVES = tuple(EXTRACTORS)
DEFAULT = PRIMITIVES[0]
BY_NETWORK = ("joined", "learned")
"""Those that see handwriting by a network."""
