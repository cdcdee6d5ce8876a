"""Some bars of a score as a score of their own, with the clefs and keys that hold there."""

from __future__ import annotations

from dataclasses import replace

from models.notation.score import Bar, Clef, ClefChange, Key, Metre, Part, Score, bar_length


def excerpt(score: Score, first: int, last: int, *, part: int | None = None, metre: bool = False) -> Score:
    """Bars ``first`` up to, not including, ``last`` (counted from 0), of all parts or one; ``metre`` prints it too.

    IndexError when there is no such bar or part.
    """
    parts = score.parts if part is None else (score.parts[part],)
    longest = max((len(p.bars) for p in parts), default=0)
    if not 0 <= first < last <= longest:
        raise IndexError(f"This score has no bars {first} to {last}.")
    cut = tuple(_cut(p, first, last, metre) for p in parts if len(p.bars) > first)
    return Score(cut, tempo=None)


def _cut(part: Part, first: int, last: int, print_metre: bool) -> Part:
    metre, key = Metre(), Key()
    clefs: dict[int, Clef] = {}
    for bar in part.bars[:first]:
        metre, key = bar.metre or metre, bar.key or key
        clefs |= {change.staff: change.clef for change in sorted(bar.clefs, key=lambda c: c.onset)}
    bars: list[Bar] = []
    for original in part.bars[first:last]:
        metre, key, bar = original.metre or metre, original.key or key, original
        if not bars:
            new = {change.staff for change in bar.clefs if change.onset == 0}
            held = tuple(ClefChange(clef, staff=n) for n, clef in sorted(clefs.items()) if n not in new)
            bar = replace(bar, clefs=held + bar.clefs, key=key, new_system=False)
            bar = replace(bar, metre=metre if print_metre else None)
        if not print_metre and not bar.metre and not bar.pickup:
            bar = replace(bar, length=bar_length(bar, metre))  # it holds though the metre is not printed
        bars.append(bar)
    return replace(part, bars=tuple(bars), name="")
