"""What axe-core finds on a page that has come to rest."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa"]}
AT_REST = """() => Promise.all(document.getAnimations()
    .filter(one => Number.isFinite(one.effect?.getComputedTiming().endTime ?? 0))
    .map(one => one.finished.catch(() => null))).then(() => true)"""


def violations(page: Any, context: str | None = None, *, every_rule: bool = False) -> dict[str, list[Any]]:
    """The rules of WCAG 2.1 AA, or all of axe's, that ``page`` breaks (or what ``context`` selects of it), with the places.

    Colors change gradually, and a button that has just been enabled is half as strong for a moment: whatever is found
    while the page still moved is looked for again when it has come to rest.
    """
    for _ in range(3):
        page.evaluate(AT_REST)
        found = Axe().run(page, context=context, options=None if every_rule else RULES).response["violations"]
        if not found:
            break
        page.wait_for_timeout(700)
    return {one["id"]: [node["target"] for node in one["nodes"]] for one in found}
