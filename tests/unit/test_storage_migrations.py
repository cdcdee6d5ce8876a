"""The way from any earlier schema to the present one."""

import io
import re
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import text

import storage
from storage import NewerCollection, Store, StoreDamaged
from storage.migrations import configuration, upgrade
from storage.samples import sample_consent, sample_submission
from storage.schema import Base
from storage.sqlite import write_engine

REVISIONS = [script.revision for script in ScriptDirectory.from_config(configuration()).walk_revisions()][
    ::-1
]


@pytest.fixture
def engine(tmp_path):
    engine = write_engine(tmp_path / "collection.sqlite3", "wal", patience_s=1)
    yield engine
    engine.dispose()


def definitions(engine) -> dict[str, list[str]]:
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"))
        return {name: parts(re.sub(r"\s+", " ", sql)) for name, sql in rows if name != "alembic_version"}


def parts(sql: str) -> list[str]:
    """A definition's columns and constraints; their order says nothing, and an altered table has another."""
    kind, _, inner = sql.partition("(")
    depth, pieces = 0, [""]
    for letter in inner.rpartition(")")[0]:
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            pieces.append("")
        else:
            pieces[-1] += letter
    return [kind.strip().replace('"', ""), *sorted(piece.strip() for piece in pieces)]


def extra_revision(folder, number: str, down: str, body: str):
    """A configuration that knows one more revision than the package."""
    (folder / f"rev_{number}_extra.py").write_text(
        "import sqlalchemy as sa\nfrom alembic import op\n"
        f"revision = {number!r}\ndown_revision = {down!r}\nbranch_labels = depends_on = None\n"
        f"def upgrade():\n    {body}\ndef downgrade():\n    pass\n",
        encoding="utf-8",
    )
    config = configuration()
    own = ScriptDirectory.from_config(config).versions
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", f"{own}\n{folder}")
    return config


def test_models_equal_migrations(engine):
    upgrade(engine)
    with engine.connect() as connection:
        command.check(configuration(connection))


def test_not_a_letter_of_the_tables_differs_checks_and_names_included(engine, tmp_path):
    upgrade(engine)
    other = write_engine(tmp_path / "other.sqlite3", "wal", patience_s=1)
    Base.metadata.create_all(other)
    try:
        assert definitions(engine) == definitions(other)
    finally:
        other.dispose()


def test_the_check_notices_a_column_that_the_migrations_lack(engine):
    upgrade(engine)
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE vote ADD COLUMN mood TEXT"))
    with engine.connect() as connection, pytest.raises(Exception, match="mood"):
        command.check(configuration(connection))


def test_there_is_no_way_back_but_a_backup(engine):
    upgrade(engine)
    before = definitions(engine)
    with engine.connect() as connection, pytest.raises(NotImplementedError, match="backup"):
        command.downgrade(configuration(connection), "base")
    assert definitions(engine) == before


@pytest.mark.parametrize("revision", REVISIONS)
def test_every_revision_goes_on_to_the_newest(engine, revision):
    upgrade(engine, revision)
    upgrade(engine)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == REVISIONS[-1]
        command.check(configuration(connection))


class TestCollectionOfTheFirstSchema:
    """A folder that the first version of the app wrote: three contributions of two people, and what others said."""

    TOKENS = ("_IC4B5sEg3m4vYe5OdmwgIel6b59RnVK", "BL8dyBpOKtKNfXlSmdNXZR8fJ6Dpkd5W")

    @pytest.fixture
    def old(self, tmp_path):
        kept = Path(__file__).parents[1] / "data" / "collection-0001"
        return shutil.copytree(kept, tmp_path / "data")

    def test_everything_is_still_there(self, old):
        with Store.open(old) as store:
            first, second = (store.contributions(token) for token in self.TOKENS)
            assert sorted(c.task for c in first) == ["read", "transcribe"]
            assert [(c.task, c.licence) for c in second] == [("upscale", "train-only")]
            for token, given in zip(self.TOKENS, (first, second), strict=True):
                for contribution in given:
                    assert all(store.media_bytes(token, ref.id) for ref in contribution.media)
            counts = store.health()["counts"]
            assert {
                name: counts[name] for name in ("prediction", "correction", "vote", "report", "erasure")
            } == {
                "prediction": 6,
                "correction": 2,
                "vote": 2,
                "report": 2,
                "erasure": 1,
            }
            assert store.health()["ok"] is True

    def test_it_goes_on_with_the_new_rules(self, old):
        with Store.open(old) as store:
            read = next(c for c in store.contributions(self.TOKENS[0]) if c.task == "read")
            assert read.corrections == 1
            for _ in range(2):
                store.vote(read.id, "right")
            (accepted,) = store.to_review(["accepted"])
            assert accepted.id == read.id
            assert store.erase(self.TOKENS[0]).submissions == 2
            assert store.next_to_judge() is None


