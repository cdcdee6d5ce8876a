import cv2
import numpy as np
import pytest
from defusedxml import ElementTree

from models.read.page.layout import layout_of
from models.read.page.preparation import prepare
from models.read.page.staves import LINE_ROWS, SPACE, find_systems
from models.read.primitives import LABELS, orientation, position_at, row_at
from models.read.primitives.classical import ClassicalExtractor
from models.read.primitives.linework import linework
from models.read.primitives.metres import metre_columns
from models.read.primitives.prototypes import fitted
from models.read.primitives.regions import Region, regions, symbol_ink
from models.read.primitives.shapes import blob_shape, features, line_shape, solidity
from models.read.primitives.sizes import PRINTED, sized
from models.read.primitives.strokes import beams, uprights
from models.read.training.specimen import specimen
from tests.drawn_staves import drawn_page, head_columns, note
from tests.handwriting import SPACE as HAND_SPACE
from tests.handwriting import handwritten_page


def disc(radius, hole=0.0):
    y, x = np.mgrid[-radius : radius + 1, -radius : radius + 1]
    far = np.hypot(x, y)
    return (far <= radius) & (far >= hole)


def staff_of(page):
    return find_systems(prepare(page))[0].staves[0]


def test_positions_and_rows_are_each_others_inverse():
    assert [position_at(r) for r in LINE_ROWS] == [8, 6, 4, 2, 0]
    assert position_at(row_at(-3.5)) == pytest.approx(-3.5)


def test_solidity_runs_from_hollow_to_solid():
    values = [solidity(disc(10, hole)) for hole in (9, 5, 3, 0)]
    assert values == sorted(values)
    assert values[0] == 0
    assert values[-1] == 1


def test_blob_of_a_disc_is_round_and_of_a_bar_is_long():
    assert blob_shape(disc(10)).elongation < 0.05
    bar = blob_shape(np.ones((4, 40), np.bool_))
    assert bar.elongation > 0.8
    assert bar.width == pytest.approx(2.0)
    assert bar.area == pytest.approx(0.4)


def test_moments_do_not_change_when_a_blob_is_turned():
    mask = np.zeros((30, 30), np.bool_)
    mask[5:25, 5:9] = mask[20:25, 5:20] = True
    assert blob_shape(mask).moments[:4] == pytest.approx(blob_shape(np.rot90(mask)).moments[:4], abs=1e-3)


def test_line_attributes():
    xs = np.linspace(0, 100, 51)
    rising = line_shape(xs, 200 - xs / 2, 3.0)
    assert rising.slope == pytest.approx(0.5)
    assert rising.curvature == pytest.approx(0, abs=1e-6)
    assert rising.length == pytest.approx(np.hypot(5, 2.5))
    arch = line_shape(xs, 100 - 20 * np.sin(xs / 100 * np.pi), 3.0)
    assert arch.curvature == pytest.approx(1.0, abs=0.01)


def test_features_have_one_length_whatever_the_region():
    sizes = {
        features(np.ones((h, w), np.bool_), (0, 0, w, h)).shape for h, w in ((2, 2), (60, 20), (300, 700))
    }
    assert len(sizes) == 1
    assert np.isfinite(features(np.ones((1, 1), np.bool_), (0, 0, 1, 1))).all()


def test_uprights_part_a_stem_from_the_heads_of_a_chord():
    ink = np.zeros((321, 200), np.bool_)
    ink[60:200, 110:113] = True
    for y in (150, 170, 190):
        ink[y - 9 : y + 10, 88:111] = True
    (stem,) = uprights(ink)
    assert stem.x0 == pytest.approx(111, abs=1.5)
    assert stem.y0 == pytest.approx(60, abs=2)
    assert stem.thickness < 5


def test_leaning_stem_is_found():
    ink = np.zeros((321, 200), np.bool_)
    for y in range(60, 160):
        x = round(100 + 0.2 * (y - 110))
        ink[y, x : x + 3] = True
    (stem,) = uprights(ink)
    assert (stem.x1 - stem.x0) / stem.height == pytest.approx(0.2, abs=0.1)


@pytest.mark.parametrize("slope", [-0.3, 0.0, 0.25])
def test_two_beams_are_told_apart(slope):
    ink = np.zeros((321, 200), np.bool_)
    for x in range(40, 140):
        for top in (100, 115):
            y = round(top + slope * (x - 90))
            ink[y : y + 10, x] = True
    found, mine = beams(ink, 2.0)
    assert len(found) == 2
    assert all(b.x1 - b.x0 == pytest.approx(99, abs=6) for b in found)
    assert (mine & ~ink).sum() == 0
    for b in found:
        assert (b.y1 - b.y0) / (b.x1 - b.x0) == pytest.approx(slope, abs=0.06)


