"""The options of the command line. What they need is imported when it is used, so that `--help` answers quickly."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

PROGRAM = "imbatch2soundvisu"
_DESCRIPTION = "Order a folder of images, compose music for them, and write GIFs, films, sheets and a gallery."
_EXAMPLES = """\
examples:
  python -m imbatch2soundvisu ~/Pictures/tulips --draft --open   a first look at your photos, small and fast
  python -m imbatch2soundvisu ~/Pictures/tulips                  the same in full size
  python -m imbatch2soundvisu --new tulips.py ~/Pictures/tulips  write a session to edit
  python -m imbatch2soundvisu tulips.py --dry-run                what it would make, how long, how large
  python -m imbatch2soundvisu tulips.py --watch --draft          make drafts while you edit it
  python -m imbatch2soundvisu tulips.py --only "dark*"           one of its plans
  python -m imbatch2soundvisu tulips.py ~/Pictures/roses         its plans with other images
  python -m imbatch2soundvisu --list                             all features, orders, styles, outputs

stages, each with its own --help:
  index, embed, reduce, cluster, profile, music, video, album
one mosaic: python -m imbatch2soundvisu mosaic TARGET TILES, with its own --help
forget faces: python -m imbatch2soundvisu forget-faces removes them from the cache
  (a folder of such a name is written with a path: ./index)
"""


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Return the options, with `session` and `images`: the two kinds of paths that may be given. Exits for --help."""
    parser = _parser()
    options = parser.parse_args(arguments)
    options.session, options.images = None, None
    for path in options.paths:
        kind = "session" if is_session(path) else "images"
        if getattr(options, kind) is not None:
            parser.error(f"two {'sessions' if kind == 'session' else 'folders of images'} were given; give one")
        setattr(options, kind, path)
    if options.new is not None and options.session is not None:
        parser.error("--new FILE writes a new session; give it without another session")
    return options


def is_session(path: Path) -> bool:
    """Whether a path of the command line is a session, rather than a folder, a video or a list of images."""
    return path.suffix == ".py" and not path.is_dir()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"python -m {PROGRAM}", description=_DESCRIPTION, epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument(
        "paths", metavar="SESSION | FOLDER", nargs="*", type=Path,
        help="a session file (.py), or a folder of images (or a video, or a .txt list) for the plans of session.py; "
        "both: the plans of the session with these images; neither: session.py with its own images",
    )  # fmt: skip
    _add_choices(parser)
    _add_reports(parser)
    return parser


def _add_choices(parser: argparse.ArgumentParser) -> None:
    made = parser.add_argument_group("what is made")
    only = 'only the plans of this name; may be repeated, and have wildcards: "dark*"'
    draft = "a first look: small films of few images, without GIFs and piano rolls, in OUTPUTS-draft"
    dry_run = "say what would be made, from what, how long and how large; write no results"
    watch = "run again whenever the session file changes, and make what changed; Ctrl-C stops"
    made.add_argument("--only", metavar="NAME", action="append", default=[], help=only)
    made.add_argument("--draft", action="store_true", help=draft)
    made.add_argument("--dry-run", action="store_true", help=dry_run)
    made.add_argument("--outputs", metavar="DIR", type=Path, help="where to write; wins over the session")
    made.add_argument("--jobs", metavar="N", type=_count, help="workers that measure; default: one for each core")
    made.add_argument("--watch", action="store_true", help=watch)


def _add_reports(parser: argparse.ArgumentParser) -> None:
    shown = parser.add_argument_group("what is shown")
    shown.add_argument("--open", action="store_true", help="open the gallery in the browser")
    shown.add_argument("--play", action="store_true", help="play the music of each result; Ctrl-C stops")
    volume = shown.add_mutually_exclusive_group()
    volume.add_argument("--verbose", action="store_true", help="show all features, and every image with its value")
    volume.add_argument("--quiet", action="store_true", help="show only what could not be made")
    other = parser.add_argument_group("instead of a run")
    other.add_argument("--new", metavar="FILE", type=Path, help="write a commented session to start from")
    other.add_argument("--list", action="store_true", help="print all features, orders, styles, outputs and plans")
    other.add_argument("--version", action="store_true", help="print the version")


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} must be 1 or more")
    return number
