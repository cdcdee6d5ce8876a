"""The part of the store that lets the collection out and in: exports, imports."""

from __future__ import annotations

import functools
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.database import Begin
from storage.dataset import loading
from storage.dataset.card import write_card
from storage.dataset.reading import entries, removed, rows
from storage.dataset.records import Row
from storage.dataset.writing import SHARD_BYTES, write_manifest, write_rows
from storage.diagnosis import named_errors
from storage.door import Door
from storage.errors import StoreBusy, UnfitSubmission
from storage.records import Exported
from storage.schema import Submission, utc_now
from storage.sweep import release

_TRIES = 3


class Publishing(Door):
    """Exports and imports of what was accepted."""

    def export(self, out: Path, *, publish: bool = True, shard_bytes: int = SHARD_BYTES) -> Exported:
        """Writes the accepted contributions into the folder ``out``, which must not be there or be empty.

        Parquet that ``datasets`` loads with images and audio, tar shards, README.md, removed.txt, consent texts and
        manifest.json. Equal content gives equal bytes. Only contributions under a licence that allows it, or with
        ``publish=False`` also those that may train this host's own models and must not leave it.

        Raises UnfitSubmission when ``out`` has something in it, StoreBusy when things are erased all the time,
        StoreFull or StoreUnwritable. After an error ``out`` is as it was.
        """
        if out.exists() and (not out.is_dir() or any(out.iterdir())):
            raise UnfitSubmission(f"{out.name} is there already. Export into a new folder.")
        partial = out.with_name(f"{out.name}.partial")
        with named_errors():
            try:
                for _ in range(_TRIES):
                    shutil.rmtree(partial, ignore_errors=True)
                    partial.mkdir(parents=True)
                    exported = self._database.read(
                        lambda session: self._write(session, partial, publish, shard_bytes)
                    )
                    if self._database.read(functools.partial(_still_there, exported)):
                        break
                else:
                    raise StoreBusy
                if out.exists():
                    out.rmdir()
                partial.rename(out)
            finally:
                shutil.rmtree(partial, ignore_errors=True)
        return exported

    def import_dataset(self, folder: Path) -> int:
        """Brings an export back into this collection, which must be empty; how many contributions came.

        All of it or nothing. Contributors come back without their tokens; what is in the export's removed.txt, or
        was erased here, stays away. Raises UnfitSubmission for a collection that is not empty and for a folder that
        is no whole export, ConsentRefused for a consent to words that are not ours.
        """
        loading.check(folder)
        withdrawn = loading.removed_of(folder)
        self._make_sure_of_room(sum(path.stat().st_size for path in folder.rglob("*.parquet")))

        def job(begin: Begin) -> int:
            attempted: list[str] = []
            try:
                with begin() as session:
                    loader = loading.Loader(session, self._blobs, self._key, utc_now(), attempted)
                    loader.begin(withdrawn)
                    for row in loading.rows_of(folder):
                        loader.add(row)
                    return loader.count
            except BaseException:
                release(begin, self._blobs, attempted)
                raise

        return self._database.write(job)

    def _write(self, session: Session, folder: Path, publish: bool, shard_bytes: int) -> Exported:
        chosen = entries(session, publish=publish)
        withdrawn = removed(session)
        written: list[str] = []

        def noted() -> Iterator[Row]:
            for row in rows(session, self._blobs, chosen, publish=publish):
                written.append(row["id"])
                yield row

        counts: Counter[tuple[str, str]] = write_rows(folder, noted(), shard_bytes=shard_bytes)
        write_card(folder, counts, withdrawn, publish=publish)
        write_manifest(folder)
        return Exported(tuple(written), dict(counts), len(withdrawn))


def _still_there(exported: Exported, session: Session) -> bool:
    """Whether nothing of it was erased or taken back while it was written."""
    there = {str(number) for number in session.scalars(select(Submission.id))}
    return there.issuperset(exported.ids) and len(removed(session)) == exported.removed
