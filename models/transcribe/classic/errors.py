"""What can go wrong when single notes are drawn or sheet images sounded. Each message is a whole sentence.

ClassicError
├── UnknownKey          not one of the 88 keys
├── BadSound            samples that cannot be a note: none, too short, silent, not finite
├── BadImage            not a sheet image of 162x300
└── BadAnnotations      a data set's table of files that cannot be used
"""

from __future__ import annotations


class ClassicError(Exception):
    """A note cannot be drawn or an image not sounded; the message says why and what to do."""


class UnknownKey(ClassicError):  # noqa: N818 - named for what is wrong, here and below
    """The MIDI number is not on a piano's keyboard."""


class BadSound(ClassicError):  # noqa: N818
    """The samples hold no note."""


class BadImage(ClassicError):  # noqa: N818
    """The picture is no sheet image of one note."""


class BadAnnotations(ClassicError):  # noqa: N818
    """The annotations file of a data set cannot be used."""
