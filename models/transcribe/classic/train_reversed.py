"""Trains the reversed network: ``python -m models.transcribe.classic.train_reversed DATA OUT.safetensors --minutes 8``.

DATA is a folder of the data maker (`make notes`). The truth of a key is the mel spectrogram of its take by one piano at one
dynamic: pianos are tuned differently, and a mean over several would blur the partials that tell the key. The images are
shifted, faded, blurred and soiled a little, so that a scan will do. In the first
part of the time the encoder learns to tell the keys apart; then the last layers begin as the least-squares answer to the
truths' singular vectors; then all layers learn together, and at last the last layer is settled by least squares. Resumes from ``OUT.ckpt``, prints a line per block of steps,
writes ``OUT.png`` (error by step), and stops itself.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from pathlib import Path

import numpy as np
import soundfile
import soxr
import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional as F

from models.accelerator import Choice, pick_device
from models.training import Checkpoint, Line, draw_curve
from models.transcribe.classic.errors import BadAnnotations
from models.transcribe.classic.keys import KEYS
from models.transcribe.classic.networks import parameter_count
from models.transcribe.classic.pairs import read_annotations
from models.transcribe.classic.reversed import ReversedNetwork
from models.transcribe.classic.sounding import RANGE_DB, RATE, mel_decibels
from models.transcribe.classic.train import truths

PIANO, DYNAMIC = "splendid_steinway_akai", "mf"
"""The one piano among the sources that is real, reaches all keys and is in the public domain."""
SHIFT = 1
"""Pixels by which training moves an image: what `registration` may leave."""
ENCODER_SHARE = 0.4
"""The part of the time in which the encoder learns alone."""


def spectrograms(data: Path, piano: str = PIANO, dynamic: str = DYNAMIC) -> Tensor:
    """The truths (88, 1, 640, 96) of the keys in order. BadAnnotations when a key has no take."""
    takes = {
        e.midi: data / e.file
        for e in read_annotations(data / "annotations.csv")
        if (e.piano, e.dynamic, e.noise) == (piano, dynamic, False)
    }
    if missing := [key for key in KEYS if key not in takes]:
        raise BadAnnotations(f"{piano} has no {dynamic} take of {len(missing)} keys, such as {missing[0]}.")
    decibels = []
    for key in KEYS:
        sound, rate = soundfile.read(takes[key], dtype="float32")
        decibels.append(mel_decibels(np.asarray(soxr.resample(sound, rate, RATE), np.float32)))
    return torch.stack(decibels).unsqueeze(1)


def soiled(ink: Tensor, generator: torch.Generator) -> Tensor:
    """Images (batch, 1, 162, 300) as a scanner may give them: moved, faded, blurred, noisy; a third stay clean."""
    pages = []
    for page in ink:
        if torch.rand((), generator=generator) < 1 / 3:
            pages.append(page)
            continue
        down, right = (int(v) for v in torch.randint(-SHIFT, SHIFT + 1, (2,), generator=generator))
        moved = F.pad(page, (SHIFT,) * 4)[:, SHIFT - down :, SHIFT - right :][
            :, : ink.shape[2], : ink.shape[3]
        ]
        if torch.rand((), generator=generator) < 0.5:
            share = torch.rand((), generator=generator)
            moved = (1 - share) * moved + share * F.avg_pool2d(moved, 3, 1, 1)
        moved = moved * (0.6 + 0.4 * torch.rand((), generator=generator))
        noise = torch.randn(moved.shape, generator=generator) * 0.08 * torch.rand((), generator=generator)
        pages.append((moved + noise).clamp(0, 1))
    return torch.stack(pages)


def error(output: Tensor, truth: Tensor) -> Tensor:
    """The squared error, ten times heavier for the loudest than for what is 80 dB below: partials make the key."""
    return ((output - truth).square() * (0.1 + 0.9 * truth)).mean()


@torch.no_grad()
def begin(network: ReversedNetwork, images: Tensor, wanted: Tensor, generator: torch.Generator) -> None:
    """The last layers, ``spectrum`` and ``course``, are the ridge regression from latents to each truth's main products.

    The latents are those of the images clean and soiled three times, with normalisation as in training.
    """
    left, size, right = torch.linalg.svd(wanted[:, 0].cpu(), full_matrices=False)
    count = network.products
    # The first course is given as what it adds to 1, and is about 1 when its spectrum is scaled by its mean.
    scale = right[:, :count].mean(2, keepdim=True)
    scale = torch.where(scale.abs() < 0.02, 0.02 * torch.where(scale < 0, -1.0, 1.0), scale)
    scale[:, 1:] = scale[:, 1:].sign() * right.shape[2] ** -0.5
    course = right[:, :count] / scale
    course[:, 0] -= 1
    spectrum = (left * size.unsqueeze(1))[:, :, :count].mT * scale
    network.train()
    pages = [images.cpu(), *(soiled(images.cpu(), generator) for _ in range(3))]
    latents = torch.cat([network.latent(network.blocks(page.to(images.device))).cpu() for page in pages])
    known = F.pad(latents, (0, 1), value=1.0).double()
    weight = 0.01 * len(known) * torch.eye(known.shape[1], dtype=torch.double)
    weight[-1, -1] = 0
    for layer, truth in ((network.spectrum, spectrum), (network.course, course)):
        answer = torch.linalg.solve(
            known.T @ known + weight, known.T @ truth.flatten(1).repeat(len(pages), 1).double()
        )
        layer.weight.copy_(answer[:-1].T)
        layer.bias.copy_(answer[-1])


@torch.no_grad()
def settle(
    network: ReversedNetwork, images: Tensor, wanted: Tensor, generator: torch.Generator, copies: int = 6
) -> None:
    """The last layer, ``spectrum``, becomes the ridge regression from the latents of the images and soiled copies.

    For the courses in time that the network gives a key, least squares say which spectra come nearest to its truth.
    """
    network.eval()
    pages = torch.cat([images, *(soiled(images.cpu(), generator).to(images.device) for _ in range(copies))])
    parts = [network.latent(network.blocks(pages[i : i + 44])) for i in range(0, len(pages), 44)]
    latents = torch.cat(parts).cpu().double()
    course = network.courses(latents[: len(images)].float().to(images.device)).cpu().double()
    gram = course @ course.mT + 1e-3 * torch.eye(network.products, dtype=torch.double)
    spectrum = torch.linalg.solve(gram, course @ wanted[:, 0].cpu().double().mT).flatten(1)
    known = F.pad(latents, (0, 1), value=1.0)
    weight = 1e-4 * len(known) * torch.eye(known.shape[1], dtype=torch.double)
    weight[-1, -1] = 0
    truth = spectrum.repeat(len(pages) // len(images), 1)
    answer = torch.linalg.solve(known.T @ known + weight, known.T @ truth)
    network.spectrum.weight.copy_(answer[:-1].T)
    network.spectrum.bias.copy_(answer[-1])
    network.train()


@torch.inference_mode()
def distance_db(network: ReversedNetwork, images: Tensor, wanted: Tensor) -> Tensor:
    """The root mean squared distance in decibels of each of the 88 spectrograms (88,) from its truth."""
    network.eval()
    drawn = torch.cat([network(images[i : i + 22]) for i in range(0, len(images), 22)]).clamp(0, 1)
    network.train()
    return RANGE_DB * (drawn - wanted).square().mean((1, 2, 3)).sqrt()


def train(
    wanted: Tensor,
    out: Path,
    *,
    minutes: float,
    device: Choice = "auto",
    seed: int = 1,
    batch: int = 22,
    rate: float = 3e-3,
    block: int = 40,
    copies: int = 6,
) -> dict[str, float]:
    """Trains until ``minutes`` are used, over all resumptions, and writes the weights in half precision."""
    where = pick_device(device)
    torch.manual_seed(seed)
    network = ReversedNetwork().to(where, memory_format=torch.channels_last)  # type: ignore[call-overload]
    naming = nn.Linear(network.spectrum.in_features, len(KEYS)).to(where)
    images, wanted = truths().to(where), wanted.to(where)
    out.parent.mkdir(parents=True, exist_ok=True)
    optimiser = torch.optim.Adam([*network.parameters(), *naming.parameters()], lr=rate)
    checkpoint = Checkpoint(out, network=network, naming=naming, optimiser=optimiser)
    used, step, curve, naming_done = 0.0, 0, [], False
    if state := checkpoint.restore(where):
        used, step, curve, naming_done = state["used"], state["step"], state["curve"], state["naming_done"]
    generator = torch.Generator().manual_seed(seed + step)
    print(f"{parameter_count(network)} parameters on {where}, resuming at step {step}", flush=True)
    began, order = time.monotonic(), torch.empty(0, dtype=torch.long)
    while (share := (used + time.monotonic() - began) / (60 * minutes)) < 1:
        if not naming_done and share >= ENCODER_SHARE:
            begin(network, images, wanted, generator)
            optimiser = torch.optim.Adam([*network.parameters(), *naming.parameters()], lr=rate)
            checkpoint.parts["optimiser"] = optimiser
            naming_done = True
        part = (share - ENCODER_SHARE) / (1 - ENCODER_SHARE) if naming_done else share / ENCODER_SHARE
        for group in optimiser.param_groups:
            group["lr"] = min(1.0, (step + 1) / 20) * rate * (0.5 + 0.5 * math.cos(math.pi * part)) + 1e-6
        if len(order) < batch:
            order = torch.randperm(len(KEYS), generator=generator)
        chosen, order = order[:batch], order[batch:]
        page = soiled(images[chosen].cpu(), generator).to(where)
        if naming_done:
            loss = error(network(page), wanted[chosen])
        else:
            loss = F.cross_entropy(naming(network.latent(network.blocks(page))), chosen.to(where))
        optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        step += 1
        if step % block == 0:
            spent = used + time.monotonic() - began
            line = f"step {step} min {spent / 60:.1f} loss {float(loss.detach()):.5f}"
            if naming_done:
                far = distance_db(network, images, wanted)
                curve.append([step, float(far.mean()), float(far.max())])
                line += f" distance {curve[-1][1]:.2f}, worst key {curve[-1][2]:.2f} dB"
            print(line, flush=True)
            checkpoint.save(used=spent, step=step, curve=curve, naming_done=naming_done)
    settle(network, images, wanted, generator, copies)
    held = {k: v.contiguous().half() for k, v in network.state_dict().items() if v.is_floating_point()}
    network.load_state_dict({k: v.float() for k, v in held.items()}, strict=False)
    far = distance_db(network, images, wanted)
    save_file(held, out, {"network": "reversed"})
    lines = [Line(1, "mean of the 88 keys"), Line(2, "worst key")]
    draw_curve(curve, out.with_suffix(".png"), ("distance of spectrograms (dB)", lines), logarithmic=True)
    return {"steps": step, "distance_db": float(far.mean()), "worst_db": float(far.max())}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--piano", default=PIANO)
    parser.add_argument("--dynamic", default=DYNAMIC)
    parser.add_argument("--minutes", type=float, default=8)
    parser.add_argument("--device", choices=["auto", "cpu", "cuda"], default="auto")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    truth = spectrograms(args.data, args.piano, args.dynamic)
    print(json.dumps(train(truth, args.out, minutes=args.minutes, device=args.device, seed=args.seed)))
