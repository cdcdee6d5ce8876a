"""Weights averaged over the steps of a training, which serve better than those of its last step."""

from __future__ import annotations

import torch
from torch import nn


@torch.no_grad()
def average_into(averaged: nn.Module, network: nn.Module, keep: float) -> None:
    """Moves every number of ``averaged`` by the share 1 - ``keep`` towards that of ``network``, a module of the same kind.

    Whole numbers, such as counts of batches, are copied.
    """
    values = network.state_dict()
    for name, mean in averaged.state_dict().items():
        if mean.is_floating_point():
            mean.lerp_(values[name], 1 - keep)
        else:
            mean.copy_(values[name])
