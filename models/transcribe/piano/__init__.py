"""Any number of notes of a piano at once: onsets, sounding, ends and velocities of its 88 keys."""
