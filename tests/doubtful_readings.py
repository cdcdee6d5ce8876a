"""Readings with doubts, and `StandIn`, which reads any page with staves as one of them: so that service, command and page can be tested without the reader."""

import time
from dataclasses import replace

from models.notation.score import Score
from models.read.meaning.rhythm import placed
from models.read.ranking.bars import BarReading, StaffReading
from models.read.ranking.interpretations import Interpretation
from models.read.reading import Detection
from models.sheet import measure_staff_space
from tests.readings import drawn, nothing, reading_of, tune

SPARED = 0.5
"""The share of notes that are right in a bar that is not."""


def hollow(index, certainty=0.6):
    """Another reading of a bar: a solid head that may be hollow."""

    def change(signs):
        timed = list(signs.timed)
        timed[index] = replace(timed[index], filled=False, strokes=0, beams=())
        return replace(signs, timed=tuple(timed), certainty=certainty)

    return change


def stepped(index, steps=1, certainty=0.7):
    """Another reading of a bar: a head that may stand a step higher."""

    def change(signs):
        timed = list(signs.timed)
        heads = timed[index].heads
        timed[index] = replace(
            timed[index], heads=(replace(heads[0], place=heads[0].place + steps), *heads[1:])
        )
        return replace(signs, timed=tuple(timed), certainty=certainty)

    return change


def without(index, certainty=0.5):
    """Another reading of a bar: a sign that is none."""

    def change(signs):
        timed = tuple(s for n, s in enumerate(signs.timed) if n != index)
        return replace(signs, timed=timed, certainty=certainty)

    return change


def doubtful_tune():
    """`tune` with its page and a reading whose bar 2 may be one step higher or lower, and bar 3 one that does not sum.

    Its readings and their probabilities are told here, not ranked: what shows them must not depend on how ranking weighs
    doubts. In bar 2 "none of these" has 5 %, in bar 3 10 %, of the whole 26 %.
    """
    score = tune()
    bars = list(score.parts[0].bars)
    bars[1] = replace(bars[1], certainty=0.6)
    unsure = [replace(n, certainty=c) for n, c in zip(bars[2].events[0].notes, (0.4, 0.6), strict=True)]
    events = (replace(bars[2].events[0], notes=tuple(unsure)), *bars[2].events[1:])
    bars[2] = replace(bars[2], certainty=0.55, events=events)
    score = Score((replace(score.parts[0], bars=tuple(bars)),))
    paper = drawn(score)
    plain = reading_of(score, paper)
    also = {
        1: [(stepped(0), 0.25, True), (stepped(0, -1), 0.1, True)],
        2: [(hollow(1), 0.25, False), (without(0), 0.1, False)],
    }
    options = []
    for number, bar in enumerate(plain.bars):
        certainty = score.parts[0].bars[number].certainty
        first = BarReading(bar.readings[0].staves, certainty, certainty, SPARED)
        readings = [first, *(_changed(first, *one) for one in also.get(number, ()))]
        options.append(replace(bar, readings=tuple(readings), doubtful_below=0.8))
    context = plain.interpretations[0].context
    choices = [(0, 0), (1, 0), (0, 2), (0, 1), (1, 1)]
    ways = [
        Interpretation(n + 1, certainty, context, (0, one, two, 0, 0, 0))
        for n, (certainty, (one, two)) in enumerate(zip((0.4, 0.15, 0.08, 0.07, 0.04), choices, strict=True))
    ]
    return score, paper, replace(plain, bars=tuple(options), interpretations=tuple(ways))


def loose_marks(paper):
    """Marks that `doubtful_tune` leaves out: a head a third above the note of bar 4, one after the last note of bar 3, a flat before the first of bar 5."""
    space = 10.0

    def beside(name, steps, right):
        x0, y0, x1, y1 = paper.notes[name][1]
        return (
            x0 + right * space,
            y0 - steps * space / 2,
            x1 + right * space,
            y1 - steps * space / 2,
        )

    return (
        Detection("solid_head", 0.6, beside("n10", 2, 0.0), 4.1),
        Detection("hollow_head", 0.4, beside("n9", 2, 3.0), 3.0),
        Detection("flat", 0.55, beside("n12", 0, -1.5), 4.0),
        Detection("noise", 0.9, beside("n10", 6, 0.0), 8.0),
    )


def _changed(reading, change, certainty, sums):
    """The bar with its upper staff read otherwise."""
    upper, *others = reading.staves
    signs = change(upper.signs)
    new = StaffReading(signs, tuple(placed(signs.timed)), certainty, sums)
    return BarReading((new, *others), certainty, certainty, SPARED)


class StandIn:
    """Reads any page that has staves as `doubtful_tune`, other pages as nothing; tells its stages.

    It takes ``pause_s``, ten times as long for handwriting. What it is told of a page's structure it repeats as a note.
    """

    def __init__(self, pause_s=0.0, enlarge=None):
        self.pause_s, self.enlarge, self.asked = pause_s, enlarge, []

    def read(self, pages, *, style="auto", top=5, primitives="joined", progress=None, **more):
        self.asked.append({"style": style, "top": top, "primitives": primitives, "pages": len(pages), **more})
        for number, stage in enumerate(("straightening", "finding staves", "reading bars", "joining bars")):
            if progress:
                progress(stage, number / 4)
            time.sleep(self.pause_s / 4 * (10 if style == "handwritten" else 1))
        spaces = [measure_staff_space(page) if min(page.shape) >= 16 else None for page in pages]
        if not any(spaces):
            return nothing(pages)
        if self.enlarge and min(space.pixels for space in spaces if space) < 8:
            self.enlarge(pages[0])
        _, paper, reading = doubtful_tune()
        detections = (*reading.pages[0].detections, *loose_marks(paper))
        seen = tuple(
            replace(reading.pages[0], shape=page.shape, detections=detections if n == 0 else ())
            for n, page in enumerate(pages)
        )
        if more.get("structure"):
            told = "; ".join(
                f"{[round(x) for x in lines.xs]} given"
                for known in more["structure"]
                for lines in known.bar_lines
            )
            more_told = "".join(
                f"; parted at {[round(y) for y in known.parted]}"
                f"; drawn {[[round(one.x0), round(one.y0), round(one.x1), round(one.y1)] for one in known.staves]}"
                for known in more["structure"]
                if known.parted or known.staves
            )
            seen = tuple(replace(page, notes=(*page.notes, told + more_told)) for page in seen)
        return replace(reading, pages=seen, interpretations=reading.interpretations[:top])
