"""What a person sees: the web page and the command line."""

__version__ = "0.1.0"
