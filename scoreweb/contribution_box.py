"""The box below a result in which a visitor may leave it to the dataset."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import gradio as gr

from scoreweb import texts as messages
from scoreweb.contributing import Agreement, Contribution, contribute
from scoreweb.errors import sentence_of
from scoreweb.host import Host
from scoreweb.widgets import fragments
from scoreweb.workspace import Workspace
from storage import OutcomeUnknown, Receipt, consent_text


class ContributionBox:
    """The boxes to tick, the licence, the token.

    ``find`` names the contribution in a workspace, given the values of ``looked_at``, the fields that tell which result is looked
    at. ``words`` are the job's sentences (``CONTRIBUTION`` in its texts); ``prefix`` begins the components' ids.
    """

    def __init__(
        self,
        host: Host,
        find: Callable[..., Contribution | None],
        looked_at: Sequence[gr.components.Component] = (),
        *,
        words: Mapping[str, str],
        prefix: str,
    ) -> None:
        self._host, self._find, self._words, self._fields = host, find, words, len(looked_at)
        with gr.Accordion(words["title"], open=False, visible=False, elem_id=f"{prefix}-keep") as self.box:
            gr.Markdown(words["intro"])
            with gr.Accordion(messages.KEEP_TEXT, open=False):
                gr.Markdown(consent_text())
            agrees = gr.Checkbox(label=words["agree"], value=False, elem_id=f"{prefix}-agrees")
            own = gr.Checkbox(label=words["own"], value=False)
            of_age = gr.Checkbox(label=messages.KEEP_AGE, value=False)
            licences = [(text, key) for key, text in messages.LICENCES.items()]
            licence = gr.Radio(licences, value=licences[0][1], label=messages.KEEP_LICENCE)
            token = gr.Textbox(label=messages.KEEP_TOKEN, type="password", max_lines=1)
            button = gr.Button(words["button"], elem_id=f"{prefix}-keep-button")
            self.note = gr.HTML("", elem_id=f"{prefix}-keep-note")
            self.token_shown = gr.Textbox(
                label=messages.TOKEN_LABEL,
                interactive=False,
                visible=False,
                buttons=["copy"],
                elem_id=f"{prefix}-token",
            )
        asked = [agrees, own, of_age, licence, token, *looked_at]
        button.click(self._contribute, asked, [self.note, self.token_shown], api_visibility="private")

    def components(self) -> list[Any]:
        """What `hidden` and `offered` change."""
        return [self.box, self.note, self.token_shown]

    def hidden(self) -> dict[Any, Any]:
        """The box gone, as before any result."""
        return {**self.offered(), self.box: gr.update(visible=False, open=False)}

    def offered(self) -> dict[Any, Any]:
        """The box there, closed, without a message."""
        return {
            self.box: gr.update(visible=True),
            self.note: "",
            self.token_shown: gr.update(value="", visible=False),
        }

    def _contribute(self, request: gr.Request, *values: Any) -> dict[Any, Any]:  # noqa: ANN401 - of the fields' types
        agrees, own, of_age, licence, token, *looked_at = values
        workspace: Workspace = self._host.workspaces.of(str(request.session_hash))
        try:
            contribution = self._find(workspace, *looked_at)
            receipt = contribute(
                self._host, contribution, Agreement(agrees, own, of_age, licence), token or "", self._words
            )
        except OutcomeUnknown as error:
            return {self.note: fragments.note(sentence_of(error)), **self._shown(error.receipt)}
        except Exception as error:  # noqa: BLE001 - every refusal is a sentence at the component
            return {self.note: fragments.note(sentence_of(error))}
        more = f" {self._words['corrected']}" if receipt.corrections else ""
        said = messages.KEPT_AGAIN if receipt.token is None else messages.KEPT_NEW
        return {self.note: fragments.note(said + more, "good"), **self._shown(receipt)}

    def _shown(self, receipt: Receipt | None) -> dict[Any, Any]:
        """The token's field with a new token in it, if there is one."""
        if receipt is None or receipt.token is None:
            return {}
        return {self.token_shown: gr.update(value=receipt.token, visible=True)}
