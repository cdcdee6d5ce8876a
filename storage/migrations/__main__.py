"""A draft of the next revision: ``python -m storage.migrations "what changes"``. Check it by hand."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.script import ScriptDirectory

from storage.migrations import configuration, upgrade
from storage.sqlite import write_engine


def main(message: str) -> None:
    """Writes a revision file for the difference between schema.py and the revisions so far."""
    with tempfile.TemporaryDirectory() as folder:
        engine = write_engine(Path(folder) / "draft.sqlite3", "wal", patience_s=5)
        try:
            upgrade(engine)
            with engine.connect() as connection:
                config = configuration(connection)
                number = len(list(ScriptDirectory.from_config(config).walk_revisions())) + 1
                command.revision(config, message, autogenerate=True, rev_id=f"{number:04}")
        finally:
            engine.dispose()


if __name__ == "__main__":
    main(" ".join(sys.argv[1:]) or sys.exit("Say what changes: python -m storage.migrations 'add ...'"))
