"""Job 2: a picture of a score, printed or written by hand, as ranked readings."""
