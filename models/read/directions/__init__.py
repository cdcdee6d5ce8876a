"""What stands beside the notes of a page and is no word: dynamics, hairpins, accents; and the words, by `models.read.text`."""
