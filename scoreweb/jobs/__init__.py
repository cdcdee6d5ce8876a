"""The jobs of the page, one folder each with the same modules: options, run, result, panel, tab, endpoint, command, texts."""
