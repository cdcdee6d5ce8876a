"""The upload field."""

from __future__ import annotations

from typing import Any

import gradio as gr


class ScoreFile(gr.File):
    """A file field that hands the handler the uploaded file's path and nothing else.

    Gradio's own field leaves an empty temporary file behind with every upload.
    """

    is_template = True  # without it the browser looks for a component of this name and shows nothing

    def preprocess(self, payload: Any) -> str | None:  # noqa: ANN401 - Gradio's data models differ by file_count
        """The path inside Gradio's cache; None for no file."""
        return None if payload is None else str(payload.path)
