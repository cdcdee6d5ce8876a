from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from models.read.page.pose import pose_of
from models.read.page.preparation import prepare, turned
from models.read.page.staves import LINE_ROWS, SPACE, find_systems, finding
from models.read.page.staves.removal import line_mask, line_thickness, mended, plain_mask
from models.read.page.staves.tracing import viterbi
from models.read.training.muscima import page_files, staff_count, staff_line_mask
from models.sheet import open_pages
from tests.drawn_staves import drawn_page


def turned_by(page, degrees):
    height, width = page.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    side = int(np.hypot(height, width)) + 2
    matrix[:, 2] += (side - np.array([width, height])) / 2
    return cv2.warpAffine(page, matrix, (side, side), borderValue=255)


def staves_of(page):
    return [staff for system in find_systems(prepare(page)) for staff in system.staves]


def test_level_page_keeps_its_pixels():
    page = prepare(drawn_page())
    assert page.staff_space == pytest.approx(20, abs=0.3)
    assert page.ink.shape == drawn_page().shape
    assert page.upload_points(np.array([[100.0, 50.0]])) == pytest.approx(np.array([[100.0, 50.0]]))


def test_staff_lines_are_followed_where_they_lie():
    (staff,) = staves_of(drawn_page())
    for line in range(5):
        assert staff.y(line, np.array([200.0, 600.0, 1000.0])) == pytest.approx(100 + 20 * line, abs=1.0)
    assert staff.left == pytest.approx(60, abs=8)
    assert staff.right == pytest.approx(1139, abs=8)


@pytest.mark.parametrize("room", [14, 40])
def test_hairpins_and_slurs_over_a_staff_are_no_staff_of_their_own(room):
    page = drawn_page(staves=2)
    top = 100 + 14 * 20  # of the second staff
    for line in range(5):
        y = top - room - 20 * line
        cv2.line(page, (850, y), (1010, y), 0, 2)
    first, second = staves_of(page)
    assert first.y(0, np.array([600.0])) == pytest.approx(100, abs=1.0)
    assert second.y(0, np.array([600.0])) == pytest.approx(top, abs=1.0)


def test_a_short_staff_with_room_around_it_is_a_staff():
    page = np.vstack([drawn_page(), np.full((200, 1200), 255, np.uint8)])
    for line in range(5):
        cv2.line(page, (700, 280 + 20 * line), (1000, 280 + 20 * line), 0, 2)
    assert len(staves_of(page)) == 2


@pytest.mark.parametrize("width", [100, 160])
def test_the_cutting_of_one_bar_has_a_staff_as_long_as_the_picture(width):
    cutting = drawn_page(space=16)[40:200, 300 : 300 + width]
    page = prepare(cutting)
    (system,) = find_systems(page)
    (staff,) = system.staves
    assert page.staff_space == pytest.approx(16, abs=0.5)
    assert staff.left < 8
    assert width - 10 < staff.right < width


def test_the_cutting_of_words_has_no_staff():
    cutting = np.full((120, 160), 255, np.uint8)
    for row in range(5):
        cv2.putText(cutting, "Gloria in", (0, 25 + 20 * row), cv2.FONT_HERSHEY_SIMPLEX, 0.6, 0, 1)
    assert not find_systems(prepare(cutting))


def pen_on_ruled_paper(tops, faint):
    """Notes by a black pen on staves of lines of some tone each, the paper being 245."""
    page = np.full((900, 1600), 245, np.uint8)
    for top, tone in zip(tops, faint, strict=True):
        for line in range(5):
            cv2.line(page, (60, top + 20 * line), (1540, top + 20 * line), tone, 2)
        for n, x in enumerate(range(120, 1500, 60)):
            cv2.ellipse(page, (x, top + 80 - 10 * (n % 8)), (12, 9), -20, 0, 360, 20, -1)
            cv2.line(page, (x + 11, top + 80 - 10 * (n % 8)), (x + 11, top + 14 - 10 * (n % 8)), 20, 3)
    return page


@pytest.mark.parametrize("faint", [(222, 222, 200), (234, 234, 234)])
def test_lines_far_fainter_than_the_pen_are_followed(faint):
    found = staves_of(pen_on_ruled_paper((150, 450, 700), faint))
    assert [round(float(s.y(0, np.array([800.0]))[0]), -1) for s in found] == [150, 450, 700]
    assert all(s.right - s.left > 1400 for s in found)


def test_a_page_is_darkened_only_where_that_shows_far_more_of_its_staves():
    page = pen_on_ruled_paper((150, 450), (234, 234))
    assert pose_of(page) is None
    assert prepare(page).ink[450:452, 300:1500].mean() > 200
    plain = drawn_page()
    assert np.array_equal(prepare(plain).binary, plain < 128)


