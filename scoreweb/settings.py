"""Every setting of the app, from the environment (``SCOREWEB_...``). docs/settings.md describes each one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


def _data_home() -> Path:
    """The user's data folder: never below the working or the temporary folder, which Gradio may serve files from."""
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "scoreweb"


class Settings(BaseSettings):
    """What a host may decide. Made once, by app.py or the command line, and handed down."""

    model_config = SettingsConfigDict(env_prefix="SCOREWEB_", extra="ignore")

    data_dir: Path = Field(default_factory=_data_home, description="Everything kept lies below this folder.")
    device: Literal["auto", "cpu", "cuda"] = Field("auto", description="Where the networks run.")
    runtime: Literal["auto", "torch"] = Field("auto", description="What runs networks on a CPU.")
    threads: int = Field(2, ge=1, le=64, description="CPU threads of one network.")

    engine: Literal["auto", "ray"] = Field(
        "auto", description="`ray`: the models run on the Ray cluster that this machine is part of."
    )
    engine_url: str | None = Field(
        None,
        description="Address of a ScoreWeb engine elsewhere, or several with commas between; none: in this process.",
    )
    engine_token: SecretStr | None = Field(None, description="The bearer token that the engine asks for.")
    engine_queue: int = Field(
        50, ge=1, le=256, description="Jobs that may wait at one service before it says busy."
    )
    deadline_s: float = Field(900, gt=0, description="Seconds after which a job is given up.")

    upload_mb: int = Field(
        20, ge=1, le=200, description="Largest file in MB; several at once may have four times as much."
    )
    page_megapixels: float = Field(
        12, gt=0, le=40, description="Largest page that is upscaled, in megapixels."
    )
    away_minutes: int = Field(
        15,
        ge=0,
        le=240,
        description="Minutes for which the work of a closed page is kept, to come back to; 0: cleared at once.",
    )
    pdf_pages: int = Field(30, ge=1, le=500, description="Most pages of one upload, and most files.")
    sound_minutes: float = Field(
        10, gt=0, le=30, description="Longest recording that is transcribed at once, in minutes."
    )
    score_notes: int = Field(
        10_000, ge=100, description="Longest MusicXML file that is turned into sound, in notes and rests."
    )
    memory_mb: int = Field(4096, ge=256, description="Memory that one job may use; larger jobs are refused.")

    client_mb_per_hour: int = Field(300, ge=1, description="Upload budget of one visitor.")
    client_seconds_per_hour: float = Field(
        1800, gt=0, description="Computing budget of one visitor, in seconds of the engine."
    )
    share_budgets: bool = Field(
        False,
        description="Several web processes serve this address: a visitor's budgets hold for all together.",
    )
    trust_proxy: bool = Field(
        False, description="Take the visitor's address from X-Forwarded-For (on a Space)."
    )
    free_disk_mb: int = Field(
        500, ge=0, description="Uploads are refused when the disk has less free than this."
    )

    collect: bool = Field(True, description="Offer visitors to donate their results to the dataset.")
    database_url: str | None = Field(None, description="SQLAlchemy URL; none: SQLite in the data folder.")
    blob_url: str | None = Field(None, description="fsspec URL for kept files; none: the data folder.")
    secret: SecretStr | None = Field(None, description="Key that contributors' tokens are hashed with.")
    journal: Literal["wal", "delete"] = Field(
        "wal", description="SQLite journal: delete for mounted volumes."
    )
    dataset_url: str | None = Field(
        None, description="fsspec URL that `export --push` sends the dataset to; none: nowhere."
    )
    backup_dir: Path | None = Field(
        None, description="Folder of the nightly copies; none: backups in the data folder."
    )
    backup_days: int = Field(14, ge=0, le=30, description="Days that a nightly copy is kept; 0: no copies.")
    daily_quota: int = Field(200, ge=1, description="Donations that one contributor may make in a day.")
    voter_hours: float = Field(
        24, ge=0, description="Hours that a donation must be old before its contributor may vote."
    )
    client_tokens_per_day: int = Field(
        10, ge=1, description="New tokens that one visitor's address may take in a day."
    )
    host_password: SecretStr | None = Field(
        None, min_length=12, description="Password of the host's review on the page; none: no review there."
    )
    metrics_token: SecretStr | None = Field(
        None, min_length=12, description="Bearer token of /metrics; none: there is no such page."
    )
    log: Literal["text", "json"] = Field("text", description="How the log is written.")

    operator: str | None = Field(
        None, description="Who runs this page, shown at its foot and beside the consent."
    )
    contact: str | None = Field(
        None, description="Where visitors reach the operator: a mail address or a web page."
    )
    privacy_url: str | None = Field(
        None, pattern=r"^(https?://\S+)?$", description="Web address of the operator's privacy notice."
    )
