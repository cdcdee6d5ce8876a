"""The device that models run on, and the call that Spaces with ZeroGPU want around GPU work.

Torch is imported when a function needs it, so importing this module costs nothing.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, TypeVar, overload

if TYPE_CHECKING:
    import torch

F = TypeVar("F", bound=Callable[..., Any])

Choice = Literal["auto", "cpu", "cuda"]


class NoSuchDevice(RuntimeError):  # noqa: N818 - its message is a sentence for the host
    """A device was asked for that this machine does not have."""


def on_zero_gpu() -> bool:
    """Whether this process runs on a Space with ZeroGPU, where each GPU call is a fork of its own."""
    return os.environ.get("SPACES_ZERO_GPU", "").lower() in ("1", "t", "true")


def runs_on_torch(device: str) -> bool:
    """Whether networks that have a faster runtime for CPUs run on torch all the same: on a GPU, and where
    ``SCOREWEB_RUNTIME=torch`` rehearses that without one.
    """
    return device == "cuda" or os.environ.get("SCOREWEB_RUNTIME", "").lower() == "torch"


def pick_device(choice: Choice = "auto") -> torch.device:
    """The device for ``choice``; ``"auto"`` means the GPU where there is one.

    Raises `NoSuchDevice` when ``"cuda"`` is asked for and absent, ValueError for any other word.
    """
    if choice not in ("auto", "cpu", "cuda"):
        raise ValueError(f"The device must be auto, cpu or cuda, not {choice!r}.")
    if on_zero_gpu():
        _spaces()
    import torch

    if choice == "cpu":
        return torch.device("cpu")
    if torch.cuda.is_available():
        return torch.device("cuda")
    if choice == "cuda":
        raise NoSuchDevice(
            "No CUDA device was found: choose auto or cpu, or check the driver with nvidia-smi."
        )
    return torch.device("cpu")


@overload
def gpu(fn: F) -> F: ...
@overload
def gpu(*, duration: float | Callable[..., float] | None = None) -> Callable[[F], F]: ...
def gpu(fn: F | None = None, *, duration: float | Callable[..., float] | None = None) -> F | Callable[[F], F]:
    """``fn`` as ZeroGPU wants it, ``spaces.GPU``; ``fn`` itself where the ``spaces`` package is absent.

    ``duration``: seconds of GPU time to ask for, or a function of the call's arguments that tells them; the
    Space's default is 60. On ZeroGPU the call runs in a forked process: arguments and result are pickled, and
    whatever else the function does there, progress included, is lost. Decorate functions from arrays to
    arrays.
    """

    def decorate(function: F) -> F:
        spaces = _spaces()
        if spaces is None:
            return function
        decorated: F = spaces.GPU(function) if duration is None else spaces.GPU(duration=duration)(function)
        return decorated

    return decorate if fn is None else decorate(fn)


def describe_device() -> dict[str, Any]:
    """The device for a health report: ``device`` ("cpu", "cuda", "zerogpu" or "none"), and what is known of
    it.

    Keys beside it, as far as they apply: ``name``, ``memory_bytes``, ``threads``, ``torch``. Never raises for
    a machine without torch or without a GPU.
    """
    try:
        import torch
    except ImportError:
        return {"device": "none", "torch": None}
    version = str(torch.__version__)
    if on_zero_gpu():
        # Asking for its name would start CUDA in the parent, which ZeroGPU forbids.
        return {"device": "zerogpu", "torch": version}
    if torch.cuda.is_available():
        properties = torch.cuda.get_device_properties(0)
        memory = int(properties.total_memory)
        return {"device": "cuda", "name": str(properties.name), "memory_bytes": memory, "torch": version}
    return {"device": "cpu", "threads": torch.get_num_threads(), "torch": version}


def _spaces() -> Any:  # noqa: ANN401 - the package has no types
    """The ``spaces`` package, or None. It must be imported before anything touches CUDA."""
    try:
        return importlib.import_module("spaces")
    except ImportError:
        return None
