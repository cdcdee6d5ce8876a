"""Draws the page's examples: our own little pieces, engraved by Verovio at low resolution.

``python -m scripts.draw_examples`` (needs requirements-dev.txt) writes scoreweb/widgets/pictures/.
"""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from models.notation.engraving.fonts import install_music_fonts
from models.notation.engraving.raster import grey_of
from models.notation.engraving.toolkit import lay_out
from models.sheet import write_pdf

OUT = Path(__file__).parents[1] / "scoreweb" / "widgets" / "pictures"
SCALE = ["C", "D", "E", "F", "G", "A", "B"]


def _note(step: int, duration: int, staff: int, voice: int, *, chord: bool = False, word: str = "") -> str:
    kinds = {1: "eighth", 2: "quarter", 3: "quarter", 4: "half", 8: "whole"}
    dot = "<dot/>" if duration == 3 else ""
    lyric = f"<lyric><syllabic>single</syllabic><text>{word}</text></lyric>" if word else ""
    return (
        f"<note>{'<chord/>' if chord else ''}<pitch><step>{SCALE[step % 7]}</step><octave>{step // 7}</octave></pitch>"
        f"<duration>{duration}</duration><voice>{voice}</voice><type>{kinds[duration]}</type>{dot}"
        f"<staff>{staff}</staff>{lyric}</note>"
    )


def piece(title: str, *, bars: int, seed: int, piano: bool, fifths: int, words: tuple[str, ...] = ()) -> str:
    """A wandering tune in MusicXML, with chords below when ``piano``."""
    draw = random.Random(seed)  # noqa: S311 - music, not cryptography
    step, said, out = 4 * 7 + 4, 0, []
    for bar in range(bars):
        music, left = [], 8
        if bar == bars - 1:
            pattern = [8]
        else:
            pattern = draw.choice(
                [[2, 2, 2, 2], [3, 1, 2, 2], [1, 1, 1, 1, 2, 2], [4, 2, 2], [2, 1, 1, 4], [3, 1, 4]]
            )
        for duration in pattern:
            step = min(5 * 7 + 5, max(4 * 7 + 1, step + draw.choice([-2, -1, -1, 0, 1, 1, 2])))
            word = words[said % len(words)] if words else ""
            said += 1
            music.append(_note(step, duration, 1, 1, word=word))
            if piano and duration >= 4:
                music.append(_note(step - 2, duration, 1, 1, chord=True))
            left -= duration
        if piano:
            music.append("<backup><duration>8</duration></backup>")
            root = 2 * 7 + draw.choice([7, 10, 11, 12])
            for duration in [8] if bar == bars - 1 else draw.choice([[4, 4], [2, 2, 2, 2], [1] * 8]):
                music.append(_note(root + draw.choice([0, 2, 4]), duration, 2, 5))
        head = ""
        if bar == 0:
            clefs = '<staves>2</staves><clef number="1"><sign>G</sign><line>2</line></clef><clef number="2"><sign>F</sign><line>4</line></clef>'
            one = "<clef><sign>G</sign><line>2</line></clef>"
            head = (
                f"<attributes><divisions>2</divisions><key><fifths>{fifths}</fifths></key><time><beats>4</beats>"
                f"<beat-type>4</beat-type></time>{clefs if piano else one}</attributes>"
            )
        out.append(f'<measure number="{bar + 1}">{head}{"".join(music)}</measure>')
    return (
        '<?xml version="1.0" encoding="UTF-8"?><score-partwise version="4.0">'
        f'<work><work-title>{title}</work-title></work><identification><creator type="composer">ScoreWeb</creator></identification>'
        '<part-list><score-part id="P1"><part-name></part-name></score-part></part-list>'
        f'<part id="P1">{"".join(out)}</part></score-partwise>'
    )


def draw_page(xml: str, *, font: str, unit: float, size: tuple[int, int]) -> np.ndarray:
    """The first page as grey uint8 of exactly ``size`` (width, height) pixels, anti-aliased by area."""
    width, height = size
    layout = lay_out(
        xml,
        {
            "font": font,
            "unit": unit,
            "pageWidth": 2100,
            "pageHeight": round(2100 * height / width),
            "scale": 100,
            "svgViewBox": True,
            "footer": "none",
            "breaks": "auto",
            "pageMarginLeft": 90,
            "pageMarginRight": 90,
            "justifyVertically": False,
        },
    )
    large = Image.fromarray(grey_of(layout.svg(), width=4 * width, height=4 * height))
    return np.asarray(large.resize(size, Image.Resampling.BICUBIC))


def photographed(page: np.ndarray) -> np.ndarray:
    """The page as a phone sees it: aslant on a dark table, in uneven light, a little soft."""
    height, width = page.shape
    whole = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    seen = whole * 0.92 + np.array([(70, 34), (20, 62), (48, 40), (24, 18)], np.float32)
    warp = cv2.getPerspectiveTransform(whole, seen)
    flat = cv2.warpPerspective(page, warp, (width, height), flags=cv2.INTER_AREA, borderValue=70)
    light = np.linspace(1.0, 0.72, width)[None, :] * np.linspace(1.0, 0.86, height)[:, None]
    noise = np.random.default_rng(5).normal(0, 3, flat.shape)
    return np.asarray(np.clip(cv2.GaussianBlur(flat, (0, 0), 0.8) * light + noise, 0, 255), np.uint8)


def main() -> None:
    """Writes the examples for Upscale, and the short ones for Read."""
    OUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        install_music_fonts(Path(folder) / "fonts")
        song = piece(
            "Evening on the Lake",
            bars=40,
            seed=4,
            piano=False,
            fifths=1,
            words=("low", "sun", "and", "long", "light", "on", "the", "water"),
        )
        piano = piece("Small Hours", bars=22, seed=9, piano=True, fifths=-2)
        a4 = (620, 877)
        _save(draw_page(song, font="Leland", unit=11.5, size=a4), "song-75dpi.png")
        _save(draw_page(piano, font="Bravura", unit=8.5, size=(560, 430)), "piano-small.png")
        second = piece("Two Pages, Page Two", bars=32, seed=21, piano=True, fifths=3)
        first = piece("Two Pages", bars=32, seed=20, piano=True, fifths=3)
        pages = [draw_page(p, font="Leipzig", unit=9.5, size=a4) for p in (first, second)]
        (OUT / "two-pages.pdf").write_bytes(write_pdf(pages, 75))
        words = ("slow", "the", "wind", "and", "clear", "the", "morn", "ing")
        short = piece("Clear Morning", bars=9, seed=12, piano=False, fifths=-1, words=words)
        _save(draw_page(short, font="Leland", unit=11.5, size=(1000, 520)), "short-song.png")
        pair = piece("Two Hands", bars=7, seed=31, piano=True, fifths=1)
        _save(draw_page(pair, font="Bravura", unit=10.5, size=(1000, 560)), "short-piano.png")
        tune = piece("By the Window", bars=8, seed=44, piano=False, fifths=2)
        photo = photographed(draw_page(tune, font="Leipzig", unit=11.5, size=(1300, 620)))
        Image.fromarray(photo).save(OUT / "short-photo.jpg", quality=60)


def _save(grey: np.ndarray, name: str) -> None:
    Image.fromarray(grey).save(OUT / name, optimize=True, dpi=(75, 75))


if __name__ == "__main__":
    main()
