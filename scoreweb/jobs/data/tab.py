"""The My data tab: what a contributor gave, checking what others gave, and the host's review."""

from __future__ import annotations

import gradio as gr

from scoreweb.host import Host
from scoreweb.jobs.data import texts as say
from scoreweb.jobs.data.moderation import ReviewPanel
from scoreweb.jobs.data.own import OwnPanel
from scoreweb.jobs.data.panel import CheckPanel


class DataTab:
    """The tab's components and what happens at them. Made inside a ``gr.Tab``."""

    def __init__(self, host: Host) -> None:
        gr.Markdown(say.INTRO)
        with gr.Row(equal_height=True):
            self.token = gr.Textbox(
                label=say.TOKEN, type="password", max_lines=1, scale=4, elem_id="sw-data-token"
            )
            self.show = gr.Button(say.SHOW, variant="primary", scale=1, elem_id="sw-data-show")
        with gr.Tabs():
            with gr.Tab(say.OWN, id="own"):
                self.own = OwnPanel(host, self.token, self.show)
            with gr.Tab(say.CHECK, id="check"):
                self.check = CheckPanel(host, self.token)
            if host.settings.host_password is not None:
                with gr.Tab(say.HOST, id="host"):
                    self.review = ReviewPanel(host)
