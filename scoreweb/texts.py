"""Every text that a visitor sees, so that it can be read, checked and translated in one place."""

from __future__ import annotations

# The page
TITLE = "ScoreWeb"
TAGLINE = (
    "Make a poor picture of a score large and clean. Read it into notes. Play notes and get their sheet."
)
FOOT = (
    "Files are worked on in memory and on a private workspace that is cleared when you close the page, after an hour at "
    "the latest. Nothing is kept unless you say so."
)
TAB_UPSCALE = "Upscale"
TAB_DATA = "My data"

# Upscale: what is asked
UPLOAD = "Score: images or a PDF"
UPLOAD_HINT = "PNG, JPEG, TIFF, GIF, BMP, WebP or PDF · up to {megabytes} MB a file, {megapixels:g} megapixels a page, {pages} pages; several files are pages in their order"
EXAMPLES = "No score at hand? Try one of ours"
EXAMPLE_LABELS = {
    "song-75dpi.png": "A song, A4 at 75 dpi",
    "piano-small.png": "Piano, very small",
    "two-pages.pdf": "A PDF of two pages",
}
PAGES = "Pages to upscale"
MODEL = "Method"
MODELS = {
    "fast": "Fast – for clean digital pictures: +15.3 dB over bicubic. {speed}",
    "scan": "Scan – for scans and photographs: light made even, grey ink made black; +12.9 dB on clean pictures. {speed}",
    "best": "Best – for clean digital pictures: +17.2 dB, by a network twice as deep, asked twice. {speed}",
    "reference": "Reference – the network of Tran and Lee (2019), {note}: +7.5 dB. {speed}",
    "edsr": "EDSR – its rival in their table, {note}: +7.6 dB. {speed}",
    "srgan": "SRGAN – its other rival, {note}: +6.8 dB. {speed}",
    "bicubic": "Bicubic – plain enlargement, for comparison: stays blurred. {speed}",
}
MODEL_SPEED = "An A4 page at 75 dpi: {seconds}."
SIZE = "Size of the result"
SIZE_TIMES = "Four times larger"
SIZE_SPACE = "A staff space in pixels"
SIZE_DPI = "A resolution in dpi"
SIZE_VALUE = "Wanted value"
START = "Upscale"
CANCEL = "Cancel"

# Upscale: what is measured
PAGE_HEAD = ("Page", "Size", "Staff space", "Advice")
NO_STAFF = "none found"
ADVICE = {
    "no_staff": "No staves were found. It will be enlarged all the same; the network knows only music.",
    "too_small_to_save": "staff space {now:.1f} px is very small: expect wrong details. A better scan helps more.",
    "upscale_helps": "staff space {now:.1f} px; readers want about {wanted:.0f}; x4 gives {after:.0f}.",
    "enough_already": "staff space {now:.1f} px is already what readers want (about {wanted:.0f}); x4 gives {after:.0f}.",
    "too_large": "staff space {now:.1f} px is more than readers want (about {wanted:.0f}); you need not enlarge it.",
}
LOOKS_SCANNED = "It looks like a scan: the method Scan was chosen for it."
INVERTED = "The page looks white on black; the network expects black on white."
ESTIMATE = "Will take {seconds} for {pages} on this machine."
UPLOAD_FIRST = "Choose a score first: an image or a PDF."
NO_SUCH_PAGE = "There is no page {number}: the file has {pages}."
CHOOSE_A_PAGE = "Tick at least one page."
GIVE_A_VALUE = "Give the wanted {what} as a number above zero."
ALREADY_RUNNING = "Your last job is still running: wait for it or cancel it."

# Upscale: what happens
READING = "Reading the file …"
WAITING = "Waiting: {ahead} ahead of you"
STARTING = "Starting …"
WORKING = "{label} · tile {done} of {total}"
LEFT = "{seconds} left"
SAVING = "{label} · writing the files …"
DONE = "Done: {pages}, {seconds}."
CANCELLED = "Cancelled. Your file is still here; start again whenever you like."

