"""The tables: what they refuse, what goes along with what, and that PostgreSQL takes them too."""

import uuid
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import UniqueConstraint, create_engine, delete, event, exc, func, select, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session
from sqlalchemy.schema import CreateIndex, CreateTable

from storage.schema import (
    Base,
    Consent,
    Contributor,
    Correction,
    Decision,
    Media,
    Prediction,
    Report,
    Submission,
    Tombstone,
    Vote,
)
from storage.vocabulary import (
    CorrectionFormat,
    DecidedBy,
    Kind,
    Licence,
    RaisedBy,
    Reason,
    Role,
    Status,
    Task,
    Verdict,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def session():
    engine = create_engine("sqlite://")
    event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA foreign_keys=ON"))
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        yield session
    engine.dispose()


def consent() -> Consent:
    return Consent(
        version=1,
        text_digest="d" * 64,
        licence=Licence.CC0,
        own_or_may_share=True,
        of_age=True,
        locale="en",
        given_at=NOW,
    )


def whole() -> tuple[Contributor, Contributor]:
    """A giver with one of everything, and somebody who corrected, voted on and reported it."""
    giver, other = Contributor(token_hmac="1" * 64), Contributor(token_hmac="2" * 64)
    media = Media(
        position=0, role=Role.INPUT, kind=Kind.IMAGE, media_type="image/png", digest="a" * 64, size=3
    )
    prediction = Prediction(rank=1, score=0.5, payload={}, media=media, model_name="m")
    submission = Submission(
        task=Task.READ, app_version="1", settings={}, media=[media], predictions=[prediction]
    )
    given, also_given = consent(), consent()
    given.submission = submission
    giver.consents, other.consents = [given], [also_given]
    submission.corrections = [
        Correction(consent=also_given, format=CorrectionFormat.NOTES, payload="[]", prediction=prediction)
    ]
    submission.votes = [Vote(contributor=other, verdict=Verdict.RIGHT)]
    submission.decisions = [Decision(status=Status.PENDING, decided_by=DecidedBy.HOST, reason="")]
    submission.reports = [Report(contributor=other, reason=Reason.OTHER, raised_by=RaisedBy.CONTRIBUTOR)]
    return giver, other


def rows(session: Session) -> dict[str, int]:
    counted = {
        table.name: session.scalar(select(func.count()).select_from(table))
        for table in Base.metadata.sorted_tables
    }
    return {name: count for name, count in counted.items() if count}


def test_a_contributor_takes_everything_that_hangs_on_them_along(session):
    giver, other = whole()
    session.add_all([giver, other])
    session.commit()
    assert set(rows(session)) == set(Base.metadata.tables) - {"erasure"}
    session.execute(delete(Contributor).where(Contributor.id == giver.id))
    assert rows(session) == {"contributor": 1, "consent": 1}


def test_a_consent_taken_back_takes_its_submission_along(session):
    giver, other = whole()
    session.add_all([giver, other])
    session.commit()
    session.expire_all()
    session.delete(giver.consents[0])
    session.commit()
    assert rows(session) == {"contributor": 2, "consent": 1}


def test_a_correction_outlives_the_prediction_it_was_based_on(session):
    giver, other = whole()
    session.add_all([giver, other])
    session.commit()
    session.execute(delete(Prediction))
    session.expire_all()
    assert session.scalars(select(Correction)).one().based_on is None


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("submission", "task", "compose"),
        ("submission", "status", "published"),
        ("consent", "licence", "GPL"),
        ("media", "role", "other"),
        ("media", "kind", "video"),
        ("media", "size", -1),
        ("media", "width", 0),
        ("media", "seconds", -0.5),
        ("prediction", "rank", 0),
        ("prediction", "score", 1.5),
        ("prediction", "score", -0.1),
        ("correction", "format", "midi"),
        ("vote", "verdict", "maybe"),
        ("report", "reason", "dull"),
        ("report", "raised_by", "nobody"),
        ("consent", "contributor_id", "5f" * 16),
        ("correction", "payload", None),
    ],
)
def test_the_database_itself_refuses_what_may_not_be(session, table, column, value):
    session.add_all(whole())
    session.commit()
    other_values = ", height = 1" if column == "width" else ""
    with pytest.raises(exc.IntegrityError):
        session.execute(text(f"UPDATE {table} SET {column} = :value{other_values}"), {"value": value})  # noqa: S608


def test_one_voter_has_one_vote_on_a_submission(session):
    giver, other = whole()
    session.add_all([giver, other])
    session.commit()
    submission = giver.consents[0].submission
    session.add(Vote(contributor=other, submission=submission, verdict=Verdict.WRONG))
    with pytest.raises(exc.IntegrityError):
        session.commit()


def test_times_come_back_aware_and_in_utc(session):
    east = timezone(timedelta(hours=9))
    session.add(Tombstone(export_id=uuid.uuid4(), digest_hmac="0" * 64, erased_at=NOW.astimezone(east)))
    session.commit()
    session.expire_all()
    read = session.scalars(select(Tombstone)).one().erased_at
    assert read == NOW
    assert read.utcoffset() == timedelta(0)


def test_a_time_without_its_zone_is_refused(session):
    session.add(
        Tombstone(export_id=uuid.uuid4(), digest_hmac="0" * 64, erased_at=datetime(2026, 1, 1))  # noqa: DTZ001
    )
    with pytest.raises(exc.StatementError, match="time zone"):
        session.commit()


def test_a_new_submission_waits_for_review(session):
    giver, other = whole()
    session.add_all([giver, other])
    session.commit()
    assert giver.consents[0].submission.status is Status.PENDING


@pytest.mark.parametrize("table", Base.metadata.tables.values(), ids=lambda table: table.name)
def test_postgresql_takes_every_table(table):
    ddl = str(CreateTable(table).compile(dialect=postgresql.dialect()))
    assert "id UUID NOT NULL" in ddl
    assert "DATETIME" not in ddl
    for index in table.indexes:
        assert str(CreateIndex(index).compile(dialect=postgresql.dialect()))


def test_every_constraint_has_a_name_since_batch_migrations_need_one():
    for table in Base.metadata.tables.values():
        assert all(constraint.name for constraint in table.constraints), table.name
        assert all(index.name for index in table.indexes), table.name


@pytest.mark.parametrize("table", Base.metadata.tables.values(), ids=lambda table: table.name)
def test_every_key_to_another_table_leads_an_index_since_cascades_look_it_up(table):
    unique = [one for one in table.constraints if isinstance(one, UniqueConstraint)]
    leading = {next(iter(one.columns)).name for one in [*table.indexes, *unique]}
    assert {key.parent.name for key in table.foreign_keys} <= leading
