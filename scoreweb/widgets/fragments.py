"""Small pieces of HTML: the head of the page, a problem, a list of pages, a progress bar. All text is escaped."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Literal

from scoreweb import texts as messages

_PICTURES = Path(__file__).with_name("pictures")


@dataclass(frozen=True)
class PageRow:
    """What the list of pages says of one page; ``thumbnail`` is a PNG."""

    label: str
    thumbnail: bytes
    width: int
    height: int
    space: str
    advice: str


def head() -> str:
    """The title with its five lines."""
    return (
        f'<div class="sw-head"><h1>{escape(messages.TITLE)}</h1><p>{escape(messages.TAGLINE)}</p>'
        '<span class="sw-staff" aria-hidden="true"></span></div>'
    )


def intro(picture: str, alt: str, line: str, time: str) -> str:
    """What a tab gives: a picture of before and after from the folder of pictures, one line, and the conditions."""
    data = base64.b64encode((_PICTURES / picture).read_bytes()).decode()
    more = " ".join(filter(None, (messages.INTRO_TERMS, time)))
    return (
        f'<div class="sw-intro"><img alt="{escape(alt)}" src="data:image/png;base64,{data}">'
        f"<div><p>{escape(line)}</p><p>{escape(more)}</p></div></div>"
    )


def foot() -> str:
    """The sentence on what happens to files."""
    return f'<p class="sw-foot">{escape(messages.FOOT)}</p>'


def hint(text: str) -> str:
    """A quiet line of help."""
    return f'<p class="sw-hint">{escape(text)}</p>'


def note(text: str, kind: Literal["problem", "good"] = "problem") -> str:
    """A sentence in a box: a problem is announced at once by screen readers, good news politely. Empty for ""."""
    if not text:
        return ""
    role = "alert" if kind == "problem" else "status"
    return f'<div class="sw-{kind}" role="{role}">{escape(text)}</div>'


def pages(rows: Sequence[PageRow]) -> str:
    """The list of pages as a table; "" for none."""
    if not rows:
        return ""
    titles = "".join(f'<th scope="col">{escape(title)}</th>' for title in messages.PAGE_HEAD)
    body = "".join(
        f'<tr><td><img alt="" src="data:image/png;base64,{base64.b64encode(row.thumbnail).decode()}">{escape(row.label)}'
        f"</td><td>{row.width} × {row.height}</td><td>{escape(row.space)}</td><td>{escape(row.advice)}</td></tr>"
        for row in rows
    )
    return f'<div class="sw-scroll"><table class="sw-pages"><thead><tr>{titles}</tr></thead><tbody>{body}</tbody></table></div>'


def table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A plain table of text."""
    top = "".join(f'<th scope="col">{escape(title)}</th>' for title in titles)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<div class="sw-scroll"><table class="sw-pages"><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>'


def progress(share: float, text: str, label: str) -> str:
    """A bar filled to ``share`` (0 to 1) with a line of text below; ``label`` names it to screen readers."""
    percent = round(100 * min(1.0, max(0.0, share)))
    return (
        f'<div class="sw-progress"><div class="sw-bar" role="progressbar" aria-label="{escape(label)}" '
        f'aria-valuemin="0" aria-valuemax="100" aria-valuenow="{percent}"><span style="width:{percent}%"></span></div>'
        f'<p aria-live="polite">{escape(text)}</p></div>'
    )
