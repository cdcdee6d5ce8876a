"""The ear: a network that names the key of a single piano note on pianos never heard."""

from models.transcribe.ear.hearing import Ear, Hearing

__all__ = ["Ear", "Hearing"]
