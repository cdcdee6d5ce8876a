"""The networks of Tran and Lee (2019), "Super-resolution in Music Score Images by Instance Normalization", Table 2.

All take and give RGB light, float32 (N, 3, H, W) to (N, 3, 4H, 4W), 0 black, 1 white. What the paper leaves open is
decided here and told in docs/upscale.md.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn

SCALE = 4
Kind = Literal["reference", "edsr", "srgan"]
KINDS: tuple[Kind, ...] = ("reference", "edsr", "srgan")


@dataclass(frozen=True)
class PaperSize:
    """Which of the paper's systems, how deep and how wide. The paper's own has 32 blocks of 64 channels."""

    kind: Kind = "reference"
    blocks: int = 32
    channels: int = 64

    def as_json(self) -> str:
        """For the weight file's metadata."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> PaperSize:
        """The size that `as_json` wrote."""
        return cls(**json.loads(text))


def convolution(entering: int, leaving: int, side: int = 3) -> nn.Conv2d:
    """A convolution that keeps height and width."""
    return nn.Conv2d(entering, leaving, side, padding=side // 2)


class EdsrBlock(nn.Module):
    """EDSR's residual block (Lim et al. 2017; Fig. 2a of the paper): convolution, ReLU, convolution, sum."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            convolution(channels, channels), nn.ReLU(inplace=True), convolution(channels, channels)
        )

    def forward(self, x: Tensor) -> Tensor:
        """The same shape."""
        changed: Tensor = self.layers(x)
        return x + changed


class ModifiedBlock(nn.Module):
    """The paper's residual block (Fig. 2b): EDSR's with an instance norm, a convolution and a ReLU more.

    Read as convolution, instance norm, ReLU, convolution, ReLU, convolution, sum: the norm stands where
    normalisation stood in the residual blocks that EDSR stripped of it, and the block still ends in a
    convolution, so that what is added to the skip may have either sign.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            convolution(channels, channels),
            nn.InstanceNorm2d(channels, affine=True),
            nn.ReLU(inplace=True),
            convolution(channels, channels),
            nn.ReLU(inplace=True),
            convolution(channels, channels),
        )

    def forward(self, x: Tensor) -> Tensor:
        """The same shape."""
        changed: Tensor = self.layers(x)
        return x + changed


class SrResNetBlock(nn.Module):
    """SRResNet's residual block (Ledig et al. 2017): convolution, batch norm, PReLU, convolution, batch norm, sum."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            convolution(channels, channels),
            nn.BatchNorm2d(channels),
            nn.PReLU(),
            convolution(channels, channels),
            nn.BatchNorm2d(channels),
        )

    def forward(self, x: Tensor) -> Tensor:
        """The same shape."""
        changed: Tensor = self.layers(x)
        return x + changed


def _enlarging(channels: int, activation: Callable[[], nn.Module] | None) -> nn.Sequential:
    """Two sub-pixel steps of x2 (Shi et al. 2016): the paper's x4."""
    layers: list[nn.Module] = []
    for _ in range(2):
        layers += [convolution(channels, 4 * channels), nn.PixelShuffle(2)]
        if activation:
            layers.append(activation())
    return nn.Sequential(*layers)


class PaperNetwork(nn.Module):
    """Head, residual blocks, a closing convolution, the skip around them, x4 by sub-pixels, tail (Fig. 4).

    ``body`` works at LR; ``enlarge`` holds no normalisation, so that it can run in tiles whatever the body is.
    """

    def __init__(self, size: PaperSize | None = None) -> None:
        super().__init__()
        self.size = size or PaperSize()
        channels, kind = self.size.channels, self.size.kind
        block = {"reference": ModifiedBlock, "edsr": EdsrBlock, "srgan": SrResNetBlock}[kind]
        blocks = [block(channels) for _ in range(self.size.blocks)]
        if kind == "srgan":  # SRResNet: 9x9 ends, PReLU, batch norm after the closing convolution
            self.head = nn.Sequential(convolution(3, channels, 9), nn.PReLU())
            self.body = nn.Sequential(*blocks, convolution(channels, channels), nn.BatchNorm2d(channels))
            self.enlarge = nn.Sequential(_enlarging(channels, nn.PReLU), convolution(channels, 3, 9))
        else:
            self.head = nn.Sequential(convolution(3, channels))
            self.body = nn.Sequential(*blocks, convolution(channels, channels))
            self.enlarge = nn.Sequential(_enlarging(channels, None), convolution(channels, 3))

    def features(self, light: Tensor, on_layer: Callable[[int], None] | None = None) -> Tensor:
        """What the page is at LR before it is enlarged, (N, channels, H, W).

        ``on_layer(done)`` is called after each layer of the body; what it raises stops the work.
        """
        head: Tensor = self.head(light)
        changed = head
        for done, layer in enumerate(self.body, start=1):
            changed = layer(changed)
            if on_layer:
                on_layer(done)
        return head + changed

    def forward(self, light: Tensor) -> Tensor:
        """The picture four times larger, not clamped."""
        large: Tensor = self.enlarge(self.features(light))
        return large

    @property
    def enlarge_radius(self) -> int:
        """LR pixels to each side that an enlarged pixel depends on."""
        return 4 if self.size.kind == "srgan" else 3


