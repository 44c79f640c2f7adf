"""The command: which step, its options, its progress, and one line for what is wrong."""

from __future__ import annotations

import argparse
import inspect
import re
import sys
import typing
from collections.abc import Callable, Sequence
from typing import Any

from ...core.errors import hint
from ...mosaic.command.fields import described, whole
from ...runtime.command_line import fail, printed, reported
from ...runtime.terminal_text import replace_unencodable
from .. import steps

PROGRAM = "imbatch2soundvisu.atlas"
_TITLES = {"discover": "finding images", "tiles": "reading images", "jpeg": "JPEG", "tiff": "TIFF"}
#: Step -> flags of its parameters, the first one shown in messages.
FLAGS: dict[str, dict[str, str]] = {
    "images_to_features": {"images": "-in", "out": "-out", "pca": "-pca", "on": "-on"},
    "features_to_tsne": {"features": "-in", "out": "-out", "jobs": "-jobs", "perplexity": "-perplexity",
                         "seed": "-seed", "header": "-header"},
    "tsne_to_grid": {"points": "-in", "out": "-out", "grid": "-grid", "method": "-method", "features": "-features",
                     "seed": "-seed"},
    "grid_to_image": {"grid": "-in", "images": "-image", "tile": "-tile", "size": "-grid", "out": "-out",
                      "fit": "-fit"},
    "image_to_tiles": {"image": "-in", "tile_size": "-tsize", "out": "-out", "overlap": "-overlap",
                       "format": "-format"},
    "grid_to_tiles": {"grid": "-in", "images": "-image", "tile": "-tile", "out": "-out", "tile_size": "-tsize",
                      "format": "-format"},
    "csv_to_json": {"metadata": "-in", "subjects": "-sub", "images": "-image", "grid": "-grid", "size": "-gsize",
                    "out": "-out"},
}  # fmt: skip
_WHEN_NONE = re.compile(r"(; [^;]+) when None")
_FURTHER = {"-image": ["-im"]}  # as the original of grid_to_image has it
_EPILOG = """\
steps, each with its own --help:
{steps}

  python -m {program} images_to_features -in "images/*.jpg" -pca 256 -out features.npz
  python -m {program} features_to_tsne -in features.npz -out tsne.csv
  python -m {program} tsne_to_grid -in tsne.csv -out grid.csv
  python -m {program} grid_to_image -in grid.csv -tile 128x128 -out matrix.jpg
  python -m {program} image_to_tiles -in matrix.jpg -tsize 254 -out tiles/matrix.dzi

What is measured of images is kept in the folder cache, or CACHE; it can be deleted at any time.
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
        0: the file was written; 1: it could not be; 2: the command line or its input is wrong; 130: stopped.
    """
    replace_unencodable(sys.stdout)
    words = list(sys.argv[1:] if arguments is None else arguments)
    name = words[0].replace("-", "_") if words else ""
    if name not in FLAGS:
        wanted_help = not words or words[0] in ("-h", "--help")
        if not wanted_help:
            return fail(PROGRAM, f"unknown step {words[0]!r}.{hint(name, FLAGS)} Choose from {', '.join(FLAGS)}", 2)
        print(_overview())
        return 0 if words else 2
    step = getattr(steps, name)
    options = vars(_parser(name, step).parse_args(words[1:]))
    quiet = options.pop("quiet")
    return reported(PROGRAM, lambda: printed(lambda progress: step(**options, progress=progress), _TITLES, quiet))


def _overview() -> str:
    listed = "\n".join(f"  {name:20}{_summary(getattr(steps, name))}" for name in FLAGS)
    return f"usage: python -m {PROGRAM} STEP [options]\n\n{_EPILOG.format(program=PROGRAM, steps=listed)}"


def _summary(step: Callable[..., Any]) -> str:
    return (inspect.getdoc(step) or "").splitlines()[0].rstrip(".")


def _parser(name: str, step: Callable[..., Any]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"python -m {PROGRAM} {name}", description=f"{_summary(step)}.", allow_abbrev=False
    )
    texts, hints = described(step), typing.get_type_hints(step)
    parameters = inspect.signature(step).parameters
    for field, flag in FLAGS[name].items():
        several: dict[str, Any] = {"nargs": "+"} if name == "images_to_features" and field == "images" else {}
        parser.add_argument(
            flag, f"-{flag}", *_FURTHER.get(flag, []), dest=field,
            **_option(parameters[field].default, hints[field]), **several,
            help=_help(texts.get(field, ""), parameters[field].default),
        )  # fmt: skip
    parser.add_argument("--quiet", action="store_true", help="say nothing but what is wrong")
    return parser


def _option(default: Any, hint: Any) -> dict[str, Any]:
    """How argparse reads a parameter."""
    required = default is inspect.Parameter.empty
    common: dict[str, Any] = {"required": True} if required else {"default": argparse.SUPPRESS}
    kinds = typing.get_args(hint) or (hint,)
    if bool in kinds:
        return common | {"type": _yes_or_no, "metavar": "yes|no"}
    if int in kinds:
        return common | {"type": whole, "metavar": "N"}
    if float in kinds:
        return common | {"type": float, "metavar": "X"}
    return common | {"metavar": "WxH" if any(typing.get_origin(kind) is tuple for kind in kinds) else "TEXT"}


def _yes_or_no(text: str) -> bool:
    if text.lower() not in ("yes", "no", "1", "0"):
        raise argparse.ArgumentTypeError(f"{text!r} must be yes or no")
    return text.lower() in ("yes", "1")


def _help(text: str, default: Any) -> str:
    shown = {True: "yes", False: "no"}.get(default, default) if isinstance(default, bool) else default
    usual = "" if default in (None, inspect.Parameter.empty) else f" (default: {shown})"
    text = _WHEN_NONE.sub(r"\1 unless given", text.replace("`", ""))  # the shell has no None
    return (text.rstrip(".") + usual).replace("%", "%%")
