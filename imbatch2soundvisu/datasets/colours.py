"""Pixels of any Pillow mode as 8-bit sRGB: bit depths, embedded profiles, transparency."""

from __future__ import annotations

import functools
import io
from typing import Any

import numpy as np
import simplejpeg
from PIL import Image

from . import profiles
from .colour_spaces import ColourSpace
from .colour_tags import SPACE
from .depths import BITS, WHITE_IS_ZERO, to_8_bits
from .large import LARGE_PIXELS, png_in_strips, resized_in_strips
from .png_strips import reduced_png

Size = tuple[int, int]
Colour = tuple[int, int, int]


def to_array(image: Image.Image, target: Size, resample: Image.Resampling, background: Colour | None) -> np.ndarray:
    """Return a decoded image as sRGB pixels of another size.

    Parameters
    ----------
    image : PIL.Image.Image
        A loaded image of any mode.
    target : tuple of int
        (width, height) in pixels.
    resample : PIL.Image.Resampling
        Filter. Opaque RGB images that are reduced with BILINEAR take a faster path: whole factors by averaging, the
        rest by interpolation.
    background : tuple of int, optional
        sRGB colour behind transparent pixels; None keeps transparency.

    Returns
    -------
    ndarray of shape (height, width, 3)
        uint8; (height, width, 4) for transparent images without a background.
    """
    if _is_averaged(image, target, resample):
        factor = _whole_factor(image.size, target)
        return _interpolated(np.asarray(image.reduce(factor) if factor > 1 else image), target)
    return np.asarray(_to_rgb(image, target, resample, background))


def decode_large_png(
    image: Image.Image, target: Size, resample: Image.Resampling, background: Colour | None
) -> np.ndarray | None:
    """Decode an opened PNG of many pixels as `to_array` does, to the same pixels, in a strip's memory.

    Of images with 16 bits a channel, the strips are converted to 8 bits before they are averaged.

    Parameters
    ----------
    image : PIL.Image.Image
        Not loaded yet.
    target, resample, background
        As in `to_array`.

    Returns
    -------
    ndarray of shape (height, width, 3) or None
        uint8. None where all pixels have to be decoded: for small images, those that are hardly reduced, interlaced
        and animated ones, and files with a fault.
    """
    if _is_averaged(image, target, resample):
        factor = _whole_factor(image.size, target)
        is_large = image.width * image.height > LARGE_PIXELS
        whole = reduced_png(image, factor, lambda strip: strip) if is_large and factor > 1 else None
    else:
        whole = png_in_strips(image, target, resample, lambda strip: _plain_mode(strip, strip.size))
    if whole is None:
        return None
    whole.info = {key: value for key, value in image.info.items() if key in ("icc_profile", SPACE)}
    return to_array(whole, target, resample, background)


def _is_averaged(image: Image.Image, target: Size, resample: Image.Resampling) -> bool:
    return resample == Image.Resampling.BILINEAR and is_opaque_srgb(image) and target[0] <= image.width


def is_opaque_srgb(image: Image.Image) -> bool:
    """Return whether the pixels of an image need no conversion: RGB in sRGB without a transparent colour."""
    if image.mode != "RGB" or {SPACE, "transparency"} & image.info.keys():
        return False
    profile = image.info.get("icc_profile")
    return not profile or profiles.is_srgb(profile)


def decode_jpeg(image: Image.Image, target: Size) -> np.ndarray | None:
    """Decode an opened JPEG as `to_array` does with BILINEAR, to the same pixels, in four fifths of the time.

    Pillow's decoder (the same libjpeg-turbo) goes through a buffer of four bytes a pixel.

    Parameters
    ----------
    image : PIL.Image.Image
        In sRGB, not loaded yet; its `draft` has chosen the size to decode at.
    target : tuple of int
        (width, height) in pixels.

    Returns
    -------
    ndarray of shape (height, width, 3) or None
        uint8. None where Pillow has to decode: for files with a fault, in other colour spaces, or much larger than
        `target`.
    """
    width, height = image.size
    if not isinstance(image.fp, io.BytesIO) or _whole_factor(image.size, target) > 1:
        return None
    data = image.fp.getbuffer()
    try:
        if simplejpeg.decode_jpeg_header(data)[2] != "YCbCr":
            return None
        pixels = simplejpeg.decode_jpeg(data, "RGB", min_height=height, min_width=width, min_factor=1)
    except ValueError:
        return None
    return _interpolated(pixels, target) if pixels.shape[:2] == (height, width) else None


def _whole_factor(size: Size, target: Size) -> int:
    return max(1, min(size[0] // target[0], size[1] // target[1]))


def _interpolated(pixels: np.ndarray, target: Size) -> np.ndarray:
    import cv2

    if (pixels.shape[1], pixels.shape[0]) == target:
        return pixels
    return cv2.resize(pixels, target, interpolation=cv2.INTER_LINEAR)


def _to_rgb(image: Image.Image, target: Size, resample: Image.Resampling, background: Colour | None) -> Image.Image:
    tags = {} if image.mode in ("I", "F") else {key: image.info.get(key) for key in ("icc_profile", SPACE)}
    if image.mode[0] not in "IF":  # their range is that of the whole image
        image = resized_in_strips(image, target, resample, lambda strip: _plain_mode(strip, target))
    image = _plain_mode(image, target)
    if image.size != target:
        image = image.resize(target, resample, reducing_gap=3.0)
    alpha = image.getchannel("A") if image.mode in ("LA", "RGBA") else None
    if alpha is not None:
        image = image.convert(image.mode[:-1])
    colour = _to_srgb(image, tags.get("icc_profile"), tags.get(SPACE))
    if alpha is None:
        return colour
    if background is None:
        colour.putalpha(alpha)
        return colour
    canvas = Image.new("RGB", colour.size, background)
    canvas.paste(colour, mask=alpha)
    return canvas


def _plain_mode(image: Image.Image, target: Size) -> Image.Image:
    """Convert palettes, single bits, wide integers, floats and transparent colours to 8-bit channels."""
    if image.mode in ("P", "PA"):
        return image.convert("RGBA" if image.mode == "PA" or "transparency" in image.info else "RGB")
    if image.mode == "1":
        return image.convert("L")
    if image.mode[0] in "IF":
        grey = to_8_bits(np.asarray(image), target, image.info.get(BITS, 16))
        return Image.fromarray(255 - grey if WHITE_IS_ZERO in image.info else grey)
    if image.mode in ("L", "RGB") and "transparency" in image.info or image.mode == "RGBa":
        return image.convert("RGBA")
    return image


def _to_srgb(image: Image.Image, profile: bytes | None, space: ColourSpace | None) -> Image.Image:
    if image.mode == "LAB":
        return _apply(_lab_transform(), image)
    if image.mode == "L" and profile and profiles.space_of(profile) == "RGB":
        image = image.convert("RGB")
    transform = profiles.transform(profile, image.mode) if profile else None
    if transform is not None:
        return _apply(transform, image)
    image = image if image.mode == "RGB" else image.convert("RGB")
    return image if space is None else Image.fromarray(space.to_srgb(np.asarray(image)))


def _apply(transform: Any, image: Image.Image) -> Image.Image:
    from PIL import ImageCms

    converted = ImageCms.applyTransform(image, transform)
    assert converted is not None
    return converted


@functools.lru_cache(maxsize=1)
def _lab_transform() -> Any:
    from PIL import ImageCms

    return ImageCms.buildTransform(ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB"), "LAB", "RGB")
