"""`python -m imbatch2soundvisu [session.py]`: run a session and say where the results are."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .terminal import Terminal

_DESCRIPTION = "Order a folder of images, compose music for them, and write GIFs, films, sheets and a gallery."


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line. Returns 0: everything was made; 1: something could not be; 2: the session is invalid."""
    options = _parser().parse_args(arguments)
    from ..core.errors import CollectionError, ConfigError, I2SError

    try:
        return _run(options)
    except (ConfigError, CollectionError) as error:
        return _fail(error, 2)
    except I2SError as error:
        return _fail(error, 1)
    except OSError as error:
        return _fail(f"{error.filename or 'input or output'}: {error.strerror or error}", 1)
    except KeyboardInterrupt:
        return _fail("stopped; what is finished is in its place, and the next run goes on from there", 130)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="imbatch2soundvisu", description=_DESCRIPTION)
    parser.add_argument("session", nargs="?", type=Path, help="a session file; without it, the package's session.py")
    parser.add_argument("--new", metavar="FILE", type=Path, help="write a commented session to start from")
    parser.add_argument(
        "--list", action="store_true", help="print all features, orders, clusterings, styles, outputs ..."
    )
    parser.add_argument("--play", action="store_true", help="play the music of each result; Ctrl-C stops")
    parser.add_argument("--verbose", action="store_true", help="print every image of a sequence with its value")
    return parser


def _run(options: argparse.Namespace) -> int:
    from . import session_file
    from .text import plain, replace_unencodable

    replace_unencodable(sys.stdout)
    if options.new:
        written = plain(session_file.write_starter(options.new))
        print(f"Wrote {written}. Edit it, then run: python -m imbatch2soundvisu {written}")
        return 0
    with session_file.opened(options.session) as session:
        if options.list:
            from .listing import listing

            print(listing(session.plans))
            return 0
        return _make(session, options)


def _make(session: Any, options: argparse.Namespace) -> int:
    from .. import pipeline
    from .terminal import Terminal

    with Terminal(verbose=options.verbose) as terminal:
        result = pipeline.run(session.plans, observer=terminal, session=session.settings)
    terminal.finished(result)
    if options.play:
        _play(result, terminal)
    return result.exit_code


def _play(result: Any, terminal: Terminal) -> None:
    """Play the sound of each result. What cannot be played is reported, and changes nothing else."""
    from ..core.errors import MakeError
    from ..music import playback
    from .text import plain

    try:
        for each in result.results:
            if "wav" in each.files:
                terminal.say(f"playing {plain(each.title)}")
                playback.play_file(each.path("wav"))
    except MakeError as error:
        terminal.say(plain(error))
    except KeyboardInterrupt:
        terminal.say("stopped playing")


def _fail(error: object, code: int) -> int:
    from .text import plain

    print(plain(f"imbatch2soundvisu: {error}", keep="\n"), file=sys.stderr)
    return code
