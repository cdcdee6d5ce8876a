"""The staves of a page, a few at once: what finds primitives works mostly outside Python's lock."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from models.read.page.staves.staff import Strip
from models.read.primitives.primitive import Extractor, Primitive, Style

_MOST = 4  # more staves at once would only hold more memory


def extracted(
    extractor: Extractor, strips: Sequence[Strip], style: Style, each: Callable[[int], None]
) -> list[list[Primitive]]:
    """The primitives of each strip, in the order of the strips, found on as many threads as there are cores, 4 at most.

    `each` hears, on the thread that asks, how many strips are done. What it raises ends the work: strips that were begun are
    finished, others are not begun.
    """
    threads = max(1, min(_MOST, len(strips), os.cpu_count() or 1))
    with ThreadPoolExecutor(threads, thread_name_prefix="primitives") as pool:
        try:
            found: list[list[Primitive]] = []
            tasks = [pool.submit(extractor.extract, strip, style=style) for strip in strips]
            for done, task in enumerate(tasks):
                each(done)
                found.append(task.result())
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return found
