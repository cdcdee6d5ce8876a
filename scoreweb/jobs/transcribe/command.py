"""``note``, ``note-images``, ``transcribe``, ``sonify`` and ``record``: sound to sheet, and sheet to sound."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from PIL import Image

from models.contracts.choice import names
from models.contracts.transcribe import TranscribeAnswer, TranscribeCatalogue
from models.notation.score import Pitch
from models.transcribe.performance import MIDI, is_midi, read_performance_file
from models.transcribe.score.wishes import LEVELS
from models.transcribe.sound import open_sound
from scoreweb.batch import each, finish, inputs, writing
from scoreweb.errors import VisitorError
from scoreweb.file_kinds import MUSICXML, PAGES, SOUNDS
from scoreweb.heard_notes import notes_json, score_of
from scoreweb.jobs.transcribe import texts as say
from scoreweb.jobs.transcribe.options import (
    SERVICE,
    TranscribeOptions,
    options_of,
    played_answer,
    request_of,
)
from scoreweb.metering import Meter
from scoreweb.settings import Settings

MODES = names(TranscribeCatalogue.shipped().modes)
NETWORKS = names(TranscribeCatalogue.shipped().networks)
STRIP = 200
"""Most pictures in the strip of a melody."""

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line.")]
In = Annotated[Path, typer.Argument(metavar="IN", help="A file, or a folder of them.")]
Out = Annotated[Path, typer.Argument(metavar="OUT", help="A folder, made where it is missing.")]


def note(
    source: In,
    out: Out,
    network: Annotated[
        str, typer.Option(help="best, or one of the dissertation's, such as smoothl1-5x5.")
    ] = "best",
    as_json: AsJson = False,
) -> None:
    """Writes <stem>.png (162x300) of each recording of one note, and notes.json with the ranked keys."""
    if network not in NETWORKS:
        raise typer.BadParameter(f"there is no network {network!r}; there are {', '.join(NETWORKS)}")
    ranked: dict[str, list[dict[str, float]]] = {}
    options = TranscribeOptions("note", network=network)

    def one(meter: Meter, path: Path) -> None:
        answer = _heard(meter, path, options)
        note = answer.notes[0]
        with writing(out):
            out.mkdir(parents=True, exist_ok=True)
            Image.fromarray(answer.picture).save(out / f"{path.stem}.png")
        keys = [(note.midi, note.certainty), *((g.midi, g.certainty) for g in note.alternatives)]
        ranked[path.stem] = [{"midi": m, "certainty": round(c, 4)} for m, c in keys]
        _report(path, f"{Pitch.from_midi(note.midi).label} ({note.certainty:.0%})", answer.hints)

    failed = _each_heard(source, one)
    if ranked:
        (out / "notes.json").write_text(json.dumps(ranked, indent=1), encoding="utf-8")
    finish(as_json, {"notes": ranked, "failed": failed}, done=bool(ranked))


def note_images(out: Out, as_json: AsJson = False) -> None:
    """Writes the 88 sheet images <midi>.png."""
    from models.transcribe.classic.images import write_images

    written = write_images(out)
    print(f"{len(written)} pictures in {out}")
    finish(as_json, {"written": len(written)}, done=True)


def transcribe(
    source: In,
    out: Out,
    mode: Annotated[str, typer.Option(help=f"One of: {', '.join(MODES)}.")] = "auto",
    tempo: Annotated[float | None, typer.Option(help="Beats per minute; estimated if not given.")] = None,
    metre: Annotated[str | None, typer.Option(help="Such as 3/4; estimated if not given.")] = None,
    level: Annotated[str, typer.Option(help=f"How much is written: {', '.join(LEVELS)}.")] = LEVELS[0],
    as_json: AsJson = False,
) -> None:
    """Writes score.musicxml, sheet.svg, sheet.png, strip.png, performance.mid, score.mid, notes.json and candidates.json.

    A MIDI file is a performance to be written down.
    """
    if level not in LEVELS:
        raise typer.BadParameter(f"there is no level {level!r}; there are {', '.join(LEVELS)}")
    if mode not in MODES:
        raise typer.BadParameter(f"there is no mode {mode!r}; there are {', '.join(MODES)}")
    try:
        options = replace(options_of(mode, tempo, metre), level=level)
    except VisitorError as error:
        raise typer.BadParameter(str(error)) from error
    written: dict[str, int] = {}

    def one(meter: Meter, path: Path) -> None:
        folder = out / path.stem if source.is_dir() else out
        answer = _heard(meter, path, options)
        with writing(folder):
            assumptions = _write_files(folder, answer, options)
        written[path.name] = len(answer.notes)
        _report(path, f"{len(answer.notes)} notes in {folder}", (*answer.hints, *assumptions))

    failed = _each_heard(source, one, (*SOUNDS, *MIDI))
    finish(as_json, {"written": written, "failed": failed}, done=bool(written))


def sonify(
    source: In,
    out: Annotated[
        Path, typer.Argument(metavar="OUT", help="A .wav file, or a folder, made where it is missing.")
    ],
    as_json: AsJson = False,
) -> None:
    """Writes a wav of a score: MusicXML, or one of the 88 sheet images, which the reversed network turns into sound."""
    from models.notation.synthesis.sound import wav_bytes

    written: list[str] = []

    def one(path: Path) -> None:
        single = not source.is_dir() and out.suffix.lower() == ".wav"
        target = out if single else out / f"{path.stem}.wav"
        data = wav_bytes(*_played(path))
        with writing(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        written.append(str(target))
        _report(path, str(target), (say.DRAWN_SOUND,) if path.suffix.lower() in PAGES else ())

    failed = each(inputs([source], {*MUSICXML, *PAGES}), one, [source])
    finish(as_json, {"written": written, "failed": failed}, done=bool(written))


def record(
    out: Annotated[Path, typer.Argument(metavar="OUT.wav")],
    seconds: Annotated[float, typer.Option(help="How long to record.", min=0.1, max=1800)] = 5.0,
    rate: Annotated[int, typer.Option(help="Samples a second.", min=8000, max=192_000)] = 44_100,
) -> None:
    """Records from this computer's microphone."""
    try:
        import sounddevice
    except OSError:
        print(say.NO_PORTAUDIO, file=sys.stderr)
        raise typer.Exit(1) from None
    import soundfile

    try:
        recorded = sounddevice.rec(round(seconds * rate), samplerate=rate, channels=1, dtype="float32")
        sounddevice.wait()
    except sounddevice.PortAudioError:
        print(say.NO_MICROPHONE, file=sys.stderr)
        raise typer.Exit(1) from None
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(out, recorded, rate, subtype="PCM_16", format="WAV")
    except (OSError, soundfile.LibsndfileError):
        print(f"{out.name} cannot be written. Choose another place.", file=sys.stderr)
        raise typer.Exit(1) from None
    print(f"{seconds:g} s in {out}")


