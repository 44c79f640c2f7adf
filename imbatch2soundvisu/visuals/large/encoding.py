"""How tiles are encoded: JPEG, WebP or AVIF."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np

from ...core.errors import ConfigError, unknown

#: Format -> ending of file names.
FORMATS = {"jpeg": "jpg", "webp": "webp", "avif": "avif"}
#: Quality of about the same look, where none is given.
_USUAL = {"jpeg": 85, "webp": 82, "avif": 68}


@dataclass(frozen=True)
class Encoding:
    """A format of tiles and its quality.

    Parameters
    ----------
    format : {"jpeg", "webp", "avif"}
        All browsers of the last years show each.
    quality : int, optional
        1 to 100; 85 for JPEG, 82 for WebP and 68 for AVIF when None.

    Examples
    --------
    >>> len(Encoding("webp").encode(np.zeros((8, 8, 3), np.uint8))) < 100
    True
    """

    format: str = "jpeg"
    quality: int | None = None

    def check(self) -> None:
        """Raise ConfigError for an unknown format or quality."""
        if self.format not in FORMATS:
            raise unknown("format of tiles", self.format, FORMATS)
        if self.quality is not None and (
            isinstance(self.quality, bool) or not isinstance(self.quality, int) or not 1 <= self.quality <= 100
        ):
            raise ConfigError(f"quality={self.quality!r} must be a whole number from 1 to 100")

    @property
    def used_quality(self) -> int:
        """The quality, or the usual one of the format."""
        return _USUAL[self.format] if self.quality is None else self.quality

    @property
    def ending(self) -> str:
        """Of file names, without the dot."""
        return FORMATS[self.format]

    def encode(self, rgb: np.ndarray) -> bytes:
        """Return an image, (h, w, 3) uint8 sRGB, as the content of a file."""
        if self.format == "jpeg":
            return encoded(rgb, self.used_quality)
        from PIL import Image

        buffer = io.BytesIO()
        speed = {"method": 4} if self.format == "webp" else {"speed": 8}
        Image.fromarray(np.ascontiguousarray(rgb)).save(buffer, self.format.upper(), quality=self.used_quality, **speed)
        return buffer.getvalue()


def encoded(rgb: np.ndarray, quality: int) -> bytes:
    """Return an image as JPEG."""
    import simplejpeg

    return simplejpeg.encode_jpeg(np.ascontiguousarray(rgb), quality, "RGB", "420" if quality < 90 else "444")
