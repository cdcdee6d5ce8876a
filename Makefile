# The developer's manual. Every target does its own set-up and shares one virtual environment in .venv.
#   make demo    the app on http://127.0.0.1:7860
#   make test    every test
#   make lint    ruff, mypy, import arrows
#   make bench   the tables that README and docs quote
#   make pack / make train-fast / make train-fast-area / make train-scan / make train-best   the upscaling networks, from scores to weights
#   make pack-paper / make train-paper   the networks of the paper on score super-resolution (a GPU is wanted)
#   make train-paper-narrow   narrow stand-ins of them, on a CPU; make train-paper-grown   the full ones, begun as these
#   make notes / make ear / make train-classic / make train-reversed   piano notes, and the networks that name, draw and sound them
#   make pack-piano / make train-piano   the network that hears both hands of a pianist
#   make train-notation   the network that tells beats, hands, keys and values of what a pianist played
#   make freeze  constraints.txt from the versions in .venv, after a change of requirements and a passing test
#   make release-notes   the data set of notes as a dataset of its own, by the writer of exports
SHELL := /bin/bash
PY := .venv/bin/python
SCORES ?= ../shared/data/pdmx
MINUTES ?= 90
STEPS ?= 150000
NOTES ?= ../shared/data/piano_notes

.PHONY: demo test lint format freeze bench pack train-fast train-fast-area train-scan train-best pack-paper train-paper train-paper-narrow train-paper-grown notes ear train-classic train-prototypes pack-detector train-detector pack-handwriting train-handwriting train-relations pack-piano train-piano train-notation train-reversed release-notes picture clean

demo: .venv/app.done
	$(PY) app.py

test: .venv/dev.done
	@scripts/debian-packages packages.txt packages-dev.txt
	@# Two at a time, each on a core; then browsers, two with apps of their own; then a cluster, which fills both cores by itself.
	export TESTS_SKIP_NO_PROGRAM=1; \
	OMP_NUM_THREADS=1 $(PY) -m pytest -m "not browser and not cluster" -n 2 --dist loadfile; failed=$$?; \
	OMP_NUM_THREADS=1 $(PY) -m pytest -m browser -n 2 --dist loadfile || failed=1; \
	$(PY) -m pytest -m cluster || failed=1; exit $$failed

lint: .venv/dev.done
	.venv/bin/ruff check . && .venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports

format: .venv/dev.done
	.venv/bin/ruff check --fix . ; .venv/bin/ruff format .

freeze: .venv/dev.done
	scripts/freeze-constraints > constraints.txt.new && mv constraints.txt.new constraints.txt

bench: .venv/dev.done
	@scripts/debian-packages packages-dev.txt packages-train.txt
	$(PY) -m benchmarks.upscale
	$(PY) -m benchmarks.upscale_quality
	$(PY) -m benchmarks.upscale_filters
	$(PY) -m benchmarks.upscale_seams
	$(PY) -m benchmarks.upscale_scans
	$(PY) -m benchmarks.upscale_reading --pages 3
	$(PY) -m benchmarks.staff_space
	$(PY) -m benchmarks.notes
	$(PY) -m benchmarks.transcribe
	$(PY) -m benchmarks.melody
	$(PY) -m benchmarks.metres
	$(PY) -m benchmarks.strikes
	$(PY) -m benchmarks.classic
	$(PY) -m benchmarks.staves
	$(PY) -m benchmarks.historical_bars
	$(PY) -m benchmarks.grammar
	$(PY) -m benchmarks.read clean photos low-scans photo-lines photo-pages engraved-test muscima-test
	$(PY) -m benchmarks.editing
	$(PY) -m benchmarks.edit_speed
	$(PY) -m benchmarks.recorder
	$(PY) -m benchmarks.collection
	$(PY) -m benchmarks.cold_load
	$(PY) -m benchmarks.calls

pack: .venv/dev.done
	@scripts/debian-packages packages-dev.txt packages-train.txt
	$(PY) -m models.upscale.pack build/upscale-pack.zip --scores $(SCORES) --crops 8000
	$(PY) -m models.upscale.pack build/text-pack.zip --scores $(SCORES) --crops 1400 --only text --seed 7

