"""What is assumed of a page because it does not show it, in sentences."""

from __future__ import annotations

from models.notation.score import Clef
from models.read.meaning.context import Context

METRE_GUESSED = "No time signature was found; the metre was taken from what most bars last."
NO_CLEF = "No clef was found; a treble clef was assumed."
NO_CLEFS = "No clef was found; a treble clef was assumed, and a bass clef for a left hand."
CLEF_BY_KEY = "No clef was found; the one under which the key signature fits was assumed."
BASS = Clef("F", 4)


def assumptions(context: Context) -> tuple[str, ...]:
    """What was assumed because the page does not show it, in sentences."""
    said = []
    if context.unseen_clefs:
        assumed = {
            at.clef
            for (_, staff, bar), at in context.bars.items()
            if staff in context.unseen_clefs and not bar
        }
        usual = NO_CLEF if assumed <= {Clef()} else NO_CLEFS if assumed <= {Clef(), BASS} else CLEF_BY_KEY
        said.append(usual)
    if context.inferred and any(context.metres.values()):
        said.append(METRE_GUESSED)
    return tuple(said)
