"""The upload field."""

from __future__ import annotations

from typing import Any

import gradio as gr


class ScoreFile(gr.File):
    """A file field that hands the handler the uploaded file's path and nothing else; a tuple of paths with `SEVERAL`.

    Gradio's own field leaves an empty temporary file behind with every upload.
    """

    is_template = True  # without it the browser looks for a component of this name and shows nothing

    def preprocess(self, payload: Any) -> Any:  # noqa: ANN401 - Gradio's data models differ by file_count
        """The path inside Gradio's cache, str; None for no file. Of several files a tuple, empty for none."""
        if self.file_count == "multiple":
            return () if payload is None else tuple(str(file.path) for file in payload)
        return None if payload is None else str(payload.path)


SEVERAL: dict[str, Any] = {"file_count": "multiple", "allow_reordering": True}
"""Options of a field for several files, whose order the visitor may change."""
