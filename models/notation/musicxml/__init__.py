"""Scores as MusicXML 4.0: `write_musicxml` (plain), `write_mxl` (packed) and `read_musicxml`, which agree with each other."""

from models.notation.musicxml.reading import read_musicxml
from models.notation.musicxml.writing import write_musicxml, write_mxl

__all__ = ["read_musicxml", "write_musicxml", "write_mxl"]
