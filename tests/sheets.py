"""Pages of music, and pages that only look like it, drawn by code at any resolution."""

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

WORDS = [
    "slow",
    "and",
    "with",
    "feeling",
    "the",
    "second",
    "verse",
    "is",
    "sung",
    "by",
    "all",
    "who",
    "are",
    "left",
]
FINE = 6  # pages are drawn so many times too large, then averaged, as a camera's sensor does


class Paper:
    """White paper, drawn on in units of staff spaces."""

    def __init__(self, width, height, space):
        self.space, self.size = space, (round(width * space), round(height * space))
        self.fine = FINE if space < 20 else 2
        self.image = Image.new("L", (self.size[0] * self.fine, self.size[1] * self.fine), 255)
        self.draw = ImageDraw.Draw(self.image)

    def box(self, left, top, right, bottom, ink=0):
        unit = self.space * self.fine
        corners = [round(v * unit) for v in (left, top, right, bottom)]
        self.draw.rectangle((corners[0], corners[1], corners[2] - 1, corners[3] - 1), fill=ink)

    def head(self, x, y):
        unit = self.space * self.fine
        self.draw.ellipse(((x - 0.65) * unit, (y - 0.5) * unit, (x + 0.65) * unit, (y + 0.5) * unit), fill=0)

    def words(self, x, y, width, size):
        font = ImageFont.load_default(size * self.space * self.fine)
        line, n = "", round(x + y)
        while self.draw.textlength(line, font) < (width - 4 * size) * self.space * self.fine:
            n += 1
            line += WORDS[n * 5 % len(WORDS)] + " "
        self.draw.text((x * self.space * self.fine, y * self.space * self.fine), line, font=font, fill=0)

    def grey(self):
        small = self.image.resize(self.size, Image.Resampling.BOX)
        return np.array(small)


def staff(paper, left, top, right, thickness=0.12, lines=5, pitch=1.0):
    for line in range(lines):
        paper.box(left, top + line * pitch - thickness / 2, right, top + line * pitch + thickness / 2)


def notes(paper, left, top, right, seed=0):
    rng = np.random.default_rng(seed)
    for x in np.arange(left + 3, right - 1, 3.2):
        y = top + rng.integers(-1, 11) / 2
        paper.head(x, y)
        paper.box(x + 0.5, y - 3.4, x + 0.62, y)
    for x in np.arange(left, right + 0.1, (right - left) / 4):
        paper.box(x - 0.08, top, x + 0.08, top + 4)


def music(space, width=60, height=44, thickness=0.12, staves=4, words=True):
    """A page of `staves` staves, `space` pixels to a staff space, with notes, barlines and a line of words each."""
    paper = Paper(width, height, space)
    for n in range(staves):
        top = 3.3 + 10 * n
        staff(paper, 3, top, width - 3, thickness)
        notes(paper, 3, top, width - 3, seed=n)
        if words:
            paper.words(6, top + 5.5, width - 14, 1.6)
    return paper.grey()


def text(pitch, size=0.8, rows=40, width=36):
    """Rows of words, `pitch` pixels apart, letters of `size` of that."""
    paper = Paper(width, rows + 2, pitch)
    for row in range(rows):
        paper.words(2, 1 + row, width - 3 - 10 * (row % 7 == 6), size)
    return paper.grey()


def ruled(pitch, rules, columns=0, thickness=0.08, blocks=3, width=40):
    """Blocks of `rules` level rules, `pitch` pixels apart; words in the cells where there are columns."""
    paper = Paper(width, blocks * (rules + 3) + 2, pitch)
    for block in range(blocks):
        top = 2 + block * (rules + 3)
        staff(paper, 2, top, width - 2, thickness, lines=rules)
        for column in range(columns + 1 if columns else 0):
            x = 2 + column * (width - 4) / columns
            paper.box(x - thickness / 2, top, x + thickness / 2, top + rules - 1)
        for row in range(rules - 1 if columns else 0):
            for column in range(columns):
                paper.words(2.4 + column * (width - 4) / columns, top + row + 0.2, (width - 4) / columns, 0.5)
    return paper.grey()


def tilted(grey, degrees):
    height, width = grey.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    return cv2.warpAffine(grey, turn, (width, height), flags=cv2.INTER_CUBIC, borderValue=255)


def photographed(grey, seed=0, dark=70, light=200, shadow=0.5, noise=4.0):
    """Grey ink on grey paper with a shadow over one corner, and noise."""
    height, width = grey.shape
    y, x = np.mgrid[:height, :width]
    page = (dark + (light - dark) * (grey / 255.0)) * (1 - shadow * x / width * y / height)
    page += np.random.default_rng(seed).normal(0, noise, page.shape)
    return np.clip(page, 0, 255).astype(np.uint8)