@pytest.mark.parametrize(("size", "pitch"), [(40, 48), (40, 60), (52, 64)])
def test_underlined_words_in_rows_are_no_staff(size, pitch):
    page = Image.fromarray(np.vstack([drawn_page(), np.full((600, 1200), 255, np.uint8)]))
    pen, font = ImageDraw.Draw(page), ImageFont.truetype("DejaVuSans.ttf", size)
    words = (
        "Melody, Harmony, Rhythm and more of it", "has three primary parts of speech",
        "Lesson two introduced you to them", "and you already understand that", "it is a simple formula for sounds",
    )  # fmt: skip
    for n, text in enumerate(words):
        top = 330 + n * pitch
        pen.text((80, top), text, fill=0, font=font)
        if n % 2 == 0:
            rule = top + size + 4
            pen.line((80, rule, 80 + pen.textlength(text, font=font), rule), fill=0, width=3)
    assert len(staves_of(np.asarray(page))) == 1


@pytest.mark.parametrize("degrees", [-10, -6, 5, 10, 90])
def test_tilted_page_is_levelled_and_told_in_upload_pixels(degrees):
    original = drawn_page(staves=2)
    upload = turned_by(original, degrees)
    staves = staves_of(upload)
    assert len(staves) == 2
    for staff in staves:
        slope = np.polyfit(staff.xs, staff.lines[2], 1)[0]
        assert abs(slope) < 0.01
    x0, y0, x1, y1 = staves[0].upload_box((20, LINE_ROWS[0], staves[0].strip.ink.shape[1] - 20, LINE_ROWS[4]))
    dark = upload[y0:y1, x0:x1] < 128
    assert dark.mean() > 0.01
    assert 0 <= x0 < x1 <= upload.shape[1]


def test_curved_staff_becomes_straight():
    page = drawn_page()
    height, width = page.shape
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    bent = cv2.remap(
        page, x, y + 14 * np.sin(x / width * np.pi).astype(np.float32), cv2.INTER_LINEAR, borderValue=255
    )
    (staff,) = staves_of(bent)
    strip = staff.strip.binary
    for row in LINE_ROWS:
        assert strip[row - 1 : row + 2, 70:-70].any(axis=0).mean() > 0.97


def test_two_scales_on_one_page():
    large = drawn_page(space=24)
    small = drawn_page(space=18)
    spaces = sorted(staff.space for staff in staves_of(np.concatenate([large, small])))
    assert spaces == pytest.approx([18, 24], rel=0.05)


def test_joined_staves_make_one_system_and_others_two():
    assert [len(s.staves) for s in find_systems(prepare(drawn_page(staves=2, joined=True)))] == [2]
    assert [len(s.staves) for s in find_systems(prepare(drawn_page(staves=2)))] == [1, 1]


def test_low_page_is_enlarged_by_the_given_network():
    page = cv2.resize(drawn_page(staves=2), None, fx=0.45, fy=0.45, interpolation=cv2.INTER_AREA)
    asked = []

    def enlarge(grey):
        asked.append(grey.shape)
        return cv2.resize(grey, None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC)

    prepared = prepare(page, enlarge=enlarge)
    assert asked == [page.shape]
    assert prepared.upload_space == pytest.approx(9, abs=0.3)
    assert len(find_systems(prepared)) == 2


def test_uneven_light_hides_no_staff():
    page = drawn_page().astype(np.float32)
    light = np.linspace(0.3, 1.0, page.shape[1])[None, :]
    (staff,) = staves_of((page * light).astype(np.uint8))
    assert staff.evidence > 0.9


@pytest.mark.parametrize(
    "page", [np.full((300, 400), 255, np.uint8), np.zeros((300, 400), np.uint8), np.full((4, 4), 9, np.uint8)]
)
def test_page_without_music_has_no_systems(page):
    assert find_systems(prepare(page)) == []


def test_noise_has_no_systems():
    assert find_systems(prepare(np.random.default_rng(0).integers(0, 255, (400, 500)).astype(np.uint8))) == []


def test_colour_is_refused():
    with pytest.raises(ValueError, match="uint8 array"):
        prepare(np.zeros((10, 10, 3), np.uint8))


def test_turning_twice_comes_back():
    page = prepare(drawn_page())
    points = np.array([[3.0, 5.0], [100.0, 60.0]])
    assert turned(turned(page)).upload_points(points) == pytest.approx(page.upload_points(points))


def lines_with(stroke):
    ink = np.zeros((60, 200), np.bool_)
    ink[29:31] = True
    stroke(ink)
    rows = np.full((5, 200), np.nan)
    rows[2] = 29.5
    return ink, rows


