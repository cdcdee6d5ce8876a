"""``python -m scoreweb``."""

from scoreweb.cli import app

if __name__ == "__main__":
    app()
