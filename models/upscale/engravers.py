"""Engraved pages as SVG, from MusicXML, by three engravers: what the upscaling networks are trained on.

Used only to make training packs: LilyPond and MuseScore come from Debian. Nothing here is imported when the app
serves.
"""

from __future__ import annotations

import html
import os
import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from models.notation.engraving.fonts import MUSIC_FONTS
from models.notation.engraving.toolkit import UNIT, lay_out
from models.notation.errors import EngravingFailed
from models.notation.musicxml.container import musicxml_text

POINT_MM = 25.4 / 72.27
"""One LilyPond (TeX) point in millimetres."""

LARGEST_TEXT = 8_000_000
"""Bytes of MusicXML that are drawn."""
MUSESCORE_FONTS = ("Leland", "Bravura", "Emmentaler", "Gonville", "MuseJazz", "Petaluma")
TEXT_FONTS = ("DejaVu Serif", "DejaVu Sans", "Liberation Serif", "Liberation Sans", "FreeSerif")


@dataclass(frozen=True)
class Engraving:
    """One page as SVG.

    ``staff_space`` is a share of the page's width, so that a picture W pixels wide has a staff space of
    ``staff_space * W`` pixels.
    """

    svg: bytes
    staff_space: float
    engraver: str
    font: str


class Engraver(Protocol):
    """Draws the first pages of a score in a random style.

    Guarantees: score and generator decide every pixel; ``staff_space`` is the one that is drawn, to 3 %.
    """

    name: str

    def engrave(self, score: Path, rng: np.random.Generator) -> list[Engraving]:
        """Up to three pages. NotationError when the score cannot be drawn: the pack goes on with the next."""
        ...


class VerovioEngraver:
    """Pages by Verovio in each music font it ships."""

    name = "verovio"

    def engrave(self, score: Path, rng: np.random.Generator) -> list[Engraving]:
        """Up to three pages; page width, margins, line widths and spacing vary."""
        font = str(rng.choice(MUSIC_FONTS))
        width = int(rng.integers(1100, 2900))
        layout = lay_out(
            _text(score),
            {
                "font": font,
                "unit": UNIT,
                "pageWidth": width,
                "pageHeight": int(width * rng.uniform(1.2, 1.5)),
                "scale": 100,
                "svgViewBox": True,
                "breaks": "auto",
                "footer": "none",
                "header": str(rng.choice(["auto", "none"])),
                "staffLineWidth": float(rng.uniform(0.1, 0.26)),
                "stemWidth": float(rng.uniform(0.15, 0.3)),
                "barLineWidth": float(rng.uniform(0.2, 0.4)),
                "ledgerLineThickness": float(rng.uniform(0.2, 0.35)),
                "spacingLinear": float(rng.uniform(0.18, 0.35)),
                "lyricSize": float(rng.uniform(3.0, 6.0)),
                "pageMarginLeft": 50,
                "pageMarginRight": 50,
            },
        )
        text_font = str(rng.choice(TEXT_FONTS))
        pages = []
        for drawn in layout.svgs(3):
            svg = drawn.replace("Times,serif", text_font).replace("Times, serif", text_font)
            pages.append(Engraving(svg.encode(), 2 * UNIT / width, self.name, font))
        return pages


class LilyPondEngraver:
    """Pages by LilyPond (Emmentaler), staff sizes 13 to 26 points, through musicxml2ly."""

    name = "lilypond"

    def engrave(self, score: Path, rng: np.random.Generator) -> list[Engraving]:
        """Up to three pages; the staff size, paper and text font vary."""
        size = float(rng.choice([20, 20, 20, 16, 18, 23, 26, 14]))
        text_font = str(rng.choice(TEXT_FONTS)) if rng.random() < 0.5 else "DejaVu Serif"
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder) / "score.xml"
            source.write_text(_text(score), encoding="utf-8")
            _call(["musicxml2ly", "-o", "score.ly", "score.xml"], folder, 120)
            body = (Path(folder) / "score.ly").read_text(encoding="utf-8")
            body = re.sub(r"#\(set-global-staff-size.*", "", body)
            body = re.sub(r"\\paper\s*\{[^{}]*\}", "", body)
            margin = int(rng.integers(5, 25))
            head = (
                f"#(set-global-staff-size {size})\n"
                f"\\paper {{ left-margin = {margin}\\mm right-margin = {margin}\\mm }}\n"
            )
            at = body.find("\n", body.find("\\version")) + 1
            (Path(folder) / "score.ly").write_text(body[:at] + head + body[at:], encoding="utf-8")
            _call(
                ["lilypond", "-s", "-dbackend=svg", "-dno-point-and-click", "-o", "page", "score.ly"],
                folder,
                120,
            )
            found = sorted(Path(folder).glob("page*.svg"))[:3]
            if not found:
                raise EngravingFailed(f"LilyPond drew no page of {score.name}")
            pages = []
            for page in found:
                svg = page.read_text(encoding="utf-8")
                width = re.search(r'<svg[^>]*width="([0-9.]+)mm"', svg)
                if not width:
                    raise EngravingFailed("LilyPond wrote a page without a width in millimetres")
                svg = svg.replace('font-family="serif"', f'font-family="{text_font}"')
                space = size / 4 * POINT_MM / float(width.group(1))
                pages.append(Engraving(svg.encode(), space, self.name, "Emmentaler"))
            return pages


