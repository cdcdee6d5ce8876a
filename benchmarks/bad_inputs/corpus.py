"""Which bad files each job gets."""

from __future__ import annotations

from benchmarks.bad_inputs.case import Case
from benchmarks.bad_inputs.drawings import drawings
from benchmarks.bad_inputs.pictures import pictures
from benchmarks.bad_inputs.rubbish import rubbish
from benchmarks.bad_inputs.scores import scores
from benchmarks.bad_inputs.sounds import midi, sounds

JOBS = ("upscale", "read", "transcribe", "sonify")


def cases_of(job: str) -> list[Case]:
    """The bad files of a job: pages for upscale and read, recordings and MIDI for transcribe, MusicXML for sonify."""
    if job in {"upscale", "read"}:
        found = [*rubbish("page.png"), *pictures(), *drawings()]
    elif job == "transcribe":
        found = [*rubbish("take.wav"), *sounds(), *midi()]
    elif job == "sonify":
        found = [*rubbish("score.musicxml"), *scores()]
    else:
        raise ValueError(f"no such job: {job}")
    names: dict[str, int] = {}
    for case in found:
        names[case.name] = names.get(case.name, 0) + 1
    repeated = [name for name, times in names.items() if times > 1]
    if repeated:
        raise ValueError(f"two cases of one name: {repeated[:3]}")
    return found
