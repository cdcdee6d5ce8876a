"""Small untrained networks for tests: random weights make every pixel of the receptive field count."""

import json

import numpy as np
import torch

from models.upscale.networks import FastNetwork, FastSize
from models.weights import Weights


def random_weights(size: FastSize | None = None, seed: int = 0) -> Weights:
    size = size or FastSize(channels=8, blocks=2)
    torch.manual_seed(seed)
    network = FastNetwork(size)
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.12)
    arrays = {k: v.detach().numpy().astype(np.float32) for k, v in network.state_dict().items()}
    return Weights("upscale-test", "0" * 64, {"size": json.dumps(size.as_dict())}, arrays)


def music_like(height: int, width: int, seed: int = 0) -> np.ndarray:
    """White paper with a few lines and blobs, some of them at the very edge."""
    rng = np.random.default_rng(seed)
    grey = np.full((height, width), 255, np.uint8)
    for _ in range(3):
        y, x = rng.integers(0, height), rng.integers(0, width)
        grey[y : y + 2, x : x + width // 3] = rng.integers(0, 200)
        grey[y : y + 5, x : x + 4] = rng.integers(0, 255, grey[y : y + 5, x : x + 4].shape)
    return grey
