"""What a transcribing job shows: progress, the score, assumptions, downloads, the classic picture."""

from __future__ import annotations

import base64
import io
from dataclasses import replace
from html import escape
from typing import Any

import gradio as gr

from models.contracts.transcribe import REASONS
from models.notation.editing import misfits
from models.transcribe.roll import key_levels
from models.transcribe.score.otherwise import Otherwise, melody_ways, ways, wished
from models.transcribe.score.writing import is_performance
from scoreweb import texts as messages
from scoreweb.contribution_box import ContributionBox
from scoreweb.errors import VisitorError
from scoreweb.host import Host
from scoreweb.jobs.transcribe import texts as say
from scoreweb.jobs.transcribe.options import options_of
from scoreweb.jobs.transcribe.result import TranscribeResult
from scoreweb.jobs.transcribe.run import TranscribeWork
from scoreweb.languages.catalogue import retold
from scoreweb.metering import Step
from scoreweb.score_panel import ScorePanel
from scoreweb.widgets import fragments
from scoreweb.widgets.events import PRIVATE, sent_with
from scoreweb.widgets.note_roll import NoteRoll, key_range, roll_value
from scoreweb.widgets.score_sounds import Source
from scoreweb.widgets.score_view import ScoreView, page_keys, view_value
from scoreweb.workspace import Workspace

FEWEST = 4
"""Notes from which on other tempi and metres are offered."""


class TranscribePanel(ScorePanel[TranscribeResult]):
    """The right half of the Transcribe tab; ``tempo`` and ``metre`` are the fields on its left, ``progress`` stands near the button."""

    def __init__(self, host: Host, progress: gr.HTML, tempo: gr.Textbox, metre: gr.Dropdown) -> None:
        super().__init__(host)
        self.progress = progress
        self.hints = gr.HTML("", elem_id="sw-t-hints")
        self.score = ScoreView(elem_id="sw-t-score")
        self.assumptions = gr.HTML("", elem_id="sw-said")
        self.rewrite = gr.Button(say.REWRITE, visible=False, elem_id="sw-rewrite")
        self.otherwise = gr.Radio([], label=say.OTHERWISE, visible=False, elem_id="sw-otherwise")
        with gr.Accordion(say.ROLL, open=False, visible=False, elem_id="sw-notes") as self.notes:
            self.roll = NoteRoll(elem_id="sw-roll")
        with gr.Row():
            self.downloads = {
                kind: gr.DownloadButton(label, visible=False, elem_id=f"sw-get-{kind}", min_width=140)
                for kind, label in say.DOWNLOADS.items()
            }
        self.link = gr.HTML(
            fragments.workspace_link(host.settings.away_minutes), visible=False, elem_id="sw-t-link"
        )
        with gr.Accordion(say.CLASSIC, open=False, visible=False, elem_id="sw-classic") as self.classic:
            self.picture = gr.HTML("")
        self.contribution_box = (
            ContributionBox(
                host,
                lambda workspace: workspace.work(TranscribeWork).result,
                words=say.CONTRIBUTION,
                prefix="sw-t",
            )
            if host.settings.collect
            else None
        )
        changed = self._changed_components()
        self._connect_score(changed)
        self._after(self.rewrite.click(self._rewrite, [tempo, metre], changed, **PRIVATE))
        self._after(self.roll.chosen(self._chosen, None, changed, **PRIVATE))
        self._after(self.otherwise.input(self._written_otherwise, [self.otherwise], changed, **PRIVATE))

    def components(self) -> list[Any]:
        """What the methods below change."""
        own = [
            self.hints,
            self.link,
            self.rewrite,
            self.otherwise,
            self.notes,
            self.classic,
            *self._changed_components(),
        ]
        return [*own, *(self.contribution_box.components() if self.contribution_box else [])]

    def _changed_components(self) -> list[Any]:
        return [
            self.progress,
            self.score,
            self.assumptions,
            self.roll,
            self.picture,
            *self.downloads.values(),
        ]

    def cleared(self) -> dict[Any, Any]:
        """Nothing to see, as before any job."""
        hidden = gr.update(visible=False)
        return {
            self.progress: "",
            self.hints: "",
            self.score: None,
            self.assumptions: "",
            self.link: hidden,
            self.rewrite: hidden,
            self.otherwise: hidden,
            self.notes: hidden,
            self.roll: None,
            self.classic: hidden,
            self.picture: "",
            **dict.fromkeys(self.downloads.values(), hidden),
            **(self.contribution_box.hidden() if self.contribution_box else {}),
        }

    def working(self, step: Step) -> dict[Any, Any]:
        """How far the job is."""
        return {self.progress: fragments.progress(step.share, step.text, say.TAB)}

    def filled(self, work: TranscribeWork, *, fresh: bool) -> dict[Any, Any]:
        """The result; the box for the dataset is offered anew when it is ``fresh``."""
        result = work.result
        if result is None or result.score is None:
            cleared = self.cleared()
            del cleared[self.progress]
            return cleared
        result.sent, result.rolled = set(), None
        return {
            self.hints: "".join(
                fragments.hint(retold(hint)) if hint in REASONS.values() else fragments.note(retold(hint))
                for hint in result.heard.hints
            ),
            self.link: gr.update(visible=True),
            self.rewrite: gr.update(visible=not result.heard.single),
            self.otherwise: _offered(result),
            self.notes: gr.update(visible=True),
            self.classic: gr.update(visible=True),
            **self._views(result),
            **(self.contribution_box.offered() if self.contribution_box and fresh else {}),
        }

    def _views(self, result: TranscribeResult) -> dict[Any, Any]:
        assumptions = result.score.assumptions if result.score else ()
        return {
            self.score: _score(result),
            self.assumptions: "".join(fragments.hint(retold(one)) for one in assumptions),
            self.roll: _roll(result),
            self.picture: _classic(result),
            **self._files(result.files),
        }

    def _result(self, workspace: Workspace) -> TranscribeResult | None:
        return workspace.work(TranscribeWork).result

    @property
    def nothing_yet(self) -> str:
        """The sentence for a visitor who has no score."""
        return say.NOTHING_WRITTEN

    def _rewrite(self, tempo: str, metre: str | None, request: gr.Request) -> dict[Any, Any]:
        def rewritten(result: TranscribeResult) -> None:
            given = options_of(result.options.mode, tempo, metre, result.options.network)
            result.rewrite(replace(result.options, tempo=given.tempo, metre=given.metre))

        return self.change(request, rewritten)

    def _chosen(self, event: gr.EventData, request: gr.Request) -> dict[Any, Any]:
        least = sent_with(event).get("least")

        def rewritten(result: TranscribeResult) -> None:
            if not isinstance(least, int | float) or not 0 <= least <= 1:
                raise VisitorError(say.NONE_SO_SURE)
            result.choose(float(least))

        return self.change(request, rewritten)

    def _written_otherwise(self, value: str, request: gr.Request) -> dict[Any, Any]:
        def rewritten(result: TranscribeResult) -> None:
            try:
                result.rewrite(wished(result.options, value))
            except ValueError as error:
                raise VisitorError(str(error)) from error

        return self.change(request, rewritten)


