"""The commands of ``python -m scoreweb``, one module a job; scoreweb/cli.py names them."""
