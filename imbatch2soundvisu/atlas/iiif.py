"""IIIF Image API 3.0, level 0: the names of static tiles and the `info.json` that lists them."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

from ..core.errors import ConfigError

#: In the place of an address that is not known: the folder of `info.json`, wherever it is.
HERE = "."
_CONTEXT = "http://iiif.io/api/image/3/context.json"


def check_address(address: str) -> str:
    """Return the address of an image, without a slash at its end; HERE is one, too.

    Raises
    ------
    ConfigError
        When it is not one of the web.

    Examples
    --------
    >>> check_address("https://example.org/map/iiif/")
    'https://example.org/map/iiif'
    """
    found = urlsplit(address)
    if address != HERE and (found.scheme not in ("http", "https") or not found.netloc or found.query or found.fragment):
        raise ConfigError(f"address {address!r} must be one of the web, such as https://example.org/map/iiif")
    return address.rstrip("/").removesuffix("/info.json")


def tile_name(size: tuple[int, int], level: int, box: tuple[int, int, int, int], ending: str = "jpg") -> str:
    """Return the path of a tile below the address of the image.

    Parameters
    ----------
    size : (int, int)
        Width and height of the image in pixels.
    level : int
        0 is the whole image, each further one is half as large.
    box : (int, int, int, int)
        Left, top, right and bottom of the tile in pixels of the level.
    ending : str
        Of the file name.

    Examples
    --------
    >>> tile_name((1000, 600), 1, (256, 0, 500, 256))
    '512,0,488,512/244,256/0/default.jpg'
    >>> tile_name((1000, 600), 2, (0, 0, 250, 150))
    'full/250,150/0/default.jpg'
    """
    left, top, right, bottom = (side << level for side in box)
    right, bottom = min(right, size[0]), min(bottom, size[1])
    whole = (left, top, right, bottom) == (0, 0, *size)
    region = "full" if whole else f"{left},{top},{right - left},{bottom - top}"
    shown = box[2] - box[0], box[3] - box[1]
    return f"{region}/{'max' if shown == size else f'{shown[0]},{shown[1]}'}/0/default.{ending}"


def info(size: tuple[int, int], tile: int, levels: list[tuple[int, int]], address: str, ending: str = "jpg") -> str:
    """Return the content of `info.json`.

    Parameters
    ----------
    size : (int, int)
        Width and height of the image in pixels.
    tile : int
        Width of a tile.
    levels : list of (int, int)
        Sizes of the levels, the image first.
    address : str
        Where the folder will be on the web; HERE where that is not known: viewers put in where they found it.
    ending : str
        Of tiles: "jpg", or a further format.

    Raises
    ------
    ConfigError
        When the address is not one of the web.

    References
    ----------
    .. [1] International Image Interoperability Framework, "Image API 3.0", https://iiif.io/api/image/3.0/
    """
    single = [{"width": width, "height": height} for width, height in levels[::-1] if max(width, height) <= tile]
    found = {
        "@context": _CONTEXT, "id": check_address(address), "type": "ImageService3", "protocol": "http://iiif.io/api/image",
        "profile": "level0", "width": size[0], "height": size[1], "sizes": single,
        "tiles": [{"width": tile, "height": tile, "scaleFactors": [1 << level for level in range(len(levels))]}],
    }  # fmt: skip
    if ending != "jpg":
        found |= {"extraFormats": [ending], "preferredFormats": [ending]}
    return json.dumps(found, indent=1)
