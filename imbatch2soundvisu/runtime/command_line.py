"""What the commands of the shell share: errors in one message, and exit codes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence

from rich.console import Console

from ..core import Progress
from ..core.errors import CollectionError, ConfigError, I2SError, ImageError
from .bars import Bars
from .terminal_text import plain


def reported(program: str, run: Callable[[], int], of_image: Callable[[ImageError], object] = str) -> int:
    """Run a command, and report what is wrong in one message on the standard error.

    Parameters
    ----------
    program : str
        The message begins with it.
    run : callable
        Returns the exit code.
    of_image : callable
        The message for an image that cannot be used.

    Returns
    -------
    int
        What `run` returned; 1: something could not be made; 2: the command line or its input is wrong; 130: stopped.
    """
    try:
        return run()
    except (ConfigError, CollectionError) as error:
        return fail(program, error, 2)
    except ImageError as error:
        return fail(program, of_image(error), 2)
    except I2SError as error:
        return fail(program, error, 1)
    except OSError as error:
        return fail(program, f"{error.filename or 'input or output'}: {error.strerror or error}", 1)
    except KeyboardInterrupt:
        return fail(program, "stopped; nothing was written", 130)


def printed(run: Callable[[Progress], Sequence[str]], titles: Mapping[str, str], quiet: bool) -> int:
    """Run a step with progress bars, print the lines that it returns, and return exit code 0.

    Parameters
    ----------
    run : callable
        `run(progress)` returns what it wrote, one line each.
    titles : mapping of str to str
        Titles of the bars by stage.
    quiet : bool
        Show and print nothing.
    """
    with Bars(Console(stderr=True, highlight=False, emoji=False), titles, quiet) as bars:
        lines = run(bars)
    for line in [] if quiet else lines:
        print(plain(line))
    return 0


def fail(program: str, error: object, code: int) -> int:
    """Print a message and return the exit code."""
    print(plain(f"{program}: {error}", keep="\n"), file=sys.stderr)
    return code
