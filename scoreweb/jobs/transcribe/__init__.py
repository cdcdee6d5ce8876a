"""Writing down a recording as a sheet, and playing a sheet."""
