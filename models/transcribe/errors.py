"""What can be wrong with a recording. Each message is a sentence that says what to do, and names no path.

SoundError
├── EmptyRecording      no bytes or no samples
├── UnreadableRecording it cannot be read from the disk
├── NotASound           of another kind, or damaged beyond recognition
├── NeedsFfmpeg         a kind that only the program ffmpeg opens, and it is not installed
├── CutOff              it ends before its first sample
├── TooLong
├── TooDemanding        opening it takes too much time or memory
├── TooBrief
├── NotFinite           samples that are no numbers
└── AbsurdRate          a sampling rate that no recording has
"""

from __future__ import annotations


class SoundError(Exception):
    """A recording cannot be used; the message says why and what to do."""


class EmptyRecording(SoundError):  # noqa: N818 - named for what the recording is, here and below
    """There are no bytes, or no samples."""


class UnreadableRecording(SoundError):  # noqa: N818
    """The file is missing, a folder, or may not be read."""


class NotASound(SoundError):  # noqa: N818
    """The bytes are no recording that is understood here."""


class NeedsFfmpeg(SoundError):  # noqa: N818
    """Only ffmpeg opens this kind, and this machine does not have it."""


class CutOff(SoundError):  # noqa: N818
    """The file ends before its sound begins."""


class TooLong(SoundError):  # noqa: N818
    """More seconds than the limit."""


class TooDemanding(SoundError):  # noqa: N818
    """Opening the file takes more time or memory than any honest recording does."""


class TooBrief(SoundError):  # noqa: N818
    """Too few samples to hold a note."""


class NotFinite(SoundError):  # noqa: N818
    """Samples that are not numbers, or infinite."""


class AbsurdRate(SoundError):  # noqa: N818
    """A sampling rate outside what recordings have."""
