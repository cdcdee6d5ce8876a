"""Development works engraved as pages for `benchmarks.notation`: songs, and works in which rare signs stand."""

from __future__ import annotations

import csv
import hashlib
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from PIL import Image

from benchmarks.reading_marks import musicxml_root
from benchmarks.reading_sets import DATA, DPI, first_bars, lilypond_page, verovio_page
from models.read.training.splits import part_of_work

COUNTS = (24, 16, 11, 7)
"""Bars that are tried to fit one page."""

ENGRAVERS = ("musescore", "lilypond", "verovio")

RARE = (
    "trill-mark", "octave-shift", "harmony", "tremolo", "pedal", "arpeggiate", "inverted-mordent", "turn", "segno",
    "rehearsal", "breve", "ending",
)  # fmt: skip
"""Elements, or the value of a note, that songs hardly hold: each work of the set *rare* has one of them in its first bars."""

SETS = ("songs", "rare", "added")

_FONT = "Leipzig"
_WORDS = "Liberation Serif"  # as wide as Times
_SECONDS = 180
_LARGEST = 60_000  # bytes of .mxl
_SMALL = 8_000
_MOST_PARTS = 4
_RESTS_AFTER = 4  # bars


def pages(
    cache: Path, limit: int, engraver: str = "musescore", which: str = "songs"
) -> Iterator[tuple[str, Path, Path]]:
    """Name, picture and truth of the pages of one of `SETS`."""
    makers = {"songs": songs, "rare": rare, "added": added}
    return makers[which](cache, limit, engraver)


def songs(cache: Path, limit: int, engraver: str = "musescore") -> Iterator[tuple[str, Path, Path]]:
    """Name, picture and truth of the first songs of the development part, one a composer."""
    done: set[str] = set()
    for row in _songs():
        if row["composer"] in done or len(done) == limit:
            continue
        found = _page(
            cache / folder_of(engraver, "songs"), row["id"], DATA / "lieder" / row["file"], engraver
        )
        if found is not None:
            done.add(row["composer"])
            yield row["id"], *found


def rare(cache: Path, limit: int, engraver: str = "musescore") -> Iterator[tuple[str, Path, Path]]:
    """Name, picture and truth of works of the development part in whose first bars stands one of `RARE`, in turn."""
    files = [p for p in (DATA / "pdmx").glob("*.mxl") if part_of_work(p.stem) == "develop"]
    files += [DATA / "lieder" / row["file"] for row in _songs()]
    files = [p for p in files if p.stat().st_size < _LARGEST]
    files.sort(key=lambda p: _order(p.stem))
    roots = {p: root for p in files if (root := _usable(p)) is not None}
    done: set[Path] = set()
    count = 0
    while count < limit:
        before = len(done)
        for tag in RARE:
            for work in (p for p, root in roots.items() if p not in done and _holds(root, tag)):
                done.add(work)
                found = _page(cache / folder_of(engraver, "rare"), work.stem[-16:], work, engraver)
                if found is None or not _holds(musicxml_root(found[1]), tag):
                    continue
                count += 1
                yield work.stem[-16:], *found
                break
            if count == limit:
                return
        if len(done) == before:
            return


def added(cache: Path, limit: int, engraver: str = "musescore") -> Iterator[tuple[str, Path, Path]]:
    """Name, picture and truth of development works of one or two staves with fingering and bars of rest put into them.

    No work at hand has any of its own. What is put in is the same at each run (`with_fingering_and_rests`).
    """
    works = [
        p
        for p in (DATA / "pdmx").glob("*.mxl")
        if part_of_work(p.stem) == "develop" and p.stat().st_size < _SMALL
    ]
    count = 0
    for work in sorted(works, key=lambda p: _order(p.stem)):
        root = _usable(work)
        if count == limit or root is None or len(root.findall("part")) > 1:
            continue
        found = _page(cache / folder_of(engraver, "added"), work.stem[-16:], work, engraver)
        if found is not None:
            count += 1
            yield work.stem[-16:], *found


def with_fingering_and_rests(root: Any) -> Any:  # noqa: ANN401 - an element
    """The score with a finger told for each note of its odd bars that is no chord, and some bars of rest after the fourth.

    The finger follows from the pitch, how many bars from the work.
    """
    count = 2 + len(root.findall(".//note")) % 9
    for part in root.findall("part"):
        bars = part.findall("measure")
        for bar in bars[::2]:
            for note in bar.findall("note"):
                if (
                    note.find("pitch") is not None
                    and note.find("chord") is None
                    and note.find("grace") is None
                ):
                    _put_finger(note)
        if len(bars) > _RESTS_AFTER:
            _put_rests(part, bars[: _RESTS_AFTER + 1], count)
    for number, bar in enumerate(b for part in root.findall("part") for b in part.findall("measure")):
        bar.set("number", str(number + 1))
    return root


def _put_finger(note: Any) -> None:  # noqa: ANN401 - an element
    step = "CDEFGAB".index(note.findtext("pitch/step") or "C") + int(note.findtext("pitch/octave") or 4)
    notations = note.find("notations")
    if notations is None:
        notations = ET.Element("notations")
        before = [n for n, e in enumerate(note) if e.tag not in ("lyric", "play")]
        note.insert(before[-1] + 1, notations)
    for old in notations.findall("technical"):
        notations.remove(old)
    ET.SubElement(ET.SubElement(notations, "technical"), "fingering").text = str(step % 5 + 1)


