"""What determines a film: the parts of an earlier run are continued only when all of it is the same."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import cv2
import numpy as np

from ...runtime.fingerprints import fingerprint
from ..tiles.codebook import Codebook
from .frames import MosaicFrames
from .options import VideoMosaicOptions
from .parts import PartEncoder
from .reading import VideoSource
from .stabilization import StableChoice
from .tile_planes import painter_of

_BYTES = 16  # of a key


def film_key(
    source: VideoSource, codebook: Codebook, options: VideoMosaicOptions, mask: np.ndarray | None = None
) -> str:
    """Return a digest of the content of a video, of its tiles, of its mask and options, and of their code."""
    import av

    digest = hashlib.blake2b(digest_size=_BYTES)
    with open(source.path, "rb") as file:
        digest.update(hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=_BYTES)).digest())
    for array in (codebook.rgb, codebook.alpha, codebook.variants, codebook.rows, mask):
        if array is not None:
            digest.update(repr(array.shape).encode())
            for each in array:
                digest.update(np.ascontiguousarray(each).data)
    code = fingerprint(MosaicFrames, PartEncoder, StableChoice, painter_of, VideoSource)
    versions: list[Any] = [av.__version__, sorted(av.library_versions.items()), cv2.__version__, np.__version__]
    options = replace(options, still=replace(options.still, mask=None))
    digest.update(repr((options, code, versions)).encode())
    return digest.hexdigest()
