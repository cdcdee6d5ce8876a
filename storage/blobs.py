"""The bytes of the collection, named by their SHA-256: ``sha256/ab/abcd...`` below one folder or address.

Any fsspec address will do (a local folder, ``memory://``, ``s3://``, ``hf://``). Equal bytes are stored once;
who still needs them is known by the database alone, never here.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fsspec.core import url_to_fs
from fsspec.implementations.local import LocalFileSystem

from storage.errors import BlobMissing, StoreDamaged, StoreFull, StoreUnreachable, StoreUnwritable

DIGEST = re.compile(r"[0-9a-f]{64}")
PARTIAL = ".partial"
PART_BYTES = 16 * 2**20
"""Files of twice this and more go to a bucket in parts of this size, each of which is tried again by itself."""
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT}
_OWN_MISTAKES = {"builtins", "storage"}
"""Where the exceptions come from that no driver of a blob service throws."""


def digest_of(data: bytes) -> str:
    """The SHA-256 of the bytes in 64 hex digits: their name."""
    return hashlib.sha256(data).hexdigest()


class Blobs:
    """Content-addressed bytes. Methods raise StoreFull, StoreUnwritable or StoreUnreachable."""

    def __init__(self, filesystem: Any, root: str) -> None:  # noqa: ANN401 - fsspec has no types
        self._files = filesystem
        self._root = root.rstrip("/")
        self.local = isinstance(filesystem, LocalFileSystem)
        self._bucket = "s3" in _protocols(filesystem)

    @classmethod
    def open(cls, folder: Path, url: str | None = None) -> Blobs:
        """Blobs at an fsspec address, or in a local folder, which is made.

        Raises StoreUnreachable for an address of an unknown kind or without its driver.
        """
        if url is None:
            with _named_errors():
                folder.mkdir(parents=True, exist_ok=True)
            # Not as an address, where "::", "#" or "%" in a folder's name would mean something.
            return cls(LocalFileSystem(), str(folder))
        try:
            # Other processes write there, too: what was listed a moment ago is no answer.
            filesystem, root = url_to_fs(url, use_listings_cache=False)
        except (ImportError, ValueError) as error:
            scheme = url.partition("://")[0]
            raise StoreUnreachable(
                f"No driver for blobs at {scheme}://. Install its fsspec package (s3fs for s3)."
            ) from error
        return cls(filesystem, root)

    def put(self, data: bytes) -> str:
        """The digest under which the bytes are kept now. Bytes found damaged there are written anew.

        After an error they are kept whole or not at all; which of the two is for a sweep to find out.
        """
        digest = digest_of(data)
        path = self._path(digest)
        try:
            with _named_errors():
                if not self._files.exists(path) or self._files.cat_file(path) != data:
                    if self.local:
                        _write_atomically(Path(path), data)
                    else:
                        # Object stores and memory show a file only once it is complete.
                        parts = {"chunksize": PART_BYTES} if self._bucket else {}
                        self._files.pipe_file(path, data, **parts)
        except FileNotFoundError as error:  # the bucket itself
            raise StoreUnreachable from error
        return digest

    def read(self, digest: str) -> bytes:
        """The bytes; BlobMissing when there are none, StoreDamaged when they do not match their name."""
        try:
            with _named_errors():
                data: bytes = self._files.cat_file(self._path(digest))
        except FileNotFoundError:
            raise BlobMissing from None
        if digest_of(data) != digest:
            raise StoreDamaged
        return data

    def local_path(self, digest: str) -> Path | None:
        """Where the bytes are or would be on this computer's disk; None where they lie elsewhere."""
        return Path(self._path(digest)) if self.local else None

    def delete(self, digest: str) -> bool:
        """Whether there was something to delete."""
        path = self._path(digest)
        try:
            with _named_errors():
                if self._bucket and not self._files.exists(
                    path
                ):  # it deletes what is not there without a word
                    return False
                self._files.rm_file(path)
        except FileNotFoundError:
            return False
        return True

    def digests(self) -> Iterator[str]:
        """The digest of everything that is kept, in no particular order."""
        return (name for name in map(_name, self._everything()) if DIGEST.fullmatch(name))

    def written(self, digest: str) -> datetime:
        """When these bytes were written (UTC); BlobMissing when there are none."""
        return self._written(self._path(digest))

    def sweep_partials(self, before: datetime) -> int:
        """How many half-written files older than that were removed: what a killed process left."""
        removed = self._sweep_parts(before) if self._bucket else 0
        for path in self._everything():
            # Another process may finish or sweep the same file between the listing and here.
            with suppress(BlobMissing, FileNotFoundError), _named_errors():
                if path.endswith(PARTIAL) and self._written(path) < before:
                    self._files.rm_file(path)
                    removed += 1
        return removed

    def _sweep_parts(self, before: datetime) -> int:
        """The same for uploads in parts, which a bucket shows nobody and charges for all the same."""
        removed = 0
        with _named_errors():
            bucket, _, prefix = self._root.partition("/")
            for upload in self._files.list_multipart_uploads(bucket):
                key = str(upload["Key"])
                if key.startswith(f"{prefix}/sha256/") and upload["Initiated"] < before:
                    self._files.abort_mpu(bucket, key, upload["UploadId"])
                    removed += 1
        return removed

    def _everything(self) -> list[str]:
        with _named_errors():
            self._files.invalidate_cache()  # another process may have written since the last listing
            paths: list[str] = self._files.find(f"{self._root}/sha256")
        return paths

    def _written(self, path: str) -> datetime:
        try:
            with _named_errors():
                moment: datetime = self._files.modified(path)
        except FileNotFoundError:
            raise BlobMissing from None
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)

    def _path(self, digest: str) -> str:
        # Only a digest may become a path: nothing that somebody typed ever reaches the files.
        if not DIGEST.fullmatch(digest):
            raise BlobMissing
        return f"{self._root}/sha256/{digest[:2]}/{digest}"


def _protocols(filesystem: Any) -> tuple[str, ...]:  # noqa: ANN401 - fsspec has no types
    named = filesystem.protocol
    return (named,) if isinstance(named, str) else tuple(named)


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _write_atomically(path: Path, data: bytes) -> None:
    """Writes beside the place, makes the disk confirm, then renames: a reader sees all of it or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{secrets.token_hex(4)}{PARTIAL}")
    try:
        with partial.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
        _confirm_folder(path.parent)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def _confirm_folder(folder: Path) -> None:
    """Makes the disk remember the new name, where the system lets a folder be opened (not on Windows)."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextmanager
def _named_errors() -> Iterator[None]:
    """Turns what the operating system or a blob service says into the collection's own errors."""
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise StoreFull from error
        if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
            raise StoreUnwritable from error
        raise StoreUnreachable from error
    except Exception as error:
        if type(error).__module__.partition(".")[0] in _OWN_MISTAKES:
            raise
        raise StoreUnreachable from error
