"""What was found on the staves of a page, as it is shown on the picture."""

from __future__ import annotations

from collections.abc import Sequence

from models.read.page.staves import System
from models.read.primitives import Primitive
from models.read.reading import Detection

_NOT_SHOWN = ("noise", "text", "ledger", "ornament")
_LOWEST_SHOWN, _HIGHEST_SHOWN = -7.0, 15.0  # half spaces: beyond are titles and words


def detections_of(
    systems: Sequence[System], found: Sequence[Sequence[Sequence[Primitive]]]
) -> tuple[Detection, ...]:
    """The primitives of the staves of each system in the upload's pixels, but for those that only help and those far from a staff."""
    out = []
    for system, staves in zip(systems, found, strict=True):
        for staff, primitives in zip(system.staves, staves, strict=True):
            for p in primitives:
                if p.shared or p.label in _NOT_SHOWN or not _LOWEST_SHOWN < p.position < _HIGHEST_SHOWN:
                    continue
                x0, y0, x1, y1 = staff.upload_box(p.seen_at)
                box = float(x0), float(y0), float(x1), float(y1)
                out.append(Detection(p.label, p.certainty, box, p.position))
    return tuple(out)
