"""Pages of low resolution enlarged for the reader, through the engine's own upscaling service."""

from __future__ import annotations

from collections.abc import Callable

from models.arrays import Grey
from models.contracts.upscale import UpscaleRequest
from models.engine import Engine

SCAN, PLAIN = "scan", "bicubic"
PATIENCE_S = 0.5
"""How often the reader is asked whether it still wants the page."""


def enlarger(engine: Callable[[], Engine], *, most_pixels: int) -> Callable[[Grey, Callable[[], None]], Grey]:
    """What makes a page four times larger: by the network for scans, plainly where it is over ``most_pixels``.

    ``engine`` is asked when the first page comes, since the reading service is part of the engine that it asks. The
    caller's second argument returns if the page is still wanted, else raises; the work is then taken back.
    """

    def enlarge(grey: Grey, wanted: Callable[[], None]) -> Grey:
        model = SCAN if grey.size <= most_pixels else PLAIN
        ticket = engine().submit("upscale", UpscaleRequest(grey, model))
        try:
            while True:
                try:
                    large: Grey = ticket.result(PATIENCE_S).grey
                except TimeoutError:
                    wanted()
                else:
                    return large
        finally:
            ticket.cancel()  # without effect on a finished one

    return enlarge
