"""Staves: found on a prepared page, followed line by line, pulled straight, freed of their lines."""

from models.read.page.staves.finding import find_systems, systems_of, tracks_on
from models.read.page.staves.grouping import Grouping, StaffSigns, groupings
from models.read.page.staves.staff import LINE_ROWS, MARGIN, SPACE, STRIP_ROWS, TOP_LINE, Staff, Strip, System

__all__ = [
    "LINE_ROWS",
    "MARGIN",
    "SPACE",
    "STRIP_ROWS",
    "TOP_LINE",
    "Grouping",
    "Staff",
    "StaffSigns",
    "Strip",
    "System",
    "find_systems",
    "groupings",
    "systems_of",
    "tracks_on",
]
