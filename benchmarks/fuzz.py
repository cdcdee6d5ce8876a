"""Every parser that takes a visitor's bytes, fed with spoiled files for so many minutes each.

``python -m benchmarks.fuzz [--minutes M] [--keep FILE] [PARSER ...]`` prints a row a parser: minutes of computing, files tried,
refused, read, crashes, hangs. Each parser has a process of its own; a file at which it crashes or hangs is kept below
``build/fuzz``, named after its hash. With ``--keep`` it runs in slices: each tries other files, and the table is of all slices.
"""

from __future__ import annotations

import argparse
import faulthandler
import hashlib
import json
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from benchmarks.slices import Slices

KEPT = Path("build/fuzz")
HANG_S = 120
"""After which a parser is ended; an answer that takes more than 5 s of computing counts as a hang too."""
SLOW_S = 5.0

Parser = Callable[[Any], object]


@st.composite
def spoiled(draw: st.DrawFn, seeds: list[bytes]) -> bytes:
    """A good file with bytes changed, a part doubled, cut out or taken from another, or its end missing."""
    data = bytearray(draw(st.sampled_from(seeds)))
    for place, value, near in draw(
        st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255), st.booleans()), max_size=16)
    ):
        if data:
            data[min(len(data) - 1, int(place * (min(120, len(data)) if near else len(data))))] = value
    begin, end = sorted(draw(st.tuples(st.floats(0, 1), st.floats(0, 1))))
    a, b = int(begin * len(data)), int(end * len(data))
    what = draw(st.sampled_from(("nothing", "doubled", "cut out", "foreign", "words", "cut off")))
    if what == "doubled":
        data[b:b] = data[a:b][:2000]
    elif what == "cut out":
        del data[a:b]
    elif what == "foreign":
        other = draw(st.sampled_from(seeds))
        data[a:b] = other[int(begin * len(other)) :][:2000]
    elif what == "words":
        data[a:a] = draw(st.binary(max_size=40))
    elif what == "cut off":
        del data[b:]
    return bytes(data)


def _of(seeds: dict[str, bytes]) -> st.SearchStrategy[bytes]:
    return spoiled(list(seeds.values()))


def _parsers() -> dict[str, tuple[Callable[[], st.SearchStrategy[Any]], Callable[[], Parser]]]:
    """Each parser by name: what makes its files, what opens one. Made when wanted, since each loads much."""
    return {
        "pictures": (_pictures, _page_parser), "svg": (_svg, _page_parser), "pdf": (_pdf, _page_parser), "sounds": (_sounds, _sound_parser),
        "midi": (_midi, _midi_parser), "musicxml": (_musicxml, _score_parser), "mxl": (_mxl, _score_parser), "edits": (_events, _edit_parser),
    }  # fmt: skip


def _pictures() -> st.SearchStrategy[bytes]:
    from benchmarks.bad_inputs.pictures import seeds

    return _of(seeds())


def _svg() -> st.SearchStrategy[bytes]:
    from benchmarks.bad_inputs.drawings import svg

    rows = "".join(f'<use href="#a" x="{n}"/>' for n in range(9))
    inside = f'<defs><g id="a"><path d="M5 9H200"/></g><pattern id="p" width="9" height="9"/></defs>{rows}<rect fill="url(#p)" width="9" height="9"/>'
    return _of(
        {
            "a": svg(inside),
            "b": svg(
                '<text x="1" style="font-size:9px">a</text><g transform="scale(2)"><ellipse rx="3"/></g>'
            ),
        }
    )


def _pdf() -> st.SearchStrategy[bytes]:
    from benchmarks.bad_inputs.drawings import drawings

    return _of(
        {
            case.name: case.make()
            for case in drawings()
            if (
                case.name.startswith("a PDF")
                # these draw for ever, wherever they are spoiled: the page ends them (`models.limited`)
                and not any(
                    word in case.name
                    for word in ("forms in forms", "a form in itself", "a pattern without end")
                )
                and len(case.make()) < 20_000
            )
        }
    )


def _sounds() -> st.SearchStrategy[bytes]:
    from benchmarks.bad_inputs.sounds import seeds

    return _of(
        {name: data for name, data in seeds().items() if not name.endswith((".m4a", ".webm", ".aac", ".wma"))}
    )