# Upscale: what comes out
RESULT = "Before (left) and after (right)"
RESULT_PAGE = "Page shown"
VIEW = "Look at"
VIEW_CLOSE = "A close-up"
VIEW_WHOLE = "The whole page"
RESULT_FACTS = "{width} × {height} pixels, {ratio:g} times the original · staff space {space} · made by {model}, {seconds}"
DOWNLOAD_PNG = "Download PNG"
DOWNLOAD_ZIP = "Download all pages (ZIP of PNGs)"
DOWNLOAD_PDF = "Download PDF"
FORM = "Other forms"
FORM_BILEVEL = "PNG in black and white (1 bit)"
FORM_PDF = "PDF of outlines"
FORM_SVG = "SVG"
DOWNLOAD_FORM = "Download: {form}"
TRUTH = "Do you have the original in full size?"
TRUTH_HINT = "Give it, exactly as large as the result, to see how like it the result is. It is not kept."
TRUTH_FILE = "The original: image or PDF"
TRUTH_SIZE = "The original has {truth} pixels, the result {result}: give one of the same size."
LIKENESS_SAME = "The result is the original, pixel for pixel."
LIKENESS = "PSNR {psnr:.2f} dB, SSIM {ssim:.4f} · plain bicubic: {plain_psnr:.2f} dB, {plain_ssim:.4f} · gain {gain:+.2f} dB"

