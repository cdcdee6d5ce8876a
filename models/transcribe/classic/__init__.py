"""The dissertation's way: a convolutional encoder-decoder that turns the sound of one note into its sheet image."""
