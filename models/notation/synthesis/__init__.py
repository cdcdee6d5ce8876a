"""Scores made sound by a piano that was fitted to recordings."""
