"""A page with nothing but a score view, served for the browser tests: ``python -m tests.browser.score_page PORT``."""

import sys
from dataclasses import replace

import gradio as gr

from models.notation.editing import moved, removed
from models.notation.engraving.engrave import engrave
from scoreweb.widgets.score_view import ScoreView, bar_of, note_of, steps_of, view_value
from scoreweb.widgets.theme import STYLE_SHEET, theme
from tests.scores import small_song


def build():
    first = replace(
        small_song(), title='<img src=x onerror="window.broken=1"><script>window.broken=1</script>'
    )
    with gr.Blocks(analytics_enabled=False) as page:
        kept = gr.State(first)
        view = ScoreView(elem_id="view", value=view_value(engrave(first), first))
        told = gr.Textbox(elem_id="told", label="What the server was told")
        gr.Button("start", elem_id="sw-start")

        def pick(score, event: gr.EventData):
            return f"picked {note_of(event, score)}"

        def move(score, event: gr.EventData):
            new = moved(score, note_of(event, score), steps_of(event))
            return new, view_value(engrave(new), new), f"moved {note_of(event, score)} {steps_of(event)}"

        def remove(score, event: gr.EventData):
            new = removed(score, note_of(event, score))
            return new, view_value(engrave(new), new), f"removed {note_of(event, score)}"

        def bar(score, event: gr.EventData):
            return f"bar {bar_of(event, score)} {event.number}"

        view.picked(pick, kept, told)
        view.moved(move, kept, [kept, view, told])
        view.removed(remove, kept, [kept, view, told])
        view.bar_picked(bar, kept, told)
    return page


if __name__ == "__main__":
    build().launch(
        server_port=int(sys.argv[1]),
        theme=theme(),
        css_paths=[STYLE_SHEET],
        ssr_mode=False,
        run_history=False,
    )
