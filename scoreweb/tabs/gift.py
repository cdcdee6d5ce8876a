"""The box below a result in which a visitor may leave it to the dataset."""

from __future__ import annotations

from typing import Any

import gradio as gr

from scoreweb import messages
from scoreweb.errors import sentence_of
from scoreweb.host import Host
from scoreweb.keeping import Agreement, keep
from scoreweb.parts import fragments
from storage import consent_text


class GiftBox:
    """The boxes to tick, the licence, the token. ``shown`` is the field that tells which result is looked at."""

    def __init__(self, host: Host, shown: gr.Dropdown) -> None:
        self._host = host
        with gr.Accordion(messages.KEEP_TITLE, open=False, visible=False, elem_id="sw-keep") as self.box:
            gr.Markdown(messages.KEEP_INTRO)
            with gr.Accordion(messages.KEEP_TEXT, open=False):
                gr.Markdown(consent_text())
            agrees = gr.Checkbox(label=messages.KEEP_AGREE, value=False, elem_id="sw-agrees")
            own = gr.Checkbox(label=messages.KEEP_OWN, value=False)
            of_age = gr.Checkbox(label=messages.KEEP_AGE, value=False)
            licences = [(text, key) for key, text in messages.LICENCES.items()]
            licence = gr.Radio(licences, value=licences[0][1], label=messages.KEEP_LICENCE)
            token = gr.Textbox(label=messages.KEEP_TOKEN, type="password", max_lines=1)
            button = gr.Button(messages.KEEP_BUTTON, elem_id="sw-keep-button")
            self.note = gr.HTML("", elem_id="sw-keep-note")
            self.token_shown = gr.Textbox(
                label=messages.TOKEN_LABEL,
                interactive=False,
                visible=False,
                buttons=["copy"],
                elem_id="sw-token",
            )
        asked = [shown, agrees, own, of_age, licence, token]
        button.click(self._keep, asked, [self.note, self.token_shown], api_visibility="private")

    def components(self) -> list[Any]:
        """What `hidden` and `offered` change."""
        return [self.box, self.note, self.token_shown]

    def hidden(self) -> dict[Any, Any]:
        """The box gone, as before any result."""
        return {**self.offered(), self.box: gr.update(visible=False, open=False)}

    def offered(self) -> dict[Any, Any]:
        """The box there, closed, nothing said in it yet."""
        return {
            self.box: gr.update(visible=True),
            self.note: "",
            self.token_shown: gr.update(value="", visible=False),
        }

    def _keep(
        self,
        number: int | None,
        agrees: bool,
        own: bool,
        of_age: bool,
        licence: str,
        token: str,
        request: gr.Request,
    ) -> dict[Any, Any]:
        sheet = self._host.desks.of(str(request.session_hash)).sheet(number)
        try:
            receipt = keep(self._host, sheet, Agreement(agrees, own, of_age, licence), token or "")
        except Exception as error:  # noqa: BLE001 - every refusal is a sentence at the component
            return {self.note: fragments.note(sentence_of(error))}
        if receipt.token is None:
            return {self.note: fragments.note(messages.KEPT_AGAIN, "good")}
        return {
            self.note: fragments.note(messages.KEPT_NEW, "good"),
            self.token_shown: gr.update(value=receipt.token, visible=True),
        }
