"""Pages to measure staff spaces on: engraved to a known staff space, degraded, handwritten, real, and no music at all."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import matplotlib as mpl
import numpy as np
import skimage.data
from defusedxml import ElementTree
from PIL import Image, ImageDraw, ImageFont

from models.arrays import Grey
from models.notation.engraving.raster import grey_of
from models.notation.engraving.toolkit import lay_out
from models.notation.errors import NotationError
from models.notation.musicxml.container import musicxml_text
from models.sheet import open_pages
from models.sheet.degradation import degraded

FONTS = ("Leipzig", "Bravura", "Leland", "Petaluma", "Gootville")
LARGEST_SCORE = 12_000  # bytes of .mxl; beyond that Verovio lays out for many seconds
UNIT_SPACE = 18.0  # pixels at scale 100: two of Verovio's units
FULL_STAFF = 24.0  # staff spaces; a page whose longest staff is shorter is no page of music but a leftover
OVERSAMPLING = 4
"""Cairo puts thin level lines on whole pixels, which falsifies a staff space of 4: draw larger, then average."""

BY_HAND = {
    "cairo/images/01.PNG": 22.25,
    "cairo/images/02.PNG": 18.88,
    "cairo/images/04.PNG": 20.25,
    "cairo/images/05.PNG": 36.9,
    "cairo/images/07.PNG": 54.36,
    "low_scans/scan.jpg": 9.42,
    "low_scans/photo.jpg": 9.37,
    "pages_without_truth/allegretto.png": 21.3,
    "pages_without_truth/batuque.png": 21.3,
    "pages_without_truth/carmen.png": 21.3,
    "pages_without_truth/chula.png": 21.4,
    "staff_photos/1.png": 20.53,
    "staff_photos/2.png": 20.54,
    "staff_photos/photo1.jpg": 8.33,
    "staff_photos/photo2.jpg": 10.3,
}
"""Staff spaces of real pages in pixels, from the first and last line of a few staves on columns without notes."""

PATCH_SPACE = 16.53  # DeepScores patches: 66.1 pixels from first to last line, read off one complete staff


@dataclass(frozen=True)
class Case:
    """A page of a set, and its staff space in pixels; None where it has none."""

    group: str
    name: str
    grey: Grey
    space: float | None


def engraved(shared: Path, count: int, seed: int) -> Iterator[Case]:
    """Pages of scores in several music fonts, line widths and densities: sharp and low, 1-bit, tilted, degraded."""
    rng = np.random.default_rng(seed)
    scores = [p for p in sorted((shared / "data" / "pdmx").glob("*.mxl")) if p.stat().st_size < LARGEST_SCORE]
    for number in rng.permutation(len(scores)):
        if count == 0:
            return
        svg = _page_of(scores[number], rng)
        if svg is None:
            continue
        count -= 1
        name = scores[number].stem[:12]
        low, mid, high = (
            float(np.exp(rng.uniform(*np.log(ends)))) for ends in ((3.5, 9), (4.5, 14), (9, 30))
        )
        sharp = _drawn(svg, high)
        yield Case("engraved 3.5-9 px", name, _drawn(svg, low), low)
        yield Case("engraved 9-30 px", name, sharp, high)
        yield Case("1-bit 9-30 px", name, ((sharp > rng.integers(170, 215)) * 255).astype(np.uint8), high)
        large = _drawn(svg, quarter := float(rng.uniform(14, 28)))
        height, width = (side // 4 for side in large.shape)
        small = np.asarray(Image.fromarray(large).resize((width, height), Image.Resampling.BICUBIC))
        yield Case("bicubic x1/4", name, small, quarter * height / large.shape[0])
        page, angle = _drawn(svg, mid), float(rng.uniform(-3, 3))
        yield Case("tilted up to 3 degrees", name, _tilted(page, angle), mid)
        yield Case("worn: light, noise, JPEG", name, degraded(_tilted(page, angle / 3), rng, "camera"), mid)


def handwritten(shared: Path, every: int) -> Iterator[Case]:
    """Handwriting on printed staves (MUSCIMA++), as it is and reduced; the truth is from the staff line masks."""
    folder = shared / "data" / "muscima"
    for path in sorted((folder / "images").glob("*.png"))[::every]:
        with gzip.open(folder / "annotations" / f"{path.stem}.xml.gz") as packed:
            nodes = ElementTree.parse(packed).getroot().iter("Node")
        lines = sorted(
            float(node.findtext("Top")) + float(node.findtext("Height")) / 2
            for node in nodes
            if node.findtext("ClassName") == "staffLine"
        )
        space = float(np.median([(lines[n + 4] - lines[n]) / 4 for n in range(0, len(lines) - 4, 5)]))
        grey = open_pages(path)[0].grey
        for by in (1, 2, 4):
            size = (grey.shape[1] // by, grey.shape[0] // by)
            small = np.asarray(Image.fromarray(grey).resize(size, Image.Resampling.BICUBIC))
            yield Case(f"handwritten x1/{by}", path.stem, small, space * size[1] / grey.shape[0])


def real(shared: Path) -> Iterator[Case]:
    """Scans, photos and screen shots whose staff space was read off by hand."""
    for name, space in BY_HAND.items():
        if (shared / "data" / name).exists():
            yield Case("real, read off by hand", name, open_pages(shared / "data" / name)[0].grey, space)


def patches(shared: Path) -> Iterator[Case]:
    """256 x 256 cut-outs of DeepScores pages and their quarters; most hold no whole staff, and None is right."""
    for path in sorted((shared / "data" / "deepscores_patches").glob("*.png")):
        grey = open_pages(path)[0].grey
        small = np.asarray(Image.fromarray(grey).resize((64, 64), Image.Resampling.BICUBIC))
        yield Case("DeepScores patches (*)", path.stem, grey, PATCH_SPACE)
        yield Case("DeepScores patches x1/4 (*)", path.stem, small, PATCH_SPACE / 4)


def no_music(seed: int) -> Iterator[Case]:
    """Text, tables, ruled paper, tablature, patterns, noise and photos, sharp and degraded: no staff anywhere."""
    rng = np.random.default_rng(seed)
    clean = [
        *(("text", _text(rng, size, lead)) for size in (8, 11, 14, 20, 32) for lead in (1.0, 1.2, 1.5, 2.0)),
        *(("tables", _ruled(rng, rows, pitch, 4)) for rows in (3, 4, 5, 8, 25) for pitch in (12, 18, 28, 40)),
        *(("ruled paper", _ruled(rng, 22, pitch, cols)) for pitch in (5, 8, 14, 22, 40) for cols in (0, 9)),
        *(("tablature", _ruled(rng, rows, pitch, 1)) for rows in (3, 5) for pitch in (5, 8, 14, 22)),
        *(("patterns", pattern) for pattern in _patterns(rng)),
        *(("photos", np.ascontiguousarray(np.rot90(p, t))) for p in _photos() for t in (0, 1)),
    ]
    for number, (kind, grey) in enumerate(clean):
        yield Case("no music", f"{kind} {number}", grey, None)
        poor = degraded(_tilted(grey, float(rng.uniform(-2, 2))), rng, "camera")
        yield Case("no music, worn", f"{kind} {number}", poor, None)
        by = int(rng.integers(2, 5))
        size = (max(32, grey.shape[1] // by), max(32, grey.shape[0] // by))
        small = np.asarray(Image.fromarray(grey).resize(size, Image.Resampling.BICUBIC))
        yield Case("no music, reduced", f"{kind} {number}", small, None)


def _page_of(score: Path, rng: np.random.Generator) -> str | None:
    """A page of the score as SVG at scale 100; None where it holds no full staff."""
    options = {
        "font": str(rng.choice(FONTS)),
        "scale": 100,
        "pageWidth": int(rng.uniform(60, 140) * UNIT_SPACE),
        "pageHeight": int(rng.uniform(60, 170) * UNIT_SPACE),
        "staffLineWidth": float(rng.choice([0.12, 0.15, 0.15, 0.2])),
        "spacingSystem": int(rng.integers(4, 12)),
        "footer": "none",
    }
    try:
        layout = lay_out(musicxml_text(score), options)
    except NotationError:
        return None
    svg = layout.svg(1 + int(rng.integers(0, min(2, layout.page_count))))
    lines = re.findall(r'<path d="M(\d+) (\d+) L(\d+) (\d+)" stroke-width', svg)
    longest = max((int(x1) - int(x0) for x0, y0, x1, y1 in lines if y0 == y1), default=0)
    return svg if longest >= FULL_STAFF * UNIT_SPACE * 10 else None


def _drawn(svg: str, space: float) -> Grey:
    """The page with `space` pixels to a staff space, anti-aliased by area."""
    zoom = OVERSAMPLING if space < 14 else 1
    large = grey_of(svg, scale=zoom * space / UNIT_SPACE)
    height, width = (side // zoom for side in large.shape)
    small = cv2.resize(large[: height * zoom, : width * zoom], (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)


def _tilted(grey: Grey, degrees: float) -> Grey:
    height, width = grey.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    flags = {"flags": cv2.INTER_CUBIC, "borderMode": cv2.BORDER_CONSTANT, "borderValue": 255}
    return np.asarray(cv2.warpAffine(grey, turn, (width, height), **flags), np.uint8)


WORDS = re.findall(
    r"\w+",
    "allegro moderato the composer asked for a quiet beginning and the singers waited under the old roof while "
    "rain fell on slates of grey stone and nobody spoke until morning came with bells",
)


def _font(rng: np.random.Generator, size: int) -> ImageFont.FreeTypeFont:
    face = str(
        rng.choice(["DejaVuSerif.ttf", "DejaVuSans.ttf", "DejaVuSansMono.ttf", "DejaVuSerif-Italic.ttf"])
    )
    return ImageFont.truetype(Path(mpl.get_data_path()) / "fonts" / "ttf" / face, size)


def _text(rng: np.random.Generator, size: int, lead: float) -> Grey:
    image = Image.new("L", (620, 877) if size < 20 else (1240, 1400), 255)
    draw, font, y = ImageDraw.Draw(image), _font(rng, size), 40.0
    while y < image.height - 40:
        line = ""
        while draw.textlength(line, font) < image.width - 120:
            line = f"{line} {rng.choice(WORDS)}"
        if rng.random() < 0.1:
            line = line[: len(line) // 2]
        draw.text((40, y), line, font=font, fill=0)
        y += size * lead
    return np.asarray(image)


def _ruled(rng: np.random.Generator, rows: int, pitch: int, columns: int) -> Grey:
    """Blocks of `rows` rows between level rules; with words in the cells where there are columns."""
    image = Image.new("L", (900, 1100), 255)
    draw, font, top = ImageDraw.Draw(image), _font(rng, max(4, pitch // 2)), 50
    thick = max(1, pitch // 12)
    while top + rows * pitch < 1060:
        for row in range(rows + 1):
            draw.rectangle((40, top + row * pitch, 860, top + row * pitch + thick - 1), fill=0)
        for column in range(columns + 1 if columns else 0):
            x = 40 + column * 820 // columns
            draw.rectangle((x, top, x + thick - 1, top + rows * pitch), fill=0)
        for row in range(rows if columns else 0):
            for column in range(columns):
                words = " ".join(rng.choice(WORDS, 12 // columns))
                draw.text((46 + column * 820 // columns, top + (row + 0.2) * pitch), words, font=font, fill=0)
        top += rows * pitch + 60
    return np.asarray(image)


def _patterns(rng: np.random.Generator) -> Iterator[Grey]:
    shape = (877, 620)
    for level in (0, 128, 255):
        yield np.full(shape, level, np.uint8)
    yield np.tile(np.linspace(0, 255, shape[0])[:, None], (1, shape[1])).astype(np.uint8)
    for sigma in (5, 20, 60):
        yield np.clip(230 + rng.normal(0, sigma, shape), 0, 255).astype(np.uint8)
    for tall, wide in ((1, 1), (4, 4), (1, 20), (2, 40), (3, 60)):
        cloud = cv2.GaussianBlur(rng.normal(0, 1, shape), (0, 0), sigmaX=wide, sigmaY=tall)
        yield np.clip(170 + 50 * cloud / cloud.std(), 0, 255).astype(np.uint8)
    for period in (4, 7, 12, 30):
        stripes = np.where(np.arange(shape[0]) % period < period / 2, 0, 255)
        yield np.tile(stripes[:, None], (1, shape[1])).astype(np.uint8)
    for _ in range(3):  # barcodes
        page = np.full(shape, 255, np.uint8)
        edges = 50 + np.cumsum(rng.choice([2, 4, 6, 8], 150))
        for top, bottom in zip(edges[::2], edges[1::2], strict=True):
            page[top:bottom, 100:500] = 0
        yield page


def _photos() -> Iterator[Grey]:
    for name in (
        "astronaut",
        "brick",
        "camera",
        "chelsea",
        "coffee",
        "coins",
        "grass",
        "gravel",
        "page",
        "rocket",
        "text",
    ):
        image = Image.fromarray(getattr(skimage.data, name)()).convert("L")
        yield np.asarray(image)