def _each_heard(
    source: Path, one: Callable[[Meter, Path], None], kinds: tuple[str, ...] = SOUNDS
) -> dict[str, str]:
    """Does ``one`` for every recording of the source; what failed, by name."""
    files = inputs([source], kinds)
    from scoreweb.host import open_meter

    with open_meter(Settings()) as meter:
        return each(files, lambda path: one(meter, path), [source])


def _heard(meter: Meter, path: Path, options: TranscribeOptions) -> TranscribeAnswer:
    """What the service hears in a file, or what a MIDI file says was played; VisitorError when that is no note."""
    if is_midi(path):
        return played_answer(read_performance_file(path))
    answer: TranscribeAnswer = meter.call(SERVICE, request_of(open_sound(path), options))
    if not answer.notes:
        raise VisitorError(" ".join(answer.hints) or say.NO_NOTE_IN_FILE)
    return answer


def _write_files(folder: Path, answer: TranscribeAnswer, options: TranscribeOptions) -> tuple[str, ...]:
    """The files of one transcription; what was assumed about it."""
    from models.notation.engraving.engrave import engrave
    from models.notation.engraving.pictures import svg_to_png
    from models.notation.midi import write_midi, write_performance
    from models.notation.musicxml import write_musicxml
    from models.transcribe.classic.images import note_image
    from scoreweb.jobs.transcribe.result import TranscribeResult

    folder.mkdir(parents=True, exist_ok=True)
    score = score_of(answer.notes, options, single=answer.mode == "note")
    page = engrave(score, TranscribeResult.look).pages[0]
    (folder / "score.musicxml").write_bytes(write_musicxml(score))
    (folder / "sheet.svg").write_text(page.svg, encoding="utf-8")
    (folder / "sheet.png").write_bytes(svg_to_png(page, width=1800))
    (folder / "score.mid").write_bytes(write_midi(score))
    played = [(n.onset_s, n.offset_s, n.midi, n.velocity) for n in answer.notes]
    (folder / "performance.mid").write_bytes(write_performance(played))
    strip = np.concatenate([note_image(n.midi) for n in answer.notes[:STRIP]], axis=1)
    Image.fromarray(strip).save(folder / "strip.png")
    notes = notes_json(answer.notes)
    (folder / "notes.json").write_text(json.dumps(notes, indent=1), encoding="utf-8")
    fainter = json.dumps(notes_json(answer.candidates), indent=1)
    (folder / "candidates.json").write_text(fainter, encoding="utf-8")
    return tuple(score.assumptions)


def _played(path: Path) -> tuple[Any, int]:
    """(samples, rate) of a MusicXML file, or of a sheet image of one note."""
    from models.notation.musicxml import read_musicxml
    from models.notation.synthesis.sound import play

    if path.suffix.lower() in PAGES:
        from models.sheet import open_pages
        from models.transcribe.classic.errors import BadImage
        from models.transcribe.classic.keys import HEIGHT, WIDTH
        from models.transcribe.classic.sounding import sound_of_image

        grey = open_pages(path, name=path.name)[0].grey
        if grey.shape != (HEIGHT, WIDTH):
            raise VisitorError(say.ONE_NOTE_PICTURES)
        try:
            return sound_of_image(grey)
        except BadImage as error:
            raise VisitorError(str(error)) from error
    return play(read_musicxml(path))


def _report(path: Path, what: str, sentences: tuple[str, ...]) -> None:
    print(f"{path.name}: {what}")
    for sentence in sentences:
        print(f"  {sentence}")