class Discriminator(nn.Module):
    """SRGAN's critic (Ledig et al. 2017, Fig. 4): eight strided convolutions, then one logit a picture.

    The mean over places stands for the paper's dense layer of 1024, so that windows of any size can be judged.
    """

    def __init__(self, channels: int = 64) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.Conv2d(3, channels, 3, padding=1), nn.LeakyReLU(0.2)]
        entering = channels
        for leaving, stride in ((1, 2), (2, 1), (2, 2), (4, 1), (4, 2), (8, 1), (8, 2)):
            layers += [
                nn.Conv2d(entering, leaving * channels, 3, stride=stride, padding=1),
                nn.BatchNorm2d(leaving * channels),
                nn.LeakyReLU(0.2),
            ]
            entering = leaving * channels
        self.trunk = nn.Sequential(*layers)
        self.judge = nn.Sequential(
            nn.Conv2d(entering, 2 * entering, 1), nn.LeakyReLU(0.2), nn.Conv2d(2 * entering, 1, 1)
        )

    def forward(self, light: Tensor) -> Tensor:
        """One logit a picture, (N,): positive where it looks like an engraved one."""
        places: Tensor = self.judge(self.trunk(light).mean((2, 3), keepdim=True))
        return places.flatten()


class ScoreFeatures(nn.Module):
    """Stands for SRGAN's VGG: a small network trained on scores, whose middle features say what a picture shows.

    VGG's weights are not free to ship and know photographs. This one learns to tell the engraver's font and the
    staff space of a window (`models.upscale.train_paper`), so its features react to symbols and lines.
    """

    def __init__(self, classes: int, channels: int = 32) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        entering = 3
        # pools after convolutions of stride 1, as VGG has them: strided ones would see only some phases of a
        # picture, and a generator trained on what they see draws a chequer of their period
        for width in (channels, 2 * channels, 4 * channels, 4 * channels):
            layers += [convolution(entering, width), nn.BatchNorm2d(width), nn.ReLU(), nn.MaxPool2d(2)]
            entering = width
        self.trunk = nn.Sequential(*layers)
        self.classify = nn.Linear(entering, classes)

    def forward(self, light: Tensor) -> Tensor:
        """Logits of the classes, (N, classes)."""
        logits: Tensor = self.classify(self.trunk(light).mean((2, 3)))
        return logits

    def features(self, light: Tensor) -> Tensor:
        """The third stage before its ReLU, (N, 4 * channels, H / 4, W / 4)."""
        third: Tensor = self.trunk[:10](light)
        return third


def light_of(grey: Tensor) -> Tensor:
    """Grey uint8 (N, H, W) as RGB light in 0..1, (N, 3, H, W)."""
    return (grey.float() / 255).unsqueeze(1).expand(-1, 3, -1, -1)


def cost_of(network: PaperNetwork) -> dict[str, Any]:
    """Trained numbers and multiply-adds a LR pixel of the network."""
    parameters = sum(p.numel() for p in network.parameters())
    macs = 0.0
    scale = 1
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            kernel = module.kernel_size[0] * module.kernel_size[1]
            macs += kernel * module.in_channels * module.out_channels * scale**2
        elif isinstance(module, nn.PixelShuffle):
            scale *= 2
    return {"parameters": parameters, "macs_per_lr_pixel": round(macs)}


def open_network(arrays: dict[str, Any], size: str) -> PaperNetwork:
    """The network of a weight file, ready to run."""
    network = PaperNetwork(PaperSize.from_json(size))
    network.load_state_dict({name: torch.from_numpy(array) for name, array in arrays.items()})
    return network.eval()
