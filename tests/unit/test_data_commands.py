"""What a host does with the collection from the command line."""

import json

import pytest
from typer.testing import CliRunner

from scoreweb.cli import app
from storage import Store, Task
from storage.hmac_key import new_token
from storage.samples import sample_consent, sample_submission


@pytest.fixture
def url():
    return None


@pytest.fixture
def given(folder):
    with Store.open(folder) as store:
        return [store.contribute(sample_submission(seed), sample_consent()) for seed in range(3)]


@pytest.fixture
def run(folder):
    def running(*arguments, data=folder):
        done = CliRunner().invoke(app, [*map(str, arguments), "--json"], env={"SCOREWEB_DATA_DIR": str(data)})
        return (
            done.exit_code,
            json.loads(done.stdout.splitlines()[-1]) if done.exit_code < 2 else None,
            done.output,
        )

    return running


def listed(run, *which):
    code, report, _ = run("review", "list", *which)
    assert code == 0
    return [item["id"] for item in report["listed"]]


def test_review_lists_and_decides(run, given, folder):
    ids = [str(receipt.submission_id) for receipt in given]
    assert listed(run) == ids
    assert run("review", "accept", *ids[:2])[0] == 0
    assert listed(run, "accepted") == ids[:2]
    assert run("review", "hide", ids[2], "--reason", "No music.")[0] == 0
    assert listed(run) == []
    with Store.open(folder) as store:
        assert store.contributions(given[2].token)[0].reason == "No music."
    assert run("review", "reopen", ids[2])[0] == 0
    assert listed(run, "pending") == [ids[2]]
    assert run("review", "reject", ids[2], "--reason", "Bar 2.")[0] == 0
    assert listed(run, "rejected", "--task", "read") == [ids[2]]
    assert listed(run, "rejected", "--task", "upscale") == []


def test_review_numbers(run, folder):
    with Store.open(folder) as store:
        for seed, task in enumerate([Task.READ, Task.UPSCALE, Task.TRANSCRIBE, Task.TRANSCRIBE]):
            receipt = store.contribute(sample_submission(seed, task), sample_consent())
            if seed < 3:
                store.decide(receipt.submission_id, "accepted")
    code, report, _ = run("review", "numbers")
    assert code == 0
    assert report["submissions"] == {
        "read": {"accepted": 1},
        "upscale": {"accepted": 1},
        "transcribe": {"accepted": 1, "pending": 1},
    }
    assert (report["pages"], report["accepted_pages"], report["contributors"]) == (2, 2, 4)
    assert report["hours"] == pytest.approx(0.1 / 3600)  # two recordings of 50 ms
    assert report["accepted_hours"] == pytest.approx(0.05 / 3600)


def test_review_alone_lists_too(given, folder):
    done = CliRunner().invoke(app, ["review"], env={"SCOREWEB_DATA_DIR": str(folder)})
    assert done.exit_code == 0
    assert all(str(receipt.submission_id) in done.output for receipt in given)


def test_review_shows_files_and_label(run, given, tmp_path):
    code, report, _ = run("review", "show", given[0].submission_id, tmp_path / "look")
    assert code == 0
    assert set(report["written"]) == {
        "00-input.png",
        "01-result.musicxml",
        "02-thumbnail.png",
        "label.json",
        "settings.json",
    }
    assert (tmp_path / "look" / "00-input.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("wrong", [("accept", "no-such-number"), ("hide", "x", "--reason", " ")])
def test_what_cannot_be_decided_is_exit_1_with_a_sentence(run, given, wrong):
    code, report, output = run("review", *wrong)
    assert code == 1
    assert report["error"] in output
    assert report["error"].endswith(".")


def test_export_and_import(run, given, tmp_path):
    run("review", "accept", *(receipt.submission_id for receipt in given))
    code, report, _ = run("export", tmp_path / "out")
    assert (code, report["exported"]) == (0, 3)
    assert sum(report["counts"]["read"].values()) == 3
    assert run("export", tmp_path / "out")[0] == 1  # it is there already
    code, report, _ = run("import", tmp_path / "out", data=tmp_path / "other")
    assert (code, report["imported"]) == (0, 3)
    assert run("import", tmp_path / "out")[0] == 1  # not into a collection with something in it
    assert run("import", tmp_path / "nowhere", data=tmp_path / "third")[0] == 1


def test_train_only_leaves_the_collection_only_when_asked(run, folder, tmp_path):
    with Store.open(folder) as store:
        receipt = store.contribute(sample_submission(), sample_consent("train-only"))
    run("review", "accept", receipt.submission_id)
    assert run("export", tmp_path / "public")[1]["exported"] == 0
    assert run("export", tmp_path / "own", "--train-only-too")[1]["exported"] == 1


def test_backup(run, given, tmp_path):
    code, report, _ = run("backup", tmp_path / "out")
    assert (code, report["ended"]) == (0, 0)
    assert (tmp_path / "out" / report["copy"]).exists()
    assert run("backup", tmp_path / "out", "--days", "31")[0] == 2


def test_erase(run, given):
    assert run("erase", given[0].token)[1] == {"erased": 1}
    assert run("erase", given[0].token)[0] == 1


def test_a_damaged_collection_is_a_sentence(run, given, folder):
    (folder / "collection.sqlite3").write_bytes(b"noise" * 5000)
    code, report, _ = run("review", "list")
    assert code == 1
    assert "damaged" in report["error"]


def test_no_token_looks_like_an_option(monkeypatch):
    drawn = iter(["-a" * 16, "b" * 32])
    monkeypatch.setattr("storage.hmac_key.secrets.token_urlsafe", lambda _: next(drawn))
    assert new_token() == "b" * 32
