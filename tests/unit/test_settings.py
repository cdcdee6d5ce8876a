import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from scoreweb.settings import Settings

DOC = Path(__file__).parents[2] / "docs" / "settings.md"


def documented():
    return dict(re.findall(r"^\| `SCOREWEB_(\w+)` \| (.+?) \|", DOC.read_text(encoding="utf-8"), re.M))


def test_every_setting_is_described_in_docs_and_none_is_invented():
    assert set(documented()) == {name.upper() for name in Settings.model_fields}


def test_documented_defaults_are_the_real_ones(monkeypatch):
    for name in Settings.model_fields:
        monkeypatch.delenv(f"SCOREWEB_{name.upper()}", raising=False)
    settings = Settings()
    for name, text in documented().items():
        if name == "DATA_DIR":
            continue
        value = getattr(settings, name.lower())
        said = text.strip("`")
        shown = (
            "none"
            if value is None
            else str(value).lower()
            if isinstance(value, bool)
            else f"{value:g}"
            if isinstance(value, float)
            else str(value)
        )
        assert said == shown, name


def test_settings_come_from_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("SCOREWEB_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("SCOREWEB_COLLECT", "false")
    settings = Settings()
    assert settings.data_dir == tmp_path
    assert settings.collect is False


def test_nonsense_is_refused_at_start(monkeypatch):
    monkeypatch.setenv("SCOREWEB_THREADS", "0")
    with pytest.raises(ValidationError):
        Settings()


def test_secrets_do_not_show_when_settings_are_printed(monkeypatch):
    monkeypatch.setenv("SCOREWEB_SECRET", "correct horse")
    assert "correct horse" not in repr(Settings())
