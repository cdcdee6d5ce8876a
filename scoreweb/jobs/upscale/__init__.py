"""Upscaling a score image four times."""
