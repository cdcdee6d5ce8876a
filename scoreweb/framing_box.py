"""The box in which an uploaded page is turned and cut before a job gets it: Upscale and Read share it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import gradio as gr

from models.sheet import Limits
from models.sheet.apart import open_apart
from models.sheet.framing import Framing
from scoreweb import texts as messages
from scoreweb.host import Host
from scoreweb.uploads import Upload
from scoreweb.widgets.events import EVERY, PRIVATE, sent_with, unchanged, whole_number
from scoreweb.widgets.page_frame import PageFrame, frame_value, framing_of
from scoreweb.workspace import Workspace


class FramingBox:
    """An accordion with one page of the upload. Made inside the tab's column."""

    def __init__(
        self, host: Host, limits: Limits, upload_of: Callable[[Workspace], Upload | None], *, prefix: str
    ) -> None:
        """``upload_of`` gives the upload of a workspace; ids begin with ``prefix``."""
        self._host, self._limits, self._upload_of = host, limits, upload_of
        with gr.Accordion(
            messages.FRAMING["title"], open=False, visible=False, elem_id=f"{prefix}-framing"
        ) as self.box:
            self.view = PageFrame(elem_id=f"{prefix}-frame")

    def components(self) -> list[Any]:
        """What the methods below change."""
        return [self.box, self.view]

    def hidden(self) -> dict[Any, Any]:
        """Nothing is uploaded."""
        return {self.box: gr.update(visible=False), self.view: None}

    def offered(self, upload: Upload) -> dict[Any, Any]:
        """The first page of an upload. SheetErrors as they come."""
        return {self.box: gr.update(visible=True), self.view: self._value(upload, 0)}

    def connect(
        self,
        start: gr.Button,
        handler: Callable[..., Iterator[dict[Any, Any]]],
        inputs: Sequence[Any],
        outputs: Sequence[Any],
    ) -> None:
        """While a page is being changed ``start`` is off; ``handler`` asks `framed` and frees it."""
        off = "() => ({ __type__: 'update', interactive: false })"
        self.view.touched(None, None, [start], js=off, **PRIVATE)
        self.view.framed(handler, list(inputs), list(dict.fromkeys([self.view, start, *outputs])), **EVERY)
        self.view.turned(self._turned, None, [self.view], **PRIVATE)

    def framed(self, event: gr.EventData, request: gr.Request) -> tuple[dict[Any, Any], bool]:
        """What to show of a page as it is wanted now, and whether a job gets another page than before."""
        sent = sent_with(event)
        upload, page, framing = self._upload(request), whole_number(sent.get("page")), framing_of(sent)
        if upload is None or page is None or framing is None or not 0 <= page < upload.pages:
            return unchanged(self.view), False
        before = upload.framings.get(page, Framing())
        if framing == before:
            return unchanged(self.view), False
        upload.frame(page, framing)
        if framing.turns == before.turns:  # the browser shows its corners already
            return unchanged(self.view), True
        return {self.view: self._value(upload, page)}, True

    def _value(self, upload: Upload, page: int) -> dict[str, Any]:
        grey = open_apart(upload.files, limits=self._limits)[page].grey
        return frame_value(grey, upload.framings.get(page, Framing()), page, upload.pages)

    def _upload(self, request: gr.Request) -> Upload | None:
        return self._upload_of(self._host.workspaces.of(str(request.session_hash)))

    def _turned(self, event: gr.EventData, request: gr.Request) -> dict[Any, Any]:
        upload, page = self._upload(request), whole_number(sent_with(event).get("page"))
        if upload is None or page is None or not 0 <= page < upload.pages:
            return unchanged(self.view)
        return {self.view: self._value(upload, page)}
