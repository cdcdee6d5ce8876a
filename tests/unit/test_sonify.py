"""A score becomes sound: a size limit is told at once, the drawing is watched and given up, sound comes without it."""

import io
import threading
import zipfile

import numpy as np
import pytest

from models.engine import Cancelled
from models.notation import apart
from models.notation.engraving.engrave import Engraving, Page
from models.notation.engraving.process import DrawingProgress
from models.notation.errors import EngravingFailed
from models.notation.musicxml import write_musicxml
from scoreweb import texts as messages
from scoreweb.errors import VisitorError
from scoreweb.jobs.transcribe import sonify
from scoreweb.jobs.transcribe import texts as say
from scoreweb.workspace import Workspaces
from tests.bare_host import BareHost
from tests.scores import small_song

pytestmark = pytest.mark.usefixtures("hosts_closed")

CLIENT = "somebody"


@pytest.fixture
def workspace(tmp_path):
    return Workspaces(tmp_path / "workspaces").of("s")


@pytest.fixture
def song(tmp_path):
    file = tmp_path / "My song.musicxml"
    file.write_bytes(write_musicxml(small_song()))
    return file


def steps(host, workspace, file):
    return list(sonify.run(host, workspace, None if file is None else str(file), CLIENT))


def test_a_score_becomes_sound_named_after_the_file(workspace, song):
    host = BareHost()
    told = steps(host, workspace, song)
    result = workspace.work(sonify.SonifyWork).result
    assert [step.share for step in told] == sorted(step.share for step in told)
    assert told[-1].share == 1
    assert result.wav.name == "My-song.wav"
    assert result.wav.read_bytes().startswith(b"RIFF")
    assert result.engraving.pages
    assert result.problem == ""


@pytest.mark.parametrize("packed", [False, True])
def test_a_score_over_the_limit_is_refused_before_it_is_read(workspace, song, tmp_path, monkeypatch, packed):
    monkeypatch.setattr(apart, "limited", lambda function, _, *arguments: function(*arguments))
    monkeypatch.setattr(apart, "read_musicxml", lambda _: pytest.fail("it was read"))
    note = b"<note><rest/><duration>1</duration></note>"
    text = song.read_bytes().replace(b"</measure>", note * 120 + b"</measure>", 1)
    file = tmp_path / "long.mxl"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("score.xml", text)
    file.write_bytes(out.getvalue() if packed else text)
    with pytest.raises(VisitorError, match=r"this host plays 100 at most\. Choose one movement"):
        steps(BareHost(score_notes=100), workspace, file)
    assert workspace.work(sonify.SonifyWork).result is None


def test_no_file_gets_a_sentence(workspace):
    with pytest.raises(VisitorError, match=say.SONIFY_FIRST):
        steps(BareHost(), workspace, None)


def test_the_visitor_sees_the_queue_and_the_pages_and_may_cancel_a_drawing(workspace, song, monkeypatch):
    seen = {"waiting": threading.Event(), "page": threading.Event()}

    def engrave(score, *, watch):
        while not seen["waiting"].wait(0.02):
            watch(DrawingProgress(ahead=2))
        while not seen["page"].wait(0.02):
            watch(DrawingProgress(0, 3, 5))
        while True:  # until the watch says that nobody wants it
            watch(DrawingProgress(0, 4, 5))

    monkeypatch.setattr(sonify, "engrave", engrave)
    told = []
    with pytest.raises(Cancelled):
        for step in sonify.run(BareHost(), workspace, str(song), CLIENT):
            told.append(step.text)
            if step.text == messages.WAITING.format(ahead=2):
                seen["waiting"].set()
            if "page 3 of 5" in step.text:
                seen["page"].set()
            if "page 4 of 5" in step.text:
                workspace.work(sonify.SonifyWork).cancel()
    assert seen["waiting"].is_set()
    assert seen["page"].is_set()
    assert not workspace.is_busy


def test_a_score_that_cannot_be_drawn_in_time_is_heard_all_the_same(workspace, song, monkeypatch):
    def engrave(score, *, watch):
        raise EngravingFailed("Drawing this score takes too long; try a shorter one.")

    monkeypatch.setattr(sonify, "engrave", engrave)
    steps(BareHost(), workspace, song)
    result = workspace.work(sonify.SonifyWork).result
    assert result.engraving is None
    assert result.wav.exists()
    assert result.problem == f"Drawing this score takes too long; try a shorter one. {say.SONIFY_UNDRAWN}"


def test_another_job_of_the_same_visitor_has_to_wait(workspace, song, monkeypatch):
    monkeypatch.setattr(sonify, "engrave", lambda *_, **__: Engraving((Page("<svg/>", 1, 1),), {}, ()))
    going = sonify.run(BareHost(), workspace, str(song), CLIENT)
    next(going)
    with pytest.raises(VisitorError, match=messages.ALREADY_RUNNING):
        steps(BareHost(), workspace, song)
    going.close()
    assert not workspace.is_busy


def test_one_score_becomes_sound_at_a_time_and_who_waits_may_cancel(tmp_path, song, monkeypatch):
    """An hour of sound takes 1 GB while it is made."""
    workspaces, playing, go_on, at_once = (
        Workspaces(tmp_path / "workspaces"),
        threading.Event(),
        threading.Event(),
        [],
    )

    def play(score):
        at_once.append(sonify._PLAYING.locked())
        playing.set()
        assert go_on.wait(30)
        return np.zeros(44_100, np.float32), 44_100

    monkeypatch.setattr(sonify, "play", play)
    host, ends = BareHost(), {}

    def visit(name):
        try:
            ends[name] = steps(host, workspaces.of(name), song)[-1].share
        except Cancelled:
            ends[name] = "cancelled"

    first, second, third = (threading.Thread(target=visit, args=(name,)) for name in ("a", "b", "c"))
    first.start()
    assert playing.wait(30)
    second.start()
    third.start()
    while not workspaces.of("b").is_busy:
        pass
    workspaces.of("b").work(sonify.SonifyWork).cancel()
    second.join(30)
    assert ends == {"b": "cancelled"}
    assert at_once == [True], "the others wait"
    go_on.set()
    first.join(60)
    third.join(60)
    assert ends == {"a": 1.0, "b": "cancelled", "c": 1.0}
    assert not sonify._PLAYING.locked()
