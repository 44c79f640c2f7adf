"""`python -m imbatch2soundvisu [session.py | folder]`: run plans and say where the results are."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from . import forget_faces
from . import options as command_options
from .stage_commands import STAGES, run_stage

if TYPE_CHECKING:
    from ..config import Settings
    from .session_file import Session
    from .terminal import Terminal


def main(arguments: Sequence[str] | None = None, wait: Callable[[float], object] = time.sleep) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : sequence of str, optional
        Those of the process when None.
    wait : callable
        How `--watch` waits between two looks at the session file, in seconds.

    Returns
    -------
    int
        0: everything was made; 1: something could not be; 2: the session is invalid; 130: stopped.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given and given[0] in STAGES:
        return _reported(lambda: run_stage(given[0], given[1:]))
    if given and given[0] == forget_faces.NAME:
        return _reported(lambda: forget_faces.run(given[1:]))
    if given and given[0] == "mosaic":
        from ..mosaic.command import main as mosaic_main

        return mosaic_main(given[1:])
    options = command_options.parse(given)
    if options.watch:
        from .watch import watched

        return watched(options.session, lambda seen: _guarded(options, seen), wait)
    return _guarded(options)


def _guarded(options: argparse.Namespace, seen: Callable[[Session], None] | None = None) -> int:
    """Run, and report what is wrong in one message. `seen` gets the session when it is loaded."""
    return _reported(lambda: _run(options, seen or (lambda session: None)))


def _reported(run: Callable[[], int]) -> int:
    """Run, and report an error in one message."""
    from ..core.errors import CollectionError, ConfigError, I2SError

    try:
        return run()
    except (ConfigError, CollectionError) as error:
        return _fail(error, 2)
    except I2SError as error:
        return _fail(error, 1)
    except OSError as error:
        return _fail(f"{error.filename or 'input or output'}: {error.strerror or error}", 1)
    except KeyboardInterrupt:
        return _fail("stopped; finished results are in their places, and the next run makes the others", 130)


def _run(options: argparse.Namespace, seen: Callable[[Session], None]) -> int:
    from .text import replace_unencodable

    replace_unencodable(sys.stdout)
    if options.version:
        from .. import __version__

        print(f"{command_options.PROGRAM} {__version__}")
        return 0
    if options.new:
        return _new(options)
    from . import session_file

    with session_file.opened(options.session) as session:
        seen(session)
        if options.list:
            from .listing import listing

            print(listing(session.plans))
            return 0
        return _make(session, options)


def _new(options: argparse.Namespace) -> int:
    from . import session_file
    from .text import plain

    written = plain(session_file.write_starter(options.new, options.images))
    print(f"Wrote {written}. Edit it, then run: python -m {command_options.PROGRAM} {written}")
    return 0


def _make(session: Session, options: argparse.Namespace) -> int:
    from .. import pipeline
    from . import choices
    from .terminal import Terminal

    settings = choices.settings_of(session, options)
    plans = choices.plans_of(session, options, settings)
    with Terminal(verbose=options.verbose, quiet=options.quiet) as terminal:
        if options.dry_run:
            return _foresee(plans, settings, terminal)
        result = pipeline.run(plans, observer=terminal, session=settings)
    terminal.finished(result)
    if options.open:
        _open(result, terminal)
    if options.play:
        _play(result, terminal)
    return result.exit_code


def _foresee(plans: Sequence[Any], settings: Settings, terminal: Terminal) -> int:
    from .dry_run import foreseen

    for line in foreseen(plans, settings, terminal.progress):
        terminal.say(line)
    return 0


def _open(result: Any, terminal: Terminal) -> None:
    """Open the gallery in the browser. Where there is no browser, that is said."""
    import webbrowser

    if not webbrowser.open(result.index.resolve().as_uri()):
        from .text import plain

        terminal.say(f"no browser could be started; open {plain(result.index)} yourself")


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
