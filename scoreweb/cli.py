"""The command line: ``python -m scoreweb ...``. Exit 0 done; 1 nothing could be done (with a sentence); 2 wrong call."""

from __future__ import annotations

import logging

import typer

from scoreweb.jobs.data import command as data
from scoreweb.jobs.data import review
from scoreweb.jobs.read import command as read
from scoreweb.jobs.transcribe import command as transcribe
from scoreweb.jobs.upscale import command as upscale
from scoreweb.serve import serve

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="ScoreWeb: upscale, read and transcribe scores."
)


@app.callback()
def _main() -> None:
    logging.basicConfig(level=logging.WARNING, format="%(message)s")


app.command("upscale")(upscale.upscale_command)
app.command("read")(read.read_command)
app.command("erase")(data.erase)
app.command("export")(data.export)
app.command("import")(data.import_)
app.command("backup")(data.backup)
app.add_typer(review.app, name="review")
app.command("serve")(serve)
app.command("note")(transcribe.note)
app.command("note-images")(transcribe.note_images)
app.command("transcribe")(transcribe.transcribe)
app.command("sonify")(transcribe.sonify)
app.command("record")(transcribe.record)
