"""Several files as the pages of one piece or as pieces of their own: read, corrected, put together otherwise."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from models.engine import Cancelled
from models.notation.editing import Remove
from models.read.service import ReadService
from models.read.upright import upright
from models.sheet.framing import Framing
from scoreweb.errors import VisitorError
from scoreweb.jobs.read import texts as say
from scoreweb.jobs.read.cache import ExampleCache
from scoreweb.jobs.read.options import ReadOptions
from scoreweb.jobs.read.pieces import ReadWork, each_file, listed
from scoreweb.jobs.read.run import open_score, run
from scoreweb.uploads import Upload
from scoreweb.widgets.examples import EXAMPLES
from scoreweb.workspace import Workspaces
from tests.bare_host import BareHost
from tests.doubtful_readings import StandIn
from tests.pages import encoded, staves


@pytest.fixture
def reader():
    return StandIn()


@pytest.fixture
def host(tmp_path, reader):
    host = BareHost(ReadService(open_reader=lambda _: reader), workspaces=Workspaces(tmp_path / "cache"))
    yield host
    host.engine.close()


@pytest.fixture
def workspace(host):
    return host.workspaces.of("s")


@pytest.fixture
def work(workspace):
    return workspace.work(ReadWork)


@pytest.fixture
def files(tmp_path):
    made = {}
    for number, name in enumerate("abc"):
        path = tmp_path / f"{name}.png"
        path.write_bytes(encoded(Image.fromarray(staves(400, 700 + 10 * number))))
        made[name] = path
    blank = tmp_path / "blank.png"
    blank.write_bytes(encoded(Image.new("L", (300, 200), 255)))
    return {**made, "blank": blank}


def given(host, work, *paths, apart=True):
    work.apart = apart
    open_score(work, list(paths), host.settings)


def read(host, workspace, **more):
    return list(run(host, workspace, ReadOptions(), "somebody", **more))


def states(work):
    return [one.state for one in work.pieces]


def test_each_file_is_read_as_a_piece_called_after_it(host, workspace, work, files):
    given(host, work, files["a"], files["b"])
    assert states(work) == ["waiting", "waiting"]
    steps = read(host, workspace)
    assert states(work) == ["read", "read"]
    assert [one.result.stem for one in work.pieces] == ["a", "b"]
    assert work.at == 0, "the first is looked at"
    assert any(step.text.startswith("2 of 2, b.png") for step in steps)
    shares = [step.share for step in steps]
    assert shares == sorted(shares)
    assert "12 bars on 2 pages" in steps[-1].text


def test_together_they_are_one_piece(host, workspace, work, files):
    given(host, work, files["a"], files["b"], apart=False)
    read(host, workspace)
    assert states(work) == ["read"]
    assert len(work.result.pages) == 2


def test_a_piece_that_was_corrected_is_told_so_and_stays_when_others_come_and_go(
    host, workspace, work, files
):
    given(host, work, files["a"], files["b"])
    read(host, workspace)
    work.at = 1
    work.result.edit(Remove("p1s1b1t1n1"))
    assert listed(work.pieces) == [("a.png · read", 0), ("b.png · corrected", 1)]
    corrected = work.result
    given(host, work, files["b"], files["c"])
    assert states(work) == ["corrected", "waiting"]
    assert work.result is corrected
    read(host, workspace)
    assert states(work) == ["corrected", "read"], "only what was not read yet is read"
    assert work.pieces[0].result is corrected
    assert corrected.folder.exists()
    given(host, work, files["c"])
    assert not corrected.folder.exists()


def test_what_was_read_together_and_apart_is_there_again_when_wanted_again(host, workspace, work, files):
    given(host, work, files["a"], files["b"], apart=False)
    read(host, workspace)
    together = work.result
    work.apart = True
    work.plan()
    assert states(work) == ["waiting", "waiting"]
    read(host, workspace)
    apart = [one.result for one in work.pieces]
    work.apart = False
    work.plan()
    assert work.result is together
    work.apart = True
    work.plan()
    assert [one.result for one in work.pieces] == apart
    assert all(one.folder.exists() for one in (together, *apart))


def test_a_page_that_is_turned_is_read_again_and_others_are_not(host, workspace, work, files):
    given(host, work, files["a"], files["b"])
    read(host, workspace)
    kept = work.pieces[0].result
    work.upload.frame(1, Framing(2))
    work.plan()
    assert states(work) == ["read", "waiting"]
    assert work.pieces[0].result is kept


def test_a_piece_without_music_is_told_and_the_next_is_read(host, workspace, work, files):
    given(host, work, files["blank"], files["a"])
    read(host, workspace)
    assert states(work) == ["could not be read", "read"]
    assert work.pieces[0].problem == say.NO_MUSIC
    assert work.at == 1


def test_no_music_at_all_is_an_error(host, workspace, work, files):
    given(host, work, files["blank"])
    with pytest.raises(VisitorError, match="No music"):
        read(host, workspace)


def test_only_the_piece_that_is_looked_at_is_read_again(host, workspace, work, files):
    given(host, work, files["a"], files["b"])
    read(host, workspace)
    first, work.at = work.pieces[0].result, 1
    second = work.result
    read(host, workspace, only=True)
    assert work.pieces[0].result is first
    assert work.result is not second
    assert not second.folder.exists()


def test_pieces_that_are_read_stay_when_the_rest_is_cancelled(host, workspace, work, files):
    given(host, work, files["a"], files["b"])
    with pytest.raises(Cancelled):
        for _ in run(host, workspace, ReadOptions(), "somebody"):
            if states(work)[0] == "read":
                work.cancel()
    assert states(work) == ["read", "waiting"]


def test_pages_of_a_file_keep_their_framing_as_those_of_a_piece():
    files = (("x", "a.pdf"), ("y", "b.png"))
    upload = Upload(files, 4, ("a", "b"), counts=(3, 1), framings={1: Framing(1), 3: Framing(2)})
    assert [(one.name, one.pages, one.framings) for one in each_file(upload)] == [
        ("a.pdf", 3, {1: Framing(1)}),
        ("b.png", 1, {0: Framing(2)}),
    ]


def test_an_example_is_read_once_and_as_it_is(host, reader, workspace, work, tmp_path):
    example = next(iter(EXAMPLES))
    copy = tmp_path / example.name
    cache = ExampleCache()
    for count in (1, 1):
        copy.write_bytes(example.read_bytes())
        given(host, work, copy, apart=False)
        read(host, workspace, cache=cache)
        assert len(reader.asked) == count
        assert work.result is not None
    work.upload.frame(0, Framing(2))
    read(host, workspace, cache=cache)
    assert len(reader.asked) == 2, "turned it is no example any more"


def test_a_picture_on_its_side_stands_upright_once_it_is_read(host, workspace, work, reader, tmp_path):
    page = staves(400, 700)
    path = tmp_path / "side.png"
    path.write_bytes(encoded(Image.fromarray(np.ascontiguousarray(np.rot90(page)))))
    shapes, read_upright = [], reader.read

    def lying(pages, **more):
        shapes.append(pages[0].shape)
        if pages[0].shape == page.shape:
            return read_upright(pages, **more)
        reading = read_upright([np.ascontiguousarray(np.rot90(one, -1)) for one in pages], **more)
        return with_turns(upright(with_turns(reading, 3)), 1)

    reader.read = lying
    given(host, work, path, apart=False)
    read(host, workspace)
    (grey,) = work.result.greys()
    assert np.array_equal(grey, page)
    assert (work.result.reading.pages[0].shape, work.result.reading.pages[0].turns) == (page.shape, 0)
    assert work.upload.framings == work.piece.upload.framings == {0: Framing(1)}
    read(host, workspace)
    assert shapes == [(700, 400), (400, 700)], "from then on it is read upright"
    assert states(work) == ["read"]


def with_turns(reading, turns):
    return replace(reading, pages=tuple(replace(page, turns=turns) for page in reading.pages))
