"""Job 1: a low-resolution picture of a score becomes four times larger and clean."""
