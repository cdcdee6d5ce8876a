"""Every text of the Read tab and of the ``read`` command, beside `scoreweb.texts`."""

from __future__ import annotations

from scoreweb.languages.catalogue import speak, translated

TAB = "Read"

# What is asked
UPLOAD = "Score: scans, photos or a PDF"
UPLOAD_HINT = "PNG, JPEG, HEIC, TIFF, WebP, SVG, PDF and others · up to {megabytes} MB a file and {pages} pages. Several files are the pages of one piece (drag to reorder) or separate pieces."
INTRO = "A scan or photo becomes a score to correct, play and download: MusicXML, MIDI, PDF."
INTRO_TIME = "A printed A4 page takes {seconds}."
INTRO_ALT = "A line of music: on the left a tilted photo, on the right clean notation"
STYLE = "Printed or handwritten?"
STYLES = {"auto": "Detect", "printed": "Printed", "handwritten": "Handwritten"}
START = "Read the score"
SCORE_FIRST = "Choose a score first: a scan, a photo or a PDF."
PAGES = "{pages}."
STAFF_SPACE = "{estimate} Staff space {space}."

# What happens
TOGETHER = "These files are"
TOGETHER_CHOICES = {"together": "Pages of one piece", "apart": "Separate pieces"}
PIECES = "Pieces"
PIECE = "{name} · {state}"
PIECE_STATES = {
    "waiting": "waiting",
    "read": "read",
    "corrected": "corrected",
    "failed": "could not be read",
}
PIECE_OF = "{number} of {pieces}, {name} · {doing}"
NOT_READ_YET = "{name} is not read yet."
OPENING = "Opening the pages …"
READING_STAGE = "Reading · {stage}"
ENGRAVING = "Engraving the score …"
DONE = "Done: {bars} on {pages}, {seconds}."
NO_MUSIC = "No music was found: there are no staves in this picture. If it is a score, try a sharper or larger picture."
NO_SUCH_BAR = "That bar is no longer there: choose another."
NO_SUCH_READING = "That reading is no longer there: choose the bar again."
NO_SUCH_INTERPRETATION = "There is no such interpretation: choose another."
NO_SUCH_STRUCTURE = "These bar lines could not be taken over: correct them again."
NO_SUCH_PAGE = "There is no page {page}: the file has {pages}."
NO_SUCH_MARK = "That mark is in the score already: choose another."
NO_PLACE = "There is no bar to put that into: put it in by the score's own tools."
NOTHING_READ = "There is no reading yet: choose a score and read it."
TOO_LONG_TO_KEEP = "This piece has too many pages to be donated whole: donate a few of them."
TOO_MANY_PIXELS = "These pages have {megapixels:.0f} megapixels together, more than this host reads at once. Upload fewer of them."