train-fast: .venv/dev.done
	$(PY) -m models.upscale.train build/upscale-pack.zip build/text-pack.zip build/upscale-fast.safetensors --minutes $(MINUTES)

# goes on from the checkpoint of train-fast
train-scan: .venv/dev.done
	cp -n build/upscale-fast.ckpt build/upscale-scan.ckpt
	$(PY) -m models.upscale.train build/upscale-pack.zip build/text-pack.zip build/upscale-scan.safetensors --real --minutes $$(( $(MINUTES) + 30 ))

# begins as the shipped fast network; takes the pages that no bicubic filter made small
train-fast-area: .venv/dev.done
	$(PY) -m models.upscale.train build/upscale-pack.zip build/text-pack.zip build/upscale-fast-area.safetensors --area --rate 1e-3 --grow-from $$(ls models/weights/upscale-fast-[0-9]*.safetensors) --minutes $(MINUTES)

# begins as the shipped fast network, twice as deep
train-best: .venv/dev.done
	$(PY) -m models.upscale.train build/upscale-pack.zip build/text-pack.zip build/upscale-best.safetensors --blocks 14 --rate 1e-3 --mirrored --grow-from $$(ls models/weights/upscale-fast-[0-9]*.safetensors) --minutes $(MINUTES)

# as many patches as the paper's, of its size
pack-paper: .venv/dev.done
	@scripts/debian-packages packages-dev.txt packages-train.txt
	$(PY) -m models.upscale.pack build/paper-pack.zip --scores $(SCORES) --paper

# the paper's networks in full, all for the same steps; a GPU is wanted. They then replace the narrow stand-ins; write their cards.
train-paper: .venv/dev.done
	for kind in reference edsr srgan; do $(PY) -m models.upscale.train_paper $$kind build/paper-pack.zip build/upscale-$$kind.safetensors --steps $(STEPS) --minutes $(MINUTES) && $(PY) -m scripts.adopt_weights upscale-$$kind build/upscale-$$kind.safetensors 1 || exit 1; done

# narrow stand-ins of them that a CPU can train, for the same steps, which end it on any machine long before the minutes do
train-paper-narrow: .venv/dev.done
	for kind in reference edsr srgan; do $(PY) -m models.upscale.train_paper $$kind build/paper-pack.zip build/upscale-$$kind-narrow.safetensors --blocks 8 --channels 24 --batch 2 --critic 8 --rate 2e-3 --decay --steps 6000 --minutes 400 || exit 1; done

# the paper's networks in full, grown from the stand-ins: each begins with its stand-in's answers and goes on from its checkpoint, all for the same steps
GROWN_STEPS ?= 4000
train-paper-grown: .venv/dev.done
	for kind in reference edsr srgan; do $(PY) -m models.upscale.train_paper $$kind build/paper-pack.zip build/upscale-$$kind.safetensors --grow-from $$(ls models/weights/upscale-$$kind-narrow-[0-9]*.safetensors) --batch 2 --critic 8 --rate 5e-4 --decay --small-until 0.75 --steps $(GROWN_STEPS) --minutes 100000 || exit 1; done

notes: .venv/dev.done
	@scripts/debian-packages packages-dev.txt packages-train.txt
	$(PY) -m models.transcribe.dataset build/notes --notes $(NOTES) --drawn 40
	$(PY) -m models.transcribe.dataset build/notes-table --notes $(NOTES) --table

ear: .venv/dev.done
	$(PY) -m models.transcribe.ear.train build/notes build/transcribe-ear.safetensors --minutes $(MINUTES)

# single notes of real, font and drawn pianos, and what pianists did (../shared/data/piano_scores)
pack-piano: .venv/dev.done
	@scripts/debian-packages packages-dev.txt packages-train.txt
	$(PY) -m models.transcribe.piano.pack build/piano-pack