def test_plain_rule_keeps_columns_set_above_and_below():
    def stroke(ink):
        ink[10:50, 100:103] = True  # crosses
        ink[31:40, 150:153] = True  # hangs below: the plain rule erases under it

    ink, rows = lines_with(stroke)
    mask = plain_mask(ink, rows, 20.0)
    assert not mask[29:31, 100:103].any()
    assert mask[29:31, :100].all()
    assert mask[29:31, 150:153].all()


def test_rule_in_use_keeps_what_hangs_on_a_line():
    def stroke(ink):
        ink[31:40, 150:162] = True

    ink, rows = lines_with(stroke)
    mask = line_mask(ink, rows, 20.0)
    assert not mask[29:31, 150:162].any()
    assert mask[29:31, :150].all()
    assert not (mask & ~ink).any()


def test_gap_in_a_line_is_bridged():
    ink, rows = lines_with(lambda ink: ink[29:31, 50:60].fill(False))
    mask = line_mask(ink, rows, 20.0)
    assert mask[29:31, :50].all()
    assert mask[29:31, 60:].all()
    assert not mask[:, 50:60].any()


def test_thickness_is_the_usual_one():
    ink, rows = lines_with(lambda ink: ink[20:40, 20:40].fill(True))
    assert line_thickness(ink, rows, 20.0) == 2


def test_cut_stroke_is_mended():
    symbols = np.zeros((20, 5), np.bool_)
    symbols[2:9, 2] = symbols[11:18, 2] = True
    lines = np.zeros_like(symbols)
    lines[9:11] = True
    assert mended(symbols, lines, 20.0)[2:18, 2].all()
    assert not mended(symbols, lines, 20.0)[9:11, 0].any()


def test_viterbi_bridges_what_is_hidden():
    score = np.zeros((9, 40), np.float32)
    score[4] = 1.0
    score[4, 15:22] = 0.0
    score[1, 15:22] = 0.3
    assert (viterbi(score, 0.5, 1) == 4).all()


def test_strip_shows_a_staff_space_as_twenty_rows():
    (staff,) = staves_of(drawn_page(space=26))
    seen = np.flatnonzero(staff.strip.binary[:, 70:-70].mean(axis=1) > 0.9)
    centres = [float(np.mean(g)) for g in np.split(seen, np.flatnonzero(np.diff(seen) > 1) + 1)]
    assert centres == pytest.approx(LINE_ROWS, abs=1.0)
    assert np.diff(LINE_ROWS) == pytest.approx(SPACE)


@pytest.mark.slow
def test_handwritten_page_loses_its_lines():
    folder = Path("../shared/data/muscima")
    if not folder.is_dir():
        pytest.skip("../shared/data/muscima is absent: MUSCIMA++ pages are needed")
    file = page_files(folder, part="develop")[0]
    page = prepare(open_pages(file)[0].grey)
    staves = [staff for system in find_systems(page) for staff in system.staves]
    assert len(staves) == staff_count(folder, file.stem)
    truth = staff_line_mask(folder, file.stem, page.ink.shape)
    found = np.zeros_like(truth)
    for staff in staves:
        rows = np.full((5, truth.shape[1]), np.nan)
        x = np.arange(int(np.ceil(staff.left)), min(int(staff.right) + 1, truth.shape[1]))
        rows[:, x] = [staff.y(line, x.astype(float)) for line in range(5)]
        found |= line_mask(page.binary, rows, staff.space)
    assert 2 * (found & truth).sum() / (found.sum() + truth.sum()) > 0.93


def test_staff_that_fails_is_left_out(monkeypatch):
    whole = finding.rectified

    def failing(page, xs, lines, **more):
        if lines[0][0] < 200:
            raise ValueError("no such staff")
        return whole(page, xs, lines, **more)

    monkeypatch.setattr(finding, "rectified", failing)
    assert len(staves_of(drawn_page(staves=2))) == 1


def parted_page(level):
    """A staff whose middle, ten staff spaces wide, is as light as `level`."""
    page = drawn_page(width=1400)
    middle = page[:, 640:840]
    middle[middle < 255] = level
    return page


def test_pieces_of_a_staff_with_faint_lines_between_them_are_one():
    whole = prepare(parted_page(225))
    page = prepare(parted_page(255))
    pieces = finding._found_staves(page, finding.tracks_on(page))
    assert len(pieces) == 2
    joined = finding._made_whole(whole, pieces)
    assert [(f.lines.xs[0] < 80, f.lines.xs[-1] > 1300) for f in joined] == [(True, True)]


def test_pieces_of_a_staff_with_blank_paper_between_them_stay_two():
    page = prepare(parted_page(255))
    pieces = finding._found_staves(page, finding.tracks_on(page))
    assert len(pieces) == 2
    assert len(finding._made_whole(page, pieces)) == 2
