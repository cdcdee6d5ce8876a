"""Trains the systems of the paper's Table 2 on the same patches for the same steps: one command, any machine.

``python -m models.upscale.train_paper KIND PACK [PACK ...] OUT.safetensors --minutes 10`` with KIND ``reference``, ``edsr`` or
``srgan``. As in the paper: RGB patches of 64x64 LR, batches of 16, flips and rotations, L1, Adam (0.9, 0.9999, 1e-8) at
1e-4, 2460 patches. ``--all`` takes every crop of the packs at any phase instead, ``--rate`` and ``--decay`` what trains better;
``--blocks`` and ``--channels`` a smaller stand-in, ``--steps`` ends all systems at the same step, ``--grow-from``
begins as a trained smaller one made deeper and wider (`models.upscale.growth`), ``--small-until 0.75`` takes patches of half the side
for the first three quarters. It resumes from ``OUT.ckpt``, logs, draws the curve and stops itself.

``srgan`` is SRResNet trained on squared error for the first half, then as SRGAN's generator: features of `ScoreFeatures`
(trained here, on the packs' own labels), plus 1e-3 of the critic's judgement.
"""

from __future__ import annotations

import argparse
import io
import json
import math
import time
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from models.accelerator import Choice, pick_device
from models.training import Checkpoint, add_arguments
from models.upscale.growth import grown
from models.upscale.pack import PAPER_PATCHES, PAPER_SIDE
from models.upscale.paper import (
    KINDS,
    SCALE,
    Discriminator,
    PaperNetwork,
    PaperSize,
    ScoreFeatures,
    cost_of,
    light_of,
    open_network,
)
from models.upscale.train import draw_psnr, mean_psnr

FEATURE_STEPS = 300
FEATURE_BATCH = 8
"""Windows a step at least where `ScoreFeatures` is trained: its batch norms need some."""
RIVALS_FROM = 0.5
"""Share of SRGAN's training from which it is judged by features and critic, no longer by squared error."""
RIVAL_RATE = 0.1
"""Times the rate from then on where it decays: what suits squared error tears a generator from its critic."""


@dataclass(frozen=True)
class PaperRecipe:
    """What decides the result besides packs and minutes; the values are the paper's."""

    size: PaperSize
    seed: int = 1
    batch: int = 16
    lr_side: int = 64
    rate: float = 1e-4
    decay: bool = False
    every_crop: bool = False
    adversarial: float = 1e-3
    steps: int = 0
    """Steps after which training ends, 0 for as many as the minutes allow."""
    critic: int = 64
    """Channels of SRGAN's critic."""
    grow_from: Path | None = None
    """Weights of a smaller network of the same system to begin as (`models.upscale.growth`)."""
    small_until: float = 0.0
    """Share of the training on LR patches of half the side: four times as many steps in the time; the rest on whole ones."""


@dataclass(frozen=True)
class Patches:
    """Grey uint8 (N, S, S) pictures and their label: font and staff space, for `ScoreFeatures`."""

    grey: Tensor
    label: Tensor
    classes: int

    def sample(
        self,
        recipe: PaperRecipe,
        generator: torch.Generator,
        batch: int | None = None,
        lr_side: int | None = None,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """LR light, HR light and labels of a batch: windows at any phase, flipped and turned at random."""
        side, batch = (lr_side or recipe.lr_side) * SCALE, batch or recipe.batch
        count, room = self.grey.shape[0], self.grey.shape[-1] - side + 1
        chosen = torch.randint(count, (batch,), generator=generator)
        corners = torch.randint(room, (batch, 2), generator=generator).tolist()
        turns = torch.randint(8, (batch,), generator=generator).tolist()
        windows = []
        for number, (y, x), turn in zip(chosen.tolist(), corners, turns, strict=True):
            window = self.grey[number, y : y + side, x : x + side]
            window = torch.rot90(window, turn % 4)
            windows.append(window.flip(1) if turn > 3 else window)
        high = torch.stack(windows)
        return light_of(bicubic_lr(high)), light_of(high), self.label[chosen.to(self.label.device)]


def bicubic_lr(high: Tensor) -> Tensor:
    """A quarter of the size as Pillow's bicubic filter makes it, uint8 (N, S/4, S/4), on any device.

    torch's antialiased bicubic is the same filter; a test holds it to one grey level of Pillow's.
    """
    low = nn.functional.interpolate(
        high.float().unsqueeze(1), scale_factor=1 / SCALE, mode="bicubic", antialias=True, align_corners=False
    )
    return low.squeeze(1).clamp(0, 255).round().to(torch.uint8)


def read_patches(packs: Sequence[Path], side: str, *, every_crop: bool, seed: int = 1) -> Patches:
    """The paper's number of patches (2460 to train, 534 of other works to test), or all crops whole."""
    crops: list[np.ndarray] = []
    names: list[tuple[str, int]] = []
    for pack in packs:
        with zipfile.ZipFile(pack) as archive:
            for number, row in enumerate(json.loads(archive.read("manifest.json"))):
                if row["side"] == side:
                    crops.append(np.asarray(Image.open(io.BytesIO(archive.read(f"{number:06d}.png")))))
                    names.append((str(row.get("font", "")), round(math.log2(row.get("staff_space", 16)) * 2)))
    if not crops:
        raise SystemExit(f"The packs hold no crops to {side} on.")
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(crops))
    if not every_crop:
        wanted = PAPER_PATCHES[side]
        order = np.resize(order, wanted)  # some crops serve twice where the pack is small, at another place
        corners = rng.integers(0, crops[0].shape[0] - PAPER_SIDE + 1, (wanted, 2))
        pieces = [
            crops[i][y : y + PAPER_SIDE, x : x + PAPER_SIDE] for i, (y, x) in zip(order, corners, strict=True)
        ]
    else:
        pieces = [crops[i] for i in order]
    kinds = {name: number for number, name in enumerate(sorted(set(names)))}
    labels = torch.tensor([kinds[names[i]] for i in order])
    return Patches(torch.from_numpy(np.stack(pieces)), labels, len(kinds))


