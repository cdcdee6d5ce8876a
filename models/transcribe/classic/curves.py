"""Pictures of training and of results: losses by epoch, PSNR by key, drawings beside their truth. Needs matplotlib."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from models.transcribe.classic.keys import key_name


def loss_plot(curve: Sequence[Sequence[float]], name: str, path: Path) -> None:
    """Losses of train and test by epoch, as the dissertation's figures 3.9 to 3.11, written as PNG."""
    plt = _pyplot()  # type: ignore[no-untyped-call]
    figure, axis = plt.subplots(figsize=(5.5, 3.6))
    epochs = range(1, len(curve) + 1)
    axis.plot(epochs, [c[0] for c in curve], label="train")
    axis.plot(epochs, [c[1] for c in curve], label="test (pianos never heard)")
    axis.set(xlabel="epoch", ylabel="loss", title=name)
    axis.legend()
    axis.grid(alpha=0.3)
    _write(figure, path)


def loss_plots(curves: Mapping[str, Sequence[Sequence[float]]], path: Path) -> None:
    """The losses of all networks side by side, and in a last panel the PSNR of the test half by epoch."""
    plt = _pyplot()  # type: ignore[no-untyped-call]
    columns = (len(curves) + 2) // 2
    figure, axes = plt.subplots(2, columns, figsize=(3.4 * columns, 5.2))
    panels = list(axes.flat)
    for axis, (name, curve) in zip(panels, curves.items(), strict=False):
        epochs = range(1, len(curve) + 1)
        axis.plot(epochs, [c[0] for c in curve], label="train")
        axis.plot(epochs, [c[1] for c in curve], label="test (pianos never heard)")
        axis.set(title=name, xlabel="epoch", ylabel="loss")
        panels[-1].plot(epochs, [c[2] for c in curve], label=name)
    panels[0].legend(fontsize=7)
    panels[-1].set(title="test half", xlabel="epoch", ylabel="mean PSNR (dB)")
    panels[-1].legend(fontsize=6, framealpha=0.5)
    for axis in panels:
        axis.grid(alpha=0.3)
    _write(figure, path)


def spectrograms_of(
    rows: Sequence[tuple[str, npt.NDArray[np.uint8], npt.NDArray[np.float32]]], path: Path
) -> None:
    """Sheet images (name, image, spectrogram in 0..1) beside the mel spectrograms made of them."""
    plt = _pyplot()  # type: ignore[no-untyped-call]
    figure, axes = plt.subplots(2, len(rows), figsize=(3.4 * len(rows), 5.2), height_ratios=(1, 2))
    for (upper, lower), (name, image, spectrogram) in zip(axes.T, rows, strict=True):
        upper.imshow(image, cmap="gray", vmin=0, vmax=255)
        upper.set(title=name, xticks=[], yticks=[])
        lower.imshow(
            spectrogram, origin="lower", aspect="auto", vmin=0, vmax=1, extent=(0, 2.2, 0, len(spectrogram))
        )
        lower.set(xlabel="seconds", ylabel="mel band")
    _write(figure, path)


def key_scatter(psnr: Mapping[str, Mapping[int, float]], path: Path) -> None:
    """Mean PSNR of every key, a series for each network, as the dissertation's figures 3.13 and 3.14."""
    plt = _pyplot()  # type: ignore[no-untyped-call]
    figure, axis = plt.subplots(figsize=(9, 4))
    for name, values in psnr.items():
        axis.scatter(list(values), list(values.values()), s=14, label=name)
    ticks = range(21, 109, 3)
    axis.set_xticks(ticks, [key_name(k) for k in ticks], rotation=90, fontsize=7)
    axis.set(xlabel="key", ylabel="mean PSNR (dB)")
    axis.legend(fontsize=7)
    axis.grid(alpha=0.3)
    _write(figure, path)


def drawings(
    rows: Sequence[tuple[str, Sequence[npt.NDArray[np.uint8]]]], heads: Sequence[str], path: Path
) -> None:
    """A table of sheet images, a row for each name and a column for each head, written as PNG."""
    plt = _pyplot()  # type: ignore[no-untyped-call]
    figure, axes = plt.subplots(
        len(rows), len(heads), figsize=(2.6 * len(heads), 1.55 * len(rows)), squeeze=False
    )
    for line, (name, images) in zip(axes, rows, strict=True):
        for axis, image in zip(line, images, strict=True):
            axis.imshow(image, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
            axis.set_xticks([])
            axis.set_yticks([])
        line[0].set_ylabel(name, fontsize=8)
    for axis, head in zip(axes[0], heads, strict=True):
        axis.set_title(head, fontsize=8)
    _write(figure, path)


def _pyplot():  # type: ignore[no-untyped-def]  # noqa: ANN202 - matplotlib's module
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    return plt


def _write(figure, path: Path) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001 - matplotlib's figure
    figure.tight_layout()
    figure.savefig(path, dpi=100, metadata={"Software": None})
    _pyplot().close(figure)  # type: ignore[no-untyped-call]
