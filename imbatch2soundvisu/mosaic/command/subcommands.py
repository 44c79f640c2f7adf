"""What the shell can make: a mosaic, a video mosaic, an explorer, a scale GIF."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...core import Progress
from ...core.errors import ConfigError
from ...core.text import duration, plural
from ...datasets import discover
from ...runtime.folders import check_replaceable
from ...runtime.ownership import guarding
from ..explorer import explore
from ..mosaics import Mosaic, mosaic
from ..options import MosaicOptions
from ..painting.posters import factor_of
from ..savepaths import check_savepath, image_endings, name_of, saved_at
from ..scale_gif import ScaleGif, scale_gif
from ..sources import target_of
from ..videos import VideoMosaicOptions, video_mosaic
from ..videos.video_mosaics import frame_size
from .fields import add_fields, given, whole

#: Fields that give one size of tiles.
_SIZES = ("tile", "columns", "scale")


@dataclass(frozen=True)
class Subcommand:
    """One thing that the shell can make.

    Parameters
    ----------
    about : str
        What it makes, in a sentence.
    savepath : str
        The usual pattern of the file it writes.
    define : callable
        Adds its options to a parser.
    run : callable
        Makes it from the options, with a Progress, and returns lines that say what was made.
    """

    about: str
    savepath: str
    define: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace, Progress], list[str]]


def _mosaic_options(parser: argparse.ArgumentParser) -> None:
    files = parser.add_argument_group("what is written")
    files.add_argument("--width", type=whole, metavar="N", help="paint it so many pixels wide; as .tif of any size")
    files.add_argument("--placements", metavar="FILE", help="write which image is where, too, as .json or .csv")
    files.add_argument("--page", metavar="FOLDER", help="write a page that zooms and names the photos, too")
    files.add_argument("--deep-zoom", metavar="FOLDER", help="write a Deep Zoom pyramid, too")
    add_fields(parser.add_argument_group("the mosaic"), MosaicOptions)
    _add_vectorization(parser)


def _mosaic(options: argparse.Namespace, progress: Progress) -> list[str]:
    fields = _fields(options, MosaicOptions)
    pixels = target_of(options.target)
    made_with = MosaicOptions(**fields)
    made_with.check_options()
    tile = made_with.tile_size(pixels.shape[1], pixels.shape[0])
    _vectorize(options, fields, tile)
    fields = _usual(made_with, options, pixels.shape[1], pixels.shape[0]) | fields
    number = next((int(value) for name in ("scale", "columns") if (value := fields.get(name))), tile[0])
    path = saved_at(options.savepath, options.target, [number], SUBCOMMANDS["mosaic"].savepath)
    check_savepath(path, image_endings())
    if options.placements:
        check_savepath(Path(options.placements), (".csv", ".json"))
    for folder in filter(None, (options.page, options.deep_zoom)):
        check_replaceable(Path(folder))
    made = mosaic(pixels, _tiles(options, progress), progress=progress, **fields)
    notes = [f"  {each}" for each in (*made.notes, *_small_tiles(options, made))]
    lines = [f"Wrote {path}: {described(made, options.width)}", *notes, *skipped(made.codebook.problems)]
    with guarding(path.parent):
        made.save(path, width=options.width)
    return [*lines, *_also_written(options, made)]


def _usual(made_with: MosaicOptions, options: argparse.Namespace, width: int, height: int) -> dict[str, Any]:
    """What a mosaic has unless its options say otherwise: photos that can be seen, uses of one apart.

    With --scale it is as the target in size, and the nearest tile is used wherever it is.
    """
    if made_with.scale is not None:
        return {}
    sized = options.width is not None or any(hasattr(options, name) for name in ("tile_px", "enlarge"))
    chosen = any(hasattr(options, name) for name in ("min_distance", "max_uses", "best_k", "randomness", "use_all"))
    return ({} if sized else {"enlarge": made_with.visible(width, height)}) | ({} if chosen else {"min_distance": 3})


def _small_tiles(options: argparse.Namespace, made: Mosaic) -> list[str]:
    """A line about photos that are too small to be seen, where the size of the mosaic was not given."""
    width = round(made.cells.tile_size[0] * made.factor)
    sized = options.width is not None or any(hasattr(options, name) for name in ("tile_px", "enlarge"))
    return [] if sized or width >= 16 else [f"tiles are {plural(width, 'pixel')} wide; --tile-px 40 shows the photos"]


def _tiles(options: argparse.Namespace, progress: Progress) -> Any:
    """TILES as they are; several folders as the images that are in them."""
    if isinstance(options.tiles, str) or all(Path(each).is_file() for each in options.tiles):
        return options.tiles
    return [record for each in options.tiles for record in discover(each, progress=progress).records]


def _also_written(options: argparse.Namespace, made: Mosaic) -> list[str]:
    """Write what else was asked for; return a line for each."""
    written = []
    for name, write in (
        ("placements", lambda path: made.save_placements(path, options.target)),
        ("page", lambda path: made.save_page(path, title=name_of(options.target))),
        ("deep_zoom", lambda path: made.save_deep_zoom(path, width=options.width)),
    ):
        if (place := getattr(options, name)) is not None:
            with guarding(Path(place).parent):
                write(Path(place))
            written.append(f"Wrote {Path(place) / 'index.html' if name == 'page' else place}")
    return written


def described(made: Mosaic, width_px: int | None = None) -> str:
    """Return what a mosaic is, and how close to its target, in a few words."""
    width, height = made.cells.canvas_size(factor_of(made, None, width_px))
    return f"{plural(len(made.cells), 'tile')}, {width} × {height} px; {made.fidelity().summary}"


def skipped(problems: tuple[str, ...], most: int = 5) -> list[str]:
    """Return lines about images that could not be used."""
    more = [f"  … {len(problems) - most} more"] if len(problems) > most else []
    return [*(f"  skipped: {each}" for each in problems[:most]), *more]


def _video_options(parser: argparse.ArgumentParser) -> None:
    film = parser.add_argument_group("the film")
    add_fields(film, VideoMosaicOptions, without=("still",), names={"stabilization": "--stabilization-threshold"})
    film.add_argument("--fps", type=float, metavar="N", help="not used: the film has the frame rate of the source")
    add_fields(parser.add_argument_group("each frame"), MosaicOptions)
    _add_vectorization(parser)


def _video(options: argparse.Namespace, progress: Progress) -> list[str]:
    fields = _fields(options, MosaicOptions)
    own = {name: value for name, value in given(options, VideoMosaicOptions).items() if name != "still"}
    made_with = VideoMosaicOptions.of(own | fields)
    tile = made_with.still.tile_size(*frame_size(options.target, made_with))
    _vectorize(options, fields, tile)
    number = next((int(value) for name in ("scale", "columns") if (value := fields.get(name))), tile[0])
    path = saved_at(options.savepath, options.target, [number], SUBCOMMANDS["video"].savepath)
    check_savepath(path, (".mp4",))
    with guarding(path.parent):
        made = video_mosaic(options.target, _tiles(options, progress), path, progress=progress, **own, **fields)
    columns, rows = made.grid
    length = duration(made.seconds) if made.seconds >= 60 else f"{made.seconds:.1f} s"
    line = f"Wrote {path}: {plural(made.frames, 'frame')}, {length}, {made.size[0]} × {made.size[1]} px"
    sound = f"; sound: {', '.join(made.audio)}" if made.audio else "; no sound"
    return [f"{line}, {columns} × {rows} tiles{sound}", *(f"  {each}" for each in made.notes), *skipped(made.problems)]


def _interactive_options(parser: argparse.ArgumentParser) -> None:
    _add_range(parser, 1, 12)
    page = "write a page with the slider, for a browser, rather than open a window (usual: %%s-scales.html)"
    parser.add_argument("--page", nargs="?", const=True, metavar="FILE.html", help=page)
    add_fields(parser.add_argument_group("each mosaic"), MosaicOptions, without=_SIZES)
    _add_vectorization(parser)


def _interactive(options: argparse.Namespace, progress: Progress) -> list[str]:
    fields = _fields(options, MosaicOptions)
    _vectorize_largest(options, fields)
    written = explore(
        options.target, _tiles(options, progress), options.min_scale, options.max_scale, options.page,
        options.savepath, progress=progress, **fields,
    )  # fmt: skip
    return [f"Wrote {path}{'; open it in a browser' if path.suffix == '.html' else ''}" for path in written]


def _gif_options(parser: argparse.ArgumentParser) -> None:
    _add_range(parser, 5, 25)
    gif = parser.add_argument_group("the GIF")
    add_fields(gif, ScaleGif)
    ascending = "1: scales rise, 0: they fall; --order says the same in words"
    gif.add_argument("--ascending", type=int, choices=(0, 1), help=ascending)
    gif.add_argument("--fuzz", type=float, metavar="X", help="not used: --max-bytes says how large the file may be")
    add_fields(parser.add_argument_group("each mosaic"), MosaicOptions, without=_SIZES)
    _add_vectorization(parser)


def _gif(options: argparse.Namespace, progress: Progress) -> list[str]:
    fields, gif = _fields(options, MosaicOptions), given(options, ScaleGif)
    if options.ascending is not None:
        gif.setdefault("order", "ascending" if options.ascending else "descending")
    _vectorize_largest(options, fields)
    numbers = options.min_scale, options.max_scale
    path = saved_at(options.savepath, options.target, numbers, SUBCOMMANDS["make_gif"].savepath)
    check_savepath(path, (".gif",))
    with guarding(path.parent):
        made = scale_gif(options.target, _tiles(options, progress), path, *numbers, progress=progress, **(gif | fields))
    reduced = f", reduced to {made.scale:.0%} of its size" if made.scale < 1 else ""
    return [f"Wrote {path}: {plural(made.frames, 'frame')}, {made.seconds:.1f} s, {made.bytes / 1e6:.1f} MB{reduced}"]


def _add_range(parser: argparse.ArgumentParser, least: int, most: int) -> None:
    scales = parser.add_argument_group("the scales")
    scales.add_argument("--min-scale", type=int, default=least, metavar="N", help=f"the smallest (default: {least})")
    scales.add_argument("--max-scale", type=int, default=most, metavar="N", help=f"the largest (default: {most})")


def _add_vectorization(parser: argparse.ArgumentParser) -> None:
    text = "compare tiles made smaller by this factor: sets --detail to the longer side of a tile divided by it"
    parser.add_argument("--vectorization-factor", type=float, metavar="X", help=text)
    parser.add_argument("--no-trim", action="store_true", help="cover the whole target: --cover all, the default")


def _fields(options: argparse.Namespace, kind: type) -> dict[str, Any]:
    return given(options, kind) | ({"cover": "all"} if options.no_trim else {})


def _vectorize(options: argparse.Namespace, fields: dict[str, Any], tile: tuple[int, int]) -> None:
    """Set `detail` from --vectorization-factor, for tiles of (width, height) pixels of the target."""
    factor = options.vectorization_factor
    if factor is None:
        return
    if factor < 1:
        raise ConfigError(f"--vectorization-factor {factor:g} must be 1 or more")
    if "detail" in fields:
        raise ConfigError("--vectorization-factor and --detail say the same; give one of them")
    fields["detail"] = max(1, int(max(tile) / factor))


def _vectorize_largest(options: argparse.Namespace, fields: dict[str, Any]) -> None:
    """The same for a range of scales, by the tiles of the largest."""
    _vectorize(options, fields, MosaicOptions(**(fields | {"scale": options.max_scale})).tile_size(1, 1))


#: {name: subcommand}; `make_gif` can be written `make-gif`, too.
SUBCOMMANDS = {
    "mosaic": Subcommand("an image as a mosaic of others", "%s-mosaic-%d.jpg", _mosaic_options, _mosaic),
    "video": Subcommand("a video whose frames are mosaics", "%s-mosaic-%d.mp4", _video_options, _video),
    "interactive": Subcommand(
        "a window (or a page) with a slider for the scale", "%s-at-scale-%d.jpg", _interactive_options, _interactive
    ),
    "make_gif": Subcommand("a GIF of one target in several scales", "%s-from-%d-to-%d.gif", _gif_options, _gif),
}
