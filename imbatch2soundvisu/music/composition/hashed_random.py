"""Random numbers that depend on one image only, so that exchanging another image does not change them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence


class HashedRandom:
    """Random numbers by hashing a seed, the digest of an image, and a purpose.

    A generator draws in sequence, so that one more draw changes all that follow. These numbers are independent.

    Parameters
    ----------
    seed : int
    digests : sequence of str
        Content digest of each image.

    Examples
    --------
    >>> draws = HashedRandom(0, ["a", "b"])
    >>> draws.unit(0, "bass", 2) == draws.unit(0, "bass", 2), draws.unit(0, "bass") == draws.unit(1, "bass")
    (True, False)
    """

    def __init__(self, seed: int, digests: Sequence[str]) -> None:
        self._keys = [hashlib.blake2b(f"{seed}\0{d}".encode(), digest_size=16).digest() for d in digests]

    def unit(self, image: int, *purpose: object) -> float:
        """Return the number in [0, 1) for one purpose at one image."""
        text = "\0".join(map(str, purpose)).encode()
        return int.from_bytes(hashlib.blake2b(text, digest_size=6, key=self._keys[image]).digest(), "big") / 2**48
