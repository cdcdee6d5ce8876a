"""Scores as MusicXML 4.0: `write_musicxml`."""

from models.notation.musicxml.writing import write_musicxml

__all__ = ["write_musicxml"]
