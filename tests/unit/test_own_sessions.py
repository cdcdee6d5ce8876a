"""What is remembered of a visitor's page: changed components and states, no descriptions of all of them."""

import asyncio
from datetime import timedelta

import gradio as gr
import pytest
from gradio import route_utils, state_holder

from scoreweb import own_sessions
from scoreweb.own_sessions import forget_closed, remember_little

GRADIOS = own_sessions._LightSession.__base__  # whatever page was built in this process before

# Gradio leaves event loops of its own open
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture
def page(monkeypatch):
    for module in (state_holder, route_utils):
        monkeypatch.setattr(module, "SessionState", GRADIOS)
    with gr.Blocks(analytics_enabled=False) as page:
        page.radio, page.kept, page.text = gr.Radio(["a"]), gr.State([]), gr.HTML("before")
        page.load(lambda: None, None, [page.radio, page.kept, page.text])
    return page


def visitors_of(page):
    holder = state_holder.StateHolder()
    holder.set_blocks(page)
    return holder


def changed(page, session):
    updates = [gr.update(choices=["a", "b"]), [1, 2], gr.update(value="x" * 1000)]
    return asyncio.run(page.postprocess_data(page.fns[0], updates, session))


def test_without_it_each_visitor_costs_a_description_of_the_whole_page(page):
    """When this fails, Gradio has mended it, and `own_sessions` can go."""
    session = visitors_of(page)["somebody"]
    changed(page, session)
    assert set(session.config_values) >= {page.radio._id, page.text._id}
    assert len(str(session.config_values)) > 1000


def test_a_session_holds_what_was_changed_for_its_visitor_and_describes_nothing(page):
    remember_little()
    visitors = visitors_of(page)
    mine, other = visitors["me"], visitors["somebody else"]
    shown = changed(page, mine)
    assert [tuple(one) for one in shown[0]["choices"]] == [("a", "a"), ("b", "b")]
    assert shown[2]["value"] == "x" * 1000
    assert [value for _, value in mine[page.radio._id].choices] == ["a", "b"]
    assert [value for _, value in other[page.radio._id].choices] == ["a"]
    assert (mine[page.kept._id], other[page.kept._id]) == ([1, 2], [])
    assert mine.config_values == other.config_values == {}


def test_programs_without_a_session_get_a_light_one_too(page):
    remember_little()
    assert route_utils.SessionState is state_holder.SessionState
    assert route_utils.SessionState(page).config_values == {}


def test_a_visitor_whose_page_is_closed_is_forgotten_once_they_may_come_back_no_more(page):
    visitors = visitors_of(page)
    for name in ("here", "just gone", "long gone"):
        changed(page, visitors[name])
    for name in ("just gone", "long gone"):
        visitors.session_data[name].is_closed = True
    visitors.time_last_used["long gone"] -= timedelta(minutes=20)
    visitors.time_last_used["here"] -= timedelta(minutes=20)
    forget_closed(page, 900)
    assert set(visitors.session_data) == set(visitors.time_last_used) == {"here", "just gone"}


def test_a_page_that_is_not_served_has_nobody_to_forget():
    with gr.Blocks(analytics_enabled=False) as page:
        forget_closed(page, 0)
