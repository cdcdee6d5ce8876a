"""What can be wrong with a score. Each message is a sentence that a musician understands.

NotationError
├── UnreadableScore     the file is no MusicXML or MIDI that is understood here
├── TooLongScore        more bytes, bars or notes than the limits allow
├── UnwritableScore     the score holds something that cannot be written down
└── EngravingFailed     the engraver could not draw it
"""

from __future__ import annotations


class NotationError(Exception):
    """A score cannot be read, written or drawn; the message says why and what to do, and names no path."""


class UnreadableScore(NotationError):  # noqa: N818 - named for what the file is, here and below
    """The bytes are no MusicXML or MIDI that is understood here."""


class TooLongScore(NotationError):  # noqa: N818
    """More bytes, bars or notes than the limits allow."""


class UnwritableScore(NotationError):  # noqa: N818
    """The score holds something that cannot be written down."""


class EngravingFailed(NotationError):  # noqa: N818
    """The engraver could not draw the score."""
