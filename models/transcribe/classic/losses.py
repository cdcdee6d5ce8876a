"""The three losses that the dissertation compares, on images in ink (0 white, 1 black), and PSNR.

SSIM after Wang, Bovik, Sheikh and Simoncelli (2004), equation 13, with an 11x11 Gaussian window of sigma 1.5,
K1 = 0.01, K2 = 0.03; the dissertation's equation 2. SSIM is the same for ink and for light only in its
structure, so it is taken on light, as the dissertation's images are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

Loss = Literal["ssim", "mse", "smoothl1"]


def smooth_l1(output: Tensor, truth: Tensor) -> Tensor:
    """PyTorch's, as the dissertation says: half the squared error up to an error of 1 (black for white), straight beyond.

    On images in 0..1 that is half the MSE wherever the output stays near 0..1, and Adam does not see the half: what the
    two losses make should differ by chance only (docs/classic.md).
    """
    return F.smooth_l1_loss(output, truth)


def mse(output: Tensor, truth: Tensor) -> Tensor:
    """Mean of the squared error."""
    return F.mse_loss(output, truth)


def ssim_map(a: Tensor, b: Tensor) -> Tensor:
    """SSIM at every window that fits, (batch, 1, H - 10, W - 10), of two batches of one-channel images in 0..1."""
    c1, c2 = 0.01**2, 0.03**2
    n = len(a)
    with torch.set_grad_enabled(b.requires_grad and torch.is_grad_enabled()):
        mean_b, bb = _blur(torch.cat([b, b * b])).split(n)  # type: ignore[no-untyped-call]
    mean_a, aa, ab = _blur(torch.cat([a, a * a, a * b])).split(n)  # type: ignore[no-untyped-call]
    variance = aa - mean_a**2 + bb - mean_b**2
    covariance = ab - mean_a * mean_b
    return ((2 * mean_a * mean_b + c1) * (2 * covariance + c2)) / (  # type: ignore[no-any-return]
        (mean_a**2 + mean_b**2 + c1) * (variance + c2)
    )


def ssim(output: Tensor, truth: Tensor) -> Tensor:
    """1 minus the mean SSIM of the two images as light."""
    return 1 - ssim_map(1 - output, 1 - truth).mean()


def _blur(x: Tensor) -> Tensor:
    """The Gaussian window of 11 taps along rows and columns, no padding, as two products with banded matrices.

    On a CPU that takes a tenth of the time of a convolution with a single channel.
    """
    return torch.matmul(_bands(x.shape[-2], x), x) @ _bands(x.shape[-1], x).T


def _bands(length: int, like: Tensor) -> Tensor:
    """(length - 10, length): row i holds the window's weights from column i on."""
    taps = torch.exp(-((torch.arange(11, dtype=like.dtype, device=like.device) - 5) ** 2) / (2 * 1.5**2))
    taps = taps / taps.sum()
    table = torch.zeros(length - 10, length, dtype=like.dtype, device=like.device)
    for i, tap in enumerate(taps):
        table.diagonal(i).fill_(float(tap))
    return table


LOSSES: dict[Loss, Callable[[Tensor, Tensor], Tensor]] = {"ssim": ssim, "mse": mse, "smoothl1": smooth_l1}


def psnr(output: Tensor, truth: Tensor) -> Tensor:
    """PSNR in dB of every image of the batch (equation 3), on grey levels 0..255 as a file would hold; at most 60."""
    a, b = (t.clamp(0, 1).mul(255).round() for t in (output, truth))
    error = (a - b).square().mean((1, 2, 3))
    return (10 * torch.log10(255**2 / error.clamp_min(1e-9))).clamp_max(60)
