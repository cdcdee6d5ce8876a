"""The way back to a workspace: after a reload of the page, or by a link, while the workspace lives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from scoreweb import texts as messages
from scoreweb.host import Host
from scoreweb.widgets import fragments
from scoreweb.widgets.events import PRIVATE
from scoreweb.workspace import Work

_ASKED = """() => {
  const link = new URLSearchParams(location.hash.slice(1)).get("workspace");
  if (link) history.replaceState(null, "", location.pathname + location.search);
  return [link ? "#" + link : sessionStorage.getItem("scoreweb-workspace") || ""];
}"""
"""The token of the link by which the page was opened, marked by #; else that of the workspace before a reload."""
_KEEP = """(token) => sessionStorage.setItem("scoreweb-workspace", token)"""


@dataclass(frozen=True)
class Return:
    """A tab whose result can be shown again."""

    tab: str
    kind: type[Work]
    shown: Callable[[Any], dict[Any, Any]]
    """What the tab shows of the work."""
    progress: gr.HTML
    components: Sequence[Any]
    """What ``shown`` changes, and ``progress``."""


def offer_return(host: Host, page: gr.Blocks, tabs: gr.Tabs, returns: Sequence[Return]) -> None:
    """Joins the page's opening to the workspace that it comes back to, if there is one. Call it inside ``page``."""
    token = gr.Textbox(visible=False, label="workspace", elem_id="sw-workspace")

    def arrive(told: str | None, request: gr.Request) -> dict[Any, Any]:
        session, told = str(request.session_hash), told or ""
        back = bool(told) and host.workspaces.join(session, told.removeprefix("#"))
        workspace = host.workspaces.of(session)
        shown: dict[Any, Any] = {token: workspace.token}
        if told.startswith("#") and not back:
            closing = messages.closing(host.settings.away_minutes)
            gr.Warning(messages.WORKSPACE_GONE.format(closing=closing))
        for one in reversed(returns) if back else ():
            work = workspace.work(one.kind)
            if work.has_result:
                shown |= {**one.shown(work), one.progress: fragments.hint(messages.BACK)}
                shown[tabs] = gr.Tabs(selected=one.tab)
        return shown

    outputs = [token, tabs, *dict.fromkeys(part for one in returns for part in one.components)]
    arrived = page.load(arrive, [token], outputs, js=_ASKED, **PRIVATE)
    arrived.then(None, [token], None, js=_KEEP, **PRIVATE)
