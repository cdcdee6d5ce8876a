"""The recipe of the notation network: the labels, the changes that windows go through."""

import numpy as np
import torch

from models.transcribe.score import note_network as spec
from models.transcribe.score_training.corpus import Beats, Labelled, placed
from models.transcribe.score_training.network import NotationNetwork
from models.transcribe.score_training.train import (
    NOTES,
    UNKNOWN,
    _transposed,
    labels_of,
    loss,
    window,
)


def piece(count=400):
    place = np.arange(count) / 4.0
    notes = np.stack([place * 0.6, place * 0.6 + 0.14, 60 + np.arange(count) % 12, np.full(count, 70)], 1)
    at = np.arange(0, count / 4 + 1)
    beats = Beats(at * 0.6, np.arange(len(at)) % 3 == 0, ((0, "3/4"),), ((0, -2),))
    return Labelled("a", "a", notes, place, np.full(count, 0.25), np.ones(count), np.zeros(count), beats, at)


def test_labels_say_where_each_note_stands():
    own = labels_of(piece())
    assert own["beat"][:5].tolist() == [1, 0, 0, 0, 1]
    assert own["down"][[0, 4, 12]].tolist() == [1, 0, 1]
    assert own["place"][:4].tolist() == [0, 2, 1, 3]
    assert spec.LENGTHS[own["length"][0]] == 6
    assert spec.METRES[own["metre"][7]] == "3/4"


def test_a_transposed_key_and_spelling_stay_one_another():
    key, spelling = _transposed(np.array([0]), np.array([1]), 2)
    assert spec.KEYS[key[0]] == 2
    assert spec.SPELLINGS[spelling[0]] == 3
    key, _ = _transposed(np.array([5]), np.array([1]), 1)
    assert spec.KEYS[key[0]] == 0
    # seven sharps are kept where the score has them, and written in five flats and fewer elsewhere
    assert spec.KEYS[_transposed(np.array([7]), np.array([7]), 0)[0][0]] == 7
    assert abs(spec.KEYS[_transposed(np.array([6]), np.array([6]), 7)[0][0]]) <= 6
    assert _transposed(np.array([UNKNOWN]), np.array([UNKNOWN]), 3)[0][0] == UNKNOWN


def test_moments_are_placed_between_and_beyond_the_beats():
    beats, places = np.array([1.0, 2.0, 4.0]), np.array([0.0, 1.0, 2.0])
    assert placed(np.array([0.5, 1.5, 3.0, 5.0]), beats, places).tolist() == [-0.5, 0.5, 1.5, 2.5]


def test_a_step_of_training_lowers_the_loss_and_numpy_runs_the_same_network():
    torch.manual_seed(0)
    one = piece()
    told, times, own = window((one.notes, labels_of(one)), np.random.default_rng(3))
    assert len(told) <= NOTES
    net = NotationNetwork()
    optimiser = torch.optim.Adam(net.parameters(), 1e-3)
    x, t = torch.from_numpy(told)[None], torch.from_numpy(times)[None]
    labels = {k: torch.from_numpy(v.astype(np.int64))[None] for k, v in own.items()}
    values = []
    for _ in range(4):
        value, _ = loss(net(x, t), labels)
        optimiser.zero_grad()
        value.backward()
        optimiser.step()
        values.append(float(value.detach()))
    assert values[-1] < values[0]
    arrays = {k: v.detach().numpy() for k, v in net.state_dict().items()}
    same = spec._run(told, times.astype(float), arrays)
    assert np.abs(same - net(x, t)[0].detach().numpy()).max() < 1e-4
