"""The box below a result in which a visitor may leave it to the dataset."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import gradio as gr

from scoreweb import texts as messages
from scoreweb.contributing import Agreement, Contribution, contribute
from scoreweb.donation_preview import preview
from scoreweb.errors import sentence_of
from scoreweb.host import Host
from scoreweb.languages.catalogue import translated
from scoreweb.languages.spoken import SOURCE, spoken
from scoreweb.widgets import fragments
from scoreweb.widgets.events import PRIVATE
from scoreweb.widgets.token_card import TokenCard
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
                english = fragments.hint(messages.KEEP_ENGLISH) if spoken() != SOURCE else ""
                gr.HTML(english + fragments.wording(consent_text()))
            settings = host.settings
            gr.HTML(fragments.imprint(settings.operator, settings.contact, settings.privacy_url))
            self.preview = gr.HTML("", elem_id=f"{prefix}-kept")
            agrees = gr.Checkbox(label=words["agree"], value=False, elem_id=f"{prefix}-agrees")
            own = gr.Checkbox(label=words["own"], value=False)
            of_age = gr.Checkbox(label=messages.KEEP_AGE, value=False)
            licences = [(text, key) for key, text in messages.LICENCES.items()]
            licence = gr.Radio(licences, value=None, label=messages.KEEP_LICENCE, elem_id=f"{prefix}-licence")
            token = gr.Textbox(label=messages.KEEP_TOKEN, type="password", max_lines=1)
            button = gr.Button(words["button"], elem_id=f"{prefix}-keep-button")
            self.note = gr.HTML("", elem_id=f"{prefix}-keep-note")
            self.token_shown = TokenCard(elem_id=f"{prefix}-token")
        asked = [agrees, own, of_age, licence, token, *looked_at]
        button.click(self._contribute, asked, [self.note, self.token_shown], **PRIVATE)
        self.box.expand(self._preview, [*looked_at], [self.preview], **PRIVATE)

    def components(self) -> list[Any]:
        """What `hidden` and `offered` change."""
        return [self.box, self.note, self.preview, self.token_shown]

    def hidden(self) -> dict[Any, Any]:
        """The box gone, as before any result."""
        return {**self.offered(), self.box: gr.update(visible=False, open=False)}

    def offered(self) -> dict[Any, Any]:
        """The box there, closed, without a message."""
        return {
            self.box: gr.update(visible=True, open=False),
            self.note: "",
            self.preview: "",
            self.token_shown: None,
        }

    def _preview(self, request: gr.Request, *looked_at: Any) -> str:  # noqa: ANN401 - of the fields' types
        """The very thing that would be kept, made only when somebody opens the box."""
        workspace = self._host.workspaces.of(str(request.session_hash))
        try:
            contribution = self._find(workspace, *looked_at)
            return preview(contribution, workspace.folder / "donation") if contribution else ""
        except Exception as error:  # noqa: BLE001
            return fragments.note(sentence_of(error))

    def _contribute(self, request: gr.Request, *values: Any) -> dict[Any, Any]:  # noqa: ANN401 - of the fields' types
        agrees, own, of_age, licence, token, *looked_at = values
        workspace: Workspace = self._host.workspaces.of(str(request.session_hash))
        try:
            contribution = self._find(workspace, *looked_at)
            agreement = Agreement(agrees, own, of_age, licence)
            client = self._host.budgets.client_of(request)
            receipt = contribute(
                self._host, contribution, agreement, token or "", translated(dict(self._words)), client
            )
        except OutcomeUnknown as error:
            return {self.note: fragments.note(sentence_of(error)), **self._shown(error.receipt)}
        except Exception as error:  # noqa: BLE001 - every refusal is a sentence at the component
            return {self.note: fragments.note(sentence_of(error))}
        more = f" {translated(self._words['corrected'])}" if receipt.corrections else ""
        said = messages.KEPT_AGAIN if receipt.token is None else messages.KEPT_NEW
        return {self.note: fragments.note(said + more, "good"), **self._shown(receipt)}

    def _shown(self, receipt: Receipt | None) -> dict[Any, Any]:
        """The token's field with a new token in it, if there is one."""
        if receipt is None or receipt.token is None:
            return {}
        return {self.token_shown: {"token": receipt.token}}
