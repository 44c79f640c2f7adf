"""Chance that belongs to an image: another image elsewhere in the sequence does not change it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence


class HashedRandom:
    """Numbers drawn by hashing a seed, the content of an image and what they are for.

    A generator deals its numbers in turn, so that one more draw changes all that follow; these are independent.
    """

    def __init__(self, seed: int, digests: Sequence[str]) -> None:
        self._keys = [hashlib.blake2b(f"{seed}\0{d}".encode(), digest_size=16).digest() for d in digests]

    def unit(self, image: int, *what: object) -> float:
        """A number in [0, 1) for one purpose at one image."""
        text = "\0".join(map(str, what)).encode()
        return int.from_bytes(hashlib.blake2b(text, digest_size=6, key=self._keys[image]).digest(), "big") / 2**48
