"""Signs of a bar laid out by hand, for tests of rhythm and of repairs."""

from dataclasses import replace
from fractions import Fraction

from models.notation.score import NoteType
from models.read.meaning.rhythm import placed
from models.read.meaning.signs import BarFrame, ChordSign, HeadSign, RestSign

FRAME = BarFrame(0.0, 60.0, (0.0, 0.0, 10.0, 10.0))
F = Fraction


def quarter(x, place=3.0, **more):
    return ChordSign(float(x), (HeadSign(float(x), place),), **more)


def eighth(x, place=3.0, **more):
    return quarter(x, place, **{"strokes": 1, **more})


def half(x, place=3.0, **more):
    return quarter(x, place, filled=False, **more)


def whole(x, place=3.0):
    return quarter(x, place, filled=False, stem=None)


def rest(x, kind=NoteType.QUARTER, **more):
    return RestSign(float(x), kind, **more)


def grace(x):
    return eighth(x, grace=True)


def onsets(signs):
    return [(p.sign.x, p.onset) for p in placed(signs)]


def group(number, *signs):
    """The signs under one beam."""
    return [replace(s, group=number) for s in signs]
