"""How a mosaic is made: size and place of its tiles, how they are matched, chosen and coloured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from PIL import ImageColor

from ..core.errors import ConfigError, unknown
from .layout.cells import TILINGS
from .option_checks import check_values

#: Width of a tile, in pixels, in which its photo can be seen; and the most pixels that a mosaic has for that.
VISIBLE_PX, MOST_PIXELS = 48, 24_000_000
#: Colour spaces in which tiles and cells are compared.
SPACES = ("oklab", "lab", "linear", "srgb")
#: What is fitted in colour to the other before matching.
PALETTES = ("target", "tiles")
#: How a tile image is cropped to the aspect of a tile.
CROPS = ("centre", "smart")
#: Whether the whole target is covered, with tiles cropped at its edges, or only what whole tiles cover.
COVERS = ("all", "whole")


@dataclass(frozen=True, kw_only=True)
class MosaicOptions:
    """How a mosaic is made.

    Parameters
    ----------
    tile : (int, int), optional
        Width and height of a tile, in pixels of the target.
    columns : int, optional
        Instead, the number of tiles in a row.
    scale : float, optional
        Instead, what the aspect is multiplied by: a tile is int(`width_aspect` x scale) by int(`height_aspect` x scale)
        pixels of the target.
    width_aspect, height_aspect : float
        Aspect of a tile, for `columns` and `scale`.
    enlarge : float
        The mosaic is so many times larger than the target.
    tile_px : int, optional
        Instead, the width of a tile in pixels of the mosaic.
    tiling : str or Tiling
        "grid", "brick", "hexagon", "quadtree", `Quadtree(...)`: where the tiles are.
    cover : {"all", "whole"}
        Cover the whole target, with tiles cropped at its edges, or whole tiles only, centred.
    crop : {"centre", "smart"}
        How a photo is cropped to the aspect of a tile: its middle, or around faces and what draws the eye. Transparent
        images are not cropped.
    detail : int
        Samples along the longer side of a cell that are compared; 1 compares mean colours.
    space : {"oklab", "lab", "linear", "srgb"}
        The colour space of the comparison.
    edges : float
        Weight of differences of gradients beside those of colours.
    best_k : int
        Each tile is drawn from the so many most similar: one at Euclidean distance d is drawn with a probability
        proportional to 1 / d, and where tiles are equal to the cell, one of those is. Above the number of tiles, all.
    randomness : float
        Probability that a cell gets a random tile, from 0 to below 1, for each cell independently; tiles that no other
        cell has come first.
    max_uses : int, optional
        The most often an image is used, mirrored and turned variants and copies of the file together. The assignment
        with the least sum of squared distances under this limit is searched for, and reported with how far it may be
        from the optimum. Random tiles (`randomness`) are drawn first and count. Not together with `best_k`.
    min_distance : float
        Two uses of an image are at least so far from each other, in tiles (of a quadtree: the smallest), from centre to
        centre (Euclidean); 0 for any distance. 2 separates neighbours, also diagonal ones. With `best_k`, what is drawn
        too near is replaced by the most similar image that is allowed. Where there are too few images, the pairs that
        are nearer are counted.
    use_all : bool
        Use every image at least once, as far as there are cells; where there are not, none is used twice. Not together
        with `best_k`.
    flip : bool
        Use mirrored tiles, too.
    rotate : bool
        Use tiles turned by quarter turns (halves, where a tile is not square), too.
    tint : float
        How far the colours of each tile are moved towards those of its cell, from 0 to 1; its texture stays.
    tint_detail : int
        Samples along the longer side of a tile whose colours are moved. 1 moves the mean colour of the tile: the photo
        looks most natural; more follow the target within the cell, and flatten the photo.
    palette : {None, "target", "tiles"}
        "target" fits the colours of the target to those of the tiles before matching, so that its shades are kept where
        tiles have no such colours; "tiles" changes the colours of all tiles in the same way, to those of the target.
    opacity : float
        Share of the target that is mixed into the mosaic, after tint, from 0 to 1.
    background : str or (int, int, int)
        What is behind transparent tiles: "target", which is the colour of the cell, or one colour: "white", "#ff8000",
        (255, 128, 0).
    mask : array, str or Path, optional
        An image, stretched to the target: where it is black, the target stays as it is; grey mixes both. An array is
        of shape (h, w): bool, uint8, or float from 0 to 1.
    seed : int
        Of everything random.
    """

    tile: tuple[int, int] | None = None
    columns: int | None = None
    scale: float | None = None
    width_aspect: float = 3
    height_aspect: float = 4
    enlarge: float = 1.0
    tile_px: int | None = None
    tiling: Any = "grid"
    cover: str = "all"
    crop: str = "centre"
    detail: int = 8
    space: str = "oklab"
    edges: float = 0.0
    best_k: int = 1
    randomness: float = 0.0
    max_uses: int | None = None
    min_distance: float = 0
    use_all: bool = False
    flip: bool = False
    rotate: bool = False
    tint: float = 0.0
    tint_detail: int = 3
    palette: str | None = None
    opacity: float = 0.0
    background: Any = "target"
    mask: Any = None
    seed: int = 0

    def check_options(self) -> None:
        """Raise ConfigError when a value is out of range."""
        for name, choices in (("space", SPACES), ("crop", CROPS), ("cover", COVERS)):
            if getattr(self, name) not in choices:
                raise unknown(name, getattr(self, name), choices)
        if self.palette is not None and self.palette not in PALETTES:
            raise unknown("palette", self.palette, PALETTES)
        check_values(self)
        TILINGS.resolve(self.tiling)
        if not (isinstance(self.background, str) and self.background == "target"):
            check_background(self.background)
        if self.randomness == 1:
            raise ConfigError("randomness=1 must be below 1: no cell would have a tile that is similar to it")
        if self.best_k > 1 and (self.max_uses is not None or self.use_all):
            raise ConfigError(
                f"best_k={self.best_k} draws tiles at random, but max_uses and use_all search for the best assignment: "
                "give one of them"
            )
        if sum(each is not None for each in (self.tile, self.columns, self.scale)) > 1:
            raise ConfigError("give one of tile=, columns= and scale=, not several")

    def notes(self, count: int) -> tuple[str, ...]:
        """Return what the options ask for that so many tiles cannot give, one line each.

        Examples
        --------
        >>> MosaicOptions(best_k=500).notes(450)
        ('best_k=500: there are 450 tiles, so each is drawn from all of them',)
        """
        few = f"best_k={self.best_k}: there are {count} tiles, so each is drawn from all of them"
        return (few,) if self.best_k > count else ()

    def notes_of_size(self, width: int) -> tuple[str, ...]:
        """Return how the number of columns differs from what was asked for, for a target of a width in pixels.

        Examples
        --------
        >>> MosaicOptions(columns=80).notes_of_size(512)
        ('columns=80: tiles are whole pixels of the target, 512 pixels wide, so 85 fit; a larger target comes closer',)
        """
        fit = width / self.tile_size(width, 1)[0]
        if self.columns is None or abs(fit / self.columns - 1) < 0.05:
            return ()
        why = (
            f"tiles are whole pixels of the target, {width} pixels wide, so {fit:.0f} fit; a larger target comes closer"
        )
        return (f"columns={self.columns}: {why}",)

    def tile_size(self, width: int, height: int) -> tuple[int, int]:
        """Return (width, height) of a tile, the smallest one, in pixels of a target of the given size."""
        fitted = getattr(TILINGS.resolve(self.tiling), "fitted", lambda tile, exact: tile)
        size: tuple[int, int] = fitted(self._tile_size(width), self.tile is not None)
        return size

    def _tile_size(self, width: int) -> tuple[int, int]:
        if self.tile is not None:
            return int(self.tile[0]), int(self.tile[1])
        if self.scale is not None:
            return max(1, int(self.width_aspect * self.scale)), max(1, int(self.height_aspect * self.scale))
        columns = self.columns or DEFAULT_COLUMNS
        tile_width = max(1, round(width / columns))
        return tile_width, max(1, round(tile_width * self.height_aspect / self.width_aspect))

    def visible(self, width: int, height: int) -> float:
        """Return how much larger than a target of the given size a mosaic is whose photos can be seen.

        Its tiles are VISIBLE_PX wide, as long as it has at most MOST_PIXELS.
        """
        visible = VISIBLE_PX / max(1, self.tile_size(width, height)[0])
        most = (MOST_PIXELS / max(1, width * height)) ** 0.5
        return max(1.0, min(visible, most))

    def factor(self, tile_width: int) -> float:
        """Return how many times larger than the target the mosaic is."""
        return self.enlarge if self.tile_px is None else self.tile_px / tile_width

    def painted_tile_size(self, width: int, height: int) -> tuple[int, int]:
        """Return (width, height) of the largest tile in pixels of the mosaic, for a target of the given size."""
        smallest = self.tile_size(width, height)
        factor = self.factor(smallest[0])
        tile: tuple[int, int] = getattr(TILINGS.resolve(self.tiling), "largest", lambda tile: tile)(smallest)
        return max(1, round(tile[0] * factor)), max(1, round(tile[1] * factor))

    def path_of_mask(self) -> Path | None:
        """Return the file of the mask, where it is one."""
        return Path(self.mask) if isinstance(self.mask, str | Path) else None


#: Tiles in a row when neither `tile`, `columns` nor `scale` is given.
DEFAULT_COLUMNS = 60


def check_background(colour: Any) -> None:
    """Raise ConfigError when a colour cannot be understood."""
    try:
        known = bool(ImageColor.getrgb(colour)) if isinstance(colour, str) else _is_rgb(colour)
    except ValueError:
        known = False
    if not known:
        raise ConfigError(f'background={colour!r} must be "target", or a colour: "white", "#ff8000", (255, 128, 0)')


def _is_rgb(colour: Any) -> bool:
    return isinstance(colour, tuple | list) and len(colour) == 3 and all(each in range(256) for each in colour)


def options_of(keywords: Mapping[str, Any]) -> MosaicOptions:
    """Return the options of keywords.

    Raises
    ------
    ConfigError
        For an unknown name; it suggests the nearest one.
    """
    names = {each.name for each in fields(MosaicOptions)}
    for name in keywords:
        if name not in names:
            raise unknown("option", name, names)
    return MosaicOptions(**keywords)