# What comes out
INTERPRETATION = "Whole piece"
INTERPRETATION_CHOICE = "{rank}. {share} right in every bar; about {right} of {bars} right"
INTERPRETATION_INFO = "None of these is right in every bar: {share}."
INTERPRETATION_DIFFERS = {
    "bar_lines": "other bar lines from bar {number} on",
    "layout": "staves joined otherwise: {layout}",
    "layout_of_page": "staves of page {page} joined otherwise: {layout}",
    "context": "other clefs, keys or time",
    "bars": "other in bars {numbers}",
    "bar": "other in bar {numbers}",
    "more": "{numbers} and {count} more",
}
LITTLE = "Little was read: {count} of {bars} need you."
UNFILLED = "{count} do not fill their metre."
EMPTY = "{count} hold no notes."
OTHER_STYLE = {"handwritten": "Wrong? Read it as print", "printed": "Wrong? Read it as handwriting"}
"""On the button that reads again, by how it was read."""
ASSUMED = "Assumed: {assumption}"
DOWNLOADS = {
    "musicxml": "MusicXML",
    "mxl": "MXL (compressed)",
    "midi": "MIDI",
    "svg": "SVG",
    "pdf": "PDF",
    "wav": "WAV",
    "overlay": "Picture with marks",
    "json": "All readings (JSON)",
    "zip": "Everything (ZIP)",
}
PAGE_VIEW = {
    "title": "Your page with the recognized symbols",
    "page": "Page {number} of {pages}",
    "earlier": "Previous page",
    "later": "Next page",
    "certain": "certain",
    "doubtful": "doubtful",
    "very_doubtful": "very doubtful",
    "marks": "Show recognized symbols",
    "bar": "Bar {number}: {share} right",
    "off": "Bar {number}: {share} right, does not fill its metre",
    "check": "please check",
    "gap": "Bar {number}: not read",
    "loose": "Outlined marks are not in the score: click one to put it in.",
    "loose_head": "Bar {number}: a notehead that is not in the score",
    "loose_rest": "Bar {number}: a rest that is not in the score",
    "loose_accidental": "Bar {number}: an accidental that is not in the score",
    "put": "Put it in",
    "rule": "Correct bar lines, systems and staves",
    "add": "Add a bar line",
    "remove": "Remove it",
    "join": "Join with the system below",
    "draw": "Draw a missed staff",
    "cut": "Part system {system} below staff {staff}",
    "staff": "Missed staff {number}: arrow keys move it, with Shift its lower right corner",
    "again": "Read again with these",
    "line": "Bar line {number} of system {system}",
    "ruling": "Drag a bar line, or click where one is missing. Click between two staves to part their system. Arrow keys move what is chosen, Delete removes it. Corrections of other bars stay.",
    "joined": "Systems {first} and {second} will be read as one.",
    "parted": "System {system} will end below staff {staff}.",
    "drawn": "Drag the missed staff onto its lines, its corners to their ends.",
}
BAR_CHOICE = {
    "none": "Click a bar, on your page or in the score, to see its other readings.",
    "title": "Bar {number}",
    "one": "one reading",
    "several": "{count} readings",
    "crop": "Bar {number} on your page",
    "reading": "Reading {rank} of bar {number}: {share}",
    "share": "{rank}. {share}",
    "rest": "None of these: {share}",
    "rest_hint": "How often bars like this one are read right in every note, counted on pages whose music is known.",
    "sums": "fills the metre",
    "off": "does not fill the metre",
    "chosen": "chosen",
    "corrected": "Your correction",
    "replaces": "Another reading takes the place of your corrections of this bar; Undo brings them back.",
    "instead": "beat {beat}: {new}, not {old}",
    "added": "beat {beat}: {new} more",
    "missing": "beat {beat}: without {old}",
    "more": "{count} more",
    "silence": "{value} rest",
    "left": "{count} left to check",
    "left_one": "1 left to check",
    "left_none": "nothing is left to check",
    "keys": "Enter takes the marked reading, 1 to 5 another, N goes to the next bar to check, Escape back to the score.",
    "alike": "{count} bars look alike: read them so too",
}
CONTRIBUTION = {
    "title": "Donate this score to the open dataset (optional)",
    "intro": (
        "You decide, score by score. If you agree, the picture, the readings, the settings and your corrections are "
        "kept to improve the methods, and may be published under the licence that you choose."
    ),
    "agree": "Yes, keep this score and its reading.",
    "own": "I wrote it or may share it (my own music, or in the public domain).",
    "button": "Donate",
    "must_agree": "Check the first box if this score may be kept.",
    "must_own": "Only scores that you made or may share can be kept.",
    "already": "You have donated this score already.",
    "corrected": "Your correction is kept too.",
}

PRODUCTIONS = "The grammar it reads by"
PRODUCTIONS_HINT = (
    "A fuzzy graph grammar: each production replaces the graph on its left by the graph on its right, with the grade that its "
    "predicate gives. Researchers can use their own with --grammar DIR."
)

# The API
API_FILE = "an image or a PDF, whose pages are one piece"
API_EXAMPLE = "page.png"
API_STYLE = "how the score is written; auto finds out"
API_TOP = "how many interpretations at most"
API_ANSWER = (
    "musicxml: a list of texts, the likeliest first; reading: every bar's readings with their probabilities"
)


SHARES = ("under 1 %", "over 99 %", "{percent} %")
BARS = ("{count} bar", "{count} bars")


def share(probability: float) -> str:
    """A probability in whole percents, never as sure as 0 or 100 where it is neither: "under 1 %", "over 99 %"."""
    under, over, between = translated(SHARES)
    if 0.0 < probability < 0.005:
        return under
    if 0.995 <= probability < 1.0:
        return over
    return between.format(percent=round(100 * probability))


def bars(count: int) -> str:
    """Bars in words: "1 bar" or "3 bars"."""
    return translated(BARS)[count != 1].format(count=count)


speak(__name__)
