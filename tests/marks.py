"""Primitives laid out by hand, as the front end would tell them, for tests of the productions."""

from models.read.page.staves import LINE_ROWS, SPACE
from models.read.primitives import Primitive, row_at
from models.read.primitives.primitive import LineShape


def blob(label, x, step, wide=1.25, tall=1.05, certainty=0.97, **others):
    """A blob whose middle lies at `x` (staff spaces) and `step` (half spaces above the lowest line)."""
    row = row_at(step)
    box = ((x - wide / 2) * SPACE, row - tall / 2 * SPACE, (x + wide / 2) * SPACE, row + tall / 2 * SPACE)
    return Primitive("", "blob", box, x, step, {label: certainty, **others})


def line(label, x0, y0, x1, y1, thickness=0.15, certainty=1.0):
    """A line from (x0, y0) to (x1, y1), staff spaces; y runs down from the lowest staff line."""
    pad = thickness / 2
    box = tuple(
        v * SPACE + o
        for v, o in (
            (min(x0, x1) - pad, 0),
            (min(y0, y1) - pad, LINE_ROWS[4]),
            (max(x0, x1) + pad, 0),
            (max(y0, y1) + pad, LINE_ROWS[4]),
        )
    )
    shape = LineShape(((x0, -2 * y0), (x1, -2 * y1)), max(abs(x1 - x0), abs(y1 - y0)), thickness, 0.0)
    return Primitive("", "line", box, (x0 + x1) / 2, -(y0 + y1), {label: certainty}, line=shape)


def note(x, step, up=True, head="solid_head", certainty=0.97, **others):
    """A head with its stem of three and a half spaces."""
    y = -step / 2
    side = x + 0.55 if up else x - 0.55
    stem = line("stem", side, y - 3.5, side, y - 0.1) if up else line("stem", side, y + 0.1, side, y + 3.5)
    return [blob(head, x, step, certainty=certainty, **others), stem]


def beam(x0, x1, y, thickness=0.5):
    """A level beam."""
    return line("beam", x0, y, x1, y, thickness)


def numbered(*found):
    """All of them in one list, with ids."""
    flat = [p for f in found for p in (f if isinstance(f, list) else [f])]
    return [
        Primitive(f"p{n}", p.kind, p.box, p.x, p.position, p.memberships, p.line, p.blob)
        for n, p in enumerate(flat)
    ]