def _midi() -> st.SearchStrategy[bytes]:
    from benchmarks.bad_inputs.sounds import midi

    return _of({case.name: case.make() for case in midi() if len(case.make()) < 5000})


def _musicxml() -> st.SearchStrategy[bytes]:
    from benchmarks.bad_inputs.scores import scores

    good = {case.name: case.make() for case in scores() if case.name.startswith("a score with")}
    return _of({name: data for name, data in good.items() if len(data) < 5000})


def _mxl() -> st.SearchStrategy[bytes]:
    from benchmarks.bad_inputs.rubbish import zipped
    from benchmarks.bad_inputs.scores import score

    listed = b'<container><rootfiles><rootfile full-path="a.xml"/></rootfiles></container>'
    return _of(
        {
            "a": zipped({"META-INF/container.xml": listed, "a.xml": score().encode()}),
            "b": zipped({"a.xml": score().encode()}, 0),
        }
    )


def _events() -> st.SearchStrategy[Any]:
    """What a browser may send of the score view: anything that JSON can say, most of it under the names that are known."""
    from scoreweb.widgets import score_edits

    kinds = [
        *score_edits._VALUED,
        *score_edits._PLAIN,
        *score_edits._ONCE,
        "clef",
        "key",
        "metre",
        "fill",
        "tuplet",
        "repeat",
    ]
    names = ["ids", "kind", "by", "alter", "letter", "midi", "value", "dots", "voice", "staff", "fifths", "mode", "beats", "beat_type", "sign", "line", "actual", "normal", "begin", "end"]  # fmt: skip
    leaf = (
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats()
        | st.text(max_size=20)
        | st.sampled_from(kinds)
    )
    anything = st.recursive(
        leaf,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    )
    known = st.fixed_dictionaries(
        {
            "kind": st.sampled_from(kinds) | anything,
            "ids": st.lists(st.text(max_size=6), max_size=4) | anything,
        }
    )
    return st.builds(
        lambda a, b: {**b, **a}, known, st.dictionaries(st.sampled_from(names), anything, max_size=8)
    )


def _page_parser() -> Parser:
    from models.sheet import Limits, SheetError, open_pages

    def opened(data: bytes) -> object:
        try:
            return [
                page.grey.shape for page in open_pages(data, limits=Limits(max_pixels=2_000_000, max_pages=5))
            ]
        except SheetError as refused:
            return _sentence(refused)

    return opened


def _sound_parser() -> Parser:
    from models.transcribe.sound import SoundError, open_sound

    def opened(data: bytes) -> object:
        try:
            return open_sound(data).seconds
        except SoundError as refused:
            return _sentence(refused)

    return opened


def _midi_parser() -> Parser:
    from models.notation.errors import NotationError
    from models.transcribe.performance import read_performance_file

    def opened(data: bytes) -> object:
        try:
            return len(read_performance_file(data))
        except NotationError as refused:
            return _sentence(refused)

    return opened


def _score_parser() -> Parser:
    from models.notation.errors import NotationError
    from models.notation.midi import write_midi
    from models.notation.musicxml import read_musicxml, write_musicxml

    def opened(data: bytes) -> object:
        try:
            score = read_musicxml(data)
            read_musicxml(write_musicxml(score))
            return len(write_midi(score))
        except NotationError as refused:
            return _sentence(refused)

    return opened


def _edit_parser() -> Parser:
    from scoreweb.widgets.recorder import Selection
    from scoreweb.widgets.score_edits import edits_of

    def opened(sent: Any) -> object:  # noqa: ANN401 - whatever a browser sends
        Selection.from_browser(sent)
        return len(edits_of(sent))

    return opened


def _sentence(refused: Exception) -> str:
    text = str(refused)
    if not text.endswith((".", "?")):
        raise AssertionError(f"no sentence: {text!r}")
    return text


