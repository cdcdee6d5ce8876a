"""The dissertation's networks: a convolutional encoder of the mel spectrogram, a latent, a convolutional decoder.

Encoder blocks are Conv2d, BatchNorm2d, LeakyReLU(0.2), MaxPool2d; decoder blocks are nearest Upsample, Conv2d,
BatchNorm2d, LeakyReLU(0.2) (sections 2.3.1 to 2.3.5). The numbers of channels and layers stand in figures that are
not legible, so they are chosen here; see docs/classic.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

Kernels = Literal["3x3", "5x5", "mixed"]

MELS, FRAMES = 64, 96
"""Height and width of the spectrogram that goes in."""

LATENT_ROWS, LATENT_COLUMNS = 9, 10
UPSAMPLINGS = ((3, 5), (2, 2), (3, 3))
"""From the reshaped latent to the image: (9, 10) times these factors is (162, 300)."""

SLOPE = 0.2


@dataclass(frozen=True)
class ClassicSize:
    """Channels of the four encoder blocks and of the decoder; the kernels of both.

    ``encoder[-1]`` channels of 4x6 become ``latent`` channels of 9x10, so 24 of the one must be 90 of the other.
    The numbers are small so that all five networks of the tables see many epochs in an hour of one core.
    """

    kernels: Kernels = "5x5"
    encoder: tuple[int, int, int, int] = (8, 16, 32, 60)
    latent: int = 16
    decoder: tuple[int, int, int] = (32, 16, 8)

    def kernel(self, block: int) -> int:
        """The side of a block's kernel; ``mixed`` alternates, 5x5 first in the encoder and last in the decoder."""
        if self.kernels == "mixed":
            return 5 if block % 2 == 0 else 3
        return int(self.kernels[0])


class UpsampledConv2d(nn.Module):
    """``Conv2d(same padding)`` behind ``Upsample(nearest, factors)``, computed without the large picture.

    After nearest upsampling a kernel sees each small pixel several times, so for every phase inside the enlarged
    pixel the kernel's rows and columns that fall on the same small pixel may be summed first: one convolution of
    the small picture with 3x3 kernels and a pixel shuffle give the same numbers in a fraction of the time. The
    parameters are those of the Conv2d: ``weight`` (out, in, side, side) and ``bias``.
    """

    _rows: Tensor
    _columns: Tensor

    def __init__(self, inputs: int, outputs: int, side: int, factors: tuple[int, int]) -> None:
        super().__init__()
        reach = (inputs * side * side) ** -0.5  # as torch begins a Conv2d
        self.weight = nn.Parameter(torch.empty(outputs, inputs, side, side).uniform_(-reach, reach))
        self.bias = nn.Parameter(torch.empty(outputs).uniform_(-reach, reach))
        self.factors = factors
        self.register_buffer("_rows", _phases(side, factors[0]), persistent=False)
        self.register_buffer("_columns", _phases(side, factors[1]), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, in, H, W) to (batch, out, H * factors[0], W * factors[1])."""
        high, wide = self.factors
        outputs, inputs = self.weight.shape[:2]
        # (out, in, kh, kw) -> (out, phase row, phase column, in, small row, small column)
        small = torch.einsum("oikl,pak,qbl->opqiab", self.weight, self._rows, self._columns)
        answer = F.conv2d(
            x,
            small.reshape(outputs * high * wide, inputs, 3, 3),
            self.bias.repeat_interleave(high * wide),
            padding=1,
        )
        batch, _, h, w = answer.shape
        parts = answer.view(batch, outputs, high, wide, h, w).permute(0, 1, 4, 2, 5, 3)
        return parts.reshape(batch, outputs, h * high, w * wide)


def _phases(side: int, factor: int) -> Tensor:
    """(phase, small offset -1..1, kernel tap): 1 where the tap falls on the small pixel. Reach must be <= 1 pixel."""
    half = side // 2
    if half > factor:
        raise ValueError(
            f"a kernel of side {side} reaches beyond the neighbours of a pixel enlarged {factor} times"
        )
    table = torch.zeros(factor, 3, side)
    for phase in range(factor):
        for tap in range(side):
            table[phase, (phase + tap - half) // factor + 1, tap] = 1
    return table


class Encoder(nn.Module):
    """Spectrogram (batch, 1, 64, 96), about -1..1, to latent (batch, latent, 9, 10)."""

    def __init__(self, size: ClassicSize) -> None:
        super().__init__()
        if size.encoder[-1] * (MELS // 16) * (FRAMES // 16) != size.latent * LATENT_ROWS * LATENT_COLUMNS:
            raise ValueError("the encoder's last channels do not fill the reshaped latent")
        blocks: list[nn.Module] = []
        inputs = 1
        for i, outputs in enumerate(size.encoder):
            side = size.kernel(i)
            blocks += [
                nn.Conv2d(inputs, outputs, side, padding=side // 2),
                nn.BatchNorm2d(outputs),
                nn.LeakyReLU(SLOPE),
                nn.MaxPool2d(2),
            ]
            inputs = outputs
        self.blocks = nn.Sequential(*blocks)
        self.latent = size.latent

    def forward(self, spectrogram: Tensor) -> Tensor:
        """The latent, reshaped so that the decoder's kernels have room."""
        encoded: Tensor = self.blocks(spectrogram)
        return encoded.reshape(len(encoded), self.latent, LATENT_ROWS, LATENT_COLUMNS)


class Decoder(nn.Module):
    """Latent (batch, latent, 9, 10) to image (batch, 1, 162, 300); 0 is white paper and 1 black ink."""

    def __init__(self, size: ClassicSize) -> None:
        super().__init__()
        first = size.kernel(3)
        blocks: list[nn.Module] = [
            nn.Conv2d(size.latent, size.decoder[0], first, padding=first // 2),
            nn.BatchNorm2d(size.decoder[0]),
            nn.LeakyReLU(SLOPE),
        ]
        inputs = size.decoder[0]
        for i, (factors, outputs) in enumerate(zip(UPSAMPLINGS, (*size.decoder[1:], 1), strict=True)):
            blocks.append(UpsampledConv2d(inputs, outputs, size.kernel(2 - i), factors))
            if outputs > 1:
                blocks += [nn.BatchNorm2d(outputs), nn.LeakyReLU(SLOPE)]
            inputs = outputs
        self.blocks = nn.Sequential(*blocks)

    def forward(self, latent: Tensor) -> Tensor:
        """The image, not clamped."""
        image: Tensor = self.blocks(latent)
        return image


class ClassicNetwork(nn.Module):
    """The whole: spectrogram (batch, 1, 64, 96) to image (batch, 1, 162, 300), as ink and not clamped."""

    def __init__(self, size: ClassicSize) -> None:
        super().__init__()
        self.size = size
        self.encoder = Encoder(size)
        self.decoder = Decoder(size)

    def forward(self, spectrogram: Tensor) -> Tensor:
        """The image of what is heard."""
        image: Tensor = self.decoder(self.encoder(spectrogram))
        return image


def parameter_count(network: nn.Module) -> int:
    """How many numbers training decides."""
    return sum(p.numel() for p in network.parameters())
