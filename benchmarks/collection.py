"""How fast the collection is, and how that grows: contributing, listing, judging, reviewing, exporting, importing.

``python -m benchmarks.collection [COUNT ...]`` (1000 and 10000), on a SQLite file in a temporary folder, or on the
PostgreSQL database of ``--url``, whose schema "public" must be empty.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from storage import DecidedBy, Status, Store, Task, submissions
from storage.contributors import Bearer, record_consent
from storage.database import Begin
from storage.moderation import decide
from storage.samples import sample_consent, sample_submission
from storage.schema import utc_now

CONTRIBUTORS = 50  # so that one of them has one in fifty of all contributions
VOTES = 40
QUOTA = 10**6


def milliseconds(work: Callable[[], object], times: int = 1) -> tuple[float, float]:
    """The medians of so many calls: by the clock, and of this process's cores."""
    taken = []
    for _ in range(times):
        start, busy = time.perf_counter(), time.process_time()
        work()
        taken.append((1000 * (time.perf_counter() - start), 1000 * (time.process_time() - busy)))
    clock, cores = zip(*taken, strict=True)
    return statistics.median(clock), statistics.median(cores)


def each(times: tuple[float, float], rows: int) -> tuple[float, float]:
    """The times for a thousand rows."""
    return times[0] / rows * 1000, times[1] / rows * 1000


def fill(store: Store, count: int) -> str:
    """Puts so many contributions into an empty store, half of them accepted; the token of one of the contributors.

    In one transaction, which is quicker than one at a time; 24 different inputs.
    """
    kinds = [
        submissions.prepare(sample_submission(number, list(Task)[number % 3], note="x" * 200), store._key)
        for number in range(24)
    ]
    digests = [[store._blobs.put(file.canonical.data) for file in kind.files] for kind in kinds]

    def job(begin: Begin) -> str:
        with begin() as session:
            bearers = [Bearer(store._key, None, utc_now()).known_or_new(session) for _ in range(CONTRIBUTORS)]
            for number in range(count):
                contributor, _ = bearers[number % CONTRIBUTORS]
                consent = record_consent(session, contributor, sample_consent(), utc_now())
                row = submissions._rows(kinds[number % 24], digests[number % 24], consent)
                session.add(row)
                if number % 2:
                    decide(session, row, Status.ACCEPTED, DecidedBy.HOST, "", utc_now())
                if number % 500 == 499:
                    session.flush()
                    session.expunge_all()
                    bearers = [(session.merge(one, load=False), token) for one, token in bearers]
            return bearers[0][1] or ""

    return store._database.write(job)


def figures(count: int, folder: Path, url: str | None) -> dict[str, tuple[float, float]]:
    """What each act takes in a collection of ``count`` contributions, in ms; exports and imports a thousand rows."""
    found = {}
    with Store.open(folder / "data", url=url, daily_quota=QUOTA) as store:
        token = fill(store, count)
        found["contribute"] = milliseconds(
            lambda: store.contribute(sample_submission(), sample_consent()), 20
        )
        found["my data: one of 50 contributors"] = milliseconds(lambda: store.contributions(token), 5)
        voter = store.contribute(sample_submission(), sample_consent()).token or ""
        found["next to judge"] = milliseconds(lambda: store.next_to_judge(voter), 15)
        found["next to correct"] = milliseconds(lambda: store.next_to_correct(voter), 15)

        def judge() -> None:
            offer = store.next_to_judge(voter)
            if offer is not None:
                store.vote(offer.submission_id, "right", token=voter)

        found["judge: offer and vote"] = milliseconds(judge, VOTES)
        found["review: list 100"] = milliseconds(store.to_review, 5)
        found["health"] = milliseconds(store.health, 5)
        exported = milliseconds(lambda: store.export(folder / "out"))
        found["export, per 1,000 rows"] = each(exported, count // 2)
        if url is None:
            found["backup"] = milliseconds(lambda: store.backup(folder / "backup"))
        found["erase one"] = milliseconds(lambda: store.erase(voter))
    with Store.open(folder / "other", daily_quota=QUOTA) as other:
        found["import, per 1,000 rows"] = each(
            milliseconds(lambda: other.import_dataset(folder / "out")), count // 2
        )
    return found


def main() -> None:
    """Prints the table: one column for each size, and the growth of the cores' time from the first to the last."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("counts", type=int, nargs="*", default=[1000, 10_000])
    parser.add_argument("--url")
    asked = parser.parse_args()
    columns = []
    for count in asked.counts:
        with tempfile.TemporaryDirectory() as folder:
            columns.append(figures(count, Path(folder), asked.url))
    print(
        "| ms by the clock (of the cores) | "
        + " | ".join(f"{count:,} contributions" for count in asked.counts)
        + " | growth |"
    )
    print("|---|" + "---|" * (len(columns) + 1))
    for name in columns[0]:
        values = [column[name] for column in columns]
        cells = " | ".join(f"{clock:.1f} ({cores:.1f})" for clock, cores in values)
        print(f"| {name} | {cells} | {values[-1][1] / values[0][1]:.1f}x |")


if __name__ == "__main__":
    main()
