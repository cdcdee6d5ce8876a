"""docs/storage.md describes the schema, whole and nothing that is not there."""

import re
from pathlib import Path

import pytest

import storage
from storage import consent
from storage.schema import Base

PAGE = (Path(__file__).parents[2] / "docs" / "storage.md").read_text(encoding="utf-8")
TABLES = PAGE.split("## Tables", 1)[1].split("\n## ", 1)[0]


def described() -> dict[str, set[str]]:
    sections = re.split(r"^### `(\w+)`$", TABLES, flags=re.MULTILINE)[1:]
    rows = (re.findall(r"^\| `(\w+)` \| \S.+ \|$", text, flags=re.MULTILINE) for text in sections[1::2])
    return dict(zip(sections[::2], map(set, rows), strict=True))


def test_every_table_has_a_section_and_every_section_a_table():
    assert set(described()) == set(Base.metadata.tables)


@pytest.mark.parametrize("table", Base.metadata.tables.values(), ids=lambda table: table.name)
def test_every_column_is_described_and_nothing_else_is(table):
    assert described()[table.name] == {column.name for column in table.columns}


@pytest.mark.parametrize("table", Base.metadata.tables.values(), ids=lambda table: table.name)
def test_every_word_a_column_may_hold_is_named_in_its_section(table):
    section = TABLES.split(f"### `{table.name}`", 1)[1].split("\n### ", 1)[0]
    for column in table.columns:
        for word in getattr(column.type, "enums", ()):
            assert f"`{word}`" in section, f"{table.name}.{column.name} may be {word}"


def test_the_page_and_the_consent_text_name_the_same_times():
    text = consent.consent_text()
    for promise in ("180 days", "30 days"):
        assert promise in PAGE
        assert promise in text


def test_every_exported_name_exists_once():
    assert len(storage.__all__) == len(set(storage.__all__))
    assert all(hasattr(storage, name) for name in storage.__all__)
