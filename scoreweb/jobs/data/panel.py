"""Checking what others gave: votes that see no other votes, corrections of doubtful labels, reports."""

from __future__ import annotations

from typing import Any

import gradio as gr

from scoreweb import texts as messages
from scoreweb.errors import VisitorError, sentence_of
from scoreweb.host import Host
from scoreweb.jobs.data import texts as say
from scoreweb.jobs.data.own import given
from scoreweb.jobs.data.result import LabelResult, written
from scoreweb.jobs.data.run import DataWork, must_be
from scoreweb.jobs.data.showing import files_of, given_html
from scoreweb.score_panel import ScorePanel
from scoreweb.widgets import fragments
from scoreweb.widgets.events import PRIVATE
from scoreweb.widgets.score_view import ScoreView, view_value
from scoreweb.workspace import Workspace
from storage import Candidate, ConsentGiven, Licence, Reason, Task, Verdict


class CheckPanel(ScorePanel[LabelResult]):
    """One donation of somebody else at a time; ``token`` is the tab's field."""

    def __init__(self, host: Host, token: gr.Textbox) -> None:
        super().__init__(host)
        self.downloads = {}
        gr.HTML(fragments.hint(say.CHECK_INTRO))
        with gr.Row(equal_height=True):
            self.purpose = gr.Dropdown(
                [(say.JUDGE, "judge"), (say.MEND, "mend")], value="judge", label=say.PURPOSE, min_width=200
            )
            kinds = [(say.ANYTHING, ""), *((name, task) for task, name in say.KINDS.items())]
            self.kind = gr.Dropdown(kinds, value="", label=say.KIND, min_width=200)
            self.next = gr.Button(say.NEXT, variant="primary", elem_id="sw-check-next", min_width=200)
        self.progress = gr.HTML("", elem_id="sw-check-note")
        self.given = gr.HTML("", elem_id="sw-check-given")
        self.score = ScoreView(elem_id="sw-check-score")
        with gr.Column(visible=False, elem_id="sw-check-acts") as self.acts:
            self.question = gr.HTML("", elem_id="sw-check-question")
            with gr.Row():
                self.votes = {
                    verdict: gr.Button(label, elem_id=f"sw-vote-{verdict}", min_width=110)
                    for verdict, label in _verdicts().items()
                }
                self.skip = gr.Button(say.SKIP, elem_id="sw-vote-skip", min_width=110)
            with gr.Accordion(say.CORRECT, open=False, visible=False, elem_id="sw-correct") as self.mending:
                gr.HTML(fragments.hint(say.CORRECT_HINT))
                self.ticks = [
                    gr.Checkbox(label=label, value=False)
                    for label in (say.CORRECT_AGREE, say.CORRECT_OWN, messages.KEEP_AGE)
                ]
                licences = [(text, key) for key, text in messages.LICENCES.items()]
                self.licence = gr.Radio(licences, value=None, label=messages.KEEP_LICENCE)
                self.send = gr.Button(say.SEND, elem_id="sw-correct-send")
            with gr.Accordion(say.REPORT, open=False, elem_id="sw-report"):
                reasons = [(text, key) for key, text in say.REASONS.items()]
                self.reason = gr.Dropdown(reasons, value=None, label=say.REPORT_WHY)
                self.report = gr.Button(say.SEND_REPORT, variant="stop", elem_id="sw-report-send")
        self._connect(token)

    def _connect(self, token: gr.Textbox) -> None:
        offered = [
            *(self.progress, self.given, self.score, self.acts, self.question, self.mending),
            *(*self.ticks, self.licence, self.reason),
        ]
        asked = [token, self.purpose, self.kind]
        self.next.click(self._next, asked, offered, **PRIVATE)
        self.skip.click(self._skip, asked, offered, **PRIVATE)
        for verdict, button in self.votes.items():
            button.click(self._voter(verdict), asked, offered, **PRIVATE)
        self.send.click(self._correct, [*asked, *self.ticks, self.licence], offered, **PRIVATE)
        self.report.click(self._report, [*asked, self.reason], offered, **PRIVATE)
        self._connect_score([self.progress, self.score])

    # What happens

    def _next(
        self, token: str, purpose: str, kind: str, request: gr.Request, news: str = ""
    ) -> dict[Any, Any]:
        """The next one shown, with what was just done before it; or the sentence that says why there is none."""
        try:
            return self._offer(given(token), purpose, kind, request, news)
        except Exception as error:  # noqa: BLE001 - whatever it is, the visitor gets a sentence
            told = fragments.note(news, "good") + fragments.note(sentence_of(error))
            return {**self._nothing(), self.progress: told}

    def _offer(self, token: str, purpose: str, kind: str, request: gr.Request, news: str) -> dict[Any, Any]:
        store, work = self._host.store, self._work(request)
        work.candidate = work.result = None
        task = Task(kind) if kind else None
        if purpose == "judge":
            store.check_voter(token)
        ask = store.next_to_judge if purpose == "judge" else store.next_to_correct
        found = ask(token, task=task, skipped=work.skipped)
        if found is None:
            nothing = say.NOTHING_LEFT if purpose == "judge" else say.NOTHING_TO_MEND
            return {**self._nothing(), self.progress: fragments.note(news or nothing, "good")}
        with self._host.meter.computing(self._host.budgets.client_of(request)):
            files = files_of(store, found)
            label = written(files)
            if label is not None:
                result = LabelResult(work.fresh("label"), label, found.label.rank)
                result.write()
                work.result = result
            work.candidate = found
            shown = given_html(files, work.fresh("offered"))
        return {
            **self._nothing(),
            self.progress: fragments.note(news, "good"),
            self.given: shown,
            self.score: _view(work.result) if work.result else None,
            self.acts: gr.update(visible=True),
            self.question: _question(found, purpose),
            self.mending: gr.update(visible=work.result is not None, open=purpose != "judge"),
        }

    def _voter(self, verdict: Verdict) -> Any:  # noqa: ANN401 - a handler
        def voted(token: str, purpose: str, kind: str, request: gr.Request) -> dict[Any, Any]:
            try:
                seen = self._candidate(request)
                self._host.store.vote(seen.submission_id, verdict, token=given(token), seen=seen.label)
            except Exception as error:  # noqa: BLE001
                return {self.progress: fragments.note(sentence_of(error))}
            return self._next(token, purpose, kind, request, say.VOTED)

        return voted

    def _skip(self, token: str, purpose: str, kind: str, request: gr.Request) -> dict[Any, Any]:
        work = self._work(request)
        if work.candidate is not None:
            work.skipped.add(str(work.candidate.submission_id))
        return self._next(token, purpose, kind, request)

    def _correct(
        self,
        token: str,
        purpose: str,
        kind: str,
        agrees: bool,
        own: bool,
        of_age: bool,
        licence: str | None,
        request: gr.Request,
    ) -> dict[Any, Any]:
        try:
            found, result = self._candidate(request), self.result_of(request)
            with result.lock:
                correction = result.correction()
            must_be(agrees, say.MUST_AGREE)
            must_be(licence, messages.CHOOSE_LICENCE)
            consent = ConsentGiven(
                licence=Licence(licence or ""), own_or_may_share=own, of_age=of_age, locale="en"
            )
            self._host.store.correct(found.submission_id, correction, token=given(token), consent=consent)
        except Exception as error:  # noqa: BLE001
            return {self.progress: fragments.note(sentence_of(error))}
        self._work(request).skipped.add(str(found.submission_id))
        return self._next(token, purpose, kind, request, say.CORRECTED)

    def _report(
        self, token: str, purpose: str, kind: str, reason: str | None, request: gr.Request
    ) -> dict[Any, Any]:
        try:
            found = self._candidate(request)
            must_be(reason, say.CHOOSE_REASON)
            self._host.store.report(found.submission_id, Reason(reason or ""), token=given(token))
        except Exception as error:  # noqa: BLE001
            return {self.progress: fragments.note(sentence_of(error))}
        self._work(request).skipped.add(str(found.submission_id))
        return self._next(token, purpose, kind, request, say.REPORTED)

    # What a score panel asks of its job

    def _result(self, workspace: Workspace) -> LabelResult | None:
        return workspace.work(DataWork).result

    def _views(self, result: LabelResult) -> dict[Any, Any]:
        return {self.score: _view(result)}

    @property
    def nothing_yet(self) -> str:
        """The sentence for a visitor who was shown nothing."""
        return say.SHOW_FIRST

    def _nothing(self) -> dict[Any, Any]:
        """Nothing shown; consent and reason are for each donation anew."""
        return {
            self.progress: "",
            self.given: "",
            self.score: None,
            self.acts: gr.update(visible=False),
            self.question: "",
            self.mending: gr.update(visible=False),
            **dict.fromkeys(self.ticks, False),
            self.licence: None,
            self.reason: None,
        }

    def _work(self, request: gr.Request) -> DataWork:
        return self._host.workspaces.of(str(request.session_hash)).work(DataWork)

    def _candidate(self, request: gr.Request) -> Candidate:
        found = self._work(request).candidate
        if found is None:
            raise VisitorError(say.SHOW_FIRST)
        return found


def _verdicts() -> dict[Verdict, str]:
    return {Verdict.RIGHT: say.RIGHT, Verdict.WRONG: say.WRONG, Verdict.UNSURE: say.UNSURE}


def _view(result: LabelResult) -> dict[str, Any] | None:
    if result.score is None or result.engraving is None:
        return None
    return view_value(
        result.engraving,
        result.score,
        version=result.version,
        selected=result.selected,
        undo=bool(result.edits.past),
        redo=bool(result.edits.future),
    )


def _question(found: Candidate, purpose: str) -> str:
    return fragments.heading(say.QUESTIONS[found.task] if purpose == "judge" else say.MEND_QUESTION)
