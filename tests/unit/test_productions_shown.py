"""The productions as a visitor sees them."""

from models.read.grammar import ProductionView
from models.read.productions import PRODUCTIONS, grammar_in
from scoreweb.widgets.productions import productions_html


def test_every_production_is_there_once():
    views = grammar_in(PRODUCTIONS).views()
    html = productions_html(views)
    assert html.count("<details>") == len(views) > 40
    assert "head_on_stem" in html


def test_foreign_text_is_shown_and_never_run():
    html = productions_html([ProductionView("a", "<b>bold</b>", "<script>x</script>", "f.grammar", 1, ())])
    assert "<script>" not in html
    assert "<b>" not in html
    assert "&lt;script&gt;" in html
