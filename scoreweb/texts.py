"""Texts of the page that no single job owns, to be read, checked and translated in one place; jobs have theirs in ``scoreweb/jobs/*/texts.py``."""

from __future__ import annotations

from fractions import Fraction

from scoreweb.languages.catalogue import speak, translated

# The page
TITLE = "ScoreWeb"
TAGLINE = (
    "Sharpen blurry sheet music. Turn scans and photos into editable scores. "
    "Record a piano tune and get it written down."
)
INTRO_TERMS = "Free and private: nothing is kept unless you say so."
FOOT = (
    "Your files are processed in memory and in a private workspace. It is cleared {closing}, an hour "
    "after your last click at the latest. Nothing is kept unless you say so."
)
BACK = "Here is your work again, as you left it."
WORKSPACE_GONE = "The workspace of this link is gone: it is cleared {closing}."
LINK = "Copy a link back to this work"
LINK_TITLE = (
    "It opens this work with all corrections, for whoever has the link; the work is cleared {closing}"
)
LINK_COPIED = "Link copied"
OPERATOR = "This page is run by {operator}"
CONTACT = "Contact: {contact}"
PRIVACY = "Privacy notice"
EXAMPLES = "No score at hand? Try one of ours"
EXAMPLE_LABELS = {
    "song-75dpi.png": "A song, A4 at 75 dpi",
    "piano-small.png": "Piano, very small",
    "two-pages.pdf": "A PDF of two pages",
}
READ_EXAMPLE_LABELS = {
    "short-song.png": "A song with words",
    "short-piano.png": "Piano",
    "short-photo.jpg": "A photo of a tune",
}
SOUND_EXAMPLE_LABELS = {
    "scale.flac": "A scale",
    "waltz.flac": "A tune in 3/4",
    "low-note.flac": "One low note",
}

# A job, whichever it is
CANCEL = "Cancel"
OPENING = "Opening the file …"
SENDING = "Sending the file …"
UNSENT = "The file did not arrive: it may be too large, or the connection is gone. Choose it again."
ESTIMATE = "Takes {seconds} for {pages} on this machine."
ALREADY_RUNNING = "Your last job is still running: wait for it or cancel it."
WAITING = "Waiting: {ahead} ahead of you"
WAITING_FOR = "Waiting: {ahead} ahead of you, {seconds}"
TOO_LONG_A_QUEUE = (
    "So many are waiting here that your job would not be done in time. Please come back in a while."
)
STARTING = "Starting …"
LEFT = "{seconds} left"
CANCELLED = "Cancelled. Your file is still here; start again whenever you like."
SUPERSEDED = "The last job was stopped because you chose another file."
PAGE_OF = "page {number} of {pages}"
PAGE_HEAD = ("Page", "Size", "Staff space", "Advice")
NO_STAFF = "none found"

ZOOM = {"zoom": "Size", "smaller": "Smaller", "larger": "Larger"}

# A page turned and cut before a job gets it
FRAMING = {
    "title": "Turn or crop the page",
    "hint": "Drag the corners to those of the paper; arrow keys move the chosen one. What lies between them is used.",
    "left": "Turn left",
    "right": "Turn right",
    "whole": "Whole page",
    "corner": "{corner} corner: arrow keys move it",
    "top_left": "Top left",
    "top_right": "Top right",
    "bottom_right": "Bottom right",
    "bottom_left": "Bottom left",
    "page": "Page {number} of {pages}",
    "earlier": "Previous page",
    "later": "Next page",
}

