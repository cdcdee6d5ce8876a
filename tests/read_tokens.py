"""Tokens of a few drawn signs, for the productions of music."""

from models.read.grammar import Token


def token(label, x0, x1, y0, y1, **more):
    """Edges in staff spaces from the bar's left end and below the lowest line."""
    x, y = (x0 + x1) / 2, (y0 + y1) / 2
    here = {
        "x0": x0,
        "x1": x1,
        "y0": y0,
        "y1": y1,
        "x": x,
        "y": y,
        "step": -2 * y,
        "tall": y1 - y0,
        "wide": x1 - x0,
    }
    lines = {"ledger": 0.0, "beam": 0.0, "yl": y, "yr": y} if label == "line" else {}
    return Token(label, {**here, **lines, **more}, (x0, y0, x1, y1), f"{label} at {x}, {y}")


def head(x, step, kind="solid_head", grade=1.0):
    return token("blob", x - 0.62, x + 0.62, -step / 2 - 0.5, -step / 2 + 0.5, **{kind: grade})


def stem(x, top, bottom):
    return token("line", x - 0.1, x + 0.1, top, bottom, stem=1.0, long=bottom - top)


def dot(x, step, half=0.2):
    return token("blob", x - half, x + half, -step / 2 - half, -step / 2 + half, dot=1.0)
