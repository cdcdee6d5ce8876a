"""The best network: the listening network as encoder, a distribution over the 88 keys as latent, a decoder that draws it.

The dissertation's decoder must make an image out of whatever its encoder found and blurs where that is in doubt. Here
the latent is a distribution over keys, which can be ranked and calibrated, and the decoder is trained to draw the
likeliest key cleanly, doubts or not: a blur would tell a musician less than a clean image and a certainty.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from models.transcribe.classic.keys import KEYS
from models.transcribe.classic.networks import SLOPE, UpsampledConv2d

SHARPNESS = 24.0
"""The power to which certainties are raised: of two keys at 0.50 and 0.45 the second keeps 7 %."""
ROWS, COLUMNS = 27, 50


def latent(certainty: Tensor) -> Tensor:
    """(batch, 88), rows summing to 1, of certainties (batch, 88) that are not negative: what the decoder draws."""
    share = certainty.double() / certainty.double().amax(1, keepdim=True)
    sharp = share**SHARPNESS
    return (sharp / sharp.sum(1, keepdim=True)).float()


class BestDecoder(nn.Module):
    """Latent (batch, 88) to image (batch, 1, 162, 300); 0 is white paper and 1 black ink, not clamped."""

    def __init__(self, spread: int = 12, middle: int = 24, last: int = 16) -> None:
        super().__init__()
        self.spread = nn.Linear(len(KEYS), spread * ROWS * COLUMNS)
        self.blocks = nn.Sequential(
            nn.LeakyReLU(SLOPE),
            nn.Conv2d(spread, middle, 3, padding=1),
            nn.LeakyReLU(SLOPE),
            UpsampledConv2d(middle, last, 5, (2, 2)),
            nn.LeakyReLU(SLOPE),
            UpsampledConv2d(last, 1, 5, (3, 3)),
        )

    def forward(self, keys: Tensor) -> Tensor:
        """The image of the likeliest key."""
        spread = self.spread(keys).view(len(keys), -1, ROWS, COLUMNS)
        image: Tensor = self.blocks(spread)
        return image


def doubts(count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Latents (count, 88) as the decoder may meet them, and the index of each one's likeliest key.

    Half are sure; in the others up to three further keys (neighbours, octaves, twelfths or any) share up to 45 %.
    """
    best = torch.randint(len(KEYS), (count,), generator=generator)
    latents = nn.functional.one_hot(best, len(KEYS)).float()
    steps = torch.tensor([-1, 1, -12, 12, 19, -19, 24, 28])
    for i in range(count // 2):
        lost = 0.45 * torch.rand((), generator=generator)
        others = torch.randint(1, 4, (), generator=generator)
        latents[i, best[i]] -= lost
        for _ in range(int(others)):
            if torch.rand((), generator=generator) < 0.7:
                step = steps[torch.randint(len(steps), (), generator=generator)]
                other = (best[i] + step).clamp(0, len(KEYS) - 1)
            else:
                other = torch.randint(len(KEYS), (), generator=generator)
            latents[i, other] += lost / others
    return latents, best
