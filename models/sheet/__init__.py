"""A page of music as a picture: opening files, measuring the staff space, writing results.

The common floor of the jobs: both upscaling and reading stand on it, and it knows neither.
"""

from models.sheet.advice import Advice, TargetSize, Verdict, advise, factor_for, resize_to
from models.sheet.errors import (
    AbsurdTarget,
    EmptyFile,
    LockedPdf,
    NotAPicture,
    SheetError,
    TooLarge,
    TooSmall,
    Truncated,
    UnreadableFile,
)
from models.sheet.opening import PageFile, Pages, open_files, open_pages
from models.sheet.page import Limits, Page
from models.sheet.paper import paper_in, without_surroundings
from models.sheet.pdf_writing import write_pdf, write_svg_pdf, write_vector_pdf
from models.sheet.staffspace import StaffSpace, measure_staff_space, staff_boxes
from models.sheet.vector import write_svg
from models.sheet.writing import write_png

__all__ = [
    "AbsurdTarget",
    "Advice",
    "EmptyFile",
    "Limits",
    "LockedPdf",
    "NotAPicture",
    "Page",
    "PageFile",
    "Pages",
    "SheetError",
    "StaffSpace",
    "TargetSize",
    "TooLarge",
    "TooSmall",
    "Truncated",
    "UnreadableFile",
    "Verdict",
    "advise",
    "factor_for",
    "measure_staff_space",
    "open_files",
    "open_pages",
    "paper_in",
    "resize_to",
    "staff_boxes",
    "without_surroundings",
    "write_pdf",
    "write_png",
    "write_svg",
    "write_svg_pdf",
    "write_vector_pdf",
]
