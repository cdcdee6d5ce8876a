# The developer's manual. Every target does its own set-up and shares one virtual environment in .venv.
#   make demo    the app on http://127.0.0.1:7860
#   make test    every test
#   make lint    ruff, mypy, import arrows
#   make bench   the tables that README and docs quote
#   make pack / make train-fast / make train-scan   the upscaling networks, from scores to weights
SHELL := /bin/bash
PY := .venv/bin/python
SCORES ?= ../shared/data/pdmx
MINUTES ?= 90

.PHONY: demo test lint format bench pack train-fast train-scan picture clean

demo: .venv/app.done
	$(PY) app.py

test: .venv/dev.done
	@scripts/debian-packages packages.txt packages-dev.txt
	$(PY) -m pytest

lint: .venv/dev.done
	.venv/bin/ruff check . && .venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports

format: .venv/dev.done
	.venv/bin/ruff check --fix . ; .venv/bin/ruff format .

bench: .venv/dev.done
	$(PY) -m benchmarks.upscale
	$(PY) -m benchmarks.staff_space

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

picture: .venv/dev.done
	@scripts/debian-packages packages-dev.txt
	$(PY) -m scripts.page_picture docs/page.png

clean:
	rm -rf .venv build .pytest_cache .mypy_cache .ruff_cache .hypothesis

.venv/bin/python:
	scripts/make-venv

.venv/app.done: requirements.txt packages.txt | .venv/bin/python
	@scripts/debian-packages packages.txt
	$(PY) -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/dev.done: requirements.txt requirements-dev.txt | .venv/bin/python
	$(PY) -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@ .venv/app.done