def train_features(patches: Patches, recipe: PaperRecipe, device: torch.device, steps: int) -> ScoreFeatures:
    """The network whose features stand for VGG's, trained to tell font and staff space."""
    network = ScoreFeatures(patches.classes).to(device)
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-3)
    generator = torch.Generator().manual_seed(recipe.seed + 17)
    for _ in range(steps):
        _, high, labels = patches.sample(recipe, generator, max(FEATURE_BATCH, recipe.batch))
        loss = nn.functional.cross_entropy(network(high.to(device)), labels.to(device))
        optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    return network.eval().requires_grad_(requires_grad=False)


class Rivalry:
    """The second half of SRGAN's training: the critic learns beside the generator and judges its pictures."""

    def __init__(self, features: ScoreFeatures, recipe: PaperRecipe, device: torch.device) -> None:
        self.features = features
        self.critic = Discriminator(recipe.critic).to(device)
        self.optimiser = torch.optim.Adam(self.critic.parameters(), lr=1e-4)
        self._weight = recipe.adversarial

    def loss(self, large: Tensor, high: Tensor) -> Tensor:
        """The generator's loss; the critic takes its own step first."""
        yes, no = self.critic(high), self.critic(large.detach())
        blame = nn.functional.binary_cross_entropy_with_logits
        critic_loss = blame(yes, torch.ones_like(yes)) + blame(no, torch.zeros_like(no))
        self.optimiser.zero_grad(set_to_none=True)
        critic_loss.backward()  # type: ignore[no-untyped-call]
        self.optimiser.step()
        judged = self.critic(large)
        content = (self.features.features(large) - self.features.features(high)).square().mean()
        return content + self._weight * blame(judged, torch.ones_like(judged))


@dataclass
class Run:
    """What a checkpoint holds beside the weights."""

    used: float
    step: int
    curve: list[list[float]]


