"""The languages of the page: complete catalogues, the visitor's choice, numbers and notes as each writes them."""

import copy
import json
import pickle
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from gradio.context import LocalContext
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from models.notation.score import Duration, NoteType, Pitch
from scoreweb import score_texts, texts
from scoreweb.errors import VisitorError, sentence_of
from scoreweb.jobs.read import texts as read
from scoreweb.jobs.upscale import texts as upscale
from scoreweb.languages.catalogue import Sentence, catalogue, retold, translated
from scoreweb.languages.elsewhere import KEYS, SENTENCES
from scoreweb.languages.interpreter import Interpreter
from scoreweb.languages.notes import note_name
from scoreweb.languages.spoken import LANGUAGES, chosen, speaking, spoken
from tests.page_texts import page_texts

ROOT = Path(__file__).parents[2]
OTHERS = LANGUAGES[1:]
ALIKE = {
    "de": {"Tempo", "Part {number}", "Token"},
    "es": {"Tempo", "Insert, Ctrl+B", "Ctrl+Z, Ctrl+Y"},
    "fr": {
        *("Page", "Page {number}", "{count} page", "{count} pages", "{file}, page {number}"),
        *("Microphone", "Microphone {number}", "Licence", "Pause", "Tempo", "Ctrl+Z, Ctrl+Y"),
        *("{count} note", "{count} notes", "{what}, {width} × {height} pixels"),
        *("1 vote", "{count} votes", "1 correction", "{count} corrections"),
    },
}
"""Texts that are the same in English."""
UNITS = {"{space:.1f} px"}


@pytest.mark.parametrize("language", OTHERS)
def test_a_catalogue_has_every_text_of_the_page_and_no_other(language):
    assert sorted(catalogue(language)) == sorted(page_texts())


@pytest.mark.parametrize("language", OTHERS)
def test_translations_say_something_of_their_own_and_fill_the_same_gaps(language):
    known = UNITS | ALIKE.get(language, set())
    for english, text in catalogue(language).items():
        assert text.strip() == text != "", english
        assert _gaps(text) == _gaps(english), english
        assert text != english or english in known, english


def _gaps(text):
    return sorted(re.findall(r"\{[^{}]*\}", text))


def test_sentences_from_elsewhere_are_those_that_the_code_makes():
    """So that none is translated that nobody says any more."""
    code = ""
    for folder in ("models", "storage"):
        code += "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / folder).rglob("*.py"))
    code = re.sub(r"\"\s*\n\s*f?\"", "", code).lower()
    for sentence in SENTENCES:
        if sentence in KEYS:  # put together from their parts
            continue
        for piece in re.split(r"\{[^{}]*\}|[:.;] ", sentence):
            assert piece.strip().lower() in code, sentence


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("de-DE,de;q=0.9,en;q=0.8", "de"),
        ("fr", "fr"),
        ("es-419,es;q=0.9", "es"),
        ("ja-JP", "ja"),
        ("zh-TW,zh;q=0.9", "zh-CN"),
        ("fi,fr;q=0.3,de;q=0.5", "de"),
        ("fi-FI,fi;q=0.9", "en"),
        ("en-GB,de;q=0.9", "en"),
        ("de;q=0,es;q=0.1", "es"),
        ("de;q=many", "en"),
        ("*", "en"),
        ("", "en"),
        (None, "en"),
    ],
)
def test_the_first_language_that_there_is_of_those_that_the_browser_asks_for(accepted, language):
    assert chosen(accepted) == language


def test_texts_modules_speak_the_language_of_whoever_asks():
    assert upscale.TAB == "Upscale"
    with speaking("de"):
        assert upscale.TAB == "Vergrößern"
        assert texts.RECORDER["record"] == "Aufnehmen"
        assert texts.LICENCES.keys() == {"CC0-1.0", "CC-BY-4.0", "train-only"}
        assert texts.duration(12) == "etwa 12 Sekunden"
        assert texts.pages(1) == "1 Seite"
        assert texts.closing(15) == "15 Minuten nach dem Schließen der Seite"
        assert read.share(0.999) == "über 99 %"
        assert score_texts.value_name(Duration(NoteType.QUARTER, 1)) == "punktierte Viertel"
    with speaking("fr"):
        assert score_texts.value_name(Duration(NoteType.QUARTER, 1)) == "noire pointée"
        assert read.bars(3) == "3 mesures"
    assert upscale.TAB == "Upscale"


