"""The curve of a training as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class Line:
    """One column of the curve's rows, and what it is called in the picture."""

    column: int
    name: str


def draw_curve(
    rows: Sequence[Sequence[float]],
    path: Path,
    *panels: tuple[str, Sequence[Line]],
    along: str = "step",
    logarithmic: bool = False,
) -> None:
    """Writes a PNG: a panel (its axis' name, its lines) beside the other, over column 0 of the rows, which is ``along``.

    Columns that a row has not are left out of its line; without rows nothing is drawn. A training does not end for
    want of a picture: where none can be drawn or written, a line says so.
    """
    if not rows:
        return
    try:
        from matplotlib.figure import Figure

        figure = Figure(figsize=(2 + 5 * len(panels), 4), layout="constrained")
        for axis, (name, lines) in zip(np.atleast_1d(figure.subplots(1, len(panels))), panels, strict=True):
            for line in lines:
                drawn = [(row[0], row[line.column]) for row in rows if line.column < len(row)]
                if drawn:
                    axis.plot(*zip(*drawn, strict=True), label=line.name)
            axis.set(xlabel=along, ylabel=name, yscale="log" if logarithmic else "linear")
            axis.grid(alpha=0.3)
            if len(lines) > 1:
                axis.legend()
        figure.savefig(path, dpi=100, metadata={"Software": None})
    except (ImportError, RuntimeError, OSError) as error:
        print(f"no curve was drawn: {error}", flush=True)
