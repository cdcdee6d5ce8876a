"""What can be wrong with a file of pages. Each message is a sentence that a musician understands.

SheetError
├── EmptyFile
├── UnreadableFile      it cannot be read from the disk
├── NotAPicture         of another kind, or damaged beyond recognition
├── Truncated           cut off
├── TooLarge            too many bytes, pixels or pages
├── TooSmall
├── LockedPdf
├── TooDemanding        opening it takes too much time or memory
└── AbsurdTarget        a wanted size that makes no sense
"""

from __future__ import annotations


class SheetError(Exception):
    """A file of pages cannot be used; the message says why and what to do, and names no path."""


class EmptyFile(SheetError):  # noqa: N818 - named for what the file is, here and below
    """The file has no bytes, or the PDF no page."""


class UnreadableFile(SheetError):  # noqa: N818
    """The file is missing, a folder, or may not be read."""


class NotAPicture(SheetError):  # noqa: N818
    """The bytes are no image or PDF that is understood here."""


class Truncated(SheetError):  # noqa: N818
    """The file ends too early."""


class TooLarge(SheetError):  # noqa: N818
    """More bytes, pixels or pages than the limits allow."""


class TooSmall(SheetError):  # noqa: N818
    """A side of fewer pixels than the limits ask for."""


class LockedPdf(SheetError):  # noqa: N818
    """The PDF asks for a password."""


class TooDemanding(SheetError):  # noqa: N818
    """Opening the file takes more time or memory than any honest file does."""


class AbsurdTarget(SheetError):  # noqa: N818
    """A wanted size that cannot be reached or makes no sense."""