# The recorder
SOUND_HINT = "wav, flac, mp3, ogg, m4a or webm · up to {megabytes:g} MB, {minutes:g} minutes"
RECORDER = {
    "record": "Record",
    "stop": "Stop",
    "choose": "Choose a file",
    "drop": "Play one note or a melody on a piano, or drop a recording here.",
    "metronome": "Metronome",
    "metronome_off": "Off",
    "metronome_in": "Count one bar in",
    "metronome_on": "Count in and go on clicking",
    "beats": "Beats per minute",
    "bar": "Time signature",
    "phones": "Use headphones: clicks from a loudspeaker are recorded too.",
    "counting": "Count-in: {beat}",
    "microphone": "Microphone",
    "device": "System default",
    "unnamed": "Microphone {number}",
    "meter": "Level in dBFS",
    "level": "peak {peak} dBFS, mean {rms} dBFS",
    "clipping": "too loud",
    "rough": "Heard so far (rough; the score is made from the whole recording):",
    "waveform": "Waveform of the recording",
    "begin": "Start of what is used",
    "end": "End of what is used",
    "seconds": "{seconds} seconds",
    "range": "{from} to {to} is used ({length} s)",
    "trim": "Drag the two handles, or use the arrow keys.",
    "play": "Play",
    "pause": "Stop",
    "discard": "Discard",
    "sending": "Sending the recording …",
    "unsent": "The recording could not be sent: it may be too large, or the connection is gone. It is still here: try again.",
    "full": "The recording stopped at {time}: this host takes no longer ones.",
    "clipped": "The recording is clipped: the loudest moments were cut off. Turn the microphone down or step back.",
    "nothing": "Nothing was recorded: record a little longer.",
    "large": "This file has {size} MB, more than this host takes. Cut it, or save it as mp3 or flac.",
    "empty": "This file is empty: choose another one.",
    "filters": "This browser keeps a speech filter on, which may damage music: switch it off in the system's sound settings.",
    "insecure": "Browsers allow recording only over https or on this computer itself: you can still choose a file.",
    "NotAllowedError": "The microphone was refused: allow it in the browser's address bar, or choose a file.",
    "NotFoundError": "No microphone was found: connect one, or choose a file.",
    "NotReadableError": "The microphone is in use by another program: close that, or choose a file.",
    "OverconstrainedError": "The chosen microphone is no longer there: choose another.",
    "other": "The microphone cannot be used ({reason}). You can still choose a file.",
}

NOTE_ROLL = {
    "least": "How sure a note must be",
    "told": "{notes} notes are written, {candidates} are not",
    "label": "Detected notes over the recording's spectrum",
    "legend": "Solid: written in the score. Light: heard, but not surely enough. Move the slider left to write more of them, right to write fewer.",
}

# Donating to the dataset
KEEP_TEXT = "What you agree to, in full"
KEEP_ENGLISH = "The English wording is the one that counts."
"""Above the wording of the consent where the page is in another language."""
KEEP_AGE = "I am at least 16, or my guardian agrees."
KEEP_LICENCE = "Licence"
LICENCES = {
    "CC0-1.0": "CC0 1.0 – anyone may use it",
    "CC-BY-4.0": "CC BY 4.0 – anyone may use it and names the source",
    "train-only": "Training only – never published",
}
KEEP_TOKEN = "My token from an earlier donation (optional)"
KEPT_NEW = (
    "Thank you, it is kept. This is your token. It is shown only once: with it you can see and erase "
    "your donations, under My data. Copy it or save it now."
)
KEEP_PREVIEW = "This is what will be kept"
KEEP_PREVIEW_PICTURE = "The picture, {width} × {height} pixels"
KEEP_PREVIEW_SOUND = "The recording, {seconds:.1f} seconds"
KEEP_PREVIEW_MORE = "With it go {results} and the settings."
KEEP_PREVIEW_CORRECTED = "With it go {results}, your corrections and the settings."
RESULTS = ("1 result", "{count} results")
CHOOSE_LICENCE = "Choose a licence."
TOO_MANY_TOKENS = (
    "Many new tokens were given to this address today. Enter a token that you have, or come back tomorrow."
)
TOKEN_CARD = {
    "copy": "Copy",
    "copied": "Copied",
    "save": "Save as a file",
    "saved": "Saved",
    "file": "scoreweb-token.txt",
    "text": "Your ScoreWeb token. With it you can see and erase your donations, under My data.",
    "unsaved": "Not saved yet: it is shown only once.",
}
KEPT_AGAIN = "Thank you, it is kept with the others under your token."
TOKEN_LABEL = "Your token"
NOTHING_TO_KEEP = "There is no result yet."
MUST_AGE = "You must be at least 16, or have your guardian's permission."
NOT_COLLECTING = "This host does not collect donations."

