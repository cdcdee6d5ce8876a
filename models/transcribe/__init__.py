"""Job 3: notes from sound, and sound from notes."""
