"""The command: which step, its options, its progress, and one line for what is wrong."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from ...core import Progress
from ...core.errors import ConfigError
from ...core.text import plural
from ...features.faces import Faces
from ...mosaic.command.fields import described, pair_of, whole
from ...runtime.command_line import fail, printed, reported
from ...runtime.terminal_text import replace_unencodable
from ..folder_gif import ORDERS, FolderFilmOptions, folder_film
from ..montage_folder import montage_folder
from ..options import ALIGNMENTS, MontageOptions

PROGRAM = "imbatch2soundvisu.faces"
_TITLES = {"discover": "finding photos", "faces": "aligning faces", "gif": "GIF", "video": "film"}
_OVERVIEW = f"""\
usage: python -m {PROGRAM} STEP [options]

steps, each with its own --help:
  montage   photos of one person as frames in a folder, the eyes always at the same places
  gif       the images of a folder as a GIF or a film

  python -m {PROGRAM} montage --target-face-dir will/ --other-face-dir others/ --photos-dir photos/ \\
      --output-size 800 --savedir montage/ --sort-by-photo-age
  python -m {PROGRAM} gif --photos-dir montage/ --fps 7 --fuzz 3 --order ascending --out will.gif

Remove frames that you do not like from the folder between the two steps.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : sequence of str, optional
        Those of the process when None.

    Returns
    -------
    int
        0: the files were written; 1: they could not be; 2: the command line or its input is wrong; 130: stopped.
    """
    replace_unencodable(sys.stdout)
    words = list(sys.argv[1:] if arguments is None else arguments)
    if not words or words[0] not in STEPS:
        if words and words[0] not in ("-h", "--help"):
            return fail(PROGRAM, f"unknown step {words[0]!r}: choose from {', '.join(STEPS)}", 2)
        print(_OVERVIEW)
        return 0 if words else 2
    parser_of, run = STEPS[words[0]]
    options = parser_of().parse_args(words[1:])
    return reported(PROGRAM, lambda: printed(lambda progress: run(options, progress), _TITLES, options.quiet))


def _parser(name: str, about: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"python -m {PROGRAM} {name}", description=about, allow_abbrev=False)
    parser.add_argument("--quiet", action="store_true", help="say nothing but what is wrong")
    return parser


def _montage_parser() -> argparse.ArgumentParser:
    parser = _parser("montage", "Write photos of one person into a folder, the eyes always at the same places.")
    add, texts = parser.add_argument, described(MontageOptions)
    add("--photos-dir", required=True, metavar="FOLDER", help="the photos that the montage is made of")
    add("--savedir", required=True, metavar="FOLDER", help="where the frames are written")
    person = "photos of the person, alone or as the largest face; without it, the largest face of each photo is used"
    add("--target-face-dir", metavar="FOLDER", help=person)
    add("--other-face-dir", metavar="FOLDER", help="photos of other people, the more the better")
    add("--sort-by-photo-age", action="store_true", help="number the frames by when the photos were taken, not by name")
    add("--output-size", type=_size, default=800, metavar="N", help="side of the frames, or WxH (default: 800)")
    add("--closeness", type=_closeness, default=0.2, metavar="X", help=_help(texts["closeness"], "; as 0.15,0.3"))
    add("--align", choices=ALIGNMENTS, default="eyes", help=_help(texts["align"]))
    add("--border", type=_border, default="cover", metavar="NAME", help=_help(texts["border"], "; a colour as 0,0,0"))
    add("--equalise", action="store_true", help=_help(texts["equalise"]))
    add("--min-sharpness", type=float, default=0.4, metavar="X", help=_help(texts["min_sharpness"], " (default: 0.4)"))
    return parser


def _montage(options: argparse.Namespace, progress: Progress) -> list[str]:
    if options.other_face_dir is not None and options.target_face_dir is None:
        raise ConfigError("--other-face-dir is compared with the person: give --target-face-dir as well")
    for folder in filter(None, (options.photos_dir, options.target_face_dir, options.other_face_dir)):
        if not Path(folder).expanduser().exists():
            raise ConfigError(f"there is no folder {folder}")
    Faces().prepare(progress)
    given = MontageOptions(
        output_size=options.output_size, closeness=options.closeness, align=options.align, border=options.border,
        equalise=options.equalise, min_sharpness=options.min_sharpness,
    )  # fmt: skip
    made = montage_folder(
        options.photos_dir, options.savedir, (options.target_face_dir, options.other_face_dir), given,
        options.sort_by_photo_age, progress=progress,
    )  # fmt: skip
    first, *rest = made.lines
    return [f"Wrote {plural(made.frames, 'frame')} to {made.folder}: {first}", *(f"  {line}" for line in rest)]


def _gif_parser() -> argparse.ArgumentParser:
    parser = _parser("gif", "Write the images of a folder as a GIF or a film without sound.")
    add, texts = parser.add_argument, described(FolderFilmOptions)
    add("--photos-dir", required=True, metavar="FOLDER", help="the images, such as those that montage wrote")
    add("--out", "-o", default="montage.gif", metavar="FILE", help="a .gif or .mp4 (default: montage.gif)")
    add("--fps", type=float, default=7.0, metavar="X", help=_help(texts["fps"], " (default: 7)"))
    add("--fuzz", type=float, default=3.0, metavar="X", help=_help(texts["fuzz"], " (default: 3)"))
    add("--order", choices=ORDERS, default="ascending", help=_help(texts["order"], " (default: ascending)"))
    add("--seed", type=whole, default=0, metavar="N", help=_help(texts["seed"]))
    add("--size", type=pair_of, metavar="WxH", help=_help(texts["size"]))
    add("--max-bytes", type=whole, metavar="N", help=_help(texts["max_bytes"]))
    add("--transition", choices=("cut", "cross-fade"), default="cut", help=_help(texts["transition"]))
    return parser


def _gif(options: argparse.Namespace, progress: Progress) -> list[str]:
    given = {each.name: getattr(options, each.name) for each in fields(FolderFilmOptions)}
    made = folder_film(options.photos_dir, options.out, progress=progress, **given)
    rate = "" if abs(made.fps - options.fps) < 0.01 else f", {made.fps:.3g} a second"
    line = f"Wrote {options.out}: {plural(made.frames, 'frame')}, {made.seconds:.1f} s{rate}, {made.bytes / 1e6:.1f} MB"
    return [line, *(f"  skipped: {each}" for each in made.skipped[:5])]


def _help(text: str, more: str = "") -> str:
    return (text.replace("`", "").rstrip(".") + more).replace("%", "%%")


def _size(text: str) -> int | tuple[int, int]:
    return pair_of(text) if re.search(r"[xX×,:]", text) else whole(text)


def _closeness(text: str) -> Any:
    numbers = [float(each) for each in re.split(r"[,:\s]+", text.strip())]
    return numbers[0] if len(numbers) == 1 else tuple(numbers)


def _border(text: str) -> Any:
    return tuple(int(each) for each in text.split(",")) if "," in text else text


#: The parser of each step, and what it does.
STEPS: dict[str, tuple[Callable[[], argparse.ArgumentParser], Callable[[argparse.Namespace, Progress], list[str]]]] = {
    "montage": (_montage_parser, _montage),
    "gif": (_gif_parser, _gif),
}
