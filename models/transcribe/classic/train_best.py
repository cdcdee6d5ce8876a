"""Trains the decoder of ``best``: ``python -m models.transcribe.classic.train_best OUT.safetensors --minutes 12``.

It needs no sounds: the latent is a distribution over keys and the truth the sheet image of the likeliest. Resumes from
``OUT.ckpt``, prints a line per block of steps, writes ``OUT.png`` (PSNR by step), and stops itself.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor
from torch.nn import functional as F

from models.accelerator import Choice, pick_device
from models.training import Checkpoint, Line, draw_curve
from models.transcribe.classic.best import BestDecoder, doubts
from models.transcribe.classic.losses import psnr
from models.transcribe.classic.networks import parameter_count
from models.transcribe.classic.train import truths


def leaky_clamp(ink: Tensor, leak: float = 0.02) -> Tensor:
    """Ink held to 0..1 but for a small slope outside: what is drawn is clamped, so blacker than black costs little."""
    held = ink.clamp(0, 1)
    return held + leak * (ink - held)


@torch.inference_mode()
def sure_psnr(network: BestDecoder, images: Tensor) -> Tensor:
    """PSNR in dB of the 88 images, each drawn from a latent that is sure of its key."""
    return psnr(network(torch.eye(len(images), device=images.device)), images)


def train(
    out: Path,
    *,
    minutes: float,
    device: Choice,
    seed: int = 1,
    batch: int = 24,
    rate: float = 4e-3,
    block: int = 100,
) -> dict[str, float]:
    """Trains until ``minutes`` are used, over all resumptions, and writes the weights in half precision."""
    where = pick_device(device)
    torch.manual_seed(seed)
    network = BestDecoder().to(where)
    optimiser = torch.optim.Adam(network.parameters(), lr=rate)
    images = truths().to(where)
    checkpoint = Checkpoint(out, network=network, optimiser=optimiser)
    out.parent.mkdir(parents=True, exist_ok=True)
    used, step, curve = 0.0, 0, []
    if state := checkpoint.restore(where):
        used, step, curve = state["used"], state["step"], state["curve"]
    generator = torch.Generator().manual_seed(seed + step)
    print(f"{parameter_count(network)} parameters on {where}, resuming at step {step}", flush=True)
    began = time.monotonic()
    while (share := (used + time.monotonic() - began) / (60 * minutes)) < 1:
        for group in optimiser.param_groups:
            group["lr"] = min(1.0, (step + 1) / 50) * rate * (0.5 + 0.5 * math.cos(math.pi * share)) + 1e-6
        latents, best = doubts(batch, generator)
        loss = F.mse_loss(leaky_clamp(network(latents.to(where))), images[best])
        optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(network.parameters(), 0.05)
        optimiser.step()
        step += 1
        if step % block == 0:
            reached = sure_psnr(network, images)
            curve.append([step, float(reached.mean()), float(reached.min())])
            spent = used + time.monotonic() - began
            print(
                f"step {step} min {spent / 60:.1f} loss {float(loss.detach()):.6f} PSNR {curve[-1][1]:.2f}, worst key {curve[-1][2]:.2f} dB",
                flush=True,
            )
            checkpoint.save(used=spent, step=step, curve=curve)
    state_dict = {k: v.contiguous().half() for k, v in network.state_dict().items()}
    network.load_state_dict({k: v.float() for k, v in state_dict.items()})
    reached = sure_psnr(network, images)
    save_file(state_dict, out, {"network": "best"})
    lines = [Line(1, "mean of the 88 keys"), Line(2, "worst key")]
    draw_curve(curve, out.with_suffix(".png"), ("PSNR of a sure latent (dB)", lines))
    return {"steps": step, "psnr": float(reached.mean()), "worst": float(reached.min())}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--minutes", type=float, default=12)
    parser.add_argument("--device", choices=["auto", "cpu", "cuda"], default="auto")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    print(json.dumps(train(args.out, minutes=args.minutes, device=args.device, seed=args.seed)))
