"""``note``, ``note-images``, ``transcribe``, ``sonify`` and ``record``: sound to sheet, and sheet to sound."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from PIL import Image

from models.contracts.choice import names
from models.contracts.transcribe import TranscribeCatalogue, TranscribeRequest
from models.engine import Engine
from models.transcribe.sound import Sound, open_sound
from scoreweb.command_report import finish
from scoreweb.errors import VisitorError, sentence_of
from scoreweb.settings import Settings

SOUNDS = {
    ".wav",
    ".flac",
    ".mp3",
    ".ogg",
    ".oga",
    ".opus",
    ".m4a",
    ".mp4",
    ".aac",
    ".webm",
    ".wma",
    ".amr",
    ".aif",
    ".aiff",
}
SCORES = {".musicxml", ".xml", ".mxl"}
PICTURES = {".png", ".jpg", ".jpeg", ".tif", ".tiff", ".gif", ".bmp", ".webp", ".pdf"}
DRAWN_SOUND = (
    "A network made this sound of the picture alone, as it was taught by one piano's notes: it may be wrong."
)
MODES = names(TranscribeCatalogue.shipped().modes)
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
    drawing = names(TranscribeCatalogue.shipped().networks)
    if network not in drawing:
        raise typer.BadParameter(f"there is no network {network!r}; there are {', '.join(drawing)}")
    said: dict[str, list[dict[str, float]]] = {}

    def one(engine: Engine, path: Path) -> None:
        answer = _ask(engine, open_sound(path), mode="note", network=network)
        if not answer.notes:
            raise VisitorError(" ".join(answer.hints) or "No note is to be heard in this recording.")
        heard = answer.notes[0]
        Image.fromarray(answer.picture).save(out / f"{path.stem}.png")
        ranked = [(heard.midi, heard.certainty), *((g.midi, g.certainty) for g in heard.alternatives)]
        said[path.stem] = [{"midi": m, "certainty": round(c, 4)} for m, c in ranked]
        _tell(path, f"{_name(heard.midi)} ({heard.certainty:.0%})", answer.hints)

    failed = _each(source, out, SOUNDS, one)
    if said:
        (out / "notes.json").write_text(json.dumps(said, indent=1), encoding="utf-8")
    finish(as_json, {"notes": said, "failed": failed}, done=bool(said))


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
    tempo: Annotated[float | None, typer.Option(help="Beats a minute; estimated if not given.")] = None,
    metre: Annotated[str | None, typer.Option(help="Such as 3/4; estimated if not given.")] = None,
    as_json: AsJson = False,
) -> None:
    """Writes score.musicxml, sheet.svg, sheet.png, strip.png, performance.mid, score.mid and notes.json."""
    from scoreweb.jobs.transcribe.options import options_of

    if mode not in MODES:
        if mode == "piano":
            print("Several notes at once cannot be transcribed yet; use --mode melody.", file=sys.stderr)
            finish(as_json, {"written": {}, "failed": {}}, done=False)
        raise typer.BadParameter(f"there is no mode {mode!r}; there are {', '.join(MODES)}")
    try:
        options = options_of(mode, tempo, metre)
    except VisitorError as error:
        raise typer.BadParameter(str(error)) from error
    written: dict[str, int] = {}

    def one(engine: Engine, path: Path) -> None:
        folder = out / path.stem if source.is_dir() else out
        answer = _ask(engine, open_sound(path), mode=mode)
        if not answer.notes:
            raise VisitorError(" ".join(answer.hints) or "No note is to be heard in this recording.")
        said = _write_transcript(folder, answer, options)
        written[path.name] = len(answer.notes)
        _tell(path, f"{len(answer.notes)} notes in {folder}", (*answer.hints, *said))

    failed = _each(source, out, SOUNDS, one)
    finish(as_json, {"written": written, "failed": failed}, done=bool(written))


def sonify(source: In, out: Annotated[Path, typer.Argument(metavar="OUT")], as_json: AsJson = False) -> None:
    """Writes a wav of a score: MusicXML, or one of the 88 sheet images, which the reversed network sounds."""
    from models.notation.synthesis.sound import wav_bytes

    written: list[str] = []

    def one(_: Engine | None, path: Path) -> None:
        single = not source.is_dir() and out.suffix.lower() == ".wav"
        target = out if single else out / f"{path.stem}.wav"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(wav_bytes(*_played(path)))
        written.append(str(target))
        _tell(path, str(target), (DRAWN_SOUND,) if path.suffix.lower() in PICTURES else ())

    failed = _each(source, None, SCORES | PICTURES, one, engine=False)
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
        print("PortAudio is missing: install Debian's libportaudio2.", file=sys.stderr)
        raise typer.Exit(1) from None
    import soundfile

    try:
        taken = sounddevice.rec(round(seconds * rate), samplerate=rate, channels=1, dtype="float32")
        sounddevice.wait()
    except sounddevice.PortAudioError:
        print("No microphone answers: plug one in, or choose it in the system's settings.", file=sys.stderr)
        raise typer.Exit(1) from None
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(out, taken, rate, subtype="PCM_16", format="WAV")
    except (OSError, soundfile.LibsndfileError):
        print(f"{out.name} cannot be written. Choose another place.", file=sys.stderr)
        raise typer.Exit(1) from None
    print(f"{seconds:g} s in {out}")


def _each(
    source: Path,
    out: Path | None,
    suffixes: set[str],
    one: Callable[[Any, Path], None],
    *,
    engine: bool = True,
) -> dict[str, str]:
    """Does ``one`` for every file of the source; what failed, by name. A bad file does not stop the others."""
    if not source.exists():
        raise typer.BadParameter(f"{source} does not exist")
    failed: dict[str, str] = {}
    files = list(_files(source, suffixes))
    if not files:
        failed[source.name] = "There is no file in this folder that can be used."
        print(failed[source.name], file=sys.stderr)
        return failed
    from contextlib import nullcontext

    from scoreweb.host import open_engine

    with open_engine(Settings()) if engine else nullcontext() as asked:
        for path in files:
            try:
                if out is not None:
                    out.mkdir(parents=True, exist_ok=True)
                one(asked, path)
            except FileExistsError:
                failed[path.name] = f"{out} is a file. Choose a folder for OUT."
            except Exception as error:  # noqa: BLE001 - one bad file of a folder must not stop the others
                failed[path.name] = sentence_of(error)
            if path.name in failed:
                print(f"{path.name}: {failed[path.name]}", file=sys.stderr)
    return failed


def _files(source: Path, suffixes: set[str]) -> Iterator[Path]:
    if not source.is_dir():
        yield source
        return
    yield from sorted(p for p in source.iterdir() if p.is_file() and p.suffix.lower() in suffixes)


def _ask(engine: Engine, sound: Sound, **more: Any) -> Any:  # noqa: ANN401 - the service's own types
    return engine.run("transcribe", TranscribeRequest(sound.samples, sound.rate, **more))


def _write_transcript(folder: Path, answer: Any, options: Any) -> tuple[str, ...]:  # noqa: ANN401
    """The files of one transcription; what was assumed about it."""
    from models.notation.engraving.engrave import engrave
    from models.notation.engraving.pictures import svg_to_png
    from models.notation.midi import write_midi, write_performance
    from models.notation.musicxml import write_musicxml
    from models.transcribe.classic.images import note_image
    from scoreweb.jobs.transcribe.notes import notes_json, score_of
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
    (folder / "notes.json").write_text(json.dumps(notes_json(answer.notes), indent=1), encoding="utf-8")
    return tuple(score.assumptions)


def _played(path: Path) -> tuple[Any, int]:
    """(samples, rate) of a MusicXML file, or of a sheet image of one note."""
    from models.notation.musicxml import read_musicxml
    from models.notation.synthesis.sound import play

    if path.suffix.lower() in PICTURES:
        from models.sheet import open_pages
        from models.transcribe.classic.errors import BadImage
        from models.transcribe.classic.images import HEIGHT, WIDTH
        from models.transcribe.classic.sounding import sound_of_image

        grey = open_pages(path, name=path.name)[0].grey
        if grey.shape != (HEIGHT, WIDTH):
            raise VisitorError(
                "Only the 162x300 sheet images of one note can be played from a picture; read a score first."
            )
        try:
            return sound_of_image(grey)
        except BadImage as error:
            raise VisitorError(str(error)) from error
    return play(read_musicxml(path))


def _tell(path: Path, what: str, said: tuple[str, ...]) -> None:
    print(f"{path.name}: {what}")
    for sentence in said:
        print(f"  {sentence}")


def _name(midi: int) -> str:
    from models.notation.score import Pitch

    return Pitch.from_midi(midi).name
