"""Budgets of a visitor that hold at several web processes together."""

from __future__ import annotations

import pytest

from scoreweb.guard import Budgets, Clients
from scoreweb.settings import Settings
from scoreweb.shared_budgets import SharedBudgets
from storage import StoreUnreachable, Usage

KEY = b"k" * 32


class Process:
    """The budgets of one web process, which tells and learns when the test says so."""

    def __init__(self, ledger, **settings):
        self.budgets = Budgets(Settings(**settings), share=KEY)
        self.shared = SharedBudgets(self.budgets, ledger, every_s=3600)
        self.client = self.budgets.clients.name("203.0.113.7", None)


@pytest.fixture
def processes(tmp_path):
    made = []

    def make(**settings):
        made.append(Process(Usage.open(tmp_path), **settings))
        return made[-1]

    yield make
    for process in made:
        process.shared.close()


def test_what_is_used_at_one_process_is_used_at_all(processes):
    one, other = (processes(client_mb_per_hour=1, client_seconds_per_hour=60) for _ in range(2))
    assert one.client == other.client, "both know the visitor by the same name"
    one.budgets.bytes.spend(one.client, 2e6)
    one.budgets.seconds.charge(one.client, 45.0)
    assert other.budgets.bytes.left(other.client) == 1e6
    one.shared.exchange()
    other.shared.exchange()
    assert other.budgets.bytes.left(other.client) == -1e6
    assert not other.budgets.bytes.spend(other.client, 1.0)
    assert other.budgets.seconds.left(other.client) == 15.0
    one.shared.exchange()
    assert one.budgets.bytes.left(one.client) == -1e6, "nobody hears of what it told itself"


def test_wrong_passwords_and_tokens_are_counted_together(processes):
    one, other = processes(), processes(client_tokens_per_day=3)
    for _ in range(10):
        one.budgets.wrong_passwords.spend(one.client, 1.0)
    for _ in range(3):
        one.budgets.tokens.spend(one.client, 1.0)
    one.shared.exchange()
    other.shared.exchange()
    assert not other.budgets.wrong_passwords.spend(other.client, 1.0)
    assert not other.budgets.tokens.spend(other.client, 1.0)


def test_what_could_not_be_told_is_told_later(tmp_path, caplog):
    class Unreachable:
        down = True

        def __init__(self):
            self.usage = Usage.open(tmp_path)

        def exchange(self, mine):
            if self.down:
                raise StoreUnreachable
            return self.usage.exchange(mine)

        def close(self):
            self.usage.close()

    ledger = Unreachable()
    one, other = Process(ledger), Process(Usage.open(tmp_path), client_seconds_per_hour=60)
    for _ in range(2):
        one.budgets.seconds.charge(one.client, 10.0)
        one.shared.exchange()
    assert one.budgets.seconds.left(one.client) == 1800 - 20, "it goes on alone"
    assert sum("alone" in record.message for record in caplog.records) == 1
    ledger.down = False
    one.shared.exchange()
    other.shared.exchange()
    assert other.budgets.seconds.left(other.client) == 40.0
    one.shared.close()
    other.shared.close()


def test_a_process_that_ends_tells_the_rest(tmp_path):
    one = Process(Usage.open(tmp_path))
    one.budgets.seconds.charge(one.client, 7.0)
    one.shared.close()
    other = Process(Usage.open(tmp_path), client_seconds_per_hour=60)
    other.shared.exchange()
    assert other.budgets.seconds.left(other.client) == 53.0
    other.shared.close()


def test_names_that_are_shared_change_every_day_and_give_no_address_away():
    day = ["2026-11-29"]
    here, there = (Clients(trust_proxy=False, share=KEY, today=lambda: day[0]) for _ in range(2))
    name = here.name("203.0.113.7", None)
    assert name == there.name("203.0.113.7", None)
    assert "203.0.113.7" not in name
    day[0] = "2026-11-30"
    assert here.name("203.0.113.7", None) != name
    assert Clients(trust_proxy=False).name("203.0.113.7", None) != Clients(trust_proxy=False).name(
        "203.0.113.7", None
    )
