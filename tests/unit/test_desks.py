import pytest

from scoreweb.workspace import Desks, Upload


@pytest.fixture
def desks(tmp_path):
    return Desks(tmp_path)


def test_a_session_finds_its_own_desk_again(desks):
    assert desks.of("a") is desks.of("a")
    assert desks.of("a").folder != desks.of("b").folder


def test_names_of_desks_cannot_be_guessed(desks):
    name = desks.of("a").folder.name
    assert len(name) >= 32
    assert name != "a"


def test_leaving_clears_everything_that_lay_there(desks):
    desk = desks.of("a")
    (desk.folder / "upload").write_bytes(b"music")
    desk.upload = Upload(((desk.folder / "upload", "music.png"),), 1)
    desk.results_folder(0).joinpath("r.png").write_bytes(b"x")
    desks.leave("a")
    assert not desk.folder.exists()
    assert len(desks) == 0
    assert desk.cancelled.is_set()


def test_leaving_twice_or_as_a_stranger_is_harmless(desks):
    desks.leave("nobody")
    desks.of("a")
    desks.leave("a")
    desks.leave("a")
    assert len(desks) == 0


def test_idle_desks_are_cleared_when_another_visitor_comes(tmp_path):
    desks = Desks(tmp_path, keep_s=-1)
    old = desks.of("old")
    desks.of("new")
    assert not old.folder.exists()


def test_there_are_never_more_desks_than_allowed(tmp_path):
    desks = Desks(tmp_path, most=3)
    first = desks.of("0")
    for name in range(1, 10):
        desks.of(str(name))
    assert len(desks) <= 4
    assert not first.folder.exists()
    assert len(list(tmp_path.iterdir())) == len(desks)


def test_a_new_upload_leaves_no_old_result(desks):
    desk = desks.of("a")
    folder = desk.results_folder(0)
    desk.clear_results()
    assert not folder.exists()
    assert desk.folder.exists()
