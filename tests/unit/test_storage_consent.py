"""Consent: what suffices, what does not, and the words it is given to."""

import hashlib
from importlib.resources import files

import pytest

from storage import CURRENT_VERSION, ConsentGiven, ConsentRefused, Licence, consent_digest, consent_text
from storage.consent import TEXTS

COMPLETE = {"licence": Licence.CC0, "own_or_may_share": True, "of_age": True}

# A published wording never changes. For other words add the next file, and its digest here.
PUBLISHED = {
    1: "e5b129ee0cd85879813db0138b6cf069c5f9244003dd04bf2f315053f46289ca",
}


def test_published_wordings_are_what_they_were():
    assert {version: consent_digest(version) for version in PUBLISHED} == PUBLISHED
    assert {int(path.stem) for path in TEXTS.glob("*.txt")} == set(PUBLISHED)


def test_the_digest_is_that_of_the_text_as_shown():
    shown = consent_text(CURRENT_VERSION)
    assert ConsentGiven(**COMPLETE).text_digest == hashlib.sha256(shown.encode()).hexdigest()
    assert "\r" not in shown


def test_the_text_comes_with_the_package():
    assert files("storage").joinpath("consent_texts", f"{CURRENT_VERSION}.txt").is_file()


@pytest.mark.parametrize(
    "promise",
    [
        "unless you tick the box",
        "may share it",
        "at least 16",
        "guardian",
        "180 days",
        "no more than 30 days",
        "IP address are not stored",
        "token",
        "lists their numbers",
        "CC0-1.0",
        "CC-BY-4.0",
        "Train here only",
    ],
)
def test_the_current_text_says_what_the_store_does(promise):
    assert promise in consent_text()


def test_a_complete_consent_is_one():
    given = ConsentGiven(**COMPLETE, locale="de-AT")
    assert (given.version, given.locale) == (CURRENT_VERSION, "de-AT")


def test_a_licence_may_come_as_the_word_from_a_form():
    assert ConsentGiven(**COMPLETE | {"licence": "CC-BY-4.0"}).licence is Licence.CC_BY


@pytest.mark.parametrize(
    "change",
    [
        {"own_or_may_share": False},
        {"own_or_may_share": None},
        {"own_or_may_share": "no"},
        {"of_age": False},
        {"of_age": 1},
        {"licence": "all rights reserved"},
        {"licence": None},
        {"version": 0},
        {"version": CURRENT_VERSION + 1},
        {"version": True},
        {"version": "../1"},
        {"version": None},
    ],
)
def test_an_incomplete_consent_cannot_be_made(change):
    with pytest.raises(ConsentRefused, match="Nothing was kept"):
        ConsentGiven(**COMPLETE | change)


@pytest.mark.parametrize("locale", ["", "d", "<script>", "en\n", "x" * 300, "en-", None, 7])
def test_an_odd_locale_is_no_reason_to_refuse_a_gift(locale):
    assert ConsentGiven(**COMPLETE, locale=locale).locale == "und"
