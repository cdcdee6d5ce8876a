"""The accepted contributions as a dataset: Parquet and tar shards with a card, written and read back."""