# Refusals
NEEDS_TOO_MUCH_MEMORY = (
    "This would need {megabytes:.0f} MB of memory; this host allows {most:.0f} MB for one job. "
    "Try a smaller page or a shorter recording."
)
OUT_OF_MEMORY = "This host ran out of memory. Try a smaller page, or again later."
UPLOAD_TOO_LARGE = "That file is too large for this host."
UPLOAD_BUDGET = "You have uploaded a lot in the last hour. Please come back later."
SECONDS_BUDGET = "You have used up your computing time for this hour. Please come back later."
DISK_FULL = "This host's disk is full. Please try again later."
HOST_CANNOT_WRITE = "This host cannot write files at the moment, so nothing was done. Please try again later."
DROP = {
    "pages": "Drop a scan, photo or PDF here, or choose a file",
    "score": "Drop a MusicXML file here, or choose one",
    "original": "Drop the original here, or choose it",
}
"""What fields for files say."""
MORE_FILES = "Add files"
CAMERA = "Take a photo"
TOO_MANY_FILES = "These are too many files at once. This host takes {most}."
UPLOAD_GONE = "The upload did not arrive whole. Please upload it again."
UNFORESEEN = "Something went wrong on our side (number {number}). Your file is untouched; please try again."

# The command line
NO_SUCH_FILE = "{path} does not exist"
NOTHING_USABLE = "There is no file in this folder that can be used."
CANNOT_WRITE = "{path} cannot be written ({reason}). Choose another place for OUT."


DURATIONS = (
    "less than a second",
    "about 1 second",
    "about {seconds:.0f} seconds",
    "about {minutes} min {seconds} s",
)
CLOSING = ("when you close the page", "{minutes} minutes after you close the page")
PAGES = ("{count} page", "{count} pages")
PIXELS = "{space:.1f} px"
PERCENT = "{number} %"


def duration(seconds: float) -> str:
    """A time in words: "less than a second", "about 6 seconds", "about 2 min 10 s"."""
    brief, second, short, long = translated(DURATIONS)
    if seconds < 0.95:
        return brief
    if seconds < 1.5:
        return second
    if seconds < 90:
        return short.format(seconds=seconds)
    return long.format(minutes=int(seconds // 60), seconds=int(seconds % 60))


def closing(minutes: int) -> str:
    """When the work of a closed page is cleared: "15 minutes after you close the page", "when you close the page"."""
    return translated(CLOSING)[minutes != 0].format(minutes=minutes)


def mixed(number: Fraction) -> str:
    """A number of beats as musicians write it: "4½", "3", "2 5/6"."""
    whole, rest = divmod(number, 1)
    if not rest:
        return str(whole)
    sign = _FRACTIONS.get((rest.numerator, rest.denominator))
    if sign:
        return f"{whole or ''}{sign}"
    return f"{whole} {rest}" if whole else str(rest)


_FRACTIONS = {
    (1, 2): "½", (1, 4): "¼", (3, 4): "¾", (1, 3): "⅓", (2, 3): "⅔", (1, 8): "⅛", (3, 8): "⅜", (5, 8): "⅝", (7, 8): "⅞",
}  # fmt: skip


def pages(count: int) -> str:
    """Pages in words: "1 page" or "3 pages"."""
    return translated(PAGES)[count != 1].format(count=count)


def pixels(staff_space: float | None) -> str:
    """A staff space in words: "6.2 px", or that there are no staves."""
    return translated(NO_STAFF) if staff_space is None else translated(PIXELS).format(space=staff_space)


def percent(share: float) -> str:
    """A share from 0 to 1 in whole percents: "37 %"."""
    return translated(PERCENT).format(number=round(100 * share))


speak(__name__)
