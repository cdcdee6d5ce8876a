"""What stands on song pages beyond the notes: ``python -m benchmarks.notation [--engraver NAME] [--limit N] [--no-ned] [--compare FOLDER]``.

Development songs (composers of the development part) are engraved at 300 dpi by MuseScore, or by LilyPond or Verovio, as many bars as one page takes, read
by the same reader as in the app, and compared with their file: for each kind of thing the F1 of those found at the right place
(the same bar, staff, moment and content), and OMR-NED by musicdiff over all objects and over notes and rests, summed over the pages
and divided once. ``--compare`` takes a folder of earlier readings (``<song>/rank1.musicxml``) into the same run.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import os
import re
import subprocess
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
from PIL import Image

from benchmarks.reading_marks import musicxml_root
from benchmarks.reading_sets import DATA, DPI, first_bars, lilypond_page, verovio_page
from models.notation.musicxml import read_musicxml, write_musicxml
from models.notation.score import Event, Part, Pitch, Score
from models.read.reader import Reader
from models.read.training.splits import part_of_work

COUNTS = (24, 16, 11, 7)
"""Bars that are tried to fit one page."""

ENGRAVERS = ("musescore", "lilypond", "verovio")
NOT_DRAWN = {"verovio": {"title", "composer"}}
"""Kinds that an engraver's pages here do not show."""

_FONT = "Leipzig"
_SECONDS = 180


def songs(cache: Path, limit: int, engraver: str = "musescore") -> Iterator[tuple[str, Path, Path]]:
    """Name, picture and truth of the first songs of the development part, one a composer."""
    folder = cache / songs_folder(engraver)
    folder.mkdir(parents=True, exist_ok=True)
    with (DATA / "lieder" / "index.csv").open(encoding="utf-8") as file:
        rows = [
            r
            for r in csv.DictReader(file)
            if part_of_work(r["composer"]) == "develop" and r["has_lyrics"] == "1"
        ]
    rows.sort(key=lambda r: hashlib.sha1(r["id"].encode()).hexdigest())  # noqa: S324 - an order, no secret
    done: set[str] = set()
    for row in rows:
        if row["composer"] in done or len(done) == limit:
            continue
        picture, truth = folder / f"{row['id']}.png", folder / f"{row['id']}.musicxml"
        if picture.exists() or _drawn(DATA / "lieder" / row["file"], picture, truth, engraver):
            done.add(row["composer"])
            yield row["id"], picture, truth


def songs_folder(engraver: str) -> str:
    """The folder of the cache that holds the pages of an engraver."""
    return "songs" if engraver == "musescore" else f"songs-{engraver}"


def _drawn(work: Path, picture: Path, truth: Path, engraver: str) -> bool:
    root = musicxml_root(work)
    for count in COUNTS:
        text = ET.tostring(first_bars(root, count), encoding="unicode")
        truth.write_text(text, encoding="utf-8")
        if engraver != "musescore":
            drawn = lilypond_page(text) if engraver == "lilypond" else verovio_page(text, _FONT)
            if drawn is not None:
                Image.fromarray(drawn).save(picture, dpi=(DPI, DPI))
                return True
            continue
        for old in picture.parent.glob(f"{picture.stem}-*.png"):
            old.unlink()
        command = ["mscore3", "-r", str(DPI), "-o", str(picture), str(truth)]
        env = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
        try:
            subprocess.run(command, capture_output=True, check=False, timeout=_SECONDS, env=env)
        except (OSError, subprocess.TimeoutExpired):
            return False
        pages = sorted(picture.parent.glob(f"{picture.stem}-*.png"))
        if len(pages) == 1:
            page = Image.open(pages[0]).convert("RGBA")
            Image.alpha_composite(Image.new("RGBA", page.size, "white"), page).convert("L").save(
                picture, dpi=(DPI, DPI)
            )
            pages[0].unlink()
            return True
    return False