def test_a_text_without_a_translation_is_shown_in_english():
    with speaking("ja"):
        assert translated("Nobody has translated this.") == "Nobody has translated this."
        assert translated({"new": "Nobody has translated this.", "cancel": "Cancel"}) == {
            "new": "Nobody has translated this.",
            "cancel": "キャンセル",
        }


def test_an_event_goes_before_the_request_that_its_task_began_in():
    """Gradio's queue lives in a task that some visitor's request has started."""
    token = LocalContext.request.set(SimpleNamespace(headers={"accept-language": "es"}))
    try:
        with speaking("de"):
            assert spoken() == "es"
            assert texts.CANCEL == "Cancelar"
    finally:
        LocalContext.request.reset(token)
    assert spoken() == "en"


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "MusicXML (.musicxml, .xml or .mxl) · up to 20 MB and 12,000 notes"),
        ("de", "MusicXML (.musicxml, .xml oder .mxl) · bis 20 MB und 12.000 Noten"),
        ("es", "MusicXML (.musicxml, .xml o .mxl) · hasta 20 MB y 12\u00a0000 notas"),
        ("fr", "MusicXML (.musicxml, .xml ou .mxl) · jusqu’à 20 Mo et 12\u202f000 notes"),
    ],
)
def test_thousands_are_parted_as_the_language_does(language, said):
    from scoreweb.jobs.transcribe import texts as transcribe

    with speaking(language):
        assert transcribe.SONIFY_HINT.format(megabytes=20, notes=12_000) == said


@pytest.mark.parametrize(
    ("language", "said"), [("en", "6.2 px"), ("de", "6,2 px"), ("es", "6,2 px"), ("fr", "6,2 px"), ("ja", "6.2 px")]
)  # fmt: skip
def test_a_decimal_sign_is_the_language_s(language, said):
    with speaking(language):
        assert texts.pixels(6.2) == said


def test_numbers_in_words_of_a_visitor_stay_as_they_are():
    with speaking("de"):
        assert texts.OPERATOR.format(operator="Studio 1.5") == "Diese Seite wird betrieben von Studio 1.5"


def test_a_translated_text_can_be_copied_and_sent():
    text = Sentence("{a:.1f} s", "de")
    for other in (copy.deepcopy(text), pickle.loads(pickle.dumps(text))):  # noqa: S301 - our own
        assert other == text
        assert other.format(a=1.5) == "1,5 s"


@pytest.mark.parametrize(
    ("language", "names"),
    [
        ("en", ["C4", "F♯5", "B♭3", "B3", "E♭4"]),
        ("de", ["C4", "Fis5", "B3", "H3", "Es4"]),
        ("fr", ["do4", "fa♯5", "si♭3", "si3", "mi♭4"]),
        ("es", ["do4", "fa♯5", "si♭3", "si3", "mi♭4"]),
        ("ja", ["C4", "F♯5", "B♭3", "B3", "E♭4"]),
    ],
)
def test_notes_have_the_names_that_musicians_give_them(language, names):
    notes = [Pitch("C"), Pitch("F", 1, 5), Pitch("B", -1, 3), Pitch("B", 0, 3), Pitch("E", -1)]
    with speaking(language):
        assert [note_name(note) for note in notes] == names


def test_german_double_accidentals():
    with speaking("de"):
        assert [note_name(Pitch(step, alter)) for step, alter in (("B", -2), ("A", -2), ("F", 2), ("A", -1))] == [
            "Heses4",
            "Ases4",
            "Fisis4",
            "As4",
        ]  # fmt: skip


def test_sentences_of_the_models_are_told_in_the_language():
    tempo = "Tempo estimated from the notes: 66.5 dotted quarter notes a minute; give yours if it is another."
    page = "song.pdf: Page 3 of that PDF is damaged. Export it again."
    with speaking("de"):
        assert retold(tempo).startswith("Tempo aus den Tönen geschätzt: 66,5 punktierte Viertel pro Minute;")
        assert (
            retold("Key estimated from the notes: B flat minor.") == "Tonart aus den Tönen geschätzt: b-Moll."
        )
        assert retold(page) == "song.pdf: Seite 3 dieses PDFs ist beschädigt. Exportieren Sie es noch einmal."
        assert retold("With 2 flats") == "Vorzeichen: 2 B"
        assert (
            retold("Something that nobody has translated: 7.") == "Something that nobody has translated: 7."
        )
        assert sentence_of(VisitorError(texts.CANCELLED)) == texts.CANCELLED
    assert retold(page) == page


