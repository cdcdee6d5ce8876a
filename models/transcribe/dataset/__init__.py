"""The data maker: single piano notes of many pianos as sound files of equal length with an annotations table.

``python -m models.transcribe.dataset OUT`` writes ``OUT/audio/*.flac`` and ``OUT/annotations.csv`` (`annotations`).
Nothing here is imported at serving time.
"""

from models.transcribe.dataset.annotations import Entry, read_annotations

__all__ = ["Entry", "read_annotations"]