def printed_title(truth: Path) -> str:
    """The title that MuseScore prints: the movement's in large letters, where the work has movements."""
    root = musicxml_root(truth)
    told = root.findtext("movement-title") or root.findtext("work/work-title") or ""
    return str(told).split("\n")[0]


def things(score: Score) -> Counter[tuple[object, ...]]:
    """All that the table counts, each with the place that it is attached to; its first word is its kind."""
    found: Counter[tuple[object, ...]] = Counter()
    found["title", _plain(score.title)] += bool(score.title)
    found["composer", _plain(score.composer)] += bool(score.composer)
    staff = 0
    for part in score.parts:
        found["part name", staff, _plain(part.name)] += bool(part.name)
        for place, bar in enumerate(part.bars):
            found["system break", place] += bar.new_system and not staff
            for what in ("repeat_start", "repeat_end"):
                found["repeat", what, staff, place] += bool(getattr(bar, what))
            ends = bar.barline if bar.barline != "regular" and not bar.repeat_end else None
            found["bar line", place, ends] += ends is not None and not staff
            for jump in bar.jumps:
                found["jump", place, jump] += not staff
            found["ending", bar.ending, place] += bar.ending is not None and not staff
            found["time signature", staff, place, bar.metre] += bar.metre is not None
            found["key signature", staff, place, bar.key] += bar.key is not None and bool(
                place or bar.key.fifths
            )
            for change in bar.clefs:
                found["clef", staff + change.staff, place, change.onset, change.clef] += 1
            for harmony in bar.harmonies:
                found["chord symbol", staff, place, harmony.onset, harmony.chord.name] += 1
            for one in bar.directions:
                kind = {
                    "words": "direction",
                    "tempo": "tempo mark",
                    "crescendo": "hairpin",
                    "diminuendo": "hairpin",
                }.get(one.kind)
                if kind:
                    found[kind, staff + one.staff, place, one.onset, one.kind, _plain(one.text)] += 1
        found += _events(part, staff)
        staff += part.staves
    return found


def _events(part: Part, staff: int) -> Counter[tuple[object, ...]]:
    found: Counter[tuple[object, ...]] = Counter()
    for place, bar in enumerate(part.bars):
        for e in bar.events:
            at = staff + e.staff, place, e.onset
            found["rest", *at, e.whole_bar or e.duration] += e.is_rest
            found["dynamic", *at, e.dynamic] += e.dynamic is not None
            found["grace note", *at, tuple(n.pitch for n in e.notes)] += e.grace
            found["tuplet", *at, e.duration.tuplet] += e.duration.tuplet != (1, 1)
            found["tie", *at] += sum(n.tie_start and _goes_on(part, place, e, n.pitch) for n in e.notes)
            found["slur", *at] += sum(kind == "start" for kind, _ in e.slurs)
            for mark in e.articulations:
                kind = mark if mark in {"fermata", "arpeggiate"} else "articulation"
                found[kind, *at, mark] += 1
            for lyric in e.lyrics:
                found["lyric", *at, lyric.verse, _plain(lyric.text), lyric.syllabic] += 1
                found["lyric, text alone", _plain(lyric.text)] += 1
    return found


def _goes_on(part: Part, place: int, event: Event, pitch: Pitch) -> bool:
    """Whether a tie reaches a note: one that the end of the page cuts off is not drawn."""
    after = [e for e in part.bars[place].events if e.onset >= event.onset and e is not event]
    after += part.bars[place + 1].events if place + 1 < len(part.bars) else ()
    return any(n.tie_stop and n.pitch == pitch for e in after for n in e.notes)


def _plain(text: str) -> str:
    """Words as they are compared: one kind of quotes, no signs around them, small letters."""
    text = text.replace("’", "'").replace("\n", " ").lower()
    return re.sub(r"\s+", " ", text).strip(" .,;:!?\"“”„'()")


