import pytest

from scoreweb.workspace import Upload, Workspaces


@pytest.fixture
def workspaces(tmp_path):
    return Workspaces(tmp_path)


def test_a_session_finds_its_own_desk_again(workspaces):
    assert workspaces.of("a") is workspaces.of("a")
    assert workspaces.of("a").folder != workspaces.of("b").folder


def test_names_of_desks_cannot_be_guessed(workspaces):
    name = workspaces.of("a").folder.name
    assert len(name) >= 32
    assert name != "a"


def test_leaving_clears_everything_that_lay_there(workspaces):
    workspace = workspaces.of("a")
    (workspace.folder / "upload").write_bytes(b"music")
    workspace.upload = Upload(((workspace.folder / "upload", "music.png"),), 1)
    workspace.results_folder(0).joinpath("r.png").write_bytes(b"x")
    workspaces.leave("a")
    assert not workspace.folder.exists()
    assert len(workspaces) == 0
    assert workspace.cancelled.is_set()


def test_leaving_twice_or_as_a_stranger_is_harmless(workspaces):
    workspaces.leave("nobody")
    workspaces.of("a")
    workspaces.leave("a")
    workspaces.leave("a")
    assert len(workspaces) == 0


def test_idle_desks_are_cleared_when_another_visitor_comes(tmp_path):
    workspaces = Workspaces(tmp_path, keep_s=-1)
    old = workspaces.of("old")
    workspaces.of("new")
    assert not old.folder.exists()


def test_there_are_never_more_desks_than_allowed(tmp_path):
    workspaces = Workspaces(tmp_path, most=3)
    first = workspaces.of("0")
    for name in range(1, 10):
        workspaces.of(str(name))
    assert len(workspaces) <= 4
    assert not first.folder.exists()
    assert len(list(tmp_path.iterdir())) == len(workspaces)


def test_a_new_upload_leaves_no_old_result(workspaces):
    workspace = workspaces.of("a")
    folder = workspace.results_folder(0)
    workspace.clear_upscale_results()
    assert not folder.exists()
    assert workspace.folder.exists()