class MuseScoreEngraver:
    """Pages by MuseScore 3 in its music fonts."""

    name = "musescore"

    def engrave(self, score: Path, rng: np.random.Generator) -> list[Engraving]:
        """Up to three pages; the staff space is read from the drawn staff lines."""
        font = str(rng.choice(MUSESCORE_FONTS))
        text = {"MuseJazz": "MuseJazz Text", "Petaluma": "Petaluma Text"}.get(font, "Bravura Text")
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "score.xml").write_text(_text(score), encoding="utf-8")
            (Path(folder) / "look.mss").write_text(
                '<?xml version="1.0" encoding="UTF-8"?><museScore version="3.02"><Style>'
                f"<musicalSymbolFont>{font}</musicalSymbolFont><musicalTextFont>{text}</musicalTextFont>"
                f"<staffLineWidth>{rng.uniform(0.07, 0.13):.3f}</staffLineWidth></Style></museScore>",
                encoding="utf-8",
            )
            _call(["musescore3", "-S", "look.mss", "-o", "page.svg", "score.xml"], folder, 60)
            found = sorted(Path(folder).glob("page-*.svg"))[:3]
            pages = []
            for page in found:
                svg = page.read_text(encoding="utf-8")
                box = re.search(r'viewBox="0 0 ([0-9.]+) ([0-9.]+)"', svg)
                lines = [
                    float(y) for y in re.findall(r'class="StaffLines"[^>]*points="[0-9.-]+,([0-9.-]+) ', svg)
                ]
                steps = np.diff(lines[:5])
                if not box or len(lines) < 5 or steps.std() > 0.02 * abs(steps.mean()):
                    continue
                pages.append(
                    Engraving(svg.encode(), abs(float(steps.mean())) / float(box.group(1)), self.name, font)
                )
            if not pages:
                raise EngravingFailed(f"MuseScore drew no page with a staff for {score.name}")
            return pages


class TextEngraver:
    """Lines of words as they stand around music: titles, lyrics, footers, in the sizes and fonts engravers use.

    A score's own words are used. Footers and titles stand on blank paper, where the other engravers' crops seldom
    fall, and small serif text is the hardest thing on a page to restore.
    """

    name = "text"

    def engrave(self, score: Path, rng: np.random.Generator) -> list[Engraving]:
        """One page of text; the unit of size is the staff space of the page it would stand on."""
        found = re.findall(r"<(?:text|words|credit-words|work-title)[^>]*>([^<]+)<", _text(score))
        words = [w for part in found for w in part.split()] + [
            "Music",
            "engraving",
            "by",
            "Allegro",
            "con",
            "moto",
            "Andante",
            "rit.",
            "a",
            "tempo",
            "Violin",
            "II",
            "arr.",
            "No.",
            "1845",
            "Op. 23",
            "www.",
            "dolce",
            "Fine",
            "D.C.",
            "al",
            "Coda",
            "Copyright",
            "Public",
            "Domain",
        ]
        unit, width = 20.0, 1600
        lines, y = [], 60.0
        while y < 1500:
            size = unit * float(rng.choice([1.3, 1.6, 1.9, 2.2, 2.2, 2.5, 3.2, 4.5]))
            font = str(rng.choice(TEXT_FONTS)) if rng.random() < 0.55 else "DejaVu Serif"
            style = str(rng.choice(["", "", "", ' font-style="italic"', ' font-weight="bold"']))
            y += size * float(rng.uniform(1.1, 2.2))
            line = " ".join(str(w) for w in rng.choice(words, int(rng.integers(4, 14))))
            line = html.escape(html.unescape(line), quote=False)
            lines.append(
                f'<text x="{rng.uniform(5, 200):.2f}" y="{y:.2f}" font-family="{font}" font-size="{size:.2f}"{style}>{line}</text>'
            )
        svg = (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="1560" viewBox="0 0 {width} 1560">'
            f"{''.join(lines)}</svg>"
        )
        return [Engraving(svg.encode(), unit / width, self.name, "text")]


ENGRAVERS: dict[str, Engraver] = {
    "lilypond": LilyPondEngraver(),
    "verovio": VerovioEngraver(),
    "musescore": MuseScoreEngraver(),
    "text": TextEngraver(),
}


def _text(score: Path) -> str:
    return musicxml_text(score, most_bytes=LARGEST_TEXT)


def _call(command: list[str], folder: str, seconds: float) -> None:
    try:
        subprocess.run(  # noqa: S603 - the commands stand above, the files are ours
            command,
            cwd=folder,
            env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "XDG_RUNTIME_DIR": folder},
            capture_output=True,
            check=False,  # LilyPond's exit code is 1 for scores that it drew with complaints
            timeout=seconds,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise EngravingFailed(f"{command[0]} did not finish") from error
