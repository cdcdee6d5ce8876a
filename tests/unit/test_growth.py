"""The loop closes for each job: given, corrected, accepted by votes, exported, learned from, and the new weights run."""

import io
from dataclasses import replace

import numpy as np
import pytest
import soundfile
import torch

from models import weights
from models.exported import exported, is_export
from models.read.primitives.learned.detect import weights_in
from models.read.primitives.learned.extractor import WEIGHTS as DETECTORS
from models.read.primitives.learned.extractor import LearnedExtractor
from models.read.reader import Reader
from models.read.training import train_prototypes
from models.read.training.contributed import contributed_pages
from models.read.training.detector.train import DetectorRecipe
from models.read.training.detector.train import train as train_detector
from models.transcribe.dataset.annotations import read_annotations
from models.transcribe.dataset.contributed import Span, alone, cut_out
from models.transcribe.ear import Ear
from models.transcribe.ear.hearing import NAME as EAR
from models.transcribe.ear.network import EarSize
from models.transcribe.ear.train import EarRecipe
from models.transcribe.ear.train import train as train_ear
from models.upscale.networks import FastSize
from models.upscale.pack import read_pack
from models.upscale.runtime import open_runtime
from models.upscale.train import Recipe
from models.upscale.train import train as train_upscaling
from storage import CorrectionFormat, NewCorrection, Store, Verdict
from tests import donations
from tests.packs import write_pack
from tests.tones import piano_note

ROUNDS = 30
"""One work in ten is tested on and one in ten validates, whatever it is: so many are given until one may be learned from."""


@pytest.fixture
def store(tmp_path):
    with Store.open(tmp_path / "data", patience_s=60) as store:
        yield store


def accepted(store, submission, correction=None):
    """Given by somebody, corrected by a second, found right by two more."""
    given = store.contribute(submission, donations.consent()).submission_id
    if correction is not None:
        store.correct(given, correction, consent=donations.consent())
    for _ in range(2):
        store.vote(given, Verdict.RIGHT)
    return str(given)


def exported_with(store, folder, task, give):
    """An export that holds a donation of the part *train*, and the number of that donation; ``give`` makes the next one."""
    for number in range(ROUNDS):
        one = give(number)
        out = folder / f"export-{number}"
        store.export(out)
        if one in {row.id for row in exported(out, task, "train")}:
            return out, one
    raise AssertionError("no work fell on the side of training")


def test_what_is_no_export_is_told(tmp_path):
    assert not is_export(tmp_path)
    with pytest.raises(ValueError, match="no export"):
        list(exported(tmp_path, "read", "train"))


def test_what_a_newer_list_of_removals_names_is_not_learned_from(store, tmp_path):
    out, one = exported_with(
        store, tmp_path, "upscale", lambda n: accepted(store, donations.upscaled(400 + 20 * n))
    )
    (out / "removed.txt").write_text(one + "\n")
    assert one not in {row.id for row in exported(out, "upscale", "train")}


def test_upscaling_learns_from_pages_that_people_found_right(store, tmp_path):
    out, _ = exported_with(
        store, tmp_path, "upscale", lambda n: accepted(store, donations.upscaled(2400 + 40 * n))
    )
    crops = read_pack(out, "train")
    assert crops
    assert all(crop.shape == (384, 384) and (crop < 128).mean() > 0.008 for crop in crops)
    pack = write_pack(tmp_path / "pack.zip")
    recipe = Recipe(batch=2, lr_side=16, size=FastSize(channels=8, blocks=1))
    began = tmp_path / "began.safetensors"
    train_upscaling([pack], began, minutes=5, device="cpu", recipe=recipe, steps=1)
    tuned = tmp_path / "tuned.safetensors"
    more = replace(recipe, grow_from=began)
    done = train_upscaling([pack, out], tuned, minutes=5, device="cpu", recipe=more, steps=3)
    assert done["steps"] == 3
    assert changed(began, tuned)
    page = open_runtime(weights_in(tuned), "cpu", 1)(np.zeros((24, 32), np.float32))
    assert np.asarray(page).shape[-2:] == (96, 128)


