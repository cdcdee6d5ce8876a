import time
from datetime import UTC, datetime, timedelta

import pytest

from scoreweb.housekeeping import Housekeeping
from scoreweb.workspace import Workspaces
from storage import ConsentGiven, Licence, NewSubmission, Picture, Store, StoreBusy, Task
from tests.pages import encoded, staves


@pytest.fixture
def store(tmp_path):
    with Store.open(tmp_path) as store:
        yield store


def wait_for(keeper, rounds):
    for _ in range(500):
        if keeper.rounds >= rounds:
            return
        time.sleep(0.02)
    raise AssertionError("no round was made")


def test_old_unreviewed_gifts_are_gone_after_a_round(store, monkeypatch, tmp_path):
    from PIL import Image

    given = NewSubmission(
        task=Task.UPSCALE, app_version="0", input=Picture(encoded(Image.fromarray(staves())))
    )
    consent = ConsentGiven(licence=Licence.CC0, own_or_may_share=True, of_age=True)
    receipt = store.contribute(given, consent)
    later = datetime.now(UTC) + timedelta(days=200)
    expire = store.expire
    monkeypatch.setattr(store, "expire", lambda: expire(later))
    keeper = Housekeeping(store, Workspaces(tmp_path / "workspaces"))
    wait_for(keeper, 1)
    keeper.close()
    assert store.health()["counts"]["submission"] == 0
    assert receipt.token


def test_idle_desks_are_cleared_though_nobody_comes(store, tmp_path):
    workspaces = Workspaces(tmp_path / "workspaces", idle_s=-1)
    folder = workspaces.of("gone").folder
    keeper = Housekeeping(store, workspaces)
    wait_for(keeper, 1)
    keeper.close()
    assert not folder.exists()


def test_a_failing_store_does_not_end_it(store, monkeypatch, tmp_path):
    def busy():
        raise StoreBusy

    monkeypatch.setattr(store, "expire", busy)
    keeper = Housekeeping(store, Workspaces(tmp_path / "workspaces"), every_s=0.01, day_s=0)
    wait_for(keeper, 3)
    keeper.close()
    assert not keeper._thread.is_alive()
