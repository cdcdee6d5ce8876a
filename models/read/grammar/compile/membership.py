"""Membership functions: how far a measure belongs to a fuzzy set, from 0 to 1 (Kandel 1982; Zadeh's S function)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

Curve = Callable[[float], float]


@dataclass(frozen=True, slots=True)
class Membership:
    """A named fuzzy set over the numbers; calling it gives the grade, 0 to 1, and 0 for what is not a number."""

    name: str
    shape: str
    parameters: tuple[float, ...]
    curve: Curve

    def __call__(self, value: object) -> float:
        """The grade of `value`."""
        if not isinstance(value, float):
            try:
                value = float(value)  # type: ignore[arg-type]
            except (TypeError, ValueError, OverflowError):
                return 0.0
        return 0.0 if math.isnan(value) else self.curve(value)

    def picture(self) -> list[tuple[float, float]]:
        """Points (value, grade) that draw the curve."""
        finite = [p for p in self.parameters if math.isfinite(p)] or [0.0]
        if self.shape == "gaussian":
            mean, sigma = self.parameters
            low, high = mean - 4 * sigma, mean + 4 * sigma
        elif self.shape == "points":
            finite = finite[::2]
            low, high = finite[0], finite[-1]
        else:
            low, high = min(finite), max(finite)
        margin = 0.1 * (high - low) or 1.0
        low, high = low - margin, high + margin
        return [(x, self(x)) for x in (low + (high - low) * i / 80 for i in range(81))]


def membership(name: str, shape: str, parameters: Sequence[float]) -> Membership:
    """The membership `name` of a shape with its parameters; ValueError (a sentence) where they make none."""
    if shape not in SHAPES:
        raise ValueError(f"there is no shape named {shape}; known are {', '.join(SHAPES)}.")
    values = tuple(float(p) for p in parameters)
    if any(math.isnan(v) for v in values):
        raise ValueError(f"the parameters of {shape} have to be numbers.")
    return Membership(name, shape, values, SHAPES[shape](*_checked(shape, values)))


def _checked(shape: str, values: tuple[float, ...]) -> tuple[float, ...]:
    wanted = _COUNTS[shape]
    if wanted and len(values) != wanted:
        raise ValueError(f"{shape} takes {wanted} parameters, not {len(values)}.")
    if shape == "gaussian":
        if not (values[1] > 0 and all(map(math.isfinite, values))):
            raise ValueError("gaussian takes a mean and a width above 0.")
    elif shape == "points":
        places = values[::2]
        if len(values) < 2 or len(values) % 2 or any(a >= b for a, b in pairwise(places)):
            raise ValueError("points takes pairs of a value and a grade, the values rising.")
        if not all(0 <= g <= 1 for g in values[1::2]) or not all(map(math.isfinite, places)):
            raise ValueError("the grades of points lie between 0 and 1, its values are finite.")
    elif any(a > b for a, b in pairwise(values)):
        raise ValueError(f"the parameters of {shape} must not fall.")
    elif shape in ("s_curve", "z_curve") and not all(map(math.isfinite, values)):
        raise ValueError(f"the parameters of {shape} are finite.")
    return values


def _trapezoid(a: float, b: float, c: float, d: float) -> Curve:
    """0 up to a, rising to 1 at b, 1 until c, falling to 0 at d; a = b = -inf or c = d = inf make a shoulder."""

    def grade(x: float) -> float:
        if b <= x <= c:
            return 1.0
        if x <= a or x >= d:
            return 0.0
        if x < b:
            return (x - a) / (b - a) if a > -math.inf else 1.0
        return (d - x) / (d - c) if d < math.inf else 1.0

    return grade


def _triangle(a: float, b: float, c: float) -> Curve:
    return _trapezoid(a, b, b, c)


def _gaussian(mean: float, sigma: float) -> Curve:
    def grade(x: float) -> float:
        away = (x - mean) / sigma
        return math.exp(-0.5 * away * away) if abs(away) < 40 else 0.0

    return grade


def _s_curve(a: float, b: float) -> Curve:
    """Zadeh's S: 0 until a, two parabolas, 1 from b on."""

    def grade(x: float) -> float:
        if x >= b:
            return 1.0
        if x <= a:
            return 0.0
        t = (x - a) / (b - a)
        return 2 * t * t if t < 0.5 else 1 - 2 * (1 - t) * (1 - t)

    return grade


def _z_curve(a: float, b: float) -> Curve:
    rising = _s_curve(a, b)
    return lambda x: 1.0 if x <= a else 1.0 - rising(x)


def _points(*values: float) -> Curve:
    """Straight lines between given grades, level outside."""
    pairs = list(zip(values[::2], values[1::2], strict=True))

    def grade(x: float) -> float:
        if x <= pairs[0][0]:
            return pairs[0][1]
        for (x0, g0), (x1, g1) in pairwise(pairs):
            if x <= x1:
                return g0 + (g1 - g0) * (x - x0) / (x1 - x0)
        return pairs[-1][1]

    return grade


SHAPES: dict[str, Callable[..., Curve]] = {
    "trapezoid": _trapezoid,
    "triangle": _triangle,
    "gaussian": _gaussian,
    "s_curve": _s_curve,
    "z_curve": _z_curve,
    "points": _points,
}
_COUNTS = {"trapezoid": 4, "triangle": 3, "gaussian": 2, "s_curve": 2, "z_curve": 2, "points": 0}