def fuzz(name: str, minutes: float, examples: int = 10**9, begin: int = 0) -> dict[str, Any]:
    """What came of one parser in so many minutes of computing: how many files were tried, refused, read; how many took too
    long; what it crashed with. ``begin``: rounds of files that were tried before.
    """
    files, opener = (make() for make in _parsers()[name])
    found: dict[str, Any] = {"tried": 0, "refused": 0, "slow": 0, "longest": 0.0, "crashes": {}}
    began, rounds = time.process_time(), begin
    until = began + 60 * minutes

    def once(data: Any) -> None:  # noqa: ANN401
        packed = data if isinstance(data, bytes) else json.dumps(data, default=repr).encode()
        last.write_bytes(packed)
        faulthandler.dump_traceback_later(HANG_S, exit=True)
        began = time.process_time()
        try:
            answer = opener(data)
        except Exception:  # noqa: BLE001 - whatever escapes is what is looked for
            lines = traceback.format_exc().splitlines()
            place = next(line.strip() for line in reversed(lines) if line.strip().startswith("File"))
            found["crashes"].setdefault(f"{lines[-1][:150]} at {place}", _kept(packed))
            return
        finally:
            faulthandler.cancel_dump_traceback_later()
            took = time.process_time() - began
            found["tried"] += 1
            found["longest"] = max(found["longest"], took)
            if took > SLOW_S:
                found["slow"] += 1
                _kept(packed)
        found["refused"] += isinstance(answer, str)

    KEPT.mkdir(parents=True, exist_ok=True)
    last = KEPT / f"last-{name}"
    while time.process_time() < until and found["tried"] < examples:
        rounds += 1
        limited = settings(
            max_examples=min(200, examples),
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )

        @seed(rounds)
        @limited
        @given(files)
        def some(data: Any) -> None:  # noqa: ANN401
            if time.process_time() < until:
                once(data)

        some()
    last.unlink(missing_ok=True)
    return {**found, "rounds": rounds - begin, "minutes": (time.process_time() - began) / 60}


def _kept(data: bytes) -> str:
    path = KEPT / hashlib.sha256(data).hexdigest()[:16]
    path.write_bytes(data)
    return path.name


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parsers", nargs="*", default=list(_parsers()))
    parser.add_argument("--minutes", type=float, default=10.0, help="of computing, for each parser")
    parser.add_argument("--keep", type=Path, help="a file of what earlier slices found, which this one joins")
    parser.add_argument("--worker", type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.worker is not None:
        print(json.dumps(fuzz(asked.parsers[0], asked.minutes, begin=asked.worker)))
        return
    slices = Slices(asked.keep)
    print(
        "| parser | minutes of computing | files | refused with a sentence | read | over 5 s | longest s | crashes |\n|---|---:|---:|---:|---:|---:|---:|---|"
    )
    for name in asked.parsers:
        before = sum(run["rounds"] for run in slices.runs if run["parser"] == name)
        slices.add({"parser": name, **_apart(name, asked.minutes, before)})
        print(_row(name, [run for run in slices.runs if run["parser"] == name]), flush=True)


def _apart(name: str, minutes: float, begin: int) -> dict[str, Any]:
    """What `fuzz` finds in a process of its own; of one that dies, the file at which it did."""
    command = [
        sys.executable,
        "-m",
        "benchmarks.fuzz",
        name,
        "--worker",
        str(begin),
        "--minutes",
        str(minutes),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return json.loads(done.stdout.splitlines()[-1])
    last = KEPT / f"last-{name}"
    kept = _kept(last.read_bytes()) if last.exists() else "nothing"
    end = f"ended with {done.returncode}: {done.stderr.strip().splitlines()[-3:]}"
    # The rounds that it did are not known; the next slice tries others.
    return {"tried": 0, "refused": 0, "slow": 0, "longest": 0.0, "crashes": {end: kept}, "rounds": 100, "minutes": 0.0}  # fmt: skip


def _row(name: str, runs: list[dict[str, Any]]) -> str:
    tried, refused, slow, minutes = (
        sum(run[k] for run in runs) for k in ("tried", "refused", "slow", "minutes")
    )
    crashes = {what: file for run in runs for what, file in run["crashes"].items()}
    told = "; ".join(f"{what} ({file})" for what, file in crashes.items()) or "none"
    longest = max(run["longest"] for run in runs)
    read = tried - refused - len(crashes)
    return f"| {name} | {minutes:.1f} | {tried} | {refused} | {read} | {slow} | {longest:.1f} | {told} |"


if __name__ == "__main__":
    main()
