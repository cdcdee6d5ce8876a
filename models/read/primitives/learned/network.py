"""The network that finds primitives: centres as heat maps at a quarter of the picture's size, sizes and attributes beside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, cast

from torch import Tensor, nn
from torch.nn import functional

from models.read.primitives.learned.classes import CLASSES, GROUPS, POSITIONS, STEMS


@dataclass(frozen=True)
class DetectorSize:
    """Channels at strides 2, 4, 8, 16 and 32, and of the maps that the answers are read from."""

    widths: tuple[int, int, int, int, int] = (16, 48, 80, 112, 128)
    blocks: tuple[int, int, int, int] = (2, 2, 2, 2)
    head: int = 64


class Answers(NamedTuple):
    """What the network tells of pictures (n, 1, H, W), for each cell of 4 x 4 pixels.

    `heat` (n, classes, H/4, W/4): logits that a sign of the class has its centre there. `places` (n, groups, 4, ...):
    for each group of classes the centre's offset from the cell's middle in cells, x and y, and the logarithms of
    width and height in cells. `positions` (n, 39, ...) and `stems` (n, 3, ...): logits of staff position and stem.
    """

    heat: Tensor
    places: Tensor
    positions: Tensor
    stems: Tensor


class Detector(nn.Module):
    """A centre heat-map detector of 0.7 million parameters and about 15 thousand multiplications a pixel.

    Full 3 x 3 convolutions at strides 2 to 8, where glyphs are small; depthwise ones with a wide view below. Sizes
    of pictures must be multiples of 32.
    """

    def __init__(self, size: DetectorSize | None = None) -> None:
        super().__init__()
        self.size = size = size or DetectorSize()
        w2, w4, w8, w16, w32 = size.widths
        self.stem = nn.Sequential(_conv(1, w2, 3, stride=2), _conv(w2, w2, 3))
        self.at4 = nn.Sequential(_conv(w2, w4, 3, stride=2), *(_Block(w4) for _ in range(size.blocks[0])))
        self.at8 = nn.Sequential(_conv(w4, w8, 3, stride=2), *(_Block(w8) for _ in range(size.blocks[1])))
        self.at16 = nn.Sequential(_conv(w8, w16, 3, stride=2), *(_Wide(w16) for _ in range(size.blocks[2])))
        self.at32 = nn.Sequential(_conv(w16, w32, 3, stride=2), *(_Wide(w32) for _ in range(size.blocks[3])))
        self.from32 = _conv(w32, w16, 1)
        self.from16 = nn.Sequential(_Wide(w16), _conv(w16, w8, 1))
        self.from8 = nn.Sequential(_Wide(w8), _conv(w8, w4, 1))
        self.join = _conv(w4, w4, 3)
        self.head = _conv(w4, size.head, 3)
        self.heat = nn.Conv2d(size.head, len(CLASSES), 1)
        self.told = nn.Conv2d(size.head, 4 * GROUPS + POSITIONS + len(STEMS), 1)
        nn.init.constant_(cast(Tensor, self.heat.bias), -4.6)

    def forward(self, pictures: Tensor) -> Answers:
        """The answers for pictures (n, 1, H, W), float32, 0 paper to 1 ink."""
        at4 = self.at4(self.stem(pictures))
        at8 = self.at8(at4)
        at16 = self.at16(at8)
        at32 = self.at32(at16)
        up16 = at16 + _twice(self.from32(at32))
        up8 = at8 + _twice(self.from16(up16))
        up4 = self.head(self.join(at4 + _twice(self.from8(up8))))
        told = self.told(up4)
        n, _, height, width = told.shape
        places = told[:, : 4 * GROUPS].reshape(n, GROUPS, 4, height, width)
        return Answers(
            self.heat(up4),
            places,
            told[:, 4 * GROUPS : 4 * GROUPS + POSITIONS],
            told[:, 4 * GROUPS + POSITIONS :],
        )


class _Block(nn.Module):
    """Two full convolutions with a way around them."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = _conv(width, width, 3)
        self.second = _conv(width, width, 3, active=False)

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(x + self.second(self.first(x)))


class _Wide(nn.Module):
    """A depthwise convolution of 7 x 7 and two of 1 x 1, with a way around them."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(width, width, 7, padding=3, groups=width, bias=False),
            nn.BatchNorm2d(width),
            _conv(width, 2 * width, 1),
            _conv(2 * width, width, 1, active=False),
        )

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(x + cast(Tensor, self.body(x)))


def _conv(before: int, after: int, kernel: int, *, stride: int = 1, active: bool = True) -> nn.Sequential:
    layers: list[nn.Module] = [
        nn.Conv2d(before, after, kernel, stride, kernel // 2, bias=False),
        nn.BatchNorm2d(after),
    ]
    return nn.Sequential(*layers, nn.ReLU(inplace=True)) if active else nn.Sequential(*layers)


def _twice(x: Tensor) -> Tensor:
    return functional.interpolate(x, scale_factor=2.0, mode="nearest")


def parameter_count(network: nn.Module) -> int:
    """The number of numbers that training sets."""
    return sum(p.numel() for p in network.parameters())
