"""The one door as a whole: its secret, its health, its errors."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest

import storage
from storage import (
    SecretUnfit,
    Store,
    UnknownToken,
)
from storage.samples import (
    sample_consent,
    sample_submission,
)
from storage.schema import (
    utc_now,
)


class TestSecret:
    def test_the_key_is_made_once_for_the_owner_only(self, folder):
        with Store.open(folder) as store:
            token = store.contribute(sample_submission(), sample_consent()).token
        key = folder / "secret.key"
        assert key.stat().st_mode & 0o777 == 0o600
        before = key.read_bytes()
        with Store.open(folder) as store:
            assert len(store.contributions(token)) == 1
        assert key.read_bytes() == before

    def test_a_key_that_others_may_read_is_closed_to_them(self, folder):
        Store.open(folder).close()
        (folder / "secret.key").chmod(0o644)
        Store.open(folder).close()
        assert (folder / "secret.key").stat().st_mode & 0o777 == 0o600

    def test_a_key_from_the_settings_leaves_no_file(self, folder):
        with Store.open(folder, secret="from the settings") as store:  # noqa: S106
            token = store.contribute(sample_submission(), sample_consent()).token
        assert not (folder / "secret.key").exists()
        with Store.open(folder, secret="another secret !") as store, pytest.raises(UnknownToken):  # noqa: S106
            store.contributions(token)
        with Store.open(folder, secret="from the settings") as store:  # noqa: S106
            assert len(store.contributions(token)) == 1

    def test_a_short_secret_is_refused(self, folder):
        with pytest.raises(SecretUnfit, match="at least 16"):
            Store.open(folder, secret="secret")  # noqa: S106

    @pytest.mark.parametrize("erased", [False, True])
    def test_a_lost_key_is_not_replaced_in_silence(self, folder, erased):
        with Store.open(folder) as store:
            token = store.contribute(sample_submission(), sample_consent()).token
            if erased:
                store.erase(token)
        (folder / "secret.key").unlink()
        with pytest.raises(SecretUnfit, match="from the backup"):
            Store.open(folder)

    def test_an_empty_key_file_is_refused(self, folder):
        Store.open(folder).close()
        (folder / "secret.key").write_text("")
        with pytest.raises(SecretUnfit):
            Store.open(folder)


class TestHealth:
    def test_a_sound_collection_says_so(self, store, url):
        store.contribute(sample_submission(), sample_consent())
        health = store.health()
        assert health["ok"] is True
        assert health["error"] is None
        assert (health["journal_mode"], health["quick_check"]) == (
            ("server", "server") if url else ("wal", "ok")
        )
        assert health["free_bytes"] > 0
        assert health["counts"]["submission"] == 1
        assert health["counts"]["prediction"] == 2
        json.dumps(health)

    def test_shared_bytes_are_counted_once(self, store, folder):
        for _ in range(2):
            store.contribute(sample_submission(), sample_consent())
        on_disk = sum(path.stat().st_size for path in (folder / "blobs").rglob("*") if path.is_file())
        assert store.health()["stored_bytes"] == on_disk

    def test_a_closed_one_answers_instead_of_raising(self, folder):
        store = Store.open(folder)
        store.close()
        assert store.health()["ok"] is False
        assert "closed" in store.health()["error"]


def test_eight_writers_lose_nothing(folder, url):
    """Two processes' worth of stores, four threads each, that contribute and judge at once."""
    with (
        Store.open(folder, url=url, patience_s=60) as one,
        Store.open(folder, url=url, patience_s=60) as other,
        ThreadPoolExecutor(8) as threads,
    ):
        stores = [one, other] * 4
        write = lambda store: [store.contribute(sample_submission(n), sample_consent()) for n in range(3)]  # noqa: E731
        receipts = [receipt for given in threads.map(write, stores) for receipt in given]
        voter = one.contribute(sample_submission(9), sample_consent()).token

        def judge(number):
            return stores[number % 8].vote(receipts[number].submission_id, "right", token=voter)

        list(threads.map(judge, range(24)))
        assert all(len(one.contributions(receipt.token)) == 1 for receipt in receipts)
        assert other.health()["counts"]["vote"] == 24
        list(threads.map(lambda number: stores[number % 8].erase(receipts[number].token), range(0, 24, 2)))
        assert one.health()["counts"]["submission"] == 13


def test_blobs_may_lie_in_memory_and_rows_on_the_disk(tmp_path):
    with Store.open(tmp_path, blob_url=f"memory://{uuid4().hex}") as store:
        token = store.contribute(sample_submission(), sample_consent()).token
        (kept,) = store.contributions(token)
        assert all(store.media_bytes(token, ref.id) for ref in kept.media)
        assert store.erase(token).blobs == 2
        assert store.sweep(now=utc_now() + timedelta(days=1)).blobs == 0


def test_every_error_is_a_sentence_that_says_what_to_do():
    def family(kind):
        yield kind
        for child in kind.__subclasses__():
            yield from family(child)

    for kind in family(storage.StorageError):
        sentence = str(kind())
        assert re.fullmatch(r"[A-Z].*\.", sentence)
        assert str(kind("Another sentence.")) == "Another sentence."
