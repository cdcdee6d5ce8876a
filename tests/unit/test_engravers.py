"""Engraved training pages: each engraver tells the staff space that is then really there."""

import os
import shutil

import numpy as np
import pytest

from models.notation.engraving.fonts import install_music_fonts
from models.notation.engraving.raster import grey_of
from models.notation.errors import EngravingFailed, TooLongScore
from models.sheet import measure_staff_space
from models.upscale.engravers import ENGRAVERS
from models.upscale.pack import CROP, make_pack, read_pack
from scripts.draw_examples import piece

PROGRAMS = {"lilypond": "lilypond", "musescore": "musescore3"}


@pytest.fixture(scope="module")
def scores(tmp_path_factory):
    folder = tmp_path_factory.mktemp("scores")
    for number in range(3):
        tune = piece(
            f"Tune {number}", bars=24, seed=number, piano=number % 2 == 0, fifths=number, words=("la", "le")
        )
        (folder / f"tune-{number}.musicxml").write_text(tune, encoding="utf-8")
    return folder


@pytest.fixture(scope="module", autouse=True)
def fonts(tmp_path_factory):
    before = os.environ.get("FONTCONFIG_FILE")
    install_music_fonts(tmp_path_factory.mktemp("fonts"))
    yield
    if before is None:
        del os.environ["FONTCONFIG_FILE"]
    else:
        os.environ["FONTCONFIG_FILE"] = before


@pytest.mark.parametrize("name", ["verovio", "lilypond", "musescore"])
def test_the_staff_space_told_is_the_one_drawn(scores, name):
    if name in PROGRAMS and not shutil.which(PROGRAMS[name]):
        pytest.skip(f"{PROGRAMS[name]} is not installed; only `make pack` needs it and installs it")
    page = ENGRAVERS[name].engrave(scores / "tune-0.musicxml", np.random.default_rng(2))[0]
    grey = grey_of(page.svg, width=round(12 / page.staff_space))
    measured = measure_staff_space(grey)
    assert measured is not None
    assert measured.pixels == pytest.approx(12, rel=0.03)


def test_text_pages_hold_words_of_many_sizes(scores):
    page = ENGRAVERS["text"].engrave(scores / "tune-1.musicxml", np.random.default_rng(0))[0]
    text = page.svg.decode()
    assert text.count("<text") > 10
    assert ">la" in text or " la" in text


def test_a_file_that_is_no_score_is_refused(tmp_path):
    file = tmp_path / "broken.musicxml"
    file.write_text("<no", encoding="utf-8")
    with pytest.raises(EngravingFailed, match="cannot be drawn"):
        ENGRAVERS["verovio"].engrave(file, np.random.default_rng(0))
    bomb = tmp_path / "bomb.mxl"
    import zipfile

    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("score.xml", b" " * 9_000_000)
    with pytest.raises(TooLongScore, match="bomb"):
        ENGRAVERS["verovio"].engrave(bomb, np.random.default_rng(0))


def test_a_pack_holds_what_was_asked_for(scores, tmp_path):
    out = tmp_path / "pack.zip"
    shares = {"verovio": 0.5, "text": 0.5}
    assert make_pack(scores, out, crops=12, seed=3, workers=1, shares=shares) == 12
    crops = read_pack(out, "train") + read_pack(out, "val")
    assert len(crops) == 12
    assert all(c.shape == (CROP, CROP) and c.dtype == np.uint8 and c.min() < 64 for c in crops)
