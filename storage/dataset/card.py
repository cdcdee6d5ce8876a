"""The dataset's card, README.md, as the Hugging Face Hub reads it, with the texts that belong to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from storage.consent import TEXTS, consent_text
from storage.dataset.records import COLUMNS

SPLITS = ("train", "validation", "test")
_CATEGORIES = {
    "upscale": "image-to-image",
    "read": "image-to-text",
    "transcribe": "automatic-speech-recognition",
}


def write_card(
    folder: Path, counts: Counter[tuple[str, str]], removed: Sequence[str], *, publish: bool
) -> None:
    """README.md, removed.txt, CITATION.cff and the wordings of the consent."""
    _write(folder / "README.md", _front(counts) + _body(counts, len(removed), publish=publish))
    _write(folder / "removed.txt", "".join(f"{number}\n" for number in removed))
    _write(folder / "CITATION.cff", _CITATION)
    for text in sorted(TEXTS.glob("*.txt")):
        _write(folder / "consent" / text.name, consent_text(int(text.stem)))


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def _front(counts: Counter[tuple[str, str]]) -> str:
    """The YAML block: licence, what the dataset is for, which files make which split."""
    tasks = sorted({task for task, _ in counts})
    lines = [
        "---",
        "license: cc-by-4.0",
        "pretty_name: ScoreWeb contributions",
        "tags:",
        "- music",
        "- omr",
        "- amt",
    ]
    categories = sorted({_CATEGORIES[task] for task in tasks} - {"automatic-speech-recognition"})
    if categories:
        lines += ["task_categories:", *(f"- {name}" for name in categories)]
    lines += ["size_categories:", f"- {_size(sum(counts.values()))}"]
    if tasks:
        lines.append("configs:")
    for task in tasks:
        lines += [f"- config_name: {task}", "  data_files:"]
        for split in SPLITS:
            if counts[task, split]:
                lines += [f"  - split: {split}", f"    path: data/{task}/{split}-*.parquet"]
    return "\n".join([*lines, "---", ""])


def _size(count: int) -> str:
    for limit, name in (
        (1_000, "n<1K"),
        (10_000, "1K<n<10K"),
        (100_000, "10K<n<100K"),
        (1_000_000, "100K<n<1M"),
    ):
        if count < limit:
            return name
    return "1M<n<10M"


def _body(counts: Counter[tuple[str, str]], removed: int, *, publish: bool) -> str:
    tasks = sorted({task for task, _ in counts})
    table = "\n".join(
        f"| `{task}` | " + " | ".join(str(counts[task, split]) for split in SPLITS) + " |" for task in tasks
    )
    columns = "\n".join(f"| `{name}` | {meaning} |" for name, (_, meaning) in COLUMNS.items())
    warning = (
        ""
        if publish
        else '**Not for publication.** This export holds contributions under the licence "train-only": they may train '
        "the models of the page that they were given to, and must not leave its host.\n\n"
    )
    return f"""# ScoreWeb contributions

{warning}Pictures of scores and recordings of music that visitors of a ScoreWeb page gave, with what they should read as. Every label was accepted: by two thirds of at least two independent voters who did not see each other's votes, or by the host.

| task | {" | ".join(SPLITS)} |
|---|---|---|---|
{table}

## Loading

`datasets.load_dataset(FOLDER, "read")`, or `"upscale"`, `"transcribe"`. `data/` holds Parquet, `tar/` the inputs, labels and metadata again as WebDataset shards, `manifest.json` the SHA-256 of every file.

## Columns

| column | meaning |
|---|---|
{columns}

## Licences and consent

Each row names its licence. Rows with `CC0-1.0` are free of any condition; for `CC-BY-4.0` name "the contributors of ScoreWeb". Contributors agreed, for each contribution, to the wording in `consent/`. They said that they made it or may share it, and that they are of age. No names, addresses or IP addresses were stored; pictures and recordings were written anew without metadata. What can be seen or heard in them stays.

## Removal

A contributor may withdraw anything at any time. `removed.txt` lists the numbers of everything that was withdrawn, {removed} so far; each edition leaves it out. **Drop these numbers from every earlier edition that you have.**

## Splits

By work, not by file: all contributions of one contributor, of the same file, or whose labels begin with the same {32} notes count as one work, and a work lies in one split. Which one follows from a hash of its inputs.

## Bias

Visitors of a web page chose what to give: Western notation, mostly pages and recordings that they had at hand, and more of what the models found hard. Labels that are `extraction` are what a model read and people confirmed, which favors what that model reads well; prefer `edit` and `choice` to measure other models.
"""


_CITATION = """cff-version: 1.2.0
message: If you use this dataset, please cite it.
title: ScoreWeb contributions
type: dataset
authors:
- name: The contributors of ScoreWeb
"""
