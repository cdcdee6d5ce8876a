"""The recipe of the piano network in a few steps: pack, clips, truth, loss, checkpoint."""

import io

import mido
import numpy as np
import pytest
import torch

from models.transcribe.dataset.partials import DrawnPiano
from models.transcribe.melody import bank
from models.transcribe.melody.bank import RATE, Piano
from models.transcribe.melody.tunes import Struck
from models.transcribe.piano import mixing
from models.transcribe.piano.augmentation import recorded
from models.transcribe.piano.labels import deviation
from models.transcribe.piano.mixing import Played
from models.transcribe.piano.network import SOUNDING, STRUCK, PianoNetwork, PianoSize
from models.transcribe.piano.pack import read_performances, write_performances
from models.transcribe.piano.performances import Performance, read_performance
from models.transcribe.piano.spectra import FRAMES_PER_SECOND
from models.transcribe.piano.targets import targets
from models.transcribe.piano.train import PianoRecipe, train

NO_PEDAL = np.zeros((0, 2), np.float32)


@pytest.fixture(scope="module")
def piano():
    drawn = DrawnPiano(2)
    layers = {key: (bank.aligned(drawn.note(key, 0.6, RATE, 1.0).samples, 1.0),) for key in range(48, 73, 3)}
    return Piano("drawn-2", layers)


def midi_file(path, *messages):
    track = mido.MidiTrack([mido.MetaMessage("set_tempo", tempo=1_000_000), *messages])
    file = mido.MidiFile(ticks_per_beat=1000, tracks=[track])
    held = io.BytesIO()
    file.save(file=held)
    path.write_bytes(held.getvalue())
    return path


def test_a_performance_keeps_keys_and_pedal(tmp_path):
    path = midi_file(
        tmp_path / "a.mid",
        mido.Message("note_on", note=60, velocity=90, time=500),
        mido.Message("control_change", control=64, value=100, time=100),
        mido.Message("note_off", note=60, time=400),
        mido.Message("control_change", control=64, value=0, time=1000),
    )
    played = read_performance(path, "a/b")
    assert played.notes.tolist() == [[0.5, 1.0, 60, 90]]
    assert np.allclose(played.pedals, [[0.6, 2.0]])
    write_performances(tmp_path / "p.npz", [played])
    (again,) = read_performances(tmp_path / "p.npz")
    assert again.work == "a/b"
    assert np.array_equal(again.notes, played.notes)


def test_the_pedal_holds_notes_until_it_is_let_go():
    performance = Performance(
        "w", np.array([[4.0, 4.2, 60, 90]], np.float32), np.array([[4.1, 6.0]], np.float32)
    )
    for seed in range(20):
        made = mixing.passage(np.random.default_rng(seed), performance, 8.0)
        for note in made.notes:
            ratio = (note.offset - note.onset) / 0.2
            # played faster or slower, with its pedal (2 s) or without (0.2 s)
            assert 0.75 < ratio < 1.35 or 7.5 < ratio < 13.0


def test_the_truth_of_a_clip_lies_where_it_sounds(piano):
    struck = [Struck(mixing.BEFORE_S + 0.5, mixing.BEFORE_S + 1.0, 60, 0.9)]
    clip = mixing.mixed(np.random.default_rng(0), piano, Played(struck, NO_PEDAL), 2.0)
    (note,) = clip.notes
    assert note.onset == pytest.approx(0.5)
    assert note.offset == pytest.approx(1.0)
    level = np.abs(clip.samples)
    assert level[: int(0.49 * RATE)].max() < 0.02 * level.max()
    assert level[int(0.5 * RATE) : int(0.55 * RATE)].max() > 0.2 * level.max()
    assert level[int(1.7 * RATE) :].max() < 0.02 * level.max()
    wanted, _ = targets(clip, 87)
    frame = round(0.5 * FRAMES_PER_SECOND)
    assert int(wanted[STRUCK, :, 39].argmax()) in {frame, frame - 1, frame + 1}
    assert wanted[SOUNDING, frame + 2 : frame + 15, 39].min() == 1
    assert wanted[SOUNDING].sum() == wanted[SOUNDING, :, 39].sum()


