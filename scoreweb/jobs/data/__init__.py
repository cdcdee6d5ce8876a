"""What visitors gave to the dataset: seeing and erasing it."""