def _app():
    async def page(_):
        return HTMLResponse(f"<html>{texts.CANCEL}")

    def plain(_):
        return PlainTextResponse(texts.CANCEL)

    return Starlette(routes=[Route("/", page), Route("/plain", plain)], middleware=[Middleware(Interpreter)])


@pytest.mark.parametrize(
    ("accepted", "language", "word"), [("de", "de", "Abbrechen"), ("fi", "en", "Cancel")]
)
def test_an_answer_is_in_the_language_that_its_request_asks_for(accepted, language, word):
    client = TestClient(_app())
    page = client.get("/", headers={"accept-language": accepted})
    assert page.text == f"<html>{word}"
    assert page.headers["content-language"] == language
    assert "accept-language" in page.headers["vary"]
    assert client.get("/plain", headers={"accept-language": accepted}).text == word


PAGES = """
import json, threading
import gradio as gr
from scoreweb import texts
from scoreweb.languages.pages import TranslatedPage, in_every_language
from scoreweb.languages.spoken import LANGUAGES, speaking, spoken

built, go, started = [], threading.Event(), threading.Event()
go.set()

def build(more=False):
    built.append(spoken())
    with TranslatedPage() as page:
        gr.Button("made by an event meanwhile", render=False)  # takes a number
        if spoken() == "fr":
            started.set()
            go.wait(60)
        button = gr.Button(texts.CANCEL)
        if more and spoken() == "fr":
            gr.HTML("")
        button.click(lambda: None, button, button, js=texts.STARTING)
    return page

def told(page):
    config = page.config
    (button,) = [one for one in config["components"] if one["type"] == "button"]
    event = config["dependencies"][0]
    same = [config["app_id"] == page.app_id, event["inputs"] == [button["id"]], event["targets"][0][0] == button["id"]]
    return [button["id"], button["props"]["value"], event["js"], same]

def in_language(language, page, found):
    with speaking(language):
        found[language] = told(page)

page, found = in_every_language(build), {}
early = list(built)
in_language("de", page, found)
go.clear()
slow = threading.Thread(target=in_language, args=("fr", page, found))
slow.start()
started.wait(60)
for language in ("en", "de"):  # while French is being built
    in_language(language, page, found)
meanwhile = sorted(found)
go.set()
slow.join()
for language in LANGUAGES * 2:
    in_language(language, page, found)
other, wrong = in_every_language(lambda: build(more=True)), {}
in_language("fr", other, wrong)
in_language("de", other, wrong)
print(json.dumps({"found": found, "early": early, "meanwhile": meanwhile, "built": built[: len(LANGUAGES)], "wrong": wrong}))
"""
"""In a process of its own: Gradio leaves event loops open behind each page that is built."""


def test_a_page_describes_itself_in_each_language_with_the_same_numbers():
    done = subprocess.run([sys.executable, "-c", PAGES], cwd=ROOT, capture_output=True, text=True, check=True)
    all_told = json.loads(done.stdout.splitlines()[-1])
    found = all_told["found"]
    assert all_told["early"] == ["en"], "no other language is built before a browser asks for it"
    assert all_told["meanwhile"] == ["de", "en"], "nobody else waits while one is built"
    assert sorted(all_told["built"]) == sorted(LANGUAGES), "each once"
    assert found["en"][1:3] == ["Cancel", "Starting …"]
    assert found["de"][1:3] == ["Abbrechen", "Es geht los …"]
    assert found["zh-CN"][1] == "取消"
    assert {(told[0], tuple(told[3])) for told in found.values()} == {(found["en"][0], (True, True, True))}
    assert all_told["wrong"]["fr"][1] == "Cancel", "a page that came out otherwise is shown in English"
    assert all_told["wrong"]["de"][1] == "Abbrechen"
