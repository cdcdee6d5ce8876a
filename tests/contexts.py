"""Bars with clefs, keys and metres as seen, laid out by hand, and the contexts read from them."""

from models.notation.score import Clef, Key
from models.read.meaning.context import contexts
from models.read.meaning.signs import (
    BarFrame,
    BarSigns,
    ChordSign,
    ClefSign,
    HeadSign,
    KeySign,
    MetreSign,
    StaffBar,
)
from tests.readings import key_signs

G, BASS, ALTO = Clef("G", 2), Clef("F", 4), Clef("C", 3)
FRAME = BarFrame(2.0, 60.0, (0.0, 0.0, 10.0, 10.0))


def clef(found=G, grade=0.95, x=5.0, **others):
    """A clef; `others` maps letters to the memberships of what it may be besides."""
    clefs = {"G": G, "F": BASS, "C": ALTO}
    return ClefSign(x, ((found, grade), *((clefs[k], v) for k, v in others.items())))


def key(fifths, under=G, x=8.0, certainty=0.9):
    return KeySign(x, tuple((s, p, certainty) for s, p, _ in key_signs(Key(fifths), under)))


def quarters(count, x=14.0):
    return tuple(ChordSign(x + 6 * n, (HeadSign(x + 6 * n, 3.0),)) for n in range(count))


def bar(clefs=(), keys=(), metre=None, count=4, timed=None):
    metres = () if metre is None else (MetreSign(11.0, metre),)
    signs = BarSigns(quarters(count) if timed is None else timed, tuple(clefs), tuple(keys), metres)
    return StaffBar(FRAME, (signs,))


def start(fifths=0, under=G, shown=None, **more):
    """A bar that opens a system; `shown` is the clef as it is seen, where that is not plain."""
    keys = (key(fifths, under),) if fifths else ()
    return bar((shown or clef(under),), keys, **more)


def one_staff(*systems):
    """A page of systems of a single staff."""
    return [[list(system)] for system in systems]


def read(page, parts=((0,),), most=3):
    return contexts(page, parts, most)


def keys_of(context, staff=0):
    at = sorted(k for k in context.bars if k[1] == staff)
    return [context.bars[k].key.fifths for k in at]


def clefs_of(context, staff=0):
    at = sorted(k for k in context.bars if k[1] == staff)
    return [context.bars[k].clef for k in at]


def metres_of(context):
    return [context.metres[k] for k in sorted(context.metres)]
