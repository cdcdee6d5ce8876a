"""What phone photos of print do to a page: clefs that fall to pieces, dark gutters, stems that lean, staves cut at their clef."""

import threading
import time
from dataclasses import replace

import cv2
import numpy as np
import pytest

from models.read.page.layout import layout_of
from models.read.page.preparation import prepare
from models.read.page.shadows import without_shadows
from models.read.page.staves import LINE_ROWS, SPACE, STRIP_ROWS, TOP_LINE, Strip
from models.read.page.staves.tracing import viterbi
from models.read.primitives.joined import joined
from models.read.primitives.learned.detect import Detection
from models.read.primitives.missed_stems import missed_stems
from models.read.primitives.primitive import row_at
from models.read.primitives.side_by_side import extracted
from models.read.primitives.strokes import uprights
from tests.drawn_staves import drawn_page
from tests.marks import blob, line, note, numbered

WIDTH = 500


def strip():
    ys, xs = np.mgrid[0:STRIP_ROWS, 0:WIDTH].astype(np.float32)
    return Strip(np.zeros((STRIP_ROWS, WIDTH), np.uint8), xs, ys, 2.0)


def seen(name, x, step, certainty, wide, tall):
    """A sign as the network tells it; `x` and its size in staff spaces."""
    row = row_at(step)
    half = (wide * SPACE / 2, tall * SPACE / 2)
    box = (x * SPACE - half[0], row - half[1], x * SPACE + half[0], row + half[1])
    return Detection({name: certainty}, box)


def read(found, *by_network):
    ink = np.zeros((STRIP_ROWS, WIDTH), np.bool_)
    return [p for p in joined(numbered(*found), by_network, ink, strip()) if p.kind != "hint"]


def labels(found):
    return sorted(p.label for p in found)


CLEF = ("treble_clef", 5.4, 3.0)


def test_pieces_of_a_clef_that_staff_line_removal_left_are_the_clef_that_the_network_sees():
    pieces = [
        blob("solid_head", 5.3, 1.5, wide=1.2, tall=1.1),
        blob("dot", 5.6, 4, wide=0.4, tall=0.4),
        line("beam", 4.9, -2.4, 6.0, -2.2),
        line("stem", 5.5, -4.4, 5.5, -2.0),
    ]
    assert labels(read(pieces, seen(*CLEF, 0.64, 2.6, 6.0))) == ["treble_clef"]


def test_such_pieces_further_on_are_what_rules_say():
    head = blob("solid_head", 15.3, 1.5, wide=1.2, tall=1.1)
    assert labels(read([head], seen("treble_clef", 15.4, 3.0, 0.64, 2.6, 6.0))) == ["solid_head"]


def test_the_end_of_a_clefs_tail_is_no_note_and_no_figure():
    clef = replace(blob("treble_clef", 5.4, 3.5, wide=2.4, tall=5.0), memberships={"treble_clef": 0.95})
    tail = blob("grace_head", 5.2, -1.5, wide=1.0, tall=1.0)
    foot = blob("noise", 5.2, -1.0, wide=1.0, tall=0.8)
    (found,) = read([clef, tail, foot], seen("treble_clef", 5.4, 3.0, 0.97, 2.6, 7.0))
    assert found.label == "treble_clef"
    assert found.box[3] == pytest.approx(row_at(3.0) + 3.5 * SPACE), "its foot is part of it"


def test_a_head_beside_a_clef_stays():
    clef = blob("treble_clef", 5.4, 3.0, wide=2.6, tall=6.0)
    head = blob("solid_head", 8.0, -2.0, wide=1.2, tall=1.1)
    assert labels(read([clef, head], seen(*CLEF, 0.97, 2.6, 6.0))) == ["solid_head", "treble_clef"]


def test_the_upper_figure_of_a_time_signature_is_no_clef():
    figure = replace(blob("bass_clef", 9.0, 6.0, wide=1.6, tall=1.9), memberships={"bass_clef": 0.82})
    lower = blob("digit_4", 9.1, 2.0, wide=1.6, tall=1.9)
    assert labels(read([figure, lower])) == ["digit_4"]


def test_a_figure_that_the_network_is_sure_of_is_no_doubtful_clef():
    figure = replace(blob("bass_clef", 9.0, 6.0, wide=1.6, tall=1.9), memberships={"bass_clef": 0.55})
    lower = blob("digit_8", 9.1, 2.0, wide=1.6, tall=1.9)
    assert labels(read([figure, lower], seen("digit_3", 9.0, 6.0, 0.92, 1.5, 1.9))) == ["digit_3", "digit_8"]


