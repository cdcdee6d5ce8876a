"""What the page does with a contribution: corrections and token are never parted from it."""

from types import SimpleNamespace

import pytest

from scoreweb import texts as messages
from scoreweb.contributing import Agreement, contribute
from scoreweb.contribution_box import ContributionBox
from scoreweb.donation_preview import preview
from scoreweb.errors import VisitorError, sentence_of
from scoreweb.guard import Budgets
from scoreweb.jobs.read import texts as say
from scoreweb.settings import Settings
from storage import NewCorrection, StorageError, StoreBusy, UnknownToken
from storage.samples import sample_submission
from tests import donations
from tests.storage_folder import NOTES, blob_files, fails_from, losing_the_answer

YES = Agreement(agrees=True, own=True, of_age=True, licence="CC0-1.0")
TICKS = (True, True, True, "CC0-1.0")


class Corrected:
    """A result that the visitor corrected."""

    def __init__(self, *corrections):
        self.kept = False
        self._corrections = corrections or (NewCorrection(format="notes", payload=NOTES, based_on_rank=1),)

    def submission(self):
        return sample_submission()

    def corrections(self):
        if self.kept:
            raise RuntimeError("the result was edited meanwhile")
        return self._corrections


@pytest.fixture
def host(store):
    return SimpleNamespace(settings=Settings(), store=store, budgets=Budgets(Settings()))


@pytest.fixture
def box(host):
    """The box with the collection and a result to give to it; without its components, which need a whole page."""
    box = ContributionBox.__new__(ContributionBox)
    box._host, box._words, box._find = host, say.CONTRIBUTION, lambda workspace: box.result
    box.note, box.token_shown, box.result = "note", "token", Corrected()
    host.workspaces = SimpleNamespace(of=lambda session: None)
    return box


def pressed(box, token=""):
    """What the button shows: the note's HTML and the token in its field."""
    request = SimpleNamespace(session_hash="visitor", client=None, headers={})
    shown = box._contribute(request, *TICKS, token)
    return shown[box.note], shown.get(box.token_shown, {}).get("token")


def test_a_correction_goes_with_the_contribution(host):
    receipt = contribute(host, Corrected(), YES, "", say.CONTRIBUTION, "me")
    counts = host.store.health()["counts"]
    assert (counts["submission"], counts["correction"]) == (1, 1)
    assert host.store.erase(receipt.token).submissions == 1


def test_a_collection_that_fails_at_the_correction_keeps_nothing_and_can_be_tried_again(
    host, folder, monkeypatch
):
    result = Corrected()
    with monkeypatch.context() as patch:
        patch.setattr("storage.submissions.Correction", fails_from(1, StoreBusy(), None))
        with pytest.raises(StorageError) as busy:
            contribute(host, result, YES, "", say.CONTRIBUTION, "me")
    assert "Try again" in sentence_of(busy.value)
    assert not any(host.store.health()["counts"].values())
    assert blob_files(folder) == set()
    assert contribute(host, result, YES, "", say.CONTRIBUTION, "me").token


def test_a_correction_that_cannot_be_stored_keeps_nothing(host):
    wrong = NewCorrection(format="musicxml", payload="no score")
    with pytest.raises(StorageError):
        contribute(host, Corrected(wrong), YES, "", say.CONTRIBUTION, "me")
    assert not any(host.store.health()["counts"].values())


def test_the_box_shows_the_token_whatever_follows(box, host):
    note, token = pressed(box)
    assert "Your correction is kept too." in note
    assert len(host.store.contributions(token)) == 1
    box.result.kept = False
    box.result.corrections = lambda: ()
    again, none = pressed(box, token)
    assert messages.KEPT_AGAIN in again
    assert "correction" not in again
    assert none is None
    assert len(host.store.contributions(token)) == 2


@pytest.mark.parametrize("committed", [True, False])
def test_where_it_is_not_certain_the_box_shows_the_token_and_says_so(box, host, monkeypatch, committed):
    with losing_the_answer(host.store, monkeypatch, committed=committed, for_good=True):
        note, token = pressed(box)
    assert "not certain" in note
    if committed:
        assert len(host.store.contributions(token)) == 1
    else:
        with pytest.raises(UnknownToken):
            host.store.contributions(token)


def test_a_busy_collection_shows_a_sentence_and_no_token(box, host, monkeypatch):
    monkeypatch.setattr(host.store._database, "add", fails_from(1, StoreBusy(), None))
    note, token = pressed(box)
    assert "Try again" in note
    assert token is None


def test_twice_is_refused(host):
    result = Corrected()
    contribute(host, result, YES, "", say.CONTRIBUTION, "me")
    with pytest.raises(VisitorError, match=say.CONTRIBUTION["already"]):
        contribute(host, result, YES, "", say.CONTRIBUTION, "me")


def test_without_a_licence_nothing_is_kept(host):
    unchosen = Agreement(agrees=True, own=True, of_age=True, licence=None)
    with pytest.raises(VisitorError, match=messages.CHOOSE_LICENCE):
        contribute(host, Corrected(), unchosen, "", say.CONTRIBUTION, "me")
    assert not any(host.store.health()["counts"].values())


def test_one_address_gets_so_many_new_tokens_a_day_and_known_ones_go_on(host):
    most = host.settings.client_tokens_per_day
    tokens = [contribute(host, Corrected(), YES, "", say.CONTRIBUTION, "me").token for _ in range(most)]
    assert len(set(tokens)) == most
    with pytest.raises(VisitorError, match="Many new tokens"):
        contribute(host, Corrected(), YES, "", say.CONTRIBUTION, "me")
    assert contribute(host, Corrected(), YES, tokens[0], say.CONTRIBUTION, "me").token is None
    assert contribute(host, Corrected(), YES, "", say.CONTRIBUTION, "another").token


@pytest.mark.parametrize("task", ["read", "transcribe"])
def test_what_would_be_kept_is_seen_or_heard_first(tmp_path, task):
    class Given(Corrected):
        def submission(self):
            return donations.read() if task == "read" else donations.transcribed()

    html = preview(Given(), tmp_path)
    assert ("<img" if task == "read" else "<audio") in html
    assert "your corrections" in html
    (shown,) = tmp_path.iterdir()
    kept = donations.transcribed().input.canonical().data
    assert shown.read_bytes() == kept if task == "transcribe" else shown.suffix == ".png"
