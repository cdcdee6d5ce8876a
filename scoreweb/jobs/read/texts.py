"""Every text of the Read tab and of the ``read`` command, beside `scoreweb.texts`."""

from __future__ import annotations

TAB_READ = "Read"

# What is asked
READ_UPLOAD = "Score: images, photographs or a PDF"
READ_HINT = "PNG, JPEG, TIFF, GIF, BMP, WebP or PDF · up to {megabytes} MB a file and {pages} pages; several files are pages of one piece, in their order"
STYLE = "How it was written"
STYLES = {"auto": "Find out", "printed": "Printed", "handwritten": "By hand"}
READ = "Read the score"
READ_FIRST = "Choose a score first: an image, a photograph or a PDF."
READ_ESTIMATE = "Will take {seconds} for {pages} on this machine."
READ_LOOK = "{pages}."

# What happens
OPENING = "Opening the pages …"
READING_STAGE = "Reading · {stage}"
ENGRAVING = "Engraving what was read …"
READ_DONE = "Done: {bars} on {pages}, {seconds}."
NO_MUSIC = "No music was found: there are no staves to be seen. If this is a score, give a sharper or larger picture of it."
NO_LEARNED = "No learned primitives are shipped yet; use --primitives classical."
NO_SUCH_BAR = "That bar is no longer there: choose another."
NO_SUCH_READING = "That reading is no longer there: choose the bar again."
NO_SUCH_WAY = "There is no such interpretation: choose another."
NOTHING_READ = "There is no reading yet: choose a score and read it."
TOO_LONG_TO_KEEP = "This piece has too many pages to be kept whole; give a few of them."
TOO_MANY_PIXELS = "These pages have {megapixels:.0f} megapixels together, more than this host reads at once. Give fewer of them."

# What comes out
WAY = "Interpretation of the whole"
WAY_CHOICE = "{rank}. {share} right in every bar; about {right} of {bars} right"
WAY_INFO = "None of these is right in every bar: {share}."
ASSUMED = "Assumed: {said}"
READ_DOWNLOADS = {
    "musicxml": "MusicXML",
    "midi": "MIDI",
    "svg": "SVG",
    "pdf": "PDF",
    "overlay": "Picture with marks",
    "json": "All readings (JSON)",
}
PAGE_VIEW = {
    "title": "Your page with what was seen on it",
    "page": "Page {number} of {pages}",
    "earlier": "Page before",
    "later": "Next page",
    "certain": "certain",
    "doubtful": "doubtful",
    "very_doubtful": "very doubtful",
    "marks": "Show what was seen",
    "bar": "Bar {number}: {share} right",
    "off": "Bar {number}: {share} right, does not fill its metre",
    "check": "please check",
    "gap": "Bar {number}: not read",
}
BAR_CHOICE = {
    "none": "Click a bar, on your page or in the score, to see how else it may be read.",
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
    "close": "Close",
}
READ_WORDS = {
    "title": "Leave this score to the dataset",
    "intro": (
        "You decide, score by score. If you agree, the picture, the readings, the settings and your corrections are "
        "kept to improve the methods, and may be published under the licence that you choose."
    ),
    "agree": "Yes, keep this score and its reading.",
    "own": "I wrote it or may share it (my own music, or in the public domain).",
    "button": "Keep this score",
    "must_agree": "Tick the first box if this score may be kept.",
    "must_own": "Only scores that you made or may share can be kept.",
    "already": "This score is kept already.",
    "corrected": "Your correction is kept too.",
}


def share(probability: float) -> str:
    """A probability in whole percents, never as sure as 0 or 100 where it is neither: "under 1 %", "over 99 %"."""
    if 0.0 < probability < 0.005:
        return "under 1 %"
    if 0.995 <= probability < 1.0:
        return "over 99 %"
    return f"{round(100 * probability)} %"


def bars(count: int) -> str:
    """Bars in words: "1 bar" or "3 bars"."""
    return f"{count} bar" if count == 1 else f"{count} bars"


PRODUCTIONS = "The rules it reads by"
PRODUCTIONS_HINT = (
    "A fuzzy graph grammar: each production replaces what stands on its left by what stands on its right, as certainly as its "
    "predicate says. Researchers can bring their own with --grammar DIR."
)
