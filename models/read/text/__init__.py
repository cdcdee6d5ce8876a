"""Words on a page: found between the staves, read by an OCR program, told what they are, and tied to staff and place."""
