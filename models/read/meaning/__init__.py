"""What primitives mean: pitch, rhythm, voices, bars and their ranked readings."""
