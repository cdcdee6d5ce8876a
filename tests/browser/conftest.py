import shutil

import pytest
from playwright.sync_api import sync_playwright

from tests.browser.transcribing import scale, tab  # noqa: F401 - fixtures

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
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def chromium(driver):
    executable = shutil.which("chromium")
    assert executable, "Debian's chromium is missing: make test installs it, or run apt-get install chromium"
    browser = driver.chromium.launch(executable_path=executable, args=QUIET)
    yield browser
    browser.close()


class Visit:
    """One visitor's page, and everything that it asked for and complained about."""

    def __init__(self, chromium, url, **context):
        self.context = chromium.new_context(
            viewport=context.pop("viewport", {"width": 1280, "height": 1000}), **context
        )
        self.page = self.context.new_page()
        self.requests, self.errors = [], []
        self.page.on("request", lambda r: self.requests.append(r.url))
        self.page.on("console", lambda m: m.type == "error" and self.errors.append(m.text))
        self.page.on("pageerror", lambda e: self.errors.append(str(e)))
        self.page.goto(url)
        self.page.locator("#sw-start").wait_for(timeout=120_000)

    def upload(self, path):
        self.page.locator("#sw-file input[type=file]").set_input_files(str(path))

    def replace(self, path):
        """Another file in place of the one that lies there."""
        self.page.locator(
            "#sw-file button[aria-label='Clear'], #sw-file button[aria-label='Remove']"
        ).first.click()
        self.upload(path)

    def outside(self, url):
        return [r for r in self.requests if not r.startswith((url, "data:", "blob:"))]


@pytest.fixture
def visit(chromium):
    visits = []

    def make(url, **context):
        visits.append(Visit(chromium, url, **context))
        return visits[-1]

    yield make
    for one in visits:
        one.context.close()
