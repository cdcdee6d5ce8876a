"""An export sent to where others find it: a Hugging Face dataset, a bucket, any fsspec address."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from fsspec.core import url_to_fs

from storage.dataset.writing import MANIFEST
from storage.errors import StoreUnreachable, UnfitSubmission


def push(folder: Path, url: str) -> tuple[int, int]:
    """Makes the edition at ``url`` the one in ``folder``; how many files were sent and how many removed there.

    Files that an earlier edition had and this one has not, so that withdrawn contributions go, are removed; what was
    never part of an edition stays. The manifest goes last: until then the earlier one tells what is where. Raises
    StoreUnreachable for an unknown kind of address and when the service fails, UnfitSubmission for a folder that
    is no export.
    """
    try:
        files = [*json.loads((folder / MANIFEST).read_text(encoding="utf-8")), MANIFEST]
    except (OSError, ValueError) as error:
        raise UnfitSubmission("That folder is no export of a collection. Export first.") from error
    try:
        remote, root = url_to_fs(url)
        before = _listed(remote, f"{root}/{MANIFEST}")
        for name in files:
            remote.makedirs(f"{root}/{name}".rpartition("/")[0], exist_ok=True)
            remote.put_file(str(folder / name), f"{root}/{name}")
        gone = [name for name in before if name not in files and remote.exists(f"{root}/{name}")]
        for name in gone:
            remote.rm_file(f"{root}/{name}")
    except Exception as error:
        scheme = url.partition("://")[0]
        raise StoreUnreachable(
            f"The dataset could not be sent to {scheme}://. Check the address and the rights to write there; "
            "the export itself is whole."
        ) from error
    return len(files), len(gone)


def _listed(remote: Any, path: str) -> list[str]:  # noqa: ANN401 - fsspec has no types
    """The files of the edition that is there; none where there is no edition, or something else of that name."""
    try:
        listed = json.loads(remote.cat_file(path))
    except (FileNotFoundError, ValueError):
        return []
    # The name of a file inside the dataset, never a way out of it.
    return [
        name
        for name in listed
        if isinstance(name, str) and ".." not in name.split("/") and not name.startswith("/")
    ]
