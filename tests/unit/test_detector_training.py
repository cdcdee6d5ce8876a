"""Packs, the recipe and the extractor, on pages drawn in the test."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch

from models.read.page.staves import LINE_ROWS, SPACE, STRIP_ROWS, Strip
from models.read.primitives.learned.classes import CLASSES, INDEX
from models.read.primitives.learned.detect import DetectorRuntime
from models.read.primitives.learned.extractor import LearnedExtractor
from models.read.primitives.learned.network import Detector, parameter_count
from models.read.primitives.primitive import LABELS
from models.read.training.detector.engraving import MarkedPage, engraved_pages
from models.read.training.detector.pack import read_pack, scores_of, write_pack
from models.read.training.detector.signs import Marked
from models.read.training.detector.train import DetectorRecipe, train
from models.read.training.splits import part_of_work
from models.weights import Weights

SCORE = """<?xml version="1.0" encoding="UTF-8"?><score-partwise version="4.0"><part-list><score-part id="P1"><part-name/>
</score-part></part-list><part id="P1"><measure number="1"><attributes><divisions>2</divisions><key><fifths>-1</fifths></key>
<time><beats>4</beats><beat-type>4</beat-type></time><clef><sign>G</sign><line>2</line></clef></attributes>
<note><pitch><step>G</step><octave>4</octave></pitch><duration>2</duration><type>quarter</type><lyric><text>word</text></lyric></note>
<note><pitch><step>C</step><octave>6</octave></pitch><duration>1</duration><type>eighth</type><beam number="1">begin</beam></note>
<note><pitch><step>A</step><octave>5</octave></pitch><duration>1</duration><type>eighth</type><beam number="1">end</beam></note>
<note><pitch><step>F</step><alter>1</alter><octave>4</octave></pitch><duration>2</duration><type>quarter</type><accidental>sharp</accidental></note>
<note><rest/><duration>2</duration><type>quarter</type></note></measure></part></score-partwise>"""


def _drawn_page(seed):
    """A page of five-line staves with solid heads drawn by hand."""
    rng = np.random.default_rng(seed)
    grey = np.full((300, 700), 255, np.uint8)
    for line in range(5):
        cv2.line(grey, (20, 100 + 14 * line), (680, 100 + 14 * line), 0, 1)
    signs = []
    for x in range(60, 660, 60):
        y = 100 + 7 * int(rng.integers(0, 9))
        cv2.ellipse(grey, (x, y), (8, 6), -20, 0, 360, 0, -1)
        signs.append(Marked("solid_head", (x - 8, y - 6, x + 9, y + 7), (156 - y) / 7))
    return MarkedPage(grey, 14.0, tuple(signs), ())


def test_a_pack_gives_back_what_was_written(tmp_path):
    pages = [("a", _drawn_page(1)), ("b", _drawn_page(2))]
    assert write_pack(tmp_path / "pack.zip", pages) == 2
    held = read_pack(tmp_path / "pack.zip")
    assert [p.name for p in held] == ["a", "b"]
    assert np.array_equal(held[1].grey, pages[1][1].grey)
    assert held[0].rows[0, 0] == INDEX["solid_head"]
    assert held[0].rows[:, 1:5] == pytest.approx(np.array([m.box for m in pages[0][1].signs]))


def test_verovio_tells_every_sign_with_its_place():
    pages = engraved_pages(SCORE, np.random.default_rng(3))
    assert len(pages) == 1
    page = pages[0]
    count = {name: sum(m.name == name for m in page.signs) for name in CLASSES}
    wanted = {
        "solid_head": 4,
        "stem": 4,
        "beam": 1,
        "sharp": 1,
        "flat": 1,
        "quarter_rest": 1,
        "treble_clef": 1,
        "digit_4": 2,
        "text": 1,
    }
    assert {k: count[k] for k in wanted} == wanted
    heads = sorted((m for m in page.signs if m.name == "solid_head"), key=lambda m: m.box[0])
    assert [round(m.position) for m in heads] == [2, 12, 10, 1]
    assert [m.stem for m in heads] == [1, 2, 2, 1]
    flat = next(m for m in page.signs if m.name == "flat")
    assert round(flat.position) == 4
    for m in page.signs:  # ink is where the boxes say
        x0, y0, x1, y1 = (round(v) for v in m.box)
        assert page.grey[y0 : max(y1, y0 + 1), x0 : max(x1, x0 + 1)].min() < 128, m


def test_no_score_of_one_part_is_in_another(tmp_path):
    for n in range(40):
        (tmp_path / f"work{n}.mxl").write_bytes(b"x")
    parts = {
        part: {f.stem for f in scores_of(part, tmp_path, tmp_path)} for part in ("train", "develop", "test")
    }
    assert all(part_of_work(name) == part for part, names in parts.items() for name in names)
    assert not parts["train"] & parts["develop"]
    assert sum(len(names) for names in parts.values()) == 40


def test_the_recipe_learns_resumes_and_draws_its_curve(tmp_path):
    write_pack(tmp_path / "pack.zip", [(str(n), _drawn_page(n)) for n in range(3)])
    recipe = DetectorRecipe(batch=2, crop=(96, 160), warm=2)
    out = tmp_path / "detector.safetensors"
    torch.set_num_threads(1)
    first = train([tmp_path / "pack.zip"], out, minutes=5, device="cpu", recipe=recipe, block=4, steps=12)
    assert first.step == 12
    assert first.curve[-1][2] < first.curve[0][2]
    again = train([tmp_path / "pack.zip"], out, minutes=5, device="cpu", recipe=recipe, block=4, steps=16)
    assert again.step == 16
    assert again.curve[: len(first.curve)] == first.curve
    assert out.exists()
    assert out.with_suffix(".png").stat().st_size > 1000
    assert out.stat().st_size < 10_000_000


def _weights(seed=0):
    torch.manual_seed(seed)
    state = {k: v.numpy() for k, v in Detector().state_dict().items() if v.is_floating_point()}
    return Weights("test", "0", {"classes": ",".join(CLASSES)}, state)


def test_folding_batch_normalisation_changes_no_answer():
    weights = _weights()
    rng = np.random.default_rng(1)
    arrays = {
        k: (np.abs(v) + 0.3 * rng.random(v.shape)).astype(np.float32) if "running_var" in k else v
        for k, v in weights.arrays.items()
    }
    ink = rng.random((96, 160), dtype=np.float32)
    maps = DetectorRuntime(Weights("test", "0", weights.metadata, arrays))(ink)
    network = Detector().eval()
    network.load_state_dict({k: torch.from_numpy(v) for k, v in arrays.items()}, strict=False)
    with torch.inference_mode():
        heat = torch.sigmoid(network(torch.from_numpy(ink)[None, None]).heat)[0].numpy()
    assert np.abs(maps.chance - heat).max() < 1e-4


def test_classes_unknown_to_older_weights_are_never_seen():
    weights = _weights()
    known = CLASSES[:-2]
    arrays = dict(weights.arrays)
    arrays["heat.weight"], arrays["heat.bias"] = arrays["heat.weight"][:-2], arrays["heat.bias"][:-2] + 9
    maps = DetectorRuntime(Weights("test", "0", {"classes": ",".join(known)}, arrays))(
        np.zeros((64, 64), np.float32)
    )
    assert maps.chance[-2:].max() < 1e-3
    assert maps.chance[:-2].max() > 0.5


def test_the_extractor_keeps_the_protocol_with_any_weights():
    ink = np.zeros((STRIP_ROWS, 600), np.uint8)
    for row in LINE_ROWS:
        ink[row - 1 : row + 1, 60:540] = 255
    cv2.ellipse(ink, (200, LINE_ROWS[2]), (13, 10), -20, 0, 360, 255, -1)
    cv2.line(ink, (212, LINE_ROWS[2]), (212, LINE_ROWS[2] - 70), 255, 2)
    ys, xs = np.mgrid[0:STRIP_ROWS, 0:600].astype(np.float32)
    found = LearnedExtractor(weights={"printed": _weights()}).extract(Strip(ink, xs, ys, 2.0))
    assert [p.id for p in found] == [f"p{n}" for n in range(len(found))]
    assert [p.box[0] for p in found] == sorted(p.box[0] for p in found)
    for p in found:
        assert set(p.memberships) <= set(LABELS)
        assert all(0 <= m <= 1 for m in p.memberships.values())
        assert (p.blob is not None) == (p.kind == "blob")
        assert (p.line is not None) == (p.kind != "blob")
    # the stroke is in the ink whatever an untrained network says
    assert any(p.kind == "line" and abs(p.x * SPACE - 212) < 4 for p in found)
    assert (
        LearnedExtractor(weights={"printed": _weights()}).extract(
            Strip(ink[:, :5], xs[:, :5], ys[:, :5], 2.0)
        )
        == []
    )


def test_the_network_is_small():
    assert 300_000 < parameter_count(Detector()) < 1_100_000