def test_a_key_struck_again_is_damped_first(piano):
    b = mixing.BEFORE_S
    struck = [Struck(b + 0.2, b + 3.0, 60, 0.9), Struck(b + 0.8, b + 3.0, 60, 0.9)]
    clip = mixing.mixed(np.random.default_rng(0), piano, Played(struck, NO_PEDAL), 2.0)
    assert [n.onset for n in clip.notes] == pytest.approx([0.2, 0.8])
    assert clip.notes[0].offset == pytest.approx(0.8)


def test_a_prolonged_note_falls_on_without_a_new_attack():
    time = np.arange(3 * RATE) / RATE
    sound = np.asarray(np.sin(2 * np.pi * 220 * time) * np.exp(-time), np.float32)
    longer = mixing.prolonged(np.random.default_rng(1), sound, 6 * RATE)
    assert len(longer) == 6 * RATE
    step = RATE // 10
    level = np.sqrt(np.mean(longer[: 60 * step].reshape(60, step) ** 2, axis=1))
    assert level[45] < level[25]
    assert (level[31:] < 1.3 * level[28]).all()
    assert level[50] > 0


@pytest.mark.parametrize("seed", range(4))
def test_recorded_clips_are_finite_and_as_long(seed):
    rng = np.random.default_rng(seed)
    clip = np.asarray(0.1 * rng.normal(0, 1, RATE), np.float32)
    made = recorded(rng, clip)
    assert made.shape == clip.shape
    assert made.dtype == np.float32
    assert np.isfinite(made).all()


@pytest.mark.parametrize(("key", "sounding"), [(23, 23), (23, 24), (21, 22), (45, 45), (60, 59)])
def test_a_wrong_label_shows_in_the_partials(key, sounding):
    # a drawn piano may be out of tune by a quarter of a semitone at its ends
    samples = DrawnPiano(5).note(sounding, 0.7, 44_100, 2.5).samples
    assert deviation(samples, 44_100, key) == pytest.approx(sounding - key, abs=0.4)


def test_the_network_hears_the_same_of_a_clip_alone_and_among_others():
    torch.manual_seed(0)
    network = PianoNetwork(PianoSize(8, 4, (1, 2))).eval()
    clips = 0.1 * torch.randn(3, RATE)
    with torch.no_grad():
        together, pedal = network(clips)
        alone, _ = network(clips[1:2])
    assert together.shape == (3, 4, RATE // 512 + 1, 88)
    assert pedal.shape == (3, together.shape[2])
    assert torch.allclose(together[1:2], alone, atol=1e-4)


def test_a_few_steps_lower_the_loss_and_go_on_from_the_checkpoint(tmp_path, piano):
    (tmp_path / "pianos").mkdir()
    bank.write(piano, tmp_path / "pianos")
    notes = np.array([[0.3 * n, 0.3 * n + 0.25, 50 + n % 20, 80] for n in range(60)], np.float32)
    write_performances(tmp_path / "performances.npz", [Performance("a/b/c", notes, NO_PEDAL)])
    recipe = PianoRecipe(batch=2, seconds=1.0, warm=1, rate=4e-3, size=PianoSize(8, 4, (1,)))
    out = tmp_path / "out.safetensors"
    first = train(tmp_path, out, minutes=1e6, device="cpu", recipe=recipe, block=1, steps=12)
    assert first.step == 12
    assert first.curve[-1][3] < first.curve[0][3]  # of the same clips, which are not learned from
    for suffix in (".safetensors", ".ckpt", ".png", ".json"):
        assert out.with_suffix(suffix).stat().st_size > 0
    again = train(tmp_path, out, minutes=1e6, device="cpu", recipe=recipe, block=1, steps=16)
    assert again.step == 16
    assert again.curve[0] == first.curve[0]
