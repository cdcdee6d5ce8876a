"""What the collection holds, as a plot and a table."""

from __future__ import annotations

from html import escape

from scoreweb.jobs.data import texts as say
from scoreweb.widgets import fragments
from storage import Numbers, Status, Task

SHADES = {
    Status.PENDING: "#8a8f98",
    Status.ACCEPTED: "#1f6469",
    Status.REJECTED: "#b3261e",
    Status.DISPUTED: "#b36b00",
    Status.QUARANTINED: "#6b3fa0",
    Status.HIDDEN: "#3a3a3a",
}
WIDTH, ROW, LEFT = 640, 34, 170


def numbers_html(numbers: Numbers) -> str:
    """A bar for each job, parted by state, the same in figures, and pages, hours and people in a sentence."""
    rows = {task: [numbers.submissions.get((task, status), 0) for status in SHADES] for task in Task}
    more = say.NUMBERS_MORE.format(
        pages=numbers.pages,
        accepted_pages=numbers.accepted_pages,
        hours=numbers.hours,
        accepted_hours=numbers.accepted_hours,
        contributors=numbers.contributors,
        corrections=numbers.corrections,
        votes=numbers.votes,
    )
    table = fragments.table(
        say.NUMBERS_HEAD,
        [[say.TASKS[task], *map(str, counts), str(sum(counts))] for task, counts in rows.items()],
        label=say.NUMBERS,
    )
    return f'<div class="sw-numbers">{_plot(rows)}{table}<p>{escape(more)}</p></div>'


def _plot(rows: dict[Task, list[int]]) -> str:
    """The bars; each job's is as long as its share of the job that has most."""
    most = max((sum(counts) for counts in rows.values()), default=0) or 1
    parts = []
    for number, (task, counts) in enumerate(rows.items()):
        y, x = 6 + ROW * number, float(LEFT)
        parts.append(f'<text x="{LEFT - 8}" y="{y + 16}" text-anchor="end">{escape(say.TASKS[task])}</text>')
        for (status, shade), count in zip(SHADES.items(), counts, strict=True):
            width = (WIDTH - LEFT - 50) * count / most
            said = f"{say.STATES[status]}: {count}"
            if count:
                parts.append(
                    f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="22" fill="{shade}"><title>{escape(said)}</title></rect>'
                )
            x += width
        parts.append(f'<text x="{x + 6:.1f}" y="{y + 16}">{sum(counts)}</text>')
    legend = "".join(
        f'<span><i style="background:{shade}"></i>{escape(head)}</span>'
        for shade, head in zip(SHADES.values(), say.NUMBERS_HEAD[1:-1], strict=True)
    )
    height = 10 + ROW * len(rows)
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(say.NUMBERS_PLOT)}">{"".join(parts)}</svg>'
        f'<p class="legend">{legend}</p>'
    )
