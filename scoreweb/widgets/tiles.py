"""The examples of a tab as tiles with pictures: a click gives one to the tab's field and runs it."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from html import escape
from pathlib import Path

import gradio as gr

from scoreweb.languages.catalogue import translated
from scoreweb.widgets import fragments

_PICTURES = Path(__file__).with_name("pictures")


def tile_picture(example: Path) -> Path:
    """Where the picture of an example's tile lies; ``scripts/draw_tiles.py`` draws it."""
    return _PICTURES / f"tile-{example.stem}.png"


def example_tiles(examples: Mapping[Path, str], title: str, prefix: str) -> list[tuple[gr.Button, Path]]:
    """A button for each example under a title, with the example's file. Made inside a column.

    ``examples`` are files with what they are called; a button's id is ``prefix``, a dash and the file's stem.
    """
    rules = "".join(
        f'#{prefix}-{path.stem}{{background-image:url("data:image/png;base64,{_encoded(path)}")}}'
        for path in examples
    )
    gr.HTML(f"<style>{rules}</style>{fragments.hint(title)}" if examples else "")
    with gr.Row(elem_classes="sw-tiles"):
        return [
            (
                gr.Button(
                    translated(label), elem_id=f"{prefix}-{path.stem}", elem_classes="sw-tile", min_width=90
                ),
                path,
            )
            for path, label in examples.items()
        ]


def _encoded(path: Path) -> str:
    return escape(base64.b64encode(tile_picture(path).read_bytes()).decode())
