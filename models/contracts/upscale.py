"""The upscaling service as its callers see it: a grey page, the page four times larger, the models to choose from."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Self

from models import weights
from models.arrays import Grey
from models.contracts.choice import Choice, offered_by
from models.engine import Engine, Signature

NAME = "upscale"

NETWORKS = ("fast", "scan", "best")
"""Networks of our own, the default first."""

PAPER = {"reference": "network", "edsr": "EDSR", "srgan": "SRGAN"}
"""The systems of the paper's Table 2, and what a sentence calls them."""

BICUBIC = "bicubic"
"""Pillow's filter, the yardstick of every network."""

NARROW = "-narrow"
"""Ends the weights' name of a stand-in: the same blocks, fewer and narrower."""


@dataclass(frozen=True)
class UpscaleRequest:
    """One page, uint8 (H, W), 0 black, 255 white, and a model's name (`UpscaleCatalogue.models`).

    ``level``: a page that is tilted by a degree or more is turned first, so that its staves are level; the result is
    then no longer the page pixel by pixel.
    """

    grey: Grey
    model: str = "fast"
    level: bool = False

    @property
    def weights_wanted(self) -> str:
        """See `models.engine.Weighted`."""
        return self.model


@dataclass(frozen=True)
class UpscaleAnswer:
    """The page four times larger, uint8 (4H, 4W), what made it, and the seconds it took.

    ``weights`` is the SHA-256 of the weight file, "" for a method without weights.
    """

    grey: Grey
    model: str
    weights: str
    runtime: str
    seconds: float


@dataclass(frozen=True)
class UpscaleCatalogue:
    """The models, the default first; a model's note says that it is a stand-in, of what, and how it was trained."""

    models: tuple[Choice, ...]

    @classmethod
    def of(cls, engine: Engine) -> Self:
        """See `Catalogue.of`."""
        return offered_by(engine, NAME, cls)

    @classmethod
    def shipped(cls) -> Self:
        """See `Catalogue.shipped`."""
        return cls(tuple(Choice(name, note_of(name)) for name in (*networks(), BICUBIC)))


SIGNATURE = Signature(NAME, UpscaleRequest, UpscaleAnswer)


def weights_name(model: str) -> str:
    """The weights that answer for a model: its own, or those of its narrow stand-in while there are no others."""
    own = f"upscale-{model}"
    return own if own in weights.known() else own + NARROW


def networks() -> tuple[str, ...]:
    """The networks whose weights, or a stand-in's, are shipped, the default first."""
    return tuple(name for name in (*NETWORKS, *PAPER) if weights_name(name) in weights.known())


def note_of(model: str) -> str:
    """What must be said of a model of the paper's: how far its weights fall short of the paper's; "" for any other model."""
    if model not in PAPER:
        return ""
    try:
        about = weights.metadata(weights_name(model))
    except weights.WeightsError:  # told when the network is wanted; the others go on
        return ""
    machine = "a CPU" if about["device"] == "cpu" else "a GPU"
    if not weights_name(model).endswith(NARROW):
        full = f"the paper's {PAPER[model]} in full, trained {int(about['steps']):,} steps on {machine}"
        return full if about["device"] == "cpu" else ""
    size = json.loads(about["size"])
    return (
        f"a narrow stand-in of the paper's {PAPER[model]}: {size['blocks']} blocks, {size['channels']} channels, "
        f"trained {int(about['steps']):,} steps on {machine}"
    )