def _way_text(way: Otherwise) -> str:
    label = retold(way.label)
    return label if way.chance is None else f"{label} ({messages.percent(way.chance)})"


def _offered(result: TranscribeResult) -> Any:  # noqa: ANN401 - Gradio's update
    """The other ways of writing a performance or a melody, the likeliest first; none for a note or two, or where tempo and metre are given."""
    performed, options = is_performance(result.notes), result.options
    if len(result.notes) < FEWEST or (not performed and options.tempo and options.metre):
        return gr.update(visible=False, choices=[], value=None)
    choices = [
        (_way_text(way), way.value)
        for way in (ways(result.notes) if performed else melody_ways(result.notes))
    ]
    return gr.update(visible=True, choices=choices, value=choices[0][1])


def _roll(result: TranscribeResult) -> dict[str, Any]:
    sound, left_out = result.sound_heard, result.left_out()
    keys = key_range([*result.notes, *left_out])
    if keys != result.rolled:  # the browser keeps the picture that it has
        picture, result.rolled = key_levels(sound.samples, sound.rate, *keys), keys
    else:
        picture = None
    return roll_value(picture, sound.seconds, keys, result.notes, left_out, result.least)


def _score(result: TranscribeResult) -> dict[str, Any] | None:
    if result.score is None or result.engraving is None:
        return None
    known, result.sent = result.sent, set(page_keys(result.engraving))
    return view_value(
        result.engraving,
        result.score,
        version=result.version,
        sources=[
            Source("score", None),
            Source("recording", None),
            Source("detected", None),
        ],
        alternatives=result.alternatives(),
        known=known,
        off=misfits(result.score),
        selected=result.selected,
        undo=bool(result.edits.past),
        redo=bool(result.edits.future),
        mixed=True,
    )


def _classic(result: TranscribeResult) -> str:
    out = io.BytesIO()
    picture = result.classic()
    picture.save(out, "PNG", optimize=True)
    data = base64.b64encode(out.getvalue()).decode()
    return (
        f'<div class="sw-scroll sw-strip" tabindex="0" role="group" aria-label="{escape(say.CLASSIC)}">'
        f'<img class="sw-classic" alt="{escape(say.CLASSIC_ALT)}" width="{picture.width}" height="{picture.height}" '
        f'src="data:image/png;base64,{data}"></div>'
    )
