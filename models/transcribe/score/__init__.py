"""From heard notes to a score: rhythm, metre, values, spelling, staves and the writing of them."""
