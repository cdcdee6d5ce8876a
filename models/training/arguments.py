"""The arguments that every training command takes."""

from __future__ import annotations

import argparse


def add_arguments(parser: argparse.ArgumentParser, *, minutes: float, seed: int = 1) -> None:
    """Adds ``--minutes`` (of all runs together), ``--device`` and ``--seed``."""
    parser.add_argument("--minutes", type=float, default=minutes, help="of all runs together")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--seed", type=int, default=seed)
