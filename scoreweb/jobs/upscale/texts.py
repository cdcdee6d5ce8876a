"""Every text of the Upscale tab, beside `scoreweb.texts`."""

from __future__ import annotations

from scoreweb.languages.catalogue import speak

TAB = "Upscale"

# What is asked
UPLOAD = "Score: scans, photos or a PDF"
UPLOAD_HINT = "PNG, JPEG, HEIC, TIFF, WebP, SVG, PDF and others · up to {megabytes} MB a file, {megapixels:g} megapixels a page, {pages} pages. Several files become the pages of one piece: drag to reorder."
PAGES = "Pages to upscale"
INTRO = "A blurry picture of a score becomes sharp and four times larger."
INTRO_TIME = "An A4 page takes {seconds}."
INTRO_ALT = "A line of music: on the left blurred, on the right sharp"
MODEL = "Method"
CHOICES = {
    "auto": "Automatic – sees by itself whether a page is a clean picture or a scan. {speed}",
    "quality": "Best quality – a larger network for clean pictures. {speed}",
}
RESEARCH = "For researchers: all networks"
RESEARCH_MODEL = "Network"
MODELS = {
    "fast": "Fast – for clean digital pictures: +15.3 dB over bicubic.",
    "scan": "Scan – for scans and photos: evens out the light and makes gray ink black; +12.9 dB on clean pictures.",
    "best": "Best – for clean digital pictures: +17.2 dB, by a network twice as deep that runs twice.",
    "reference": "Reference – the network of Tran and Lee (2019), {note}: +8.4 dB.",
    "edsr": "EDSR – a network they compare with, {note}: +9.0 dB.",
    "srgan": "SRGAN – another that they compare with, {note}: +7.6 dB.",
    "bicubic": "Bicubic – plain enlargement, for comparison: stays blurred.",
}
SIZE = "Size of the result"
SIZES = {
    "times": "Four times larger",
    "same": "Same size, only cleaned",
    "staff_space_px": "Pixels between staff lines",
    "dpi": "Resolution in dpi",
}
SIZE_VALUE = "Value"
START = "Upscale"

# What is measured
ADVICE = {
    "no_staff": "No staff lines found. Is the page upright? You can still enlarge it.",
    "too_small_to_save": "Very low resolution: {now:.1f} pixels between staff lines. Expect wrong details; a better scan helps more.",
    "upscale_helps": "Low resolution: {now:.1f} pixels between staff lines ({wanted:.0f} is good). Enlarged: {after:.0f}.",
    "enough_already": "Good resolution: {now:.1f} pixels between staff lines ({wanted:.0f} is good). Enlarged: {after:.0f}.",
    "too_large": "High resolution: {now:.1f} pixels between staff lines ({wanted:.0f} is good). You need not enlarge it.",
}
LOOKS_SCANNED = "It looks like a scan or a photo: Automatic evens out its light and makes gray ink black."
INVERTED = "The page looks white on black; the network expects black on white."
UPLOAD_FIRST = "Choose a score first: an image or a PDF."
CHOOSE_A_PAGE = "Select at least one page."
ABOVE_ZERO = {
    "staff_space_px": "Enter a number of pixels above 0.",
    "dpi": "Enter a resolution above 0 dpi.",
}
SCALED_DOWN = "It has {megapixels:.0f} megapixels: it is scaled down to {most:g} first."
DRAWN = "Sharp at any size: nothing to enlarge. It is drawn anew at {dpi:.0f} dpi."
NO_SUCH_PAGE = "There is no page {number}: the file has {pages}."

# What happens
ENLARGING = "Enlarging"
WORKING = "tile {done} of {total}"
SAVING = "writing the files …"
DONE = "Done: {pages}, {seconds}."

# What comes out
RESULT = "Before (left) and after (right)"
RESULT_PAGE = "Page shown"
VIEWS = {"close": "Close-up", "whole": "Whole page"}
RESULT_DRAWN = (
    "{width} × {height} pixels · staff space {space} · drawn anew from the file, nothing was guessed"
)
RESULT_FACTS = "{width} × {height} pixels, {ratio:g} times the original · staff space {space} · method {model}, {seconds}"
PRINTED_SIZE = "prints as {width} × {height} mm ({dpi:.0f} dpi)"
READ_IT = "Read this score"
DOWNLOAD_PNG = "Download PNG"
DOWNLOAD_ZIP = "Download all pages (ZIP of PNGs)"
DOWNLOAD_PDF = "Download PDF"
FORM = "Other formats"
FORMS = {"bilevel": "PNG in black and white (1 bit)", "pdf": "Vector PDF", "svg": "SVG"}
DOWNLOAD_FORM = "Download: {form}"
TRUTH = "Measure against the original (for researchers)"
TRUTH_HINT = "Give the original, exactly as large as the result, to measure how close the result comes. It is not kept."
TRUTH_FILE = "The original: image or PDF"
TRUTH_SIZE = "The original has {truth} pixels, the result {result}: give one of the same size."
METRICS_SAME = "The result equals the original, pixel for pixel."
METRICS = "PSNR {psnr:.2f} dB, SSIM {ssim:.4f} · plain bicubic: {plain_psnr:.2f} dB, {plain_ssim:.4f} · gain {gain:+.2f} dB"
CONTRIBUTION = {
    "title": "Donate this page to the open dataset (optional)",
    "intro": (
        "You decide, page by page. If you agree, the picture you uploaded, the result and the settings are kept to "
        "improve the methods, and may be published under the licence that you choose."
    ),
    "agree": "Yes, keep this page and its result.",
    "own": "I made it or may share it (my own work, or in the public domain).",
    "button": "Donate",
    "must_agree": "Check the first box if this page may be kept.",
    "must_own": "Only pages that you made or may share can be kept.",
    "already": "You have donated this page already.",
    "corrected": "",
}

# The API
API_FILE = "an image or a PDF"
API_EXAMPLE = "page.png"
API_MODEL = "what draws the larger page"
API_PAGE = "which page of a PDF, from 1"
API_ANSWER = "a PNG, four times larger"


speak(__name__)
