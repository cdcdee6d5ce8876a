"""A voice, a whistle or any other instrument of one line: pitch tracked, notes parted, tuning estimated."""
