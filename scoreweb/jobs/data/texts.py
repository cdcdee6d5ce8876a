"""Every text of the My data tab and of its command, beside `scoreweb.texts`."""

from __future__ import annotations

from scoreweb.languages.catalogue import speak, translated

TAB = "My data"
INTRO = (
    "Your donations to the dataset, found by your token. You can see, download and remove them at any time, and help to check "
    "what others gave."
)
TOKEN = "Token"
SHOW = "Show my donations"
OWN = "What I gave"
NONE = "There are no donations under this token."
COUNT = "{count} under this token."
ALSO = "You also corrected {corrections} and voted on {votes} donations of others."
TASKS = {"upscale": "Enlarged page", "read": "Score read", "transcribe": "Recording transcribed"}
NAME_PICTURE = "{what}, {width} × {height} pixels"
NAME_SOUND = "{what}, {seconds:.1f} seconds"
LICENCES = {
    "CC0-1.0": "CC0 1.0: free for anything",
    "CC-BY-4.0": "CC BY 4.0: free, naming the contributors",
    "train-only": "Training only, never published",
}
LICENCE = "Licence: {licence}"
STATES = {
    "pending": "Waiting for votes",
    "accepted": "Accepted: part of the next dataset",
    "rejected": "Found wrong: others may correct it",
    "hidden": "Hidden by the host",
    "disputed": "The votes disagree; the host decides",
    "quarantined": "Reported, and hidden until the host has looked",
}
ONLY_TRAINING = "Kept for training here; not shown to others"
REASON = "{state} ({reason})"
VOTES = "Votes: {right} right, {wrong} wrong, {unsure} unsure"
NO_VOTES = "No votes yet"
VOTE_COUNT = ("1 vote", "{count} votes")
CORRECTIONS = ("1 correction", "{count} corrections")
DONATION_LIST = {
    "list": "Donations",
    "choose": "Choose {name}, {when}",
    "open": "Open",
    "opening": "Opening …",
    "open_one": "Open {name}, {when}",
    "close": "Close",
    "download": "Download all its files (.zip)",
    "none": "Nothing chosen",
    "one": "1 chosen",
    "several": "{count} chosen",
    "remove": "Remove chosen",
    "question": "Remove {count} for good, with all files?",
    "yes": "Yes, remove",
    "no": "No, keep",
}
EVERYTHING = "Remove everything"
EVERYTHING_HINT = "Removes every donation under this token, your corrections and votes, and the token itself. This cannot be undone."
SURE = "Yes, remove everything for good"
ERASE_ALL = "Remove everything"
MUST_BE_SURE = "Check the box to confirm: this cannot be undone."
CHOOSE = "Choose what to remove."
ERASED = "{count} removed, with all files. Future editions of the dataset will not contain them."
TOKEN_FIRST = "Enter the token that you were shown after your first donation."
TOO_LATE = "Enter your token again: this page was idle for too long."

# What a donation is shown as
INPUT = "What was given"
RESULT = "Enlarged"
LABEL = "What it reads as"
LABEL_SOUND = "What it reads as, played by the page's piano"
NO_SHEET = "This score cannot be drawn, but its file is in the download."

# Checking what others gave
CHECK = "Help to check"
CHECK_INTRO = (
    "Is what the page or another visitor made of it right? You see neither names nor other people's votes. Two of three equal votes "
    "decide; after five without a majority the host decides. Doubtful ones come first."
)
PURPOSE = "I want to"
JUDGE = "vote on results"
MEND = "correct doubtful ones"
KIND = "What"
ANYTHING = "anything"
KINDS = {"upscale": "enlarged pages", "read": "scores", "transcribe": "recordings"}
NEXT = "Show me one"
RIGHT, WRONG, UNSURE, SKIP = "Right", "Wrong", "Not sure", "Skip"
QUESTIONS = {
    "upscale": "Is the enlarged page clean, with nothing lost and nothing made up?",
    "read": "Is every note of the score as it stands on the page?",
    "transcribe": "Are these the notes that are played?",
}
MEND_QUESTION = "This one is doubtful: correct what is wrong in the score, then send it below."
NOTHING_LEFT = "There is nothing left to check just now, thank you. Come back later."
NOTHING_TO_MEND = "There is nothing doubtful to correct just now, thank you. Come back later."
VOTED = "Thank you, your vote is kept. Here is the next one."
VOTED_LAST = "Thank you, your vote is kept. There is nothing left to check just now."
SHOW_FIRST = "Ask for one first."
CORRECT = "Correct it yourself"
CORRECT_HINT = "Choose a note in the score above and change it. Your correction becomes the new result, which others then vote on."
CORRECT_AGREE = "Yes, keep my correction for the dataset."
CORRECT_OWN = "I made this correction myself."
SEND = "Send my correction"
NOT_CHANGED = "Change something in the score first."
CORRECTED = "Thank you, your correction is kept; others will vote on it."
MUST_AGREE = "Check all boxes if your correction may be kept."
REPORT = "Report it"
REPORT_WHY = "Why"
REASONS = {
    "rights": "It violates somebody's copyright",
    "personal": "It shows personal details",
    "offensive": "It is offensive",
    "not-music": "It is no music",
    "broken": "It cannot be seen or heard",
    "other": "Something else",
}
SEND_REPORT = "Report to the host"
REPORTED = "Thank you, the host will look at it. It is no longer shown where the reason is grave."
CHOOSE_REASON = "Choose a reason."

# The host's review
HOST = "Host"
PASSWORD = "Host password"
SIGN_IN, SIGN_OUT = "Sign in", "Sign out"
WRONG_PASSWORD = "This password is wrong."
TOO_MANY_PASSWORDS = "Too many wrong passwords. Come back in an hour."
SIGN_IN_FIRST = "Sign in first."
LISTED = "Show"
LISTINGS = {
    "open": "what needs somebody: reported, disputed, waiting",
    "pending": "waiting for votes",
    "accepted": "accepted",
    "rejected": "found wrong",
    "hidden": "hidden",
    "disputed": "disputed",
    "quarantined": "reported",
}
DONATION = "Donation"
NO_ITEMS = "There are none."
ITEMS = ("1 donation", "{count} donations")
CHOOSE_ITEM = "Choose a donation."
REASON_FIELD = "Reason (shown to the contributor)"
ACCEPT, REJECT, HIDE, REOPEN = "Accept", "Reject", "Hide", "Back to the votes"
DECIDED = "Decided: {state}."
REPORTS = "Reported: {reports}."
NUMBERS = "Numbers"
NUMBERS_HEAD = ("Job", "Waiting", "Accepted", "Found wrong", "Disputed", "Reported", "Hidden", "All")
NUMBERS_PLOT = "Donations by job and state"
NUMBERS_MORE = (
    "{pages} pages ({accepted_pages} accepted), {hours:.1f} hours of sound ({accepted_hours:.1f} accepted), "
    "{contributors} contributors, {corrections} corrections, {votes} votes."
)


def donations(count: int) -> str:
    """Donations in words: "1 donation" or "3 donations"."""
    return translated(ITEMS)[count != 1].format(count=count)


speak(__name__)
