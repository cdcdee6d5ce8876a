"""Campaigns against the page: slices add up, a crowd is counted, a browser's traffic is counted."""

import sys
import time

import pytest

from benchmarks import calls, cold_load
from benchmarks.capacity import CROWD, Assumed, crowd
from benchmarks.resident import resident_mb, tree_mb
from benchmarks.slices import Slices
from tests.conftest import ROOT

# Gradio leaves event loops of its own open
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


def test_slices_add_up_over_processes(tmp_path):
    path = tmp_path / "build" / "load.json"
    Slices(path).add({"done": 3, "ends": {"kept": 2, "cut off": 1}, "starts": [1.0, 2.0], "peak": 5.0})
    Slices(path).add({"done": 4, "ends": {"kept": 4}, "starts": [1.5], "peak": 4.0})
    both = Slices(path)
    assert (both.total("done"), both.total("starts"), both.most("peak")) == (7, 3, 5.0)
    assert both.counts("ends") == {"kept": 6, "cut off": 1}


def test_without_a_file_a_slice_stands_alone(tmp_path):
    alone = Slices(None)
    alone.add({"done": 1})
    assert alone.total("done") == 1
    assert (Slices(tmp_path / "none").total("done"), Slices(None).most("peak")) == (0, 0)


def test_the_next_slice_of_fuzzing_tries_other_files(tmp_path, monkeypatch):
    from benchmarks import fuzz, fuzz_parsers

    monkeypatch.setattr(fuzz, "KEPT", tmp_path)
    seen = []
    monkeypatch.setattr(fuzz_parsers, "_midi_parser", lambda: seen.append)
    first = fuzz.fuzz("midi", 10.0, examples=20)
    before, begin = set(seen), first["rounds"]
    seen.clear()
    fuzz.fuzz("midi", 10.0, examples=20, begin=begin)
    assert begin >= 1
    assert before != set(seen)


def test_fuzzing_goes_on_behind_a_file_that_computes_for_ever(tmp_path, monkeypatch):
    """A process of its own tells how far it came, though it is ended in the middle of a file."""
    from benchmarks import fuzz

    monkeypatch.chdir(tmp_path)
    worker = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); from benchmarks import fuzz, fuzz_parsers; from tests.fatal import computes_for_ever;"
        "fuzz.HANG_S = 0.2; seen = [];"
        "fuzz_parsers._midi_parser = lambda: lambda data: seen.append(data) if len(seen) < 3 else computes_for_ever();"
        "fuzz.fuzz('midi', 1.0)"
    )
    (tmp_path / "python").write_text(f'#!/bin/sh\nexec {sys.executable} -c "{worker}"\n')
    (tmp_path / "python").chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    found = fuzz._once_apart("midi", 1.0, 0)
    assert found["tried"] == 4
    (file, how) = next(iter(found["died"].items()))
    assert how.startswith("more than")
    assert (tmp_path / fuzz.KEPT / file).exists()
    row = fuzz._row("midi", [found])
    assert row.endswith("| 1 | none |")


def test_everyone_of_a_crowd_is_taken_or_refused():
    times = {"upscale": 3.0, "read": 11.5, "transcribe": 6.0}
    few, refused, _ = crowd(CROWD, 8, times, Assumed(), "read")
    assert len(few) + refused == CROWD
    assert refused > CROWD / 2
    all_of_them, none, late = crowd(CROWD, Assumed().queue, times, Assumed(), "read")
    assert (len(all_of_them), none, late) == (CROWD, 0, 0)
    assert max(all_of_them) > max(few)


def test_a_browsers_traffic_is_counted_until_it_rests(monkeypatch):
    monkeypatch.setattr(cold_load, "REST_S", 0.05)
    found = cold_load.Loaded()
    for number, (kind, url) in enumerate(
        [("Document", "/"), ("Script", "/a.js"), ("EventSource", "/heartbeat/1")]
    ):
        found.asked({"requestId": number, "type": kind, "request": {"url": url}})
    found.asked({"requestId": 9, "type": "Image", "request": {"url": "data:image/png,"}})
    assert found.requests.total() == 3
    time.sleep(0.06)
    assert not found.rests, "two are under way"
    for number, size in ((0, 100), (1, 250)):
        found.ended({"requestId": number, "encodedDataLength": size})
    time.sleep(0.06)
    assert found.rests, "a stream is not waited for"
    assert found.bytes == {"Document": 100, "Script": 250}


def test_the_bare_page_has_the_same_components():
    kinds = cold_load.kinds_of(
        {
            "components": [
                {"type": kind} for kind in ("row", "textbox", "form", "button", "ourwidget", "state")
            ]
        }
    )
    assert kinds == ["textbox", "button", "html", "state"]
    page = cold_load.bare_page(kinds)
    made = [block.get_block_name() for block in page.blocks.values()]
    assert [kind for kind in made if kind != "form"] == kinds  # Gradio puts fields into forms


def test_the_bare_page_answers_the_call_that_ours_does():
    page = calls.with_a_call(cold_load.bare_page(["html", "number", "radio", "radio"]))
    (change,) = page.config["dependencies"]
    choice = next(part for part in page.config["components"] if part["props"].get("elem_id") == calls.CHOICE)
    assert change["targets"] == [(choice["id"], "change")]
    assert change["inputs"] == [choice["id"]]


def test_what_a_process_computes_is_counted():
    import os

    before = calls.computed(os.getpid())
    while calls.computed(os.getpid()) < before + 0.05:
        pass  # ends only if it is counted
    assert calls.computed(os.getppid()) >= 0


def test_no_two_visitors_send_the_same_page():
    import random

    from benchmarks.load import own_page

    chance = random.Random(1)  # noqa: S311 - pages, no secrets
    assert len({own_page(chance).tobytes() for _ in range(200)}) == 200


def test_a_page_that_ends_by_itself_is_counted_and_started_again():
    from types import SimpleNamespace

    from benchmarks.load import Campaign

    codes = [None, -9, None]
    page = SimpleNamespace(process=SimpleNamespace(poll=lambda: codes.pop(0)), started=0, told=lambda: "")
    page.start = lambda: setattr(page, "started", page.started + 1)
    campaign = Campaign(page, submissions=3, kill_every=100)
    campaign._visit = lambda kind, chance: "done"
    campaign.client(0)
    assert page.started == 1
    assert campaign.ends["page: ended by itself with -9"] == 1
    assert sum(count for end, count in campaign.ends.items() if end.endswith(": done")) == 3


def test_growth_is_told_of_what_comes_behind_the_first_of_each_kind():
    from benchmarks.memory import KINDS, growth

    start = [600.0 + 50 * n for n in range(len(KINDS))]
    assert growth(start + [900.0] * 40) == pytest.approx(0, abs=1e-6)
    assert growth(start + [900 + 0.2 * n for n in range(40)]) == pytest.approx(20)
    assert growth(start) == 0


def test_a_family_of_processes_holds_what_its_members_hold():
    import os
    import subprocess
    import sys

    child = "held = bytearray(b'x') * 90_000_000; print(); input()"
    with subprocess.Popen(
        [sys.executable, "-c", child], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        other.stdout.readline()
        its_own = tree_mb(other.pid)
        assert its_own > 80
        assert tree_mb(os.getpid()) > its_own + 0.1 * resident_mb()
        other.communicate(b"\n")


@pytest.fixture(autouse=True)
def _nothing_is_asked(monkeypatch):
    monkeypatch.setenv("GRADIO_ANALYTICS_ENABLED", "False")
