"""Codes that students type, secrets that links hold, and what the store keeps of them: digests only."""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections import deque
from functools import lru_cache

from fer.errors import JoinError

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""No 0 and O, no 1, I and L: what is read from a projector is typed without a guess."""
CODE_LENGTH = 8
ADDRESS_TRIES = 100
PROCESS_TRIES = 600
WINDOW_S = 60.0
"""Failed tries a minute, from one address and in all: at that rate one class's code, of 31^8, takes 1,300 years. One
address may be a school's in which five hundred type a code at once, or a proxy's with all visitors behind it."""


def new_token() -> str:
    """Return a secret for a teacher's or a seat's link: 256 bits, safe in addresses."""
    return secrets.token_urlsafe(32)


def code_from(secret: str) -> str:
    """Return the code of a teacher's secret, so that it is shown again after a reload and still not stored.

    >>> code_from("a") == code_from("a"), len(code_from("a"))
    (True, 8)
    """
    number = int.from_bytes(hashlib.sha256(f"classmood code {secret}".encode()).digest(), "big")
    letters = []
    for _ in range(CODE_LENGTH):
        number, letter = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[letter])
    return "".join(letters)


def digest(secret: str) -> str:
    """Return what the store keeps of a secret: SHA-256 in hexadecimal, enough for 256 random bits."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


@lru_cache(maxsize=256)
def code_digest(code: str) -> str:
    """Return what the store keeps of a code: scrypt in hexadecimal, about 10 ms of work and 4 MB of memory.

    All 31^8 codes go through SHA-256 in minutes; this way somebody who reads the store still has no code to join with
    while the class runs. A class is found by it, so the salt is the same for all. What was computed is kept: a whole
    school types the same few codes.

    Sources:
        Percival and Josefsson 2016, RFC 7914, "The scrypt Password-Based Key Derivation Function".
    """
    return hashlib.scrypt(code.encode(), salt=b"classmood code", n=2**12, r=8, p=1, dklen=32).hex()


def clean_code(text: str) -> str:
    """Bring a typed code into the form that it was made in.

    Raises:
        JoinError: If it cannot be one.

    >>> clean_code(" abcd-2345 ")
    'ABCD2345'
    """
    code = "".join(text.split()).replace("-", "").upper()
    if len(code) != CODE_LENGTH or set(code) - set(ALPHABET):
        raise JoinError(
            f"A class code has {CODE_LENGTH} letters and digits, as in K7MX-3QPD, and never 0, O, 1, I or L. "
            "Look at it once more, or ask your teacher for the link."
        )
    return code


class Tries:
    """Counts failed tries only: a whole school may share one address, and nobody who has the right code waits."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failed: dict[str, deque[float]] = {}

    def check(self, address: str) -> None:
        """Let a try pass.

        Raises:
            JoinError: If there were too many failed ones within the last minute.
        """
        now_s = time.monotonic()
        with self._lock:
            self._forget(now_s)
            mine = self._failed.get(address, ())
            if len(mine) >= ADDRESS_TRIES or sum(map(len, self._failed.values())) >= PROCESS_TRIES:
                raise JoinError(
                    "Too many wrong codes were tried from here within a minute. Wait a minute, look at the code "
                    "once more, and try again."
                )

    def failed(self, address: str) -> None:
        """Count a failed try."""
        with self._lock:
            self._failed.setdefault(address, deque(maxlen=ADDRESS_TRIES)).append(time.monotonic())

    def _forget(self, now_s: float) -> None:
        for address, times in list(self._failed.items()):
            while times and now_s - times[0] > WINDOW_S:
                times.popleft()
            if not times:
                del self._failed[address]


TRIES = Tries()
"""The process's own."""