# The recorder
SOUND_HINT = "wav, flac, mp3, ogg, m4a or webm · up to {megabytes:g} MB, {minutes:g} minutes"
RECORDER = {
    "record": "Record",
    "stop": "Stop",
    "choose": "Choose a file",
    "drop": "Play or sing one note or a melody, or drop a recording here.",
    "microphone": "Microphone",
    "device": "The system's own choice",
    "unnamed": "Microphone {number}",
    "meter": "Level in dBFS",
    "level": "peak {peak} dBFS, mean {rms} dBFS",
    "clipping": "too loud",
    "rough": "Heard so far (rough; the sheet is made from the whole recording):",
    "waveform": "The recording as a curve",
    "begin": "Start of what is used",
    "end": "End of what is used",
    "seconds": "{seconds} seconds",
    "range": "{from} to {to} is used ({length} s)",
    "trim": "Drag the two handles, or use the arrow keys.",
    "play": "Hear it",
    "pause": "Stop playing",
    "discard": "Throw it away",
    "sending": "Sending the recording …",
    "unsent": "The recording could not be sent: it may be too large, or the connection is gone. It is still here: try again.",
    "full": "The recording stopped at {time}: longer takes are not possible here.",
    "clipped": "The recording is clipped: the loudest moments were cut off. Turn the microphone down or step back.",
    "nothing": "Nothing was recorded: hold the recording a little longer.",
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

# Transcribe
TAB_TRANSCRIBE = "Transcribe"
SOUND_EXAMPLES = "Nothing to play on? Try one of ours"
SOUND_EXAMPLE_LABELS = {
    "scale.flac": "A scale",
    "waltz.flac": "A tune in 3/4",
    "low-note.flac": "One low note",
}
MODE = "What is played"
MODES = {"auto": "Find out", "note": "One note", "melody": "A melody"}
TEMPO = "Tempo in beats a minute (empty: estimated)"
METRE = "Metre (empty: estimated)"
METRES = ("2/4", "3/4", "4/4", "2/2", "3/8", "6/8", "9/8", "12/8")
NETWORK = "Classic view drawn by"
NETWORKS = {"best": "Our best network"}
TRANSCRIBE = "Write the sheet"
REWRITE = "Write again with this tempo and metre"
SOUND_FIRST = "Record something or choose a file first."
SOUND_ESTIMATE = "{length:.1f} s of sound; will take {seconds} on this machine."
SOUND_LENGTH = "{length:.1f} s of sound."
SOUND_CUT_OFF = "The file breaks off early: only its beginning is here."
TOO_LONG_SOUND = (
    "That is {minutes:.1f} minutes; this host takes {most:g} at once. Move the handles to choose a part."
)
LISTENING = "Listening · {done} of {total} {note}"
WRITING = "Writing the sheet …"
WRITTEN = "Done: {notes}, {seconds}."
NO_NOTE = "No note was heard: play louder or closer to the microphone, and try again."
NO_SUCH_NOTE = "That note is no longer on the sheet: choose another."
NO_SUCH_SOUND = "There is no such sound any more: press Play again."
NO_SUCH_KEY = "No piano has that key: choose a pitch from A0 to C8."
TEMPO_RANGE = "Give a tempo from {least:g} to {most:g} beats a minute, or leave it empty."
METRE_FORM = "{text} is no metre: write it like 3/4, or leave it empty."
CLASSIC = "Classic view: one picture of 162 × 300 a note"
CLASSIC_ALT = "The notes in the way of the dissertation, one small sheet each"
DOWNLOADS = {
    "musicxml": "MusicXML",
    "performance": "MIDI as played",
    "midi": "MIDI as written",
    "svg": "SVG",
    "png": "PNG",
    "pdf": "PDF",
    "wav": "WAV of the sheet",
}
SCORE_VIEW = {
    "playing": "Playing",
    "play": "Play",
    "pause": "Pause",
    "waiting": "One moment …",
    "what": "What is played",
    "seek": "Place in the music",
    "tempo": "Tempo",
    "sheet": "The score",
    "doubtful": "doubtful",
    "very_doubtful": "very doubtful",
    "bar": "Bar {number}: {certainty} % certain",
    "gap": "Bar {number}: not read",
    "off": "Bar {number} does not fill its metre",
    "note": "Bar {number}: {name}, {certainty} % certain",
    "more": "and {count} more",
    "rest": "rest",
    "dotted": "dotted",
    "grace": "grace",
    "label": "{what} {length}",
    "label_certainty": "{what} {length}, {certainty} % certain",
    "picked": "Bar {number}: {label}",
    "pick": "Choose a note to correct it.",
    "instead": "{name} ({certainty} %)",
    "edit": "Correct the chosen note",
    "undo": "Undo",
    "redo": "Redo",
    "help": "Keys",
}
SCORE_SOURCES = {"score": "Score", "recording": "Recording", "detected": "Detected notes"}
SCORE_TOOLS = {
    "up": "Up a semitone",
    "down": "Down a semitone",
    "sharp": "Sharp",
    "natural": "Natural",
    "flat": "Flat",
    "remove": "Delete",
}
SCORE_KEYS = (
    (
        "← →",
        "previous and next note; with Ctrl the previous and next bar; Home and End the first and last note",
    ),
    (
        "↑ ↓",
        "up and down a semitone; with Ctrl an octave; with Alt and Shift a staff place, as the key has it",
    ),
    ("A to G", "the nearest note of that name"),
    ("+ − =", "sharp, flat, natural"),
    ("Delete", "removes the note; a rest stays in its place"),
    ("Ctrl+Z, Ctrl+Y", "undo and redo"),
    ("N", "the next doubtful place"),
    ("Space, Enter", "play from here and stop; hear this note"),
)
NOTE_VALUES = {
    "breve": "double whole",
    "whole": "whole",
    "half": "half",
    "quarter": "quarter",
    "eighth": "eighth",
    "16th": "16th",
    "32nd": "32nd",
    "64th": "64th",
    "128th": "128th",
}
SONIFY = "From a sheet to sound"
SONIFY_FILE = "A MusicXML file (.musicxml, .xml, .mxl)"
SONIFY_START = "Turn it into sound"
SONIFY_FIRST = "Choose a MusicXML file first."
SONIFY_DONE = "{seconds:.1f} s of sound."
SONIFY_WAV = "Download the sound (WAV)"
RECORDING_WORDS = {
    "title": "Leave this recording to the dataset",
    "intro": (
        "You decide, recording by recording. If you agree, the part of the recording that you chose, the sheet, the settings "
        "and your corrections are kept to improve the methods, and may be published under the licence that you choose."
    ),
    "agree": "Yes, keep this recording and its sheet.",
    "own": "I played it or may share it (my own music, or in the public domain).",
    "button": "Keep this recording",
    "must_agree": "Tick the first box if this recording may be kept.",
    "must_own": "Only recordings that you made or may share can be kept.",
    "already": "This recording is kept already.",
    "corrected": "Your correction is kept too.",
}

# Leaving it to the dataset
KEEP_TITLE = "Leave this page to the dataset"
KEEP_INTRO = (
    "You decide, page by page. If you agree, the picture you uploaded, the result and the settings are kept to "
    "improve the methods, and may be published under the licence that you choose."
)
KEEP_TEXT = "What you agree to, in full"
KEEP_AGREE = "Yes, keep this page and its result."
KEEP_OWN = "I made it or may share it (my own work, or in the public domain)."
KEEP_AGE = "I am at least 16, or my guardian agrees."
KEEP_LICENCE = "Licence"
LICENCES = {
    "CC0-1.0": "CC0 1.0 – anyone may use it",
    "CC-BY-4.0": "CC BY 4.0 – anyone may use it and names the source",
    "train-only": "Train here only – never published",
}
KEEP_TOKEN = "My token from an earlier page (optional)"
KEEP_BUTTON = "Keep it"
KEPT_NEW = (
    "Thank you, it is kept. This is your token. It is shown only once: with it you can see and remove "
    "what you gave, under My data."
)
KEPT_AGAIN = "Thank you, it is kept with the others under your token."
KEPT_ALREADY = "This page is kept already."
TOKEN_LABEL = "Your token"
NOTHING_TO_KEEP = "There is no result yet."
MUST_AGREE = "Tick the first box if this page may be kept."
MUST_OWN = "Only pages that you made or may share can be kept."
MUST_AGE = "You must be at least 16, or have your guardian's leave."
PAGE_WORDS = {
    "title": KEEP_TITLE,
    "intro": KEEP_INTRO,
    "agree": KEEP_AGREE,
    "own": KEEP_OWN,
    "button": KEEP_BUTTON,
    "must_agree": MUST_AGREE,
    "must_own": MUST_OWN,
    "already": KEPT_ALREADY,
    "corrected": "",
}
NOT_COLLECTING = "This host does not collect submissions."

# My data
DATA_INTRO = (
    "What you left to the dataset, by your token. You can remove single pages or everything, at any time."
)
DATA_TOKEN = "Token"
DATA_SHOW = "Show what I gave"
DATA_NONE = "Nothing is kept under this token."
DATA_COUNT = "{count} kept under this token."
DATA_HEAD = ("When", "Job", "Licence", "State", "Files")
DATA_CHOICE = "What to remove"
DATA_SURE = "Yes, remove it for good"
DATA_ERASE_SOME = "Remove the chosen ones"
DATA_ERASE_ALL = "Remove everything"
DATA_MUST_BE_SURE = "Tick the box to confirm: removal cannot be undone."
DATA_CHOOSE = "Choose what to remove."
DATA_ERASED = "{count} removed, with their files. Published editions from now on leave them out."
DATA_TOKEN_FIRST = "Enter the token that you were shown when your first page was kept."

# Refusals
PAGE_TOO_LARGE = (
    "{label} has {megapixels:.0f} megapixels; this host takes {most:g} at most. "
    "Scale it down first: it is large enough not to need upscaling."
)
NEEDS_TOO_MUCH_MEMORY = (
    "This page would need {megabytes:.0f} MB of memory, more than this host allows. Try a smaller one."
)
OUT_OF_MEMORY = "This host ran out of memory. Try a smaller page, or again later."
UPLOAD_TOO_LARGE = "That file is too large for this host."
UPLOAD_BUDGET = "You have uploaded a lot in the last hour. Please come back later."
SECONDS_BUDGET = "You have used this host's computing time for an hour. Please come back later."
DISK_FULL = "This host's disk is full. Please try again later."
MORE_FILES = "Add files"
TOO_MANY_FILES = "These are too many files at once. This host takes {most}."
UPLOAD_GONE = "The upload did not arrive whole. Please upload it again."
UNFORESEEN = "Something went wrong on our side (number {number}). Your file is untouched; please try again."


def duration(seconds: float) -> str:
    """A time in words: "less than a second", "about 6 seconds", "about 2 min 10 s"."""
    if seconds < 0.95:
        return "less than a second"
    if seconds < 1.5:
        return "about 1 second"
    if seconds < 90:
        return f"about {seconds:.0f} seconds"
    return f"about {int(seconds // 60)} min {int(seconds % 60)} s"


def notes(count: int) -> str:
    """Notes in words: "1 note" or "3 notes"."""
    return f"{count} note" if count == 1 else f"{count} notes"


def pages(count: int) -> str:
    """Pages in words: "1 page" or "3 pages"."""
    return f"{count} page" if count == 1 else f"{count} pages"
