"""Each upload in a folder of its own.

Gradio names an upload's folder by its content. Two visitors who send the same file would share one copy, and the job that
takes it first would take it from the other; and who knows a file could ask whether somebody has sent it.
"""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

from gradio import route_utils

from scoreweb.arrivals import arrives


class _OwnUpload(route_utils.GradioUploadFile):
    """An upload whose folder is named by chance as well, and whose file is known to the request that brings it."""

    def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 - Gradio's own
        super().__init__(*arguments, **options)
        self.sha.update(secrets.token_bytes(32))
        arrives(Path(self.file.name))


def separate_uploads() -> None:
    """From now on, for the whole process. Gradio has no setting for it; a test holds it against its next version."""
    route_utils.GradioUploadFile = _OwnUpload  # type: ignore[misc]
