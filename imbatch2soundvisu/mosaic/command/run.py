"""The command: which subcommand, its options, its progress, and one line for what is wrong."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from ... import config
from ...core.errors import ConfigError, ImageError
from ...runtime.command_line import printed, reported
from ...runtime.terminal_text import replace_unencodable
from .subcommands import SUBCOMMANDS, Subcommand

PROGRAM = "imbatch2soundvisu.mosaic"
_TITLES = {"discover": "finding images", "tiles": "reading tiles", "gif": "GIF"}
_EPILOG = """\
examples:
  python -m {program} portrait.jpg ~/Pictures --columns 80 --tile-px 40 --tint 0.3
  python -m {program} portrait.jpg ~/Pictures --tile 24x32 --max-uses 8 --tiling hexagon
  python -m {program} video holiday.mp4 ~/Pictures --scale 10
  python -m {program} interactive portrait.jpg ~/Pictures
  python -m {program} make_gif portrait.jpg ~/Pictures --max-bytes 5000000

subcommands, each with its own --help:
{subcommands}
  without one of these words, `mosaic` is meant; a target of such a name is written with a path: ./video
""".format(program=PROGRAM, subcommands="\n".join(f"  {name:12}{each.about}" for name, each in SUBCOMMANDS.items()))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : sequence of str, optional
        Those of the process when None.

    Returns
    -------
    int
        0: the file was written; 1: it could not be; 2: the command line, the target or the tiles are wrong; 130:
        stopped.
    """
    replace_unencodable(sys.stdout)
    words = list(sys.argv[1:] if arguments is None else arguments)
    name = words[0].replace("-", "_") if words else ""
    if name in SUBCOMMANDS:
        words = words[1:]
    else:
        name = "mosaic"
    options = _parse(name, SUBCOMMANDS[name], words)
    return reported(PROGRAM, lambda: _made(SUBCOMMANDS[name], options), lambda error: _described(options.target, error))


def _parse(name: str, subcommand: Subcommand, words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog=f"python -m {PROGRAM}" + ("" if name == "mosaic" else f" {name}"),
        description=f"Make {subcommand.about}.",
        epilog=_EPILOG if name == "mosaic" else None,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        usage=f"python -m {PROGRAM} {'' if name == 'mosaic' else name + ' '}TARGET TILES [options]",
        allow_abbrev=False,
    )
    parser.add_argument("paths", metavar="TARGET TILES", nargs="*", help=argparse.SUPPRESS)
    what = parser.add_argument_group("what is made from what")
    what.add_argument("--target", help="the image that is shown (or the video); the same as TARGET")
    tiles = "the images it is made of: a folder, a video, a .txt list, or several files; the same as TILES"
    what.add_argument("--codebook-dir", "--tiles", dest="tiles", metavar="TILES", help=tiles)
    saved = "where to save; %%s is the name of the target, %%d the scale (else: columns, or the width of a tile)"
    usual = subcommand.savepath.replace("%", "%%")
    what.add_argument(
        "--savepath", "-o", metavar="PATTERN", default=subcommand.savepath, help=f"{saved} (default: {usual})"
    )
    what.add_argument("--quiet", action="store_true", help="say nothing but what is wrong")
    subcommand.define(parser)
    return _with_paths(parser, parser.parse_intermixed_args(words))


def _with_paths(parser: argparse.ArgumentParser, options: argparse.Namespace) -> argparse.Namespace:
    """The options with `target` and `tiles`, from --target and --codebook-dir or from what stands alone."""
    paths = list(options.paths)
    if options.target is None and paths:
        options.target = paths.pop(0)
    if options.tiles is None and paths:
        options.tiles = paths if len(paths) > 1 else paths[0]
        paths = []
    if paths:
        parser.error(f"{paths[0]!r} is too much: --target and --codebook-dir are given")
    if options.target is None or options.tiles is None:
        parser.error("give a TARGET and TILES: the image to show, and the folder of images it is made of")
    return options


def _made(subcommand: Subcommand, options: argparse.Namespace) -> int:
    _check_target(Path(options.target).expanduser(), subcommand)
    return printed(lambda progress: subcommand.run(options, progress), _TITLES, options.quiet)


def _check_target(path: Path, subcommand: Subcommand) -> None:
    if not path.exists():
        raise ConfigError(f"there is no target {path}")
    if path.is_dir():
        raise ConfigError(f"the target {path} is a folder; give the TARGET first, then the TILES")
    is_video = path.suffix.lower() in config.VIDEO_EXTENSIONS
    if is_video and subcommand is not SUBCOMMANDS["video"]:
        raise ConfigError(f"{path} is a video; for a video mosaic write: python -m {PROGRAM} video {path} TILES")


def _described(target: str, error: ImageError) -> str:
    return str(error) if target in str(error) else f"the target {target} cannot be used: {error}"
