"""The dissertation's proposal turned round: a sheet image of one note becomes a mel spectrogram.

The image is encoded by the same kind of blocks (Conv2d, BatchNorm2d, LeakyReLU, MaxPool2d) that the forward networks
use for spectrograms; the first strides instead of pooling, for most of the page is white. The decoder is not a mirrored one: a key lives or dies by the exact place of partials that
stand 27.5 Hz apart, which upsampled pictures smear. In decibels each partial of a struck string fades along a
nearly straight line, so the spectrogram is a sum of a few products (spectrum times course in time), and the decoder
is two dense layers that give these.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from models.transcribe.classic.images import HEIGHT, WIDTH
from models.transcribe.classic.networks import SLOPE

BANDS, TIMES = 640, 96
"""Height and width of the spectrogram that comes out."""

POOLINGS = ((3, 3), (2, 2), (3, 5))
"""The forward decoder's upsamplings, backwards: (162, 300) to (9, 10)."""


class ReversedNetwork(nn.Module):
    """Ink (batch, 1, 162, 300) to spectrogram (batch, 1, 640, 96); 0 is 80 dB below the loudest and 1 the loudest."""

    def __init__(
        self, channels: tuple[int, int, int] = (12, 16, 32), latent: int = 128, products: int = 6
    ) -> None:
        super().__init__()
        blocks: list[nn.Module] = []
        inputs = 1
        for i, (outputs, pooling) in enumerate(zip(channels, POOLINGS, strict=True)):
            convolution = (
                nn.Conv2d(inputs, outputs, 5, padding=2) if i else nn.Conv2d(1, outputs, 7, 3, padding=3)
            )
            blocks += [convolution, nn.BatchNorm2d(outputs), nn.LeakyReLU(SLOPE)]
            if i:
                blocks.append(nn.MaxPool2d(pooling))
            inputs = outputs
        self.blocks = nn.Sequential(*blocks)
        rows, columns = HEIGHT // 18, WIDTH // 30
        self.latent = nn.Sequential(
            nn.Flatten(),
            nn.Linear(inputs * rows * columns, latent),
            nn.BatchNorm1d(latent),
            nn.LeakyReLU(SLOPE),
        )
        self.spectrum = nn.Linear(latent, products * BANDS)
        self.course = nn.Linear(latent, products * TIMES)
        self.products = products

    def forward(self, ink: Tensor) -> Tensor:
        """The spectrogram, not clamped."""
        latent = self.latent(self.blocks(ink))
        spectrum = self.spectrum(latent).view(len(ink), self.products, BANDS)
        course = self.courses(latent)
        return torch.einsum("bpf,bpt->bft", spectrum, course).unsqueeze(1)

    def courses(self, latent: Tensor) -> Tensor:
        """The products' courses in time (batch, products, 96); the first begins as a constant: the spectrum itself."""
        course: Tensor = self.course(latent).view(len(latent), self.products, TIMES)
        return course + torch.eye(self.products, 1, device=latent.device)
