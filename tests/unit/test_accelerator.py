"""The device that is picked, and ZeroGPU's decorator where there is no ZeroGPU and where there is."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
import torch

from models import accelerator


@pytest.fixture(autouse=True)
def _no_space(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SPACES_ZERO_GPU", raising=False)
    monkeypatch.setitem(sys.modules, "spaces", None)


@pytest.fixture
def spaces(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A stand-in for the ``spaces`` package that marks what it decorates."""
    module = ModuleType("spaces")

    def decorate(fn: Callable[..., Any] | None = None, duration: Any = "default") -> Any:
        def mark(function: Callable[..., Any]) -> Callable[..., Any]:
            def called(*args: Any) -> Any:
                return duration, function(*args)

            return called

        return mark if fn is None else mark(fn)

    module.GPU = decorate  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "spaces", module)
    return module


def test_importing_costs_no_torch() -> None:
    code = "import sys, models.accelerator; sys.exit('torch' in sys.modules or 'gradio' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(("present", "picked"), [(False, "cpu"), (True, "cuda")])
def test_auto_means_the_gpu_where_there_is_one(
    monkeypatch: pytest.MonkeyPatch, present: bool, picked: str
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: present)
    assert accelerator.pick_device("auto") == torch.device(picked)
    assert accelerator.pick_device("cpu") == torch.device("cpu")


def test_cuda_that_is_asked_for_and_absent_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(accelerator.NoSuchDevice, match="choose auto or cpu"):
        accelerator.pick_device("cuda")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert accelerator.pick_device("cuda").type == "cuda"


def test_another_word_is_refused() -> None:
    with pytest.raises(ValueError, match="auto, cpu or cuda"):
        accelerator.pick_device("tpu")  # type: ignore[arg-type]


def double(number: int) -> int:
    return 2 * number


def test_without_spaces_a_function_stays_itself() -> None:
    assert accelerator.gpu(double) is double
    assert accelerator.gpu(duration=120)(double) is double


@pytest.mark.usefixtures("spaces")
def test_with_spaces_a_function_is_decorated() -> None:
    assert accelerator.gpu(double)(21) == ("default", 42)
    assert accelerator.gpu()(double)(21) == ("default", 42)
    assert accelerator.gpu(duration=120)(double)(21) == (120, 42)


@pytest.mark.parametrize(
    ("value", "expected"), [("true", True), ("1", True), ("T", True), ("0", False), ("", False)]
)
def test_zero_gpu_is_told_by_its_variable(
    monkeypatch: pytest.MonkeyPatch, value: str, expected: bool
) -> None:
    assert not accelerator.on_zero_gpu()
    monkeypatch.setenv("SPACES_ZERO_GPU", value)
    assert accelerator.on_zero_gpu() is expected


def test_on_zero_gpu_spaces_comes_before_cuda(monkeypatch: pytest.MonkeyPatch, spaces: ModuleType) -> None:
    order: list[str] = []

    def imported(name: str) -> ModuleType:
        order.append(name)
        return spaces

    def available() -> bool:
        order.append("cuda")
        return True

    monkeypatch.setenv("SPACES_ZERO_GPU", "true")
    monkeypatch.setattr(accelerator.importlib, "import_module", imported)
    monkeypatch.setattr(torch.cuda, "is_available", available)
    assert accelerator.pick_device("auto").type == "cuda"
    assert order == ["spaces", "cuda"]


def test_the_device_is_described_in_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    described = accelerator.describe_device()
    assert described["device"] == "cpu"
    assert described["threads"] >= 1
    assert json.loads(json.dumps(described)) == described


def test_a_gpu_is_described_by_name_and_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    class Properties:
        name = "Some GPU"
        total_memory = 8 * 2**30

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda _: Properties)
    described = accelerator.describe_device()
    assert (described["device"], described["name"], described["memory_bytes"]) == (
        "cuda",
        "Some GPU",
        8 * 2**30,
    )


def test_zero_gpu_is_described_without_touching_cuda(monkeypatch: pytest.MonkeyPatch) -> None:
    def touched(*_: Any) -> None:
        raise AssertionError("CUDA was touched")

    monkeypatch.setenv("SPACES_ZERO_GPU", "true")
    monkeypatch.setattr(torch.cuda, "is_available", touched)
    monkeypatch.setattr(torch.cuda, "get_device_properties", touched)
    assert accelerator.describe_device()["device"] == "zerogpu"


def test_a_machine_without_torch_is_described(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    assert accelerator.describe_device() == {"device": "none", "torch": None}