def train(
    packs: Sequence[Path], out: Path, *, minutes: float, device: Choice, recipe: PaperRecipe, block: int = 200
) -> dict[str, float]:
    """Trains until ``minutes`` or the recipe's steps are used over all resumptions.

    Writes the weights (fp16), returns steps and PSNR.
    """
    where = pick_device(device)
    torch.manual_seed(recipe.seed)
    patches = read_patches(packs, "train", every_crop=recipe.every_crop)
    test = read_patches(packs, "val", every_crop=False)
    if where.type == "cuda":
        patches = Patches(patches.grey.to(where), patches.label, patches.classes)
    high_val = test.grey[:48]
    low_val, truth = light_of(bicubic_lr(high_val)).to(where), light_of(high_val).to(where)
    network = (begun(recipe) if recipe.grow_from else PaperNetwork(recipe.size)).to(where)
    optimiser = torch.optim.Adam(network.parameters(), lr=recipe.rate, betas=(0.9, 0.9999), eps=1e-8)
    rivalry = None
    if recipe.size.kind == "srgan":
        rivalry = Rivalry(train_features(patches, recipe, where, FEATURE_STEPS), recipe, where)
    critic = None if rivalry is None else rivalry.critic
    checkpoint = Checkpoint(out, network=network, optimiser=optimiser, critic=critic)
    run = Run(0.0, 0, [])
    if state := checkpoint.restore(where):
        run = Run(state["used"], state["step"], state["curve"])
    print(
        f"{json.dumps(cost_of(network))} on {where}, from step {run.step}, {run.used / 60:.1f} min used",
        flush=True,
    )
    began, loss_sum = time.monotonic(), 0.0
    generator = torch.Generator().manual_seed(recipe.seed + run.step)

    def share_used() -> float:
        by_time = (run.used + time.monotonic() - began) / (60 * minutes)
        return max(by_time, run.step / recipe.steps) if recipe.steps else by_time

    while (share := share_used()) < 1:
        if recipe.decay:
            warm = min(1.0, (run.step + 1) / 100)
            if rivalry is not None and share >= RIVALS_FROM:
                warm *= RIVAL_RATE
            for group in optimiser.param_groups:
                group["lr"] = warm * recipe.rate * (0.5 + 0.5 * math.cos(math.pi * share)) + 1e-6
        small = share < recipe.small_until
        low, high, _ = patches.sample(recipe, generator, lr_side=recipe.lr_side // 2 if small else None)
        low, high = (t.to(where, memory_format=torch.channels_last) for t in (low, high))
        with torch.autocast("cuda", torch.bfloat16, enabled=where.type == "cuda"):
            large = network(low)
        large = large.float()
        if rivalry is None:
            loss = (large - high).abs().mean()
        elif share < RIVALS_FROM:
            loss = (large - high).square().mean()
        else:
            loss = rivalry.loss(large, high)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        run.step += 1
        loss_sum += float(loss.detach())
        if run.step % block == 0:
            spent = run.used + time.monotonic() - began
            run.curve.append([run.step, spent / 60, loss_sum / block, _psnr(network, low_val, truth)])
            print(
                f"step {run.step} min {spent / 60:.1f} loss {loss_sum / block:.5f} PSNR {run.curve[-1][3]:.2f} dB",
                flush=True,
            )
            loss_sum = 0.0
            checkpoint.save(used=spent, step=run.step, curve=run.curve)
    spent = run.used + time.monotonic() - began
    checkpoint.save(used=spent, step=run.step, curve=run.curve)
    arrays = {k: v.contiguous().half() for k, v in network.state_dict().items() if v.is_floating_point()}
    told = {"network": "paper", "size": recipe.size.as_json(), "steps": str(run.step), "device": where.type}
    save_file(arrays, out, told)
    draw_psnr(run.curve, out.with_suffix(".png"))
    return {"steps": run.step, "val_psnr": _psnr(network, low_val, truth)}


def begun(recipe: PaperRecipe) -> PaperNetwork:
    """The network of the recipe's size that answers as the weights of ``grow_from`` do."""
    assert recipe.grow_from is not None  # noqa: S101 - for the type checker
    with safe_open(recipe.grow_from, "np") as held:
        size = held.metadata()["size"]
        small = open_network({name: held.get_tensor(name) for name in held.keys()}, size)  # noqa: SIM118 - no mapping
    return grown(small.train(), recipe.size, seed=recipe.seed)


def _psnr(network: PaperNetwork, low: Tensor, truth: Tensor) -> float:
    network.eval()
    with torch.inference_mode():
        large = torch.cat([network(part) for part in torch.split(low, 8)])
    network.train()
    return mean_psnr(1 - large[:, :1], 1 - truth[:, :1])  # as ink, which is how blank patches are known


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("packs", type=Path, nargs="+", metavar="PACK")
    parser.add_argument("out", type=Path)
    add_arguments(parser, minutes=60)
    parser.add_argument("--steps", type=int, default=0, help="end there, if the minutes allow")
    parser.add_argument("--batch", type=int, default=PaperRecipe.batch)
    parser.add_argument("--critic", type=int, default=PaperRecipe.critic, help="channels of SRGAN's critic")
    parser.add_argument("--blocks", type=int, default=32)
    parser.add_argument("--channels", type=int, default=64)
    parser.add_argument(
        "--grow-from", type=Path, help="weights of a smaller network of this kind to begin as"
    )
    parser.add_argument(
        "--small-until", type=float, default=0.0, help="share of the steps on patches of half the side"
    )
    parser.add_argument("--rate", type=float, default=1e-4)
    parser.add_argument(
        "--decay", action="store_true", help="warm up for 100 steps, then decay by a cosine to the end"
    )
    parser.add_argument(
        "--all", action="store_true", help="every crop of the packs, not the paper's 2460 patches"
    )
    args = parser.parse_args()
    result = train(
        args.packs,
        args.out,
        minutes=args.minutes,
        device=args.device,
        recipe=PaperRecipe(
            PaperSize(args.kind, args.blocks, args.channels),
            seed=args.seed,
            rate=args.rate,
            decay=args.decay,
            every_crop=args.all,
            steps=args.steps,
            batch=args.batch,
            critic=args.critic,
            grow_from=args.grow_from,
            small_until=args.small_until,
        ),
    )
    print(json.dumps(result))
