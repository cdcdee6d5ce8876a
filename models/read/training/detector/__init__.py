"""Training of the detector of primitives: pages with the box of every sign, targets, augmentation and the recipe."""