def test_opening_twice_changes_nothing(tmp_path):
    with Store.open(tmp_path) as store:
        token = store.contribute(sample_submission(), sample_consent()).token
    with Store.open(tmp_path) as store:
        assert len(store.contributions(token)) == 1


def test_a_table_altered_by_copying_keeps_the_rows_that_refer_to_it(tmp_path):
    with Store.open(tmp_path) as store:
        token = store.contribute(sample_submission(), sample_consent()).token
    altered = extra_revision(
        tmp_path,
        "9999",
        REVISIONS[-1],
        "with op.batch_alter_table('contributor', recreate='always') as batch:\n"
        "        batch.add_column(sa.Column('nickname', sa.String(10)))",
    )
    engine = write_engine(tmp_path / "collection.sqlite3", "wal", patience_s=1)
    upgrade(engine, config=altered)
    with engine.begin() as connection:
        # As an older app would find it after going back: the rows are what this is about.
        connection.execute(text("UPDATE alembic_version SET version_num = :old"), {"old": REVISIONS[-1]})
        assert connection.scalar(text("PRAGMA foreign_keys")) == 1
    engine.dispose()
    with Store.open(tmp_path) as store:
        assert len(store.contributions(token)) == 1


def test_a_revision_that_fails_leaves_the_database_as_it_was(engine, tmp_path):
    upgrade(engine)
    before = definitions(engine)
    broken = extra_revision(
        tmp_path, "9999", REVISIONS[-1], "op.drop_table('report'); op.execute('SELECT * FROM nowhere')"
    )
    with pytest.raises(Exception, match="nowhere"):
        upgrade(engine, config=broken)
    assert definitions(engine) == before
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == REVISIONS[-1]


def test_a_revision_that_orphans_rows_is_refused(engine, tmp_path):
    upgrade(engine)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO contributor VALUES ('c', 'h', '2026-01-01')"))
        connection.execute(
            text(
                "INSERT INTO consent VALUES "
                "('k', 'c', 1, 'd', 'CC0-1.0', 1, 1, 'en', '2026-01-01 00:00:00.000000')"
            )
        )
    careless = extra_revision(tmp_path, "9999", REVISIONS[-1], "op.execute('DELETE FROM contributor')")
    with pytest.raises(StoreDamaged):
        upgrade(engine, config=careless)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM contributor")) == 1


def test_a_database_of_a_later_version_is_not_touched(tmp_path):
    Store.open(tmp_path).close()
    connection = sqlite3.connect(tmp_path / "collection.sqlite3")
    with connection:
        connection.execute("UPDATE alembic_version SET version_num = 'from-the-future'")
    connection.close()
    with pytest.raises(NewerCollection, match="newer version"):
        Store.open(tmp_path)


def test_a_developer_gets_a_draft_of_the_next_revision(tmp_path):
    package = tmp_path / "storage"
    shutil.copytree(Path(storage.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    schema = package / "schema.py"
    text = schema.read_text(encoding="utf-8").replace(
        "    token_hmac: Mapped[str]", "    nickname: Mapped[str | None]\n    token_hmac: Mapped[str]"
    )
    schema.write_text(text, encoding="utf-8")
    subprocess.run(
        [sys.executable, "-m", "storage.migrations", "a nickname"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    number = f"{len(REVISIONS) + 1:04}"
    draft = (package / "migrations" / "versions" / f"rev_{number}_a_nickname.py").read_text(encoding="utf-8")
    assert "batch_op.add_column(sa.Column('nickname', sa.String(), nullable=True))" in draft
    compile(draft, "draft", "exec")


def test_a_host_gets_the_sql_for_postgresql():
    config = configuration()
    config.output_buffer = io.StringIO()
    config.attributes["dialect"] = "postgresql"
    command.upgrade(config, "head", sql=True)
    sql = config.output_buffer.getvalue()
    for table in Base.metadata.tables:
        assert f"CREATE TABLE {table} (" in sql
    assert "settings JSONB NOT NULL" in sql
    assert "created_at TIMESTAMP WITH TIME ZONE NOT NULL" in sql