def test_a_bass_clef_that_rules_are_sure_of_stays_above_a_figure():
    clef = blob("bass_clef", 5.0, 6.0, wide=2.4, tall=3.0)
    assert "bass_clef" in labels(read([clef, blob("digit_4", 5.2, 2.0, wide=1.6, tall=1.9)]))


def gutter(page):
    """The same page with a dark gutter along its left edge, ragged towards the music."""
    dark = page.copy()
    for y in range(page.shape[0]):
        dark[y, : 45 + 4 * (y // 7 % 3)] = 0
    return dark


def test_a_dark_gutter_joins_no_staves():
    page = drawn_page(staves=3)
    assert len(layout_of(page).systems) == 3
    assert len(layout_of(gutter(page)).systems) == 3


def test_no_sign_is_taken_for_a_shadow():
    page = drawn_page(staves=2, joined=True)
    cv2.rectangle(page, (300, 60), (500, 60 + 30), 0, -1)  # beams as thick as one and a half staff spaces
    prepared = prepare(page)
    assert (without_shadows(prepared).ink == prepared.ink).all()


def test_a_stem_that_leans_a_little_is_followed_to_both_its_ends():
    ink = np.zeros((STRIP_ROWS, WIDTH), np.uint8)
    cv2.line(ink, (206, LINE_ROWS[0]), (200, LINE_ROWS[0] + 75), 255, 2)
    (stroke,) = uprights(ink > 0, drawn=False)
    assert (stroke.y0, stroke.y1) == pytest.approx((LINE_ROWS[0], LINE_ROWS[0] + 75), abs=2)
    assert (stroke.x0, stroke.x1) == pytest.approx((206, 200), abs=2)


def test_a_stroke_is_not_followed_into_a_beam():
    ink = np.zeros((STRIP_ROWS, WIDTH), np.uint8)
    cv2.line(ink, (200, 120), (200, 190), 255, 2)
    cv2.rectangle(ink, (150, 108), (250, 118), 255, -1)
    (stroke,) = uprights(ink > 0, drawn=False)
    assert stroke.y0 >= 107


def test_several_paths_are_followed_as_each_alone():
    scores = np.random.default_rng(1).random((5, 15, 60)).astype(np.float32)
    alone = np.stack([viterbi(score, 0.1, 2) for score in scores])
    assert (viterbi(scores, 0.1, 2) == alone).all()


class Slow:
    """An extractor whose first strips take longest; it tells which thread each was found on."""

    def __init__(self):
        self.threads = set()

    def extract(self, strip, *, style="printed"):
        self.threads.add(threading.current_thread().name)
        time.sleep(0.02 * (5 - strip))
        if strip == 0:
            raise ValueError("no strip")
        return [strip]


def test_strips_come_back_in_their_order():
    heard = []
    found = extracted(Slow(), [1, 2, 3, 4], "printed", heard.append)
    assert found == [[1], [2], [3], [4]]
    assert heard == [0, 1, 2, 3]


def test_what_the_listener_raises_ends_the_work():
    def stop(done):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        extracted(Slow(), [1, 2, 3], "printed", stop)


def upright(x0, x1, top, bottom):
    """A stem as the network tells it, and its ink on a strip, bool (H, W)."""
    ink = np.zeros((STRIP_ROWS, WIDTH), np.uint8)
    cv2.line(ink, (x0, top), (x1, bottom), 255, 2)
    middle = (x0 + x1) / 2
    return Detection({"stem": 0.9}, (middle - 2, top + 4, middle + 2, bottom - 4)), ink > 0


def test_a_leaning_stem_that_rules_missed_is_put_to_its_head():
    told, ink = upright(214, 210, TOP_LINE - 10, TOP_LINE + 48)
    head = blob("solid_head", 200 / SPACE, 3.0)
    (found,) = missed_stems(numbered(head), [told], ink)
    assert found.label == "stem"
    assert found.box[1] == pytest.approx(TOP_LINE - 10, abs=3)
    assert found.box[3] == pytest.approx(TOP_LINE + 48, abs=3)


def test_no_stem_is_put_where_a_head_has_one_or_where_there_is_no_head():
    told, ink = upright(214, 210, TOP_LINE - 10, TOP_LINE + 48)
    with_stem = note(200 / SPACE, 3.0)
    far = blob("solid_head", 300 / SPACE, 3.0)
    assert missed_stems(numbered(with_stem), [told], ink) == []
    assert missed_stems(numbered(far), [told], ink) == []


def test_an_error_of_the_extractor_reaches_whoever_asks():
    with pytest.raises(ValueError, match="no strip"):
        extracted(Slow(), [1, 4, 0], "printed", lambda done: None)
