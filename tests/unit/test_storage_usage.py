"""What web processes tell each other of their clients: through a file, and through a PostgreSQL server."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import create_engine, inspect

from storage import StorageError, Store, Usage, Used
from storage.usage import KEPT_S


@pytest.fixture
def opened(folder, url):
    ledgers = []
    folder.mkdir()

    def make(**more):
        ledger = Usage.open(folder, url)
        ledger._clock = more.get("clock", ledger._clock)
        ledgers.append(ledger)
        return ledger

    yield make
    for ledger in ledgers:
        ledger.close()


def at(moment, amount=1.0, client="c"):
    return Used("bytes", client, amount, moment)


def test_each_hears_once_what_the_others_told_and_never_its_own(opened):
    clock = lambda: 1000.0  # noqa: E731
    here, there = opened(clock=clock), opened(clock=clock)
    assert here.exchange([at(990.0, 5)]) == []
    assert there.exchange([at(995.0, 7)]) == [at(990.0, 5)]
    assert there.exchange([]) == []
    assert here.exchange([]) == [at(995.0, 7)]


def test_a_process_that_starts_hears_of_the_whole_day_and_of_nothing_older(opened):
    now = [1000.0]
    clock = lambda: now[0]  # noqa: E731
    opened(clock=clock).exchange([at(1000.0, 3)])
    now[0] += KEPT_S - 1
    assert opened(clock=clock).exchange([]) == [at(1000.0, 3)]
    now[0] += 2
    assert opened(clock=clock).exchange([]) == []


def test_nothing_is_missed_while_many_tell_at_once(opened):
    told = 25
    ledgers = [opened() for _ in range(4)]
    heard = [0.0] * len(ledgers)

    def talk(number):
        for _ in range(told):
            theirs = ledgers[number].exchange([at(ledgers[number]._clock(), client=str(number))])
            heard[number] += sum(used.amount for used in theirs)

    threads = [threading.Thread(target=talk, args=(number,)) for number in range(len(ledgers))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number, ledger in enumerate(ledgers):
        heard[number] += sum(used.amount for used in ledger.exchange([]))
    assert heard == [told * 3.0] * 4


def test_what_could_not_be_told_is_an_error_with_a_sentence(tmp_path):
    ledger = Usage.open(tmp_path / "nowhere")
    with pytest.raises(StorageError, match=r"\.$"):
        ledger.exchange([at(0.0)])
    ledger.close()


def test_the_collection_and_its_copies_hold_nothing_of_it(folder, url, tmp_path):
    with Store.open(folder, url=url) as store:
        ledger = Usage.open(folder, url)
        ledger.exchange([at(Usage.open(folder, url)._clock(), client="someone")])
        ledger.close()
        copied = store.backup(tmp_path / "copies")
        engine = create_engine(url or f"sqlite:///{folder / 'collection.sqlite3'}")
        assert "used" not in inspect(engine).get_table_names()
        engine.dispose()
    assert copied is not None
    assert not any(
        b"someone" in path.read_bytes() for path in (tmp_path / "copies").rglob("*") if path.is_file()
    )
