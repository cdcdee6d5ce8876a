"""What the recipes share: going on from a checkpoint, averaged weights, the curve."""

import argparse

import pytest
import torch
from PIL import Image

from models.training import Checkpoint, Line, add_arguments, average_into, draw_curve


def network(seed):
    torch.manual_seed(seed)
    return torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))


def trained(net, optimiser):
    optimiser.zero_grad()
    net(torch.ones(4, 3)).square().sum().backward()
    optimiser.step()


def test_a_training_goes_on_where_it_was(tmp_path):
    first = network(1)
    optimiser = torch.optim.Adam(first.parameters())
    trained(first, optimiser)
    Checkpoint(tmp_path / "new" / "out.safetensors", network=first, optimiser=optimiser, critic=None).save(
        step=7, curve=[[1.0, 2.0]]
    )
    second = network(2)
    again = torch.optim.Adam(second.parameters())
    checkpoint = Checkpoint(
        tmp_path / "new" / "out.safetensors", network=second, optimiser=again, critic=None
    )
    assert checkpoint.restore("cpu") == {"step": 7, "curve": [[1.0, 2.0]]}
    for name, value in first.state_dict().items():
        assert torch.equal(second.state_dict()[name], value), name
    trained(first, optimiser)
    trained(second, again)  # the optimiser's memory came along
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), second.parameters(), strict=True))


def test_without_a_checkpoint_a_training_begins(tmp_path):
    begun = network(1)
    before = {name: value.clone() for name, value in begun.state_dict().items()}
    assert Checkpoint(tmp_path / "out.safetensors", network=begun).restore() == {}
    assert all(torch.equal(before[name], value) for name, value in begun.state_dict().items())


def test_a_run_killed_while_it_writes_leaves_the_checkpoint_before(tmp_path, monkeypatch):
    checkpoint = Checkpoint(tmp_path / "out.safetensors", network=network(1))
    checkpoint.save(step=1)

    def half(_, path):
        path.write_bytes(b"half a file")
        raise KeyboardInterrupt

    monkeypatch.setattr(torch, "save", half)
    with pytest.raises(KeyboardInterrupt):
        checkpoint.save(step=2)
    assert checkpoint.restore() == {"step": 1}


def test_the_average_moves_by_its_share_and_counts_are_copied():
    averaged, net = network(1), network(2)
    net(torch.ones(4, 3))
    wanted = {
        name: 0.75 * averaged.state_dict()[name] + 0.25 * value
        if value.is_floating_point()
        else value.clone()
        for name, value in net.state_dict().items()
    }
    average_into(averaged, net, 0.75)
    for name, value in averaged.state_dict().items():
        assert torch.allclose(value, wanted[name]), name
    assert averaged.state_dict()["1.num_batches_tracked"] == 1


def test_a_curve_is_a_picture_with_a_panel_each(tmp_path):
    rows = [[1, 0.5, 3.0], [2, 0.4, 2.0, 9.0]]
    lines = [Line(2, "a"), Line(3, "b"), Line(4, "never there")]
    draw_curve(rows, tmp_path / "one.png", ("loss", lines), logarithmic=True)
    draw_curve(rows, tmp_path / "two.png", ("loss", lines), ("right", [Line(1, "right")]))
    with Image.open(tmp_path / "one.png") as one, Image.open(tmp_path / "two.png") as two:
        assert two.width > one.width
        assert len(one.getcolors(1 << 20) or []) > 10


def test_no_picture_ends_no_training(tmp_path, capsys):
    draw_curve([], tmp_path / "none.png", ("loss", [Line(1, "a")]))
    assert not (tmp_path / "none.png").exists()
    draw_curve([[1, 2]], tmp_path / "no folder" / "a.png", ("loss", [Line(1, "a")]))
    assert "no curve was drawn" in capsys.readouterr().out


def test_every_recipe_takes_the_same_arguments():
    parser = argparse.ArgumentParser()
    add_arguments(parser, minutes=30)
    assert vars(parser.parse_args([])) == {"minutes": 30, "device": "auto", "seed": 1}
    assert parser.parse_args(["--device", "cpu"]).device == "cpu"
