"""What a visitor sees when a file is unfit: a sentence where the file was put, and an app that goes on."""

import io

import pytest
from PIL import Image
from playwright.sync_api import expect

from scoreweb.widgets.examples import EXAMPLES
from tests.browser.visits import Visit

pytestmark = pytest.mark.browser
LONG = 60_000
GOOD = next(p for p in EXAMPLES if p.name == "piano-small.png")


def _bytes(image, **how):
    buffer = io.BytesIO()
    image.save(buffer, **how)
    return buffer.getvalue()


def bad_files():
    white = Image.new("L", (64, 64), 255)
    png = _bytes(Image.effect_noise((200, 200), 60), format="PNG")
    return {
        "empty.png": b"",
        "garbage.png": b"not a picture at all",
        "truncated.png": png[: len(png) // 2],
        "bomb.png": _bytes(Image.new("1", (30_000, 30_000)), format="PNG"),
        "tiny.png": _bytes(white.resize((2, 2)), format="PNG"),
        "script.png": b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        "cut.pdf": b"%PDF-1.7\n1 0 obj\n<<",
    }


@pytest.fixture(scope="module")
def unlucky(demo, chromium):
    """A visitor who sends one bad file after the other, each in place of a good one."""
    visitor = Visit(chromium, demo.url)
    visitor.upload(GOOD)
    yield visitor
    visitor.context.close()


@pytest.mark.parametrize("name", list(bad_files()))
def test_a_bad_file_gets_a_sentence_at_the_component(unlucky, tmp_path, name):
    file, visitor = tmp_path / name, unlucky
    file.write_bytes(bad_files()[name])
    expect(visitor.page.locator("#sw-pages")).to_contain_text("560 × 430", timeout=LONG)
    visitor.replace(file)
    problem = visitor.page.locator("#sw-problem [role=alert]")
    expect(problem).to_be_visible(timeout=LONG)
    text = problem.inner_text()
    assert len(text) > 15
    assert text.endswith(".")
    assert str(tmp_path) not in text
    assert "Traceback" not in text
    assert "wrong on our side" not in text
    # and the same page then takes a good file
    visitor.replace(GOOD)
    expect(visitor.page.locator("#sw-pages")).to_contain_text("560 × 430", timeout=LONG)
    expect(problem).to_be_hidden()


def test_a_page_without_staves_is_told_so_and_still_upscaled(demo, visit, tmp_path):
    file = tmp_path / "blank.png"
    Image.new("L", (300, 200), 255).save(file)
    visitor = visit(demo.url)
    visitor.upload(file)
    expect(visitor.page.locator("#sw-pages")).to_contain_text("No staff lines found", timeout=LONG)
    visitor.page.locator("#sw-start").click()
    expect(visitor.page.locator("#sw-facts")).to_contain_text("1200 × 800", timeout=LONG)


def test_starting_without_a_file_says_what_to_do(demo, visit):
    visitor = visit(demo.url)
    visitor.page.locator("#sw-start").click()
    expect(visitor.page.locator("#sw-refusal [role=alert]")).to_contain_text(
        "Choose a score first", timeout=LONG
    )
