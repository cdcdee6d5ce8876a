"""The words of MusicXML that reading and writing share."""

from __future__ import annotations

ARTICULATIONS = (
    "accent",
    "strong-accent",
    "staccato",
    "tenuto",
    "detached-legato",
    "staccatissimo",
    "spiccato",
    "stress",
    "unstress",
    "breath-mark",
    "caesura",
)
ORNAMENTS = (
    "trill-mark",
    "turn",
    "inverted-turn",
    "mordent",
    "inverted-mordent",
    "shake",
)
TECHNICAL = ("up-bow", "down-bow", "open-string", "snap-pizzicato", "harmonic", "stopped")
PLAIN = ("fermata", "arpeggiate")
"""Marks that stand in ``notations`` itself."""

CONTAINERS = {
    **dict.fromkeys(ORNAMENTS, "ornaments"),
    **dict.fromkeys(TECHNICAL, "technical"),
    **dict.fromkeys(ARTICULATIONS, "articulations"),
    **dict.fromkeys(PLAIN, ""),
}
"""Each word that `Event.articulations` may hold, and the element it is written in."""

DYNAMICS = (
    "pppp",
    "ppp",
    "pp",
    "p",
    "mp",
    "mf",
    "f",
    "ff",
    "fff",
    "ffff",
    "fp",
    "sf",
    "sfz",
    "fz",
    "rf",
    "rfz",
)

BAR_STYLES = (
    "regular",
    "dotted",
    "dashed",
    "heavy",
    "light-light",
    "light-heavy",
    "heavy-light",
    "heavy-heavy",
    "tick",
    "short",
    "none",
)

JUMP_WORDS = {"fine": "Fine", "dacapo": "D.C.", "dalsegno": "D.S.", "tocoda": "To Coda"}
"""What stands above the staff for a jump."""

ACCIDENTALS = ("sharp", "flat", "natural", "double-sharp", "flat-flat", "natural-sharp", "natural-flat")
ACCIDENTAL_SPELLINGS = {"sharp-sharp": "double-sharp", "double-flat": "flat-flat"}
"""Other spellings that files use."""

BEAMS = ("begin", "continue", "end", "forward hook", "backward hook")

GAP_ID = "gap-"
"""How the id of the question mark over a bar that defied reading begins."""
GAP_COLOUR = "#B3261E"

ASSUMPTION = "assumption"
"""Name of the miscellaneous field that holds a sentence of `Score.assumptions`."""
