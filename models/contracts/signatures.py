"""The names and types of all services, for an engine that has none of them in this process."""

from __future__ import annotations

from models.contracts import read, transcribe, upscale

SIGNATURES = (upscale.SIGNATURE, read.SIGNATURE, transcribe.SIGNATURE)