@pytest.mark.parametrize(("thickness", "ledger"), [(4, 1.0), (9, 0.0)])
def test_a_thin_level_bar_where_ledger_lines_are_is_one(thickness, ledger):
    strip = staff_of(drawn_page()).strip
    ink = np.zeros_like(strip.binary)
    row = round(row_at(-2))
    ink[row - thickness // 2 : row - thickness // 2 + thickness, 200:241] = True
    assert [p.membership("ledger") for p in linework(ink, strip).primitives] == [ledger]


def region(width, height):
    w, h = round(width * SPACE), round(height * SPACE)
    return Region((0, 0, w, h), np.ones((h, w), np.bool_))


@pytest.mark.parametrize("label", PRINTED)
def test_a_sign_is_what_it_is_like_only_at_its_size(label):
    narrow, wide, low, high = PRINTED[label]
    assert sized(label, region((narrow + wide) / 2, (low + high) / 2)) == 1.0
    assert sized(label, region(1.3 * wide, (low + high) / 2)) == 0.0
    assert sized(label, region((narrow + wide) / 2, 1.3 * high)) == 0.0
    assert sized(label, region(0.7 * narrow, 0.7 * low)) == 0.0


def test_words_have_no_size():
    assert sized("text", region(9, 9)) == 1.0


def test_fuzzy_neighbours_vote_by_distance_and_fade_far_away():
    rng = np.random.default_rng(0)
    points = np.concatenate([rng.normal(0, 0.3, (80, 6)), rng.normal(3, 0.3, (80, 6))]).astype(np.float32)
    known = fitted(points, np.repeat([0, 1], 80), ("low", "high"), most=60, axes=1)
    low, high, between = known.memberships(np.array([[0] * 6, [3] * 6, [1.5] * 6], np.float32))
    assert low[0] > 0.9
    assert high[1] > 0.9
    assert between.sum() <= low.sum() + 1e-6
    assert known.memberships(np.full((1, 6), 60.0, np.float32)).sum() < 0.3
    assert known.memberships(np.zeros((0, 6), np.float32)).shape == (0, 2)


def test_heads_and_stems_of_a_drawn_page():
    page = drawn_page()
    staff = staff_of(page)
    seen = ClassicalExtractor().extract(staff.strip)
    heads = [p for p in seen if p.label == "solid_head"]
    assert [round(p.position) for p in heads] == list(range(len(head_columns(page.shape[1]))))
    for head, column in zip(heads, head_columns(page.shape[1]), strict=True):
        x0, _, x1, _ = staff.upload_box(head.box)
        assert x0 <= column <= x1
        assert head.blob is not None
        assert head.blob.solidity > 0.9
    assert sum(p.label == "stem" for p in seen) == len(heads)
    assert sum(p.label == "bar_line" for p in seen) == 2


def test_a_head_of_little_ink_is_a_grace_notes():
    page = drawn_page()
    note(page, 900, 5 * SPACE + 5 * SPACE // 2, round(0.7 * SPACE))
    seen = ClassicalExtractor().extract(staff_of(page).strip)
    assert [round(p.position) for p in seen if p.label == "grace_head"] == [3]
    assert sum(p.label == "solid_head" for p in seen) == len(head_columns(page.shape[1]))


def test_memberships_are_certainties_of_known_labels():
    seen = ClassicalExtractor().extract(staff_of(drawn_page()).strip)
    assert len({p.id for p in seen}) == len(seen)
    for p in seen:
        assert set(p.memberships) <= set(LABELS)
        assert all(0 <= v <= 1 for v in p.memberships.values())
        assert (p.line is None) != (p.blob is None)


def test_symbols_are_left_when_lines_are_gone():
    strip = staff_of(drawn_page()).strip
    ink = symbol_ink(strip)
    assert not (ink & ~strip.binary).any()
    assert len(regions(ink)) >= 7
    assert ink[:, 740:-70].mean() < 0.25 * strip.binary[:, 740:-70].mean()


def strips_of(page):
    return [staff.strip for system in find_systems(prepare(page)) for staff in system.staves]


def test_printed_heads_are_told_from_handwritten_ones():
    extractor = ClassicalExtractor()
    assert extractor.style_of(strips_of(drawn_page())) == "printed"
    assert [extractor.style_of(strips_of(handwritten_page(seed).grey)) for seed in (1, 2)] == [
        "handwritten"
    ] * 2
    assert extractor.style_of([]) == "printed"


def test_handwritten_heads_are_found_by_the_prototypes_of_handwriting():
    page = handwritten_page()
    staves = [staff for system in find_systems(prepare(page.grey)) for staff in system.staves]
    assert len(staves) == 2

    def found(style):
        boxes = [
            s.upload_box(p.box)
            for s in staves
            for p in ClassicalExtractor().extract(s.strip, style=style)
            if p.label == "solid_head"
        ]
        return [((x0 + x1) / 2, (y0 + y1) / 2) for x0, y0, x1, y1 in boxes]

    def hit(x, y, among):
        return any(abs(x - a) < HAND_SPACE / 2 and abs(y - b) < HAND_SPACE / 2 for a, b in among)

    heads = found("handwritten")
    assert sum(hit(x, y, heads) for x, y in page.heads) >= 0.8 * len(page.heads)
    assert sum(hit(a, b, page.heads) for a, b in heads) >= 0.8 * len(heads)
    printed = found("printed")
    assert sum(hit(x, y, printed) for x, y in page.heads) < 0.3 * len(page.heads), "each style has its own"


def test_page_without_clefs_is_not_turned():
    layout = layout_of(drawn_page(), upside_down=ClassicalExtractor().upside_down)
    assert "Turned by 180 degrees." not in layout.page.notes
    assert len(layout.systems) == 1
    assert not ClassicalExtractor().upside_down([])


@pytest.mark.parametrize(
    ("upright", "on_head", "turned"),
    [
        ((0.0, 0.0, 0.0, 0.0), (0.0, 0.76, 0.0, 0.4), False),
        ((0.0,) * 6, (0.3,) * 6, False),
        ((0.0, 0.2, 0.0, 0.6), (0.9, 0.9, 0.7, 0.8), True),
        ((0.0,), (0.9,), True),
        ((0.9, 0.9), (0.9, 0.9), False),
    ],
    ids=["one look-alike of four", "all faint", "upside down", "a single staff", "both ways up"],
)
def test_a_page_is_turned_where_clefs_stand_on_their_heads_on_most_staves(
    monkeypatch, upright, on_head, turned
):
    strips = [object() for _ in upright]
    certainty = dict(zip(map(id, strips), upright, strict=True))
    heads = {id(strip): (strip, sure) for strip, sure in zip(strips, on_head, strict=True)}
    monkeypatch.setattr(orientation, "_flipped", lambda strip: heads[id(strip)])
    monkeypatch.setattr(
        orientation, "_clef", lambda strip: strip[1] if isinstance(strip, tuple) else certainty[id(strip)]
    )
    assert orientation.upside_down(strips) == turned


def test_drum_staves_are_not_turned_by_what_looks_like_a_clef_on_its_head(monkeypatch):
    page = drawn_page(staves=2)
    for top in (100, 380):
        for x in (80, 96):
            cv2.rectangle(page, (x, top + 20), (x + 9, top + 60), 0, -1)
    strips = strips_of(page)
    monkeypatch.setattr(orientation, "_flipped", lambda _: "on its head")
    seen = orientation._clef
    monkeypatch.setattr(orientation, "_clef", lambda strip: 0.9 if strip == "on its head" else seen(strip))
    assert not orientation.upside_down(strips)
    assert orientation.upside_down(strips_of(drawn_page(staves=2))), "no clef at all says otherwise"


@pytest.mark.parametrize("seed", [1, 2])
def test_specimens_are_music_xml(seed):
    root = ElementTree.fromstring(specimen(seed, bars=3))
    assert len(root.findall("part/measure")) == 3
    assert specimen(seed) == specimen(seed)
    assert specimen(seed) != specimen(seed + 1)


def test_two_heavy_bar_lines_are_no_digits():
    height = LINE_ROWS[4] - LINE_ROWS[0]
    ink = np.zeros((321, 200), bool)
    found = []
    for x in (60, 78):
        ink[LINE_ROWS[0] : LINE_ROWS[4], x : x + 12] = True
        found.append(Region((x, LINE_ROWS[0], x + 12, LINE_ROWS[4]), np.ones((height, 12), bool)))
    kept = metre_columns(found, ink, ink, lambda pieces: [{"digit_6": 0.9}] * len(pieces))
    assert [r.box for r in kept] == [r.box for r in found]