def _put_rests(part: Any, bars: Any, count: int) -> None:  # noqa: ANN401 - elements
    """So many bars of rest before the last of some bars, as long as the metre that holds there."""
    divisions, beats, unit = 1, 4, 4
    for bar in bars[:-1]:
        divisions = int(bar.findtext("attributes/divisions") or divisions)
        beats = int(bar.findtext("attributes/time/beats") or beats)
        unit = int(bar.findtext("attributes/time/beat-type") or unit)
    staves = int(part.findtext("measure/attributes/staves") or 1)
    length = str(divisions * 4 * beats // unit)
    at = list(part).index(bars[-1])
    for number in range(count):
        made = ET.Element("measure", number="0")
        if not number:
            style = ET.SubElement(ET.SubElement(made, "attributes"), "measure-style")
            ET.SubElement(style, "multiple-rest").text = str(count)
        for staff in range(1, staves + 1):
            if staff > 1:
                ET.SubElement(ET.SubElement(made, "backup"), "duration").text = length
            note = ET.SubElement(made, "note")
            ET.SubElement(note, "rest", measure="yes")
            for tag, text in (("duration", length), ("voice", str(4 * staff - 3))):
                ET.SubElement(note, tag).text = text
            if staves > 1:
                ET.SubElement(note, "staff").text = str(staff)
        part.insert(at + number, made)


def folder_of(engraver: str, which: str = "songs") -> str:
    """The folder of the cache that holds the pages of an engraver."""
    return which if engraver == "musescore" else f"{which}-{engraver}"


def _songs() -> list[dict[str, str]]:
    with (DATA / "lieder" / "index.csv").open(encoding="utf-8") as file:
        rows = [
            r
            for r in csv.DictReader(file)
            if part_of_work(r["composer"]) == "develop" and r["has_lyrics"] == "1"
        ]
    return sorted(rows, key=lambda r: _order(r["id"]))


def _order(name: str) -> str:
    return hashlib.sha1(name.encode()).hexdigest()  # noqa: S324 - an order, no secret


def _usable(work: Path) -> Any:  # noqa: ANN401 - an element
    """The first bars of a work; None for what has no plain staves."""
    try:
        root = musicxml_root(work)
    except Exception:  # noqa: BLE001 - a work that cannot be parsed is no page
        return None
    signs = {e.text for e in root.iter("sign")}
    if (
        signs - {"G", "F", "C"}
        or root.find(".//unpitched") is not None
        or len(root.findall("part")) > _MOST_PARTS
    ):
        return None
    return first_bars(root, COUNTS[2])


def _holds(root: Any, tag: str) -> bool:  # noqa: ANN401 - an element
    return root.find(f".//{tag}") is not None or any(e.text == tag for e in root.iter("type"))


def _laid_out_anew(root: Any) -> Any:  # noqa: ANN401 - an element
    """The score without places of its directions in another layout: pedal marks would stand in the middle of the notes."""
    for direction in root.iter("direction"):
        for element in direction.iter():
            for name in ("default-x", "default-y", "relative-x", "relative-y"):
                element.attrib.pop(name, None)
        if direction.find(".//pedal") is not None:
            direction.set("placement", "below")
    return root


def _page(folder: Path, name: str, work: Path, engraver: str) -> tuple[Path, Path] | None:
    folder.mkdir(parents=True, exist_ok=True)
    picture, truth, refused = (folder / f"{name}{end}" for end in (".png", ".musicxml", ".no"))
    if refused.exists():
        return None
    if picture.exists() or _drawn(work, picture, truth, engraver):
        return picture, truth
    refused.touch()
    return None


def _drawn(work: Path, picture: Path, truth: Path, engraver: str) -> bool:
    root = musicxml_root(work)
    if picture.parent.name.startswith("rare"):
        root = _laid_out_anew(root)
    if picture.parent.name.startswith("added"):
        root = with_fingering_and_rests(root)
    draw: dict[str, Callable[[], bool]] = {
        "musescore": lambda: _by_musescore(picture, truth),
        "verovio": lambda: _saved(verovio_page(truth.read_text(encoding="utf-8"), _FONT, _WORDS), picture),
        "lilypond": lambda: _saved(lilypond_page(truth.read_text(encoding="utf-8")), picture),
    }
    for count in COUNTS:
        truth.write_text(ET.tostring(first_bars(root, count), encoding="unicode"), encoding="utf-8")
        if draw[engraver]():
            return True
    return False


def _saved(page: Any, picture: Path) -> bool:  # noqa: ANN401 - an array or None
    if page is None:
        return False
    Image.fromarray(page).save(picture, dpi=(DPI, DPI))
    return True


def _by_musescore(picture: Path, truth: Path) -> bool:
    for old in picture.parent.glob(f"{picture.stem}-*.png"):
        old.unlink()
    command = ["mscore3", "-r", str(DPI), "-o", str(picture), str(truth)]
    env = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    try:
        subprocess.run(command, capture_output=True, check=False, timeout=_SECONDS, env=env)
    except (OSError, subprocess.TimeoutExpired):
        return False
    drawn = sorted(picture.parent.glob(f"{picture.stem}-*.png"))
    if len(drawn) != 1:
        return False
    page = Image.open(drawn[0]).convert("RGBA")
    Image.alpha_composite(Image.new("RGBA", page.size, "white"), page).convert("L").save(
        picture, dpi=(DPI, DPI)
    )
    drawn[0].unlink()
    return True
