"""A page of music prepared for reading: its light and pose, its staves, systems and bars."""