# goes on from its checkpoint; MINUTES is the length of the whole schedule
train-piano: .venv/dev.done
	$(PY) -m models.transcribe.piano.train build/piano-pack build/transcribe-piano.safetensors --minutes $(MINUTES)

# what the score says of each note of a performance: from people's performances, and from printed scores that a made-up pianist plays
train-notation: .venv/dev.done
	$(PY) -m models.transcribe.score_training.train ../shared/data/piano_scores/asap build/transcribe-notation.safetensors --printed ../shared/data --packed build/notation-pack.pickle --minutes $(MINUTES)

train-classic: .venv/dev.done
	$(PY) -m models.transcribe.classic.train build/notes-table build/classic --minutes $(MINUTES)

train-reversed: .venv/dev.done
	$(PY) -m models.transcribe.classic.train_reversed build/notes-table build/reversed.safetensors

release-notes: .venv/dev.done
	@scripts/debian-packages packages-dev.txt packages-train.txt
	$(PY) -m scripts.release_notes build/notes-release --notes $(NOTES) --table

train-prototypes: .venv/dev.done
	$(PY) -m models.read.training.train_prototypes build/read-printed.safetensors --style printed --pages 60
	$(PY) -m models.read.training.train_prototypes build/read-handwritten.safetensors --style handwritten --pages 36

# pages by Verovio and by MuseScore (Debian's musescore3), of the works of the parts train and develop
pack-detector: .venv/dev.done
	@scripts/debian-packages packages-dev.txt packages-train.txt
	$(PY) -m models.read.training.detector.pack build/detector-train-1.zip --pages 350 --seed 1
	$(PY) -m models.read.training.detector.pack build/detector-ms-train.zip --engraver musescore --pages 150 --seed 11
	$(PY) -m models.read.training.detector.pack build/detector-develop.zip --part develop --pages 48 --seed 3
	$(PY) -m models.read.training.detector.pack build/detector-ms-develop.zip --engraver musescore --part develop --pages 14 --seed 12

# goes on from its checkpoint; MINUTES is the length of the whole schedule
train-detector: .venv/dev.done
	$(PY) -m models.read.training.detector.train build/detector-train-1.zip build/detector-ms-train.zip build/detector.safetensors --minutes $(MINUTES)

# pages of MUSCIMA++ as they are and with other pens, and Debussy's as far as the shipped detector and their music agree; what is
# trained on the first is non-commercial
pack-handwriting: .venv/dev.done
	$(PY) -m models.read.training.detector.pack build/hand-train.zip --engraver muscima
	$(PY) -m models.read.training.detector.pack build/autographs.zip --engraver autographs
	$(PY) -m models.read.training.detector.pack build/hand-develop.zip --engraver muscima --part develop

# goes on from the shipped detector of handwriting, and from its checkpoint
train-handwriting: .venv/dev.done
	$(PY) -m models.read.training.detector.train build/hand-train.zip build/autographs.zip build/detector-handwritten.safetensors --init $$(ls models/weights/read-detector-handwritten-[0-9]*.safetensors) --written --minutes $(MINUTES) --seed 5

# which signs of handwriting belong together
train-relations: .venv/dev.done
	$(PY) -m models.read.training.relations build/read-relations-handwritten.safetensors

picture: .venv/dev.done
	@scripts/debian-packages packages-dev.txt
	$(PY) -m scripts.page_picture docs/page.png

clean:
	rm -rf .venv build .pytest_cache .mypy_cache .ruff_cache .hypothesis

.venv/bin/python:
	scripts/make-venv

.venv/app.done: requirements.txt constraints.txt packages.txt | .venv/bin/python
	@scripts/debian-packages packages.txt
	$(PY) -m pip install --quiet --disable-pip-version-check -c constraints.txt -r requirements.txt
	@touch $@

.venv/dev.done: requirements.txt requirements-cluster.txt requirements-dev.txt constraints.txt | .venv/bin/python
	$(PY) -m pip install --quiet --disable-pip-version-check -c constraints.txt -r requirements-dev.txt
	@touch $@ .venv/app.done
