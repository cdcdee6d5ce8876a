"""Scores drawn by Verovio: SVG, PNG and PDF."""
