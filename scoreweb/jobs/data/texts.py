"""Every text of the My data tab and of its command, beside `scoreweb.texts`."""

from __future__ import annotations

TAB = "My data"
INTRO = "Your donations to the dataset, found by your token. You can erase single ones or all of them, at any time."
TOKEN = "Token"
SHOW = "Show my donations"
NONE = "There are no donations under this token."
COUNT = "{count} under this token."
HEAD = ("When (UTC)", "What", "Licence", "State", "Votes", "Corrections", "Files")
TASKS = {"upscale": "Enlarged page", "read": "Score read", "transcribe": "Recording transcribed"}
LICENCES = {"train-only": "Training only, never published"}
STATES = {
    "pending": "Not reviewed yet",
    "accepted": "Accepted",
    "rejected": "Not accepted",
    "hidden": "Hidden",
    "disputed": "The votes disagree; the host decides",
    "quarantined": "Reported, and hidden until the host has looked",
}
REASON = "{state}: {reason}"
VOTES = "{right} right, {wrong} wrong, {unsure} unsure"
NO_VOTES = "none"
CHOICE = "What to erase"
SURE = "Yes, erase it for good"
ERASE_SOME = "Erase selected"
ERASE_ALL = "Erase everything"
MUST_BE_SURE = "Check the box to confirm: erasing cannot be undone."
CHOOSE = "Select what to erase."
ERASED = "{count} erased, with all files. Future editions of the dataset will not contain them."
TOKEN_FIRST = "Enter the token that you were shown after your first donation."


def donations(count: int) -> str:
    """Donations in words: "1 donation" or "3 donations"."""
    return f"{count} donation" if count == 1 else f"{count} donations"
