"""A page with nothing but two score views, served for the browser tests: ``python -m tests.browser.score_page PORT``."""

import base64
import sys
from dataclasses import replace

import gradio as gr

from models.notation.editing import edited_by, find_note, joined, misfits, with_rests
from models.notation.engraving.by_system import SystemEngraver
from models.notation.engraving.engrave import Look, engrave
from models.notation.performance import sounding_notes
from models.notation.synthesis.sound import flac_bytes, play, play_notes
from scoreweb.edits import Edits
from scoreweb.widgets.events import sent_with
from scoreweb.widgets.score_edits import edits_of
from scoreweb.widgets.score_sounds import Source, sound_value
from scoreweb.widgets.score_view import ScoreView, answering, bar_of, note_of, page_keys, view_value
from scoreweb.widgets.theme import STYLE_SHEET, theme
from tests.scores import small_song

HOSTILE = '<img src=x onerror="window.broken=1"><script>window.broken=1</script>'
FIRST = replace(small_song(), title=HOSTILE)


def renamed(event, turn):
    notes = tuple(replace(note, id=f"{note.id}-{turn}") for note in event.notes)
    return replace(event, id=f"{event.id}-{turn}", notes=notes)


LONG = replace(
    FIRST,
    title="",
    parts=(
        replace(
            FIRST.parts[0],
            bars=tuple(
                replace(bar, events=tuple(renamed(event, turn) for event in bar.events))
                for turn in range(12)
                for bar in FIRST.parts[0].bars
            ),
        ),
    ),
)


ENGRAVER = SystemEngraver(Look())


def shown(edits, known=()):
    score = edited_by(with_rests(FIRST), edits.now)
    drawn = ENGRAVER.engrave(score)
    last = edits.now[-1].id if edits.now else None
    heard = sounding_notes(score)
    slow = [n._replace(onset_s=2 * n.onset_s, offset_s=2 * n.offset_s) for n in heard]
    return view_value(
        drawn,
        score,
        known=known,
        off=misfits(score),
        version=str(len(edits.past)),
        sources=[Source("score", heard), Source("recording", slow), Source("detected", slow)],
        alternatives={"n2": [(62, 0.3), (90, 0.1)]},
        selected=last if last and find_note(score, last) else None,
        undo=bool(edits.past),
        redo=bool(edits.future),
    )


def build():
    with gr.Blocks(analytics_enabled=False) as page:
        kept = gr.State(Edits(()))
        view = ScoreView(elem_id="view", value=shown(Edits(())))
        told = gr.Textbox(elem_id="told", label="What the server was told")
        gr.Button("start", elem_id="sw-start")
        made = base64.b64encode(flac_bytes(*play(LONG))).decode()
        heard = [Source("score", sounding_notes(LONG), f"data:audio/flac;base64,{made}")]
        ScoreView(elem_id="long", value=view_value(engrave(LONG), LONG, sources=heard, editable=False))

        def edit(edits, event: gr.EventData):
            changes, now = edits_of(sent_with(event)), edits.now
            known = set(page_keys(ENGRAVER.engrave(edited_by(with_rests(FIRST), now))))
            for change in changes:
                now = joined(now, change)
            new = edits.to(now)
            return new, answering(shown(new, known), sent_with(event)), f"{changes}"

        def sound(edits, event: gr.EventData):
            sent = sent_with(event)
            score = edited_by(FIRST, edits.now)
            made = play(score)
            if sent["kind"] != "score":
                slow = [(2 * n.onset_s, 2 * n.offset_s, n.midi, n.velocity) for n in sounding_notes(score)]
                made = play_notes(slow)
            url = "data:audio/flac;base64," + base64.b64encode(flac_bytes(*made)).decode()
            return sound_value(sent["version"], sent["kind"], url)

        def bar(event: gr.EventData):
            return f"bar {bar_of(sent_with(event), FIRST)} {sent_with(event)['number']}"

        def picked(event: gr.EventData):
            return f"picked {note_of(sent_with(event), FIRST)}"

        def back(edits, event: gr.EventData):
            return edits.undone(), answering(shown(edits.undone()), sent_with(event)), "undone"

        def again(edits, event: gr.EventData):
            return edits.redone(), answering(shown(edits.redone()), sent_with(event)), "redone"

        # One at a time: this page keeps its edits in a state that each handler reads and writes
        every = {"trigger_mode": "multiple", "concurrency_limit": 1, "concurrency_id": "edits"}
        view.picked(picked, None, told)
        view.edited(edit, kept, [kept, view, told], **every)
        view.undone(back, kept, [kept, view, told], **every)
        view.redone(again, kept, [kept, view, told], **every)
        view.pages_wanted(lambda edits: shown(edits), kept, view)  # noqa: PLW0108 - Gradio counts arguments
        view.bar_picked(bar, None, told)
        view.sound_wanted(sound, kept, view)
    return page


if __name__ == "__main__":
    build().launch(
        server_port=int(sys.argv[1]),
        theme=theme(),
        css_paths=[STYLE_SHEET],
        ssr_mode=False,
        run_history=False,
    )
