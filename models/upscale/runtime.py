"""A trained network made ready to run: ONNX Runtime on a CPU, torch on a GPU, behind one call.

ONNX Runtime needs half to all of torch's time for these networks on two AVX2 cores, by the machine, and less than half
of its memory (docs/results/upscale.md).
"""

from __future__ import annotations

import json
from typing import Protocol

import numpy as np

from models.accelerator import runs_on_torch
from models.upscale.tiling import SCALE, Ink
from models.weights import Weights


class Runtime(Protocol):
    """A network ready to run; ``name`` says what runs it.

    Guarantees: the same ink gives the same answer on the same device, ink is never changed, and an output pixel
    depends on no input farther away than `receptive_radius`. One thread at a time may call it.
    """

    name: str

    def __call__(self, ink: Ink) -> Ink:
        """Ink (H, W) float32, 0 paper to 1 black, of any size, as ink (4H, 4W) float32, not clamped to 0..1."""
        ...


def network_size(weights: Weights) -> tuple[int, int, int]:
    """(channels, blocks, first kernel's side) of a ``fast`` weight file."""
    size = json.loads(weights.metadata["size"])
    return size["channels"], size["blocks"], size["first_kernel"]


def receptive_radius(weights: Weights) -> int:
    """How many LR pixels away an input pixel can still change an output pixel."""
    _, blocks, kernel = network_size(weights)
    return kernel // 2 + 2 * blocks + 1


def open_runtime(weights: Weights, device: str, threads: int) -> Runtime:
    """The runtime that suits the device, ``"cpu"`` or ``"cuda"``, with ``threads`` CPU threads."""
    plain: Runtime = (
        TorchRuntime(weights, device, threads) if runs_on_torch(device) else OnnxRuntime(weights, threads)
    )
    return MirroredRuntime(plain) if weights.metadata.get("views") == "mirrored" else plain


class MirroredRuntime:
    """The mean of a network's answers to the picture and to its mirror image: twice the time, fewer errors.

    Turned pictures are left out: staves stand upright, and networks that learned so answer worse to turned ones.
    """

    def __init__(self, plain: Runtime) -> None:
        self._plain = plain
        self.name = plain.name

    def __call__(self, ink: Ink) -> Ink:
        """The mean answer, each clamped to 0..1 before, so that no view outvotes the other by overshooting."""
        straight = np.clip(self._plain(ink), 0, 1)
        mirrored = np.clip(self._plain(np.ascontiguousarray(ink[:, ::-1])), 0, 1)
        return np.asarray((straight + mirrored[:, ::-1]) / 2, np.float32)


class OnnxRuntime:
    """ONNX Runtime on the CPU; the graph is built here from the weights, so that one file of weights serves all."""

    name = "ONNX Runtime"

    def __init__(self, weights: Weights, threads: int) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # Spinning threads would take the other services' core; the arena would keep the largest tile for ever.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.enable_cpu_mem_arena = False
        self._session = onnxruntime.InferenceSession(
            onnx_graph(weights), options, providers=["CPUExecutionProvider"]
        )

    def __call__(self, ink: Ink) -> Ink:
        """The network's answer."""
        answer: Ink = self._session.run(None, {"ink": ink[None, None]})[0][0, 0]
        return answer


class TorchRuntime:
    """torch, on a GPU or (for comparison) on the CPU."""

    name = "torch"

    def __init__(self, weights: Weights, device: str, threads: int) -> None:
        import torch

        from models.upscale.networks import FastNetwork, FastSize

        if device == "cpu":
            torch.set_num_threads(threads)
        network = FastNetwork(FastSize(*network_size(weights)))
        network.load_state_dict({k: torch.from_numpy(v) for k, v in weights.arrays.items()})
        self._network = network.eval().to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._device = device

    def __call__(self, ink: Ink) -> Ink:
        """The network's answer."""
        import torch

        with torch.inference_mode():
            answer = self._network(torch.from_numpy(np.ascontiguousarray(ink))[None, None].to(self._device))
        large: Ink = answer[0, 0].cpu().numpy()
        return large


def onnx_graph(weights: Weights) -> bytes:
    """The ``fast`` network as an ONNX model with free height and width: ``ink`` (1, 1, H, W) to ``large``."""
    from onnx import TensorProto, checker, helper, numpy_helper

    _, blocks, _ = network_size(weights)
    nodes = []

    def convolve(layer: str, source: str, result: str) -> None:
        side = weights.arrays[f"{layer}.weight"].shape[-1]
        nodes.append(
            helper.make_node(
                "Conv", [source, f"{layer}.weight", f"{layer}.bias"], [result], pads=[side // 2] * 4
            )
        )

    convolve("head", "ink", "head")
    nodes.append(helper.make_node("Relu", ["head"], ["x0"]))
    for i in range(blocks):
        convolve(f"body.{i}.first", f"x{i}", f"a{i}")
        nodes.append(helper.make_node("Relu", [f"a{i}"], [f"b{i}"]))
        convolve(f"body.{i}.second", f"b{i}", f"c{i}")
        nodes.append(helper.make_node("Add", [f"x{i}", f"c{i}"], [f"x{i + 1}"]))
    convolve("tail", f"x{blocks}", "tail")
    nodes.append(helper.make_node("Add", ["tail", "ink"], ["sum"]))  # the ink spreads over the 16 channels
    # CRD is the channel order of torch's pixel_shuffle.
    nodes.append(helper.make_node("DepthToSpace", ["sum"], ["large"], blocksize=SCALE, mode="CRD"))
    graph = helper.make_graph(
        nodes,
        "fast",
        [helper.make_tensor_value_info("ink", TensorProto.FLOAT, [1, 1, "H", "W"])],
        [helper.make_tensor_value_info("large", TensorProto.FLOAT, [1, 1, "4H", "4W"])],
        [numpy_helper.from_array(array, name) for name, array in weights.arrays.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    checker.check_model(model)
    return bytes(model.SerializeToString())
