"""The upload field."""

from __future__ import annotations

import json
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.processing_utils import save_file_to_cache

from scoreweb import texts as messages
from scoreweb.widgets import fragments
from scoreweb.widgets.events import PRIVATE

_SCRIPT = Path(__file__).with_suffix(".js")
_UPDATE = "{ __type__: 'update', interactive: %s }"


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

    def giving(self, example: Path) -> Callable[[], list[str]]:
        """A handler that puts one of our own files into the field: its one copy in Gradio's cache.

        Gradio refuses files from elsewhere where the program was started in another folder.
        """
        return lambda: [save_file_to_cache(str(example), cache_dir=self.GRADIO_CACHE)]


SEVERAL: dict[str, Any] = {"file_count": "multiple", "allow_reordering": True}
"""Options of a field for several files, whose order the visitor may change."""


def upload_hint(field: str, allowed: str, *, camera: bool = True) -> gr.HTML:
    """What may be uploaded, in a sentence below the field of that id; it also mends the field's button for more files.

    With ``camera`` a phone or tablet has a button above it that opens the camera, whose photo goes into the field.

    Events: ``coming`` as soon as files are on their way, then ``arrived`` or ``failed``.
    """
    mark = f'<span hidden data-field="{escape(field)}" data-more="{escape(messages.MORE_FILES)}"></span>'
    button = f'<button type="button" class="sw-camera" data-camera>{escape(messages.CAMERA)}</button>'
    return gr.HTML(
        (button if camera else "") + fragments.hint(allowed) + mark,
        js_on_load=_SCRIPT.read_text(encoding="utf-8"),
    )


def while_coming(hint: gr.HTML, start: gr.Button, estimate: gr.HTML, problem: gr.HTML) -> None:
    """While files are on their way a job cannot be started: it would begin without them, or with the last ones.

    All in the browser, at once. Whoever looks at the files frees the button; where they do not arrive, a sentence says so.
    """
    shown = [start, estimate, problem]
    opening = json.dumps(fragments.hint(messages.SENDING))
    hint.coming(None, None, shown, js=f"() => [{_UPDATE % 'false'}, {opening}, '']", **PRIVATE)
    unsent = json.dumps(fragments.note(messages.UNSENT))
    hint.failed(None, None, shown, js=f"() => [{_UPDATE % 'true'}, '', {unsent}]", **PRIVATE)
