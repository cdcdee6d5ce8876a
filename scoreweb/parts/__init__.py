"""The page's look: theme, style sheet, drawn fragments and pictures of our own."""