def test_the_ear_learns_from_notes_of_recordings(store, tmp_path):
    keys = (48, 60, 67)
    rate = 32_000
    sound = np.concatenate([piano_note(midi, 0.7) for midi in keys]).astype(np.float32)
    seconds = len(sound) / rate / len(keys)
    notes = [
        {"onset_s": seconds * n, "offset_s": seconds * (n + 1) - 0.05, "midi": midi, "velocity": 80}
        for n, midi in enumerate(keys)
    ]
    wrong = [dict(notes[0], midi=notes[0]["midi"] + 12), *notes[1:]]
    right = NewCorrection(format=CorrectionFormat.NOTES, payload=notes, based_on_rank=1)

    def give(number):
        submission = donations.transcribed(wrong)
        own = replace(submission.input, samples=sound * (1 - 0.01 * number), rate=rate)
        return accepted(store, replace(submission, input=own), right)

    out, one = exported_with(store, tmp_path, "transcribe", give)
    takes = cut_out(out, tmp_path / "takes")
    entries = [entry for entry in read_annotations(takes) if one in entry.file]
    assert [entry.midi for entry in entries] == list(keys)  # as corrected, not as heard
    assert all(entry.split == "train" for entry in entries)
    for entry in entries:
        take, found = soundfile.read(takes / entry.file)
        assert found == rate
        assert 0.4 < np.abs(take).max() <= 0.51
        assert Ear.open().hear(take.astype(np.float32), rate).midi == entry.midi
    tuned = tmp_path / "tuned.safetensors"
    first = weights.FOLDER / f"{EAR}-1.safetensors"
    held = weights.load(EAR)
    recipe = EarRecipe(batch=2, workers=0, size=EarSize.from_json(held.metadata["size"]))
    done = train_ear([out], tuned, minutes=5, device="cpu", recipe=recipe, init=first, steps=2)
    assert done["steps"] == 2
    assert changed(first, tuned)
    assert len(Ear(weights_in(tuned)).hear(piano_note(60), rate).ranked) == 5


def test_notes_that_ring_together_are_not_cut_out():
    chord = [Span(0.0, 1.0, 60), Span(0.01, 1.0, 64)]
    assert list(alone(chord)) == []
    ringing = [Span(0.0, 1.0, 60), Span(0.5, 1.5, 64), Span(2.0, 2.5, 67)]
    assert list(alone(ringing)) == [Span(0.0, 0.47, 60), Span(2.0, 2.5, 67)]
    assert list(alone([Span(0.0, 0.1, 60)])) == []


@pytest.mark.slow
def test_reading_learns_from_bars_that_a_person_corrected(store, tmp_path):
    def give(number):
        page = donations.picture(width=1500 + 20 * number)
        wrong = donations.read("CDEFGAGC", page=page)
        right = NewCorrection(format=CorrectionFormat.MUSICXML, payload=donations.musicxml(), based_on_rank=1)
        return accepted(store, wrong, right)

    out, _ = exported_with(store, tmp_path, "read", give)
    (page,) = {page.name: page for page in contributed_pages(out)}.values()
    labels = [sign.label for sign in page.signs]
    assert labels.count("solid_head") == 8
    assert "treble_clef" in labels
    for sign in page.signs:  # ink is where the boxes say
        x0, y0, x1, y1 = (round(v) for v in sign.box)
        assert page.grey[max(0, y0) : y1 + 1, max(0, x0) : x1 + 1].min() < 128, sign

    torch.set_num_threads(1)
    tuned = tmp_path / "detector.safetensors"
    first = next(weights.FOLDER.glob(f"{DETECTORS['printed']}-*.safetensors"))
    recipe = DetectorRecipe(batch=1, crop=(96, 160), warm=2)
    done = train_detector([out], tuned, minutes=5, device="cpu", recipe=recipe, init=first, steps=2)
    assert done.step == 2
    assert changed(first, tuned)
    extractors = {"learned": LearnedExtractor(weights={"printed": weights_in(tuned)})}
    row = next(iter(exported(out, "read", "train")))
    grey = np.asarray(donations.Image.open(io.BytesIO(row.given)).convert("L"))
    found = Reader(extractors).primitives(grey, "printed", "learned")
    assert sum(p.label == "solid_head" for s in found.primitives for staff in s for p in staff) >= 6

    signs, heads = train_prototypes.made(
        ((one, told) for one, told, _ in train_prototypes.given_pages(out)), seed=1
    )
    train_prototypes.write(tmp_path / "prototypes.safetensors", signs, heads)
    held = weights_in(tmp_path / "prototypes.safetensors")
    assert "solid_head" in held.metadata["heads.labels"].split(",")
    assert len(held.arrays["heads.points"]) >= 8


def changed(one, other):
    """Whether two files of weights differ in any number."""
    a, b = weights_in(one), weights_in(other)
    return any(not np.array_equal(a.arrays[k], b.arrays[k]) for k in a.arrays if k in b.arrays)