def table(
    truth: Counter[tuple[object, ...]], read: Counter[tuple[object, ...]]
) -> list[tuple[str, int, float, float, float]]:
    """For each kind: how many there are, precision, recall, F1."""
    rows = []
    for kind in sorted({str(k[0]) for k in truth}):
        wanted, have = (Counter({k: v for k, v in c.items() if k[0] == kind}) for c in (truth, read))
        hits, n, m = (wanted & have).total(), wanted.total(), have.total()
        if n:
            rows.append((kind, n, hits / max(1, m), hits / n, 2 * hits / (n + m)))
    return rows


def ned(truths: list[Path], readings: list[Path]) -> dict[str, float]:
    """OMR-NED in percent over all objects and over notes and rests."""
    warnings.filterwarnings("ignore")
    import converter21
    import music21
    from musicdiff import DetailLevel
    from musicdiff.annotation import AnnScore
    from musicdiff.comparison import Comparison

    converter21.register()
    out = {}
    for name, level in (
        ("all objects", DetailLevel.AllObjects),
        ("notes and rests", DetailLevel.NotesAndRests),
    ):
        edits = symbols = 0
        for pair in zip(truths, readings, strict=True):
            b, a = (AnnScore(music21.converter.parse(str(p), forceSource=True), level) for p in pair)
            edits += Comparison.annotated_scores_diff(a, b)[1]
            symbols += a.notation_size() + b.notation_size()
        out[name] = 100.0 * edits / max(1, symbols)
    return out


def main() -> None:
    """Reads the songs and prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engraver", choices=ENGRAVERS, default=ENGRAVERS[0])
    parser.add_argument("--limit", type=int, default=8, help="songs")
    parser.add_argument(
        "--cache", type=Path, default=Path("build/reading"), help="where engraved pages and readings are kept"
    )
    parser.add_argument("--compare", type=Path, help="a folder of other readings of the same songs")
    parser.add_argument(
        "--kept", action="store_true", help="take the readings that an earlier run left in the cache"
    )
    parser.add_argument("--no-ned", action="store_true", help="leave OMR-NED out, which takes long")
    given = parser.parse_args()
    reader = None if given.kept else Reader()
    seconds: Counter[str] = Counter()
    truth, read = Counter[tuple[object, ...]](), Counter[tuple[object, ...]]()
    truths, readings = [], []
    hidden = NOT_DRAWN.get(given.engraver, set())
    for name, picture, file in songs(given.cache, given.limit, given.engraver):
        out = given.cache / f"{songs_folder(given.engraver)}-read" / name / "rank1.musicxml"
        if reader is not None:
            began = time.perf_counter()
            reading = reader.read([np.asarray(Image.open(picture).convert("L"))], top=1)
            out.parent.mkdir(parents=True, exist_ok=True)
            out.write_bytes(write_musicxml(reading.score(reading.interpretations[0])))
            seconds["all"] += time.perf_counter() - began
            seconds["words"] += (reading.pages[0].seconds or {}).get("words", 0.0)
            print(f"{name}: {time.perf_counter() - began:.1f} s", flush=True)
        if not out.exists():
            continue
        truths.append(file)
        readings.append(out)
        wanted = replace(read_musicxml(file), title=printed_title(file))
        truth += Counter({(k[0], name, *k[1:]): v for k, v in things(wanted).items() if k[0] not in hidden})
        read += Counter({(k[0], name, *k[1:]): v for k, v in things(read_musicxml(out)).items()})
    print(f"| kind, {len(truths)} song pages | there | precision | recall | F1 |\n|---|---|---|---|---|")
    for kind, n, precision, recall, f1 in table(truth, read):
        print(f"| {kind} | {n} | {precision:.2f} | {recall:.2f} | {f1:.2f} |")
    if seconds["all"]:
        print(f"words and marks took {100 * seconds['words'] / seconds['all']:.0f} % of the time of reading")
    if not given.no_ned:
        sets = {"as read now": readings}
        if given.compare:
            sets[str(given.compare)] = [given.compare / r.parent.name / "rank1.musicxml" for r in readings]
        for label, files in sets.items():
            print(label, ", ".join(f"{k} {v:.1f} %" for k, v in ned(truths, files).items()), flush=True)


if __name__ == "__main__":
    main()
