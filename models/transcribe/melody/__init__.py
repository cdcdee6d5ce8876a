"""Melodies: from a recording to notes, and from notes to rhythm, key, staves and score."""
