"""The detector's targets and their decoding agree; augmentation moves boxes as it moves ink."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from models.read.primitives.learned.classes import (
    CLASSES,
    GROUP_OF,
    GROUPS,
    INDEX,
    LABEL_OF,
    LOWEST,
    SPACE,
    STRIDE,
)
from models.read.primitives.learned.detect import Maps, decoded
from models.read.primitives.primitive import LABELS
from models.read.training.detector.augmentation import aged, crop_of
from models.read.training.detector.targets import target_of


def _row(name, x0, y0, x1, y1, position=-128.0, stem=0.0):
    return [INDEX[name], x0, y0, x1, y1, position, stem]


def _maps(rows, shape):
    """The maps of a network that answers exactly what is wanted."""
    target = target_of(np.array(rows, np.float32), shape)
    height, width = target.heat.shape[1:]
    places = np.zeros((GROUPS, 4, height, width), np.float32)
    positions = np.zeros((39, height, width), np.float32)
    stems = np.zeros((3, height, width), np.float32)
    for (group, row, column), place, position, stem in zip(
        target.cells, target.places, target.positions, target.stems, strict=True
    ):
        places[group, :, row, column] = place
        positions[:, row, column] = np.log(position + 1e-4)
        if stem >= 0:
            stems[stem, row, column] = 9.0
    chance = np.where(target.heat >= 1.0, 0.9, target.heat * 0.5)
    return Maps(chance.astype(np.float32), places, positions, stems)


def test_every_class_has_a_label_of_the_grammar_and_a_group():
    assert set(LABEL_OF) == set(CLASSES)
    assert set(LABEL_OF.values()) <= set(LABELS)
    assert len(GROUP_OF) == len(CLASSES)
    assert max(GROUP_OF) == GROUPS - 1


def test_what_is_wanted_is_what_is_decoded():
    rows = [
        _row("solid_head", 40.3, 50.1, 52.8, 60.7, position=5.0, stem=1.0),
        _row("solid_head", 40.3, 60.7, 52.8, 71.3, position=3.0, stem=1.0),
        _row("stem", 51.6, 20.2, 53.0, 66.0),
        _row("beam", 51.0, 18.0, 140.0, 30.0),
        _row("slur", 30.0, 80.0, 200.0, 99.0),
    ]
    found = decoded(_maps(rows, (128, 256)))
    sure = [d for d in found if d.certainty > 0.8]
    assert sorted(d.name for d in sure) == sorted(["solid_head", "solid_head", "stem", "beam", "slur"])
    for row in rows:
        best = min(
            sure,
            key=lambda d: (
                sum(abs(a - b) for a, b in zip(d.box, row[1:5], strict=True))
                + 99 * (d.name != CLASSES[row[0]])
            ),
        )
        assert best.box == pytest.approx(row[1:5], abs=0.05)
    upper = min((d for d in sure if d.name == "solid_head"), key=lambda d: d.box[1])
    assert upper.position == pytest.approx(5.0, abs=0.05)
    assert upper.stem[1] > 0.9


def test_a_position_between_two_half_spaces_is_shared_by_them():
    target = target_of(np.array([_row("quarter_rest", 10, 10, 20, 40, position=4.3)], np.float32), (64, 64))
    told = target.positions[0]
    assert told.sum() == pytest.approx(1.0)
    assert told[4 - LOWEST] == pytest.approx(0.7, abs=1e-5)
    assert told[5 - LOWEST] == pytest.approx(0.3, abs=1e-5)


def test_two_classes_on_one_spot_stay_two_memberships_of_one_detection():
    rows = [_row("solid_head", 40, 40, 52, 50, position=2.0)]
    maps = _maps(rows, (96, 96))
    maps.chance[INDEX["hollow_head"]] = 0.4 * maps.chance[INDEX["solid_head"]]
    heads = [d for d in decoded(maps) if d.certainty > 0.5]
    assert len(heads) == 1
    assert heads[0].memberships == pytest.approx({"solid_head": 0.9, "hollow_head": 0.36})


def test_likely_and_unlikely_are_kept_down_to_the_limit():
    maps = _maps([_row("fermata", 40, 40, 60, 52)], (96, 96))
    maps.chance[:] *= 0.06 / 0.9
    assert [d.name for d in decoded(maps)] == ["fermata"]
    maps.chance[:] *= 0.5
    assert decoded(maps) == []


@pytest.mark.parametrize("written", [False, True])
def test_crops_move_boxes_with_their_ink(written):
    rng = np.random.default_rng(5)
    page = np.full((600, 900), 255, np.uint8)
    cv2.rectangle(page, (440, 280), (470, 299), 0, -1)
    rows = np.array([_row("solid_head", 440, 280, 471, 300, position=4.0)], np.float32)
    tried = 0
    for _ in range(40):
        crop = crop_of(page, 14.0, rows, (455.0, 290.0), (192, 320), rng, written=written)
        if not len(crop.rows):
            continue
        x0, y0, x1, y1 = crop.rows[0, 1:5]
        ink = crop.ink - np.median(crop.ink)
        inside = ink[round(float(y0)) + 3 : round(float(y1)) - 3, round(float(x0)) + 3 : round(float(x1)) - 3]
        beyond = ink[
            max(0, round(float(y0)) - 6) : max(0, round(float(y0)) - 3),
            max(0, round(float(x0))) : round(float(x1)),
        ]
        if inside.size and beyond.size:
            tried += 1
            assert inside.mean() > beyond.mean() + 0.2
    assert tried > 20


def test_aged_ink_stays_ink():
    ink = np.zeros((96, 160), np.float32)
    ink[40:50] = 1.0
    for seed in range(60):
        worn = aged(ink.copy(), np.random.default_rng(seed))
        assert worn.shape == ink.shape
        assert worn.dtype == np.float32
        assert 0.0 <= worn.min() <= worn.max() <= 1.0
        assert worn[43:47].mean() > worn[:30].mean() + 0.15


def test_a_part_of_a_beam_is_a_beam_and_a_part_of_a_clef_is_none():
    rng = np.random.default_rng(2)
    page = np.full((500, 2000), 255, np.uint8)
    beam = np.array([_row("beam", 100, 240, 1900, 250)], np.float32)
    crop = crop_of(page, 14.0, beam, (1000.0, 245.0), (192, 320), rng)
    assert len(crop.rows) == 1
    assert crop.rows[0, 1] == 0
    assert crop.rows[0, 3] == 320
    clef = np.array([_row("treble_clef", 0, 0, 900, 480)], np.float32)
    assert not len(crop_of(page, 14.0, clef, (450.0, 240.0), (192, 320), rng).rows)


def test_scales_agree():
    assert STRIDE == 4
    assert 10 < SPACE < 11
