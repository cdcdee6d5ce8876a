"""Small pieces of HTML: the head of the page, a problem, a list of pages, a progress bar. All text is escaped."""

from __future__ import annotations

import base64
import json
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
    """The title with its five lines, and the words of the fields for files, which style.css shows."""
    words = "".join(
        f"--sw-drop-{field}:{json.dumps(text, ensure_ascii=False)};" for field, text in messages.DROP.items()
    )
    return (
        f'<style>:root{{{words}}}</style><div class="sw-head"><h1>{escape(messages.TITLE)}</h1><p>{escape(messages.TAGLINE)}</p>'
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


def workspace_link(minutes: int) -> str:
    """The button that copies a link back to the visitor's workspace, kept for so long; page.js listens to it."""
    say, title = messages, escape(messages.LINK_TITLE.format(closing=messages.closing(minutes)))
    return (
        f'<p class="sw-link"><button type="button" data-link data-done="{escape(say.LINK_COPIED)}" title="{title}">'
        f'{escape(say.LINK)}</button> <span class="sw-hint">{title}.</span></p>'
    )


def foot(minutes: int) -> str:
    """The sentence on what happens to files, those of a closed page after so many minutes."""
    return f'<p class="sw-foot">{escape(messages.FOOT.format(closing=messages.closing(minutes)))}</p>'


def imprint(operator: str | None, contact: str | None, privacy_url: str | None) -> str:
    """Who runs the page, how to reach them, their privacy notice; "" where none of it is known."""
    said = []
    if operator:
        said.append(messages.OPERATOR.format(operator=escape(operator)))
    if contact:
        said.append(messages.CONTACT.format(contact=_contact(contact)))
    if privacy_url:
        said.append(_link(privacy_url, messages.PRIVACY))
    return f'<p class="sw-foot">{" · ".join(said)}</p>' if said else ""


def _contact(contact: str) -> str:
    if contact.startswith(("http://", "https://")):
        return _link(contact, contact)
    return _link(f"mailto:{contact}", contact) if "@" in contact else escape(contact)


def _link(address: str, text: str) -> str:
    return f'<a href="{escape(address)}" rel="noreferrer" target="_blank">{escape(text)}</a>'


def wording(text: str) -> str:
    """A plain English text with its headings, paragraphs and line breaks: a first line that ends without a stop is a heading."""
    parts = []
    for number, block in enumerate(text.strip().split("\n\n")):
        first, *rest = block.strip().split("\n")
        if rest and not first.rstrip().endswith((".", ":", ";")):
            parts.append(f"<h{3 if number == 0 else 4}>{escape(first)}</h{3 if number == 0 else 4}>")
        else:
            rest = [first, *rest]
        parts.append("<p>" + "<br>".join(escape(line) for line in rest) + "</p>")
    return f'<div class="sw-wording" lang="en">{"".join(parts)}</div>'


def hint(text: str) -> str:
    """A quiet line of help."""
    return f'<p class="sw-hint">{escape(text)}</p>'


def heading(text: str) -> str:
    """A question or heading within a tab."""
    return f'<h3 class="sw-question">{escape(text)}</h3>'


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


def table(titles: Sequence[str], rows: Sequence[Sequence[str]], *, label: str) -> str:
    """A plain table of text; ``label`` names it to screen readers."""
    top = "".join(f'<th scope="col">{escape(title)}</th>' for title in titles)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return (
        f'<div class="sw-scroll" tabindex="0" role="group" aria-label="{escape(label)}"><table class="sw-pages"><thead><tr>{top}'
        f"</tr></thead><tbody>{body}</tbody></table></div>"
    )


def progress(share: float, text: str, label: str) -> str:
    """A bar filled to ``share`` (0 to 1) with a line of text below; ``label`` names it to screen readers."""
    percent = round(100 * min(1.0, max(0.0, share)))
    return (
        f'<div class="sw-progress"><div class="sw-bar" role="progressbar" aria-label="{escape(label)}" '
        f'aria-valuemin="0" aria-valuemax="100" aria-valuenow="{percent}"><span style="width:{percent}%"></span></div>'
        f'<p aria-live="polite">{escape(text)}</p></div>'
    )
