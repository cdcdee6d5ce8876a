"""The music fonts that Verovio ships: their names, their glyphs' outlines, and how other programs find them."""

from __future__ import annotations

import base64
import os
import re
from functools import lru_cache
from pathlib import Path

from models.notation.engraving.toolkit import data_folder
from models.notation.errors import EngravingFailed

MUSIC_FONTS = ("Leipzig", "Bravura", "Gootville", "Leland", "Petaluma")


def install_music_fonts(folder: Path) -> None:
    """Puts Verovio's text fonts where fontconfig finds them, as TrueType files in ``folder``.

    Verovio writes dynamics and tempo notes as text in its music fonts; without them CairoSVG draws empty
    boxes. Call it before CairoSVG is imported: fontconfig reads FONTCONFIG_FILE once.
    """
    from fontTools.ttLib import TTFont

    folder.mkdir(parents=True, exist_ok=True)
    for name in MUSIC_FONTS:
        css = (data_folder() / f"{name}.css").read_text(encoding="utf-8")
        found = re.search(r"base64,([A-Za-z0-9+/=]+)", css)
        if not found:
            raise EngravingFailed(f"Verovio's {name} style sheet holds no font.")
        packed = folder / f"{name}.woff2"
        packed.write_bytes(base64.b64decode(found.group(1)))
        font = TTFont(packed)
        font.flavor = None
        font.save(folder / f"{name}.ttf")
        packed.unlink()
    config = folder / "fonts.conf"
    config.write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
        f'<include ignore_missing="yes">/etc/fonts/fonts.conf</include><dir>{folder}</dir></fontconfig>',
        encoding="utf-8",
    )
    os.environ["FONTCONFIG_FILE"] = str(config)


@lru_cache(maxsize=256)
def glyph(font: str, code: int) -> tuple[str, float]:
    """The outline of a glyph as an SVG path and its advance, in thousandths of the font size; ("", 0.0) for none."""
    try:
        drawn = (data_folder() / font / f"{code:04X}.xml").read_text(encoding="utf-8")
    except OSError:
        return "", 0.0
    path = re.search(r' d="([^"]+)"', drawn)
    return (path.group(1) if path else ""), _advances(font).get(code, 0.0)


@lru_cache(maxsize=8)
def _advances(font: str) -> dict[int, float]:
    listed = (data_folder() / f"{font}.xml").read_text(encoding="utf-8")
    return {
        int(code, 16): float(width)
        for code, width in re.findall(r'<g c="([0-9A-F]+)"[^>]*h-a-x="([\d.]+)"', listed)
    }
