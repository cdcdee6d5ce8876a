"""Keyed digests: how a token or a file is recognised without being kept."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from storage.errors import SecretUnfit

TOKEN_BYTES = 24
MIN_SECRET = 16  # characters
MAX_TOKEN = 200  # characters; whatever is longer was never ours


def new_token() -> str:
    """A token of 192 random bits, 32 characters that survive copying, mail, addresses and command lines."""
    while (token := secrets.token_urlsafe(TOKEN_BYTES)).startswith("-"):  # an option, to a command
        pass
    return token


class HmacKey:
    """HMAC-SHA-256 under the collection's secret, in hex; each purpose has digests of its own."""

    def __init__(self, secret: str) -> None:
        if len(secret) < MIN_SECRET:
            raise SecretUnfit(f"The collection's secret is too short. Give at least {MIN_SECRET} characters.")
        self._key = secret.encode("utf-8", "surrogatepass")

    @classmethod
    def from_file(cls, path: Path, *, may_make: bool) -> HmacKey:
        """The key from the secret in this file, which is made, for its owner's eyes only, if it may be.

        Raises SecretUnfit when there is none and none may be made: a new secret would lock everybody out who
        holds a token. The caller sees to it that no two processes are here at once.
        """
        if not path.exists():
            if not may_make:
                raise SecretUnfit
            _write_private(path, secrets.token_hex(32))
        path.chmod(0o600)
        return cls(path.read_text(encoding="ascii", errors="replace").strip())

    def token(self, token: str) -> str:
        """What is kept of a token."""
        return self._digest("token", token)

    def digest(self, digest: str) -> str:
        """What is kept of the digest of something that is not, or no longer, kept itself."""
        return self._digest("digest", digest)

    def original(self, data: bytes) -> str:
        """What is kept of the file as it was handed over."""
        return self._digest("original", hashlib.sha256(data).hexdigest())

    def clients(self) -> bytes:
        """A key of 32 bytes for naming visitors of the page, from which the secret cannot be told."""
        return bytes.fromhex(self._digest("clients", ""))

    def _digest(self, purpose: str, value: str) -> str:
        message = f"{purpose}\0{value}".encode("utf-8", "surrogatepass")
        return hmac.new(self._key, message, hashlib.sha256).hexdigest()


def _write_private(path: Path, secret: str) -> None:
    partial = path.with_name(f"{path.name}.partial")
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
        file.write(secret)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
