import shutil

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.browser.reading import read_score, read_tab, reading_demo, score_read, tune_file  # noqa: F401 - fixtures
from tests.browser.transcribing import scale, tab  # noqa: F401 - fixtures
from tests.browser.visits import Visit

PATIENCE = 20_000
"""Milliseconds within which the page shows what it must show: two browsers and two apps share the cores."""

QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
]


@pytest.fixture(scope="session")
def driver():
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def chromium(driver):
    executable = shutil.which("chromium")
    assert executable, "Debian's chromium is missing: make test installs it, or run apt-get install chromium"
    browser = driver.chromium.launch(executable_path=executable, args=QUIET)
    yield browser
    browser.close()


@pytest.fixture
def visit(chromium):
    visits = []

    def make(url, **context):
        visits.append(Visit(chromium, url, **context))
        return visits[-1]

    yield make
    for one in visits:
        one.context.close()
