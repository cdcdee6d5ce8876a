"""Every error the collection raises, one tree, each message a sentence that says what to do.

StorageError
├── StoreUnavailable          the collection cannot serve just now
│   ├── StoreBusy             somebody else is writing; try again
│   ├── StoreFull             no room on the disk
│   ├── StoreUnwritable       the folder or the files are not ours to write
│   ├── StoreUnreachable      database server, driver or blob service is missing
│   ├── StoreDamaged          the database file or a blob is not what was written
│   ├── NewerCollection       written by a later version of the app
│   ├── SecretUnfit           the key of the tokens' HMACs is missing or too short
│   ├── OutcomeUnknown        the connection was lost during the commit; carries the receipt
│   └── StoreClosed           used after close()
├── Refused                   what was handed over may not or cannot be kept
│   ├── ConsentRefused
│   ├── UnfitSubmission
│   ├── UnreadableMedia
│   ├── VoteRefused
│   └── QuotaReached
└── NotFound                  no such thing, or not the asker's
    ├── UnknownToken
    ├── UnknownSubmission
    ├── UnknownMedia
    └── BlobMissing
"""
# The names say what happened to whoever reads a traceback; a suffix on each would only repeat the tree.
# ruff: noqa: N818

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from storage.records import Receipt


class StorageError(Exception):
    """The base of the tree: ``str(error)`` is a sentence fit to be shown to a visitor."""

    sentence: ClassVar[str] = "The collection could not do that; your result is not affected."

    def __init__(self, sentence: str | None = None) -> None:
        super().__init__(sentence or self.sentence)


class StoreUnavailable(StorageError):
    """The collection cannot serve just now, whatever is asked of it."""


class StoreBusy(StoreUnavailable):
    """Another writer holds the collection for longer than we are willing to wait."""

    sentence = "The collection is busy just now; your result is not affected. Try again in a minute."


class StoreFull(StoreUnavailable):
    """The disk has no room left; nothing half-written remains."""

    sentence = "The collection's disk is full; nothing was kept. Tell the host to free some space."


class StoreUnwritable(StoreUnavailable):
    """The data folder, the database or the blobs may not be written."""

    sentence = "The collection's folder cannot be written. Give the app a data folder that it owns."


class StoreUnreachable(StoreUnavailable):
    """The database server or the blob service does not answer, or its Python driver is missing."""

    sentence = "The collection cannot be reached; nothing was kept. Check the database and blob addresses."


class StoreDamaged(StoreUnavailable):
    """Bytes on the disk are not the bytes that were written."""

    sentence = "A part of the collection is damaged. Tell the host to restore it from a backup."


class NewerCollection(StoreUnavailable):
    """The database carries a revision that this version of the app does not know."""

    sentence = (
        "The collection was written by a newer version of the app. Start that version, or use another folder."
    )


class SecretUnfit(StoreUnavailable):
    """The key of the tokens' HMACs is missing, unreadable or too short."""

    sentence = "The collection's secret key is missing or unfit. Put secret.key back from the backup."


class OutcomeUnknown(StoreUnavailable):
    """The connection was lost while the database committed, and it does not say whether it did.

    ``receipt`` is the one that a known success gives. Its token must be shown: only it can find and erase what
    may be there.
    """

    sentence = (
        "The connection to the collection was lost, so it is not certain that this was kept. Save your token: "
        "with it you can see later, in My data, what is there."
    )

    def __init__(self, sentence: str | None = None, *, receipt: Receipt | None = None) -> None:
        super().__init__(sentence)
        self.receipt = receipt


class StoreClosed(StoreUnavailable):
    """The store was used after ``close()``."""

    sentence = "The collection is closed. Start the app again to use it."


class Refused(StorageError):
    """What was handed over may not be kept, or cannot be."""


class ConsentRefused(Refused):
    """The consent is incomplete or names something unknown; nothing may be kept."""

    sentence = "Nothing was kept. Tick every box of the consent if you want to give this to the collection."


class UnfitSubmission(Refused):
    """A value in the submission is out of range, too large or not JSON."""


class UnreadableMedia(Refused):
    """The bytes are no picture, sound or score that can be re-encoded."""

    sentence = "That file could not be read, so nothing was kept. Try a PNG, JPEG, WAV or MusicXML file."


class VoteRefused(Refused):
    """The voter may not judge this submission."""

    sentence = "You cannot vote on your own contribution. Choose another one."


class QuotaReached(Refused):
    """The contributor gave as much as one may give within a day."""

    sentence = "You have reached today's limit for the collection, thank you. Come back tomorrow."


class NotFound(StorageError):
    """No such thing, or it belongs to somebody else; the two are not told apart on purpose."""


class UnknownToken(NotFound):
    """No contributor has this token, or all that it stood for was erased."""

    sentence = "This token is not known. Check that it is copied whole; after an erasure it no longer exists."


class UnknownSubmission(NotFound):
    """No such submission, or it is not the asker's."""

    sentence = "There is no such contribution. It may have been erased; load the list again."


class UnknownMedia(NotFound):
    """No such file, or it is not the asker's."""

    sentence = "There is no such file. It may have been erased; load the list again."


class BlobMissing(NotFound):
    """No bytes are kept under a digest."""

    sentence = "The file is no longer in the collection. Load the list again."
