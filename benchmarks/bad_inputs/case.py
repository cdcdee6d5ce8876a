"""One bad file, and how good files are spoiled: cut off, changed here and there, put together with others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Case:
    """A file as a visitor sends it: ``name`` in the table, ``file`` as the visitor calls it, ``make`` its bytes.

    The bytes are made when they are wanted: some are tens of megabytes.
    """

    name: str
    file: str
    make: Callable[[], bytes]

    @classmethod
    def of(cls, name: str, file: str, data: bytes) -> Case:
        """A case whose bytes are there already."""
        return cls(name, file, lambda: data)


def cut(seeds: Mapping[str, bytes], shares: tuple[float, ...] = (0.02, 0.3, 0.7, 0.97)) -> Iterator[Case]:
    """Each seed cut off after a share of its bytes."""
    for file, data in seeds.items():
        for share in shares:
            yield Case.of(f"{file} cut at {share:.0%}", file, data[: max(1, int(len(data) * share))])


def changed(seeds: Mapping[str, bytes], times: int, seed: int) -> Iterator[Case]:
    """Each seed with a few bytes changed, half of them near its beginning, where headers lie."""
    for file, data in seeds.items():
        for number in range(times):
            random = np.random.default_rng((seed, number, len(data)))
            spoiled = bytearray(data)
            for _ in range(int(random.integers(1, 30))):
                span = min(len(data), 120) if random.random() < 0.5 else len(data)
                spoiled[int(random.integers(span))] = int(random.integers(256))
            yield Case.of(f"{file} changed, {number}", file, bytes(spoiled))


STRANGE_NAMES = {
    "climbing": "../../../../etc/passwd",
    "climbing, Windows": "..\\..\\..\\windows\\win.ini",
    "escaped": "%2e%2e%2fetc%2fpasswd",
    "absolute": "/etc/shadow",
    "markup": "<img src=x onerror=alert(1)>",
    "quotes": "\"'><script>alert(1)</script>",
    "right to left": "score\u202egnp.exe",
    "line break": "a\nSet-Cookie: a=b\n.png",
    "very long": "x" * 240,
    "only dots": "...",
    "an option": "--output=owned",
    "a device": "CON.png",
    "a shell command": "$(touch owned);`id`.png",
    "emoji": "🎼🎹.png",
    "a format": "{0.__class__}%s%n.png",
}
