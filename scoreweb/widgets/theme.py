"""The page's theme: paper and ink with one accent, in light and dark; fonts of the visitor's own system."""

from __future__ import annotations

from pathlib import Path

import gradio as gr
from gradio.themes.utils import colors, sizes

STYLE_SHEET = Path(__file__).with_name("style.css")

_INK = colors.Color(
    "#eef6f6",
    "#d6e9e9",
    "#aed3d3",
    "#7fb8ba",
    "#4f999d",
    "#2f7c81",
    "#1f6469",
    "#1a5054",
    "#173f43",
    "#123236",
    "#0b2023",
)
_PAPER = colors.Color(
    "#fdfcf9",
    "#f7f5ef",
    "#ebe7dd",
    "#d8d3c6",
    "#a8a294",
    "#78736a",
    "#57534c",
    "#403d38",
    "#2a2825",
    "#1c1b19",
    "#121110",
)


def theme() -> gr.themes.Base:
    """The theme, for ``launch(theme=...)``. Every text and its ground keep a contrast of at least 4.5 to 1."""
    sans = ("ui-sans-serif", "system-ui", "Segoe UI", "Roboto", "Noto Sans", "sans-serif")
    return gr.themes.Base(
        primary_hue=_INK,
        secondary_hue=_INK,
        neutral_hue=_PAPER,
        radius_size=sizes.radius_md,
        spacing_size=sizes.spacing_md,
        text_size=sizes.text_md,
        font=sans,
        font_mono=("ui-monospace", "DejaVu Sans Mono", "monospace"),
    ).set(
        body_background_fill="*neutral_100",
        body_background_fill_dark="*neutral_900",
        body_text_color="*neutral_900",
        body_text_color_dark="*neutral_100",
        body_text_color_subdued="*neutral_600",
        body_text_color_subdued_dark="*neutral_300",
        block_background_fill="*neutral_50",
        block_background_fill_dark="*neutral_800",
        block_border_color="*neutral_200",
        block_border_color_dark="*neutral_700",
        block_label_background_fill="*neutral_50",
        block_label_background_fill_dark="*neutral_800",
        block_label_text_color="*neutral_700",
        block_label_text_color_dark="*neutral_200",
        block_title_text_color="*neutral_800",
        block_title_text_color_dark="*neutral_100",
        block_info_text_color="*neutral_600",
        block_info_text_color_dark="*neutral_300",
        block_shadow="none",
        button_primary_background_fill="*primary_700",
        button_primary_background_fill_hover="*primary_800",
        button_primary_background_fill_dark="*primary_600",
        button_primary_background_fill_hover_dark="*primary_700",
        button_primary_text_color="white",
        button_primary_text_color_dark="white",
        link_text_color="*primary_700",
        link_text_color_dark="*primary_300",
    )
