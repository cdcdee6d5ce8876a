"""Leaving the page as a browser does it, question and all."""

import time

from playwright.sync_api import Error

LONG = 60_000


def left(page):
    """Whether the page would be left without a question; a page that would is closed, one that asks is stayed on."""
    asked = []

    def stay(dialog):
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.close(run_before_unload=True)
    until = time.monotonic() + LONG / 1000
    while not asked and not page.is_closed() and time.monotonic() < until:
        try:
            page.wait_for_timeout(50)
        except Error:  # closed meanwhile
            break
    page.remove_listener("dialog", stay)
    return not asked
