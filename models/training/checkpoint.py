"""The file from which a training goes on."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import torch


class Stateful(Protocol):
    """A network, an optimiser, or what else can be put back to where it was."""

    def state_dict(self) -> dict[str, Any]:
        """All that `load_state_dict` needs."""

    def load_state_dict(self, state_dict: dict[str, Any]) -> Any:  # noqa: ANN401 - torch's own answers differ
        """Puts it back."""


class Checkpoint:
    """``OUT.ckpt`` beside the weights ``OUT.safetensors``: the state of ``parts``, by name, and what is counted.

    The file is whole or absent: a run that is killed while it writes leaves the one before. A part may be None.
    """

    def __init__(self, out: Path, **parts: Stateful | None) -> None:
        self.path, self.parts = out.with_suffix(".ckpt"), parts

    def restore(self, where: torch.device | str | None = None) -> dict[str, Any]:
        """Puts each part back and returns what was counted; nothing where there is no file yet."""
        if not self.path.exists():
            return {}
        held: dict[str, Any] = torch.load(self.path, map_location=where, weights_only=True)
        for name, part in self.parts.items():
            state = held.pop(name)
            if part is not None:
                part.load_state_dict(state)
        return held

    def save(self, **counted: Any) -> None:  # noqa: ANN401 - plain numbers, lists and tensors
        """Writes the parts and what is counted."""
        states = {name: {} if part is None else part.state_dict() for name, part in self.parts.items()}
        self.path.parent.mkdir(parents=True, exist_ok=True)
        partial = self.path.with_suffix(".partial")
        torch.save({**states, **counted}, partial)
        partial.replace(self.path)
