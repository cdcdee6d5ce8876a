"""The parsers that take a visitor's bytes, each with good files that are spoiled for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

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


def parsers() -> dict[str, tuple[Callable[[], st.SearchStrategy[Any]], Callable[[], Parser]]]:
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
                # these draw for ever, wherever they are spoiled: the page ends them (`models.limited`), and little else would be tried
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

    limits = Limits(max_pixels=2_000_000, max_pages=5)
    return _or_sentence(
        lambda data: [page.grey.shape for page in open_pages(data, limits=limits)], SheetError
    )


def _sound_parser() -> Parser:
    from models.transcribe.sound import SoundError, open_sound

    return _or_sentence(lambda data: open_sound(data).seconds, SoundError)


def _midi_parser() -> Parser:
    from models.notation.errors import NotationError
    from models.transcribe.performance import read_performance_file

    return _or_sentence(lambda data: len(read_performance_file(data)), NotationError)


def _score_parser() -> Parser:
    from models.notation.errors import NotationError
    from models.notation.midi import write_midi
    from models.notation.musicxml import read_musicxml, write_musicxml

    def opened(data: bytes) -> object:
        score = read_musicxml(data)
        read_musicxml(write_musicxml(score))
        return len(write_midi(score))

    return _or_sentence(opened, NotationError)


def _edit_parser() -> Parser:
    from scoreweb.widgets.recorder import Selection
    from scoreweb.widgets.score_edits import edits_of

    def opened(sent: Any) -> object:  # noqa: ANN401 - whatever a browser sends
        Selection.from_browser(sent)
        return len(edits_of(sent))

    return opened


def _or_sentence(opened: Parser, refused: type[Exception]) -> Parser:
    """The parser, whose refusals have to be sentences."""

    def parser(data: Any) -> object:  # noqa: ANN401 - whatever the parser takes
        try:
            return opened(data)
        except refused as error:
            return _sentence(error)

    return parser


def _sentence(refused: Exception) -> str:
    text = str(refused)
    if not text.endswith((".", "?")):
        raise AssertionError(f"no sentence: {text!r}")
    return text
