"""The exceptions of this package. Every message says what was found, what is allowed and how to correct it.

I2SError
├── ConfigError          the session, a plan or a setting is invalid: exit code 2, before any work
│   ├── SessionError     the session file cannot be read or run
│   ├── MissingExtra     a plan needs packages that are not installed
│   └── NotOursError     a file that this program did not write is in the place of one that it is to write
├── CollectionError      missing folder, no usable images: exit code 2
├── ImageError           one file cannot be used as an image; the run goes on without it
└── MakeError            one result could not be made; the others are: exit code 1
    ├── UnwritableError  the disk is full or read-only; the run stops
    └── EngineMissing    no FluidSynth library, or no sound font
"""

from __future__ import annotations

import errno
import sys
import sysconfig
import traceback
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path

from .synonyms import meant_by

#: What the system says where a disk or quota is full, where it is read-only, and where one file or folder is protected.
FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
READ_ONLY = (errno.EROFS,)
PROTECTED = (errno.EACCES, errno.EPERM)


class I2SError(Exception):
    """Root of everything this package raises on purpose."""


class ConfigError(I2SError):
    """The session, a plan or a setting is invalid; nothing has been done yet.

    Parameters
    ----------
    message : str
        What is wrong, what is allowed and how to correct it.
    where : str, optional
        "file:line" of the declaration.
    """

    def __init__(self, message: str, where: str | None = None) -> None:
        super().__init__(f"{where}: {message}" if where else message)
        self.where = where


class SessionError(ConfigError):
    """The session file cannot be found, raises, or declares no plans."""


class MissingExtra(ConfigError):
    """A package of an extra is not installed. The message has the command that installs it."""

    def __init__(self, package: str, extra: str, wanted_by: str, where: str | None = None) -> None:
        super().__init__(
            f"{wanted_by} needs the package {package!r}, which is not installed. Install it with: {_installing(extra)}",
            where,
        )


def _installing(extra: str) -> str:
    """The command that installs an extra: of a checkout, with its path and the Python that runs."""
    root = Path(__file__).parents[2]
    if (root / "pyproject.toml").is_file():
        return f'{sys.executable or "python"} -m pip install -e "{root}[{extra}]"'
    return f'pip install "imbatch2soundvisu[{extra}]"'


class NotOursError(ConfigError):
    """A file would be overwritten or removed that this program did not write, or that was changed since."""


class CollectionError(I2SError):
    """The folder, list or video of images cannot be read, or has too few usable images."""


class ImageError(I2SError):
    """One file cannot be used as an image.

    Parameters
    ----------
    message : str
        The reason, in a few words.
    lasting : bool
        Whether the same bytes will always fail; False when the file is missing, memory is short or a limit is set.
    """

    def __init__(self, message: str, lasting: bool = True) -> None:
        super().__init__(message)
        self.lasting = lasting


class MakeError(I2SError):
    """One result could not be made."""


class UnwritableError(MakeError):
    """The disk is full, or the folder read-only. The run stops."""


def unwritable(error: OSError, place: object) -> MakeError:
    """Return the error for what could not be written: for one folder, or UnwritableError where nothing more can be.

    Parameters
    ----------
    error : OSError
        What the system said.
    place : path or str
        Where it was to be written, for errors without a file name.

    Examples
    --------
    >>> print(unwritable(OSError(errno.ENOSPC, "No space left on device"), "outputs/map"))
    outputs/map: No space left on device. Free space there, or set OUTPUTS to another folder, and run again
    """
    said = f"{error.filename or place}: {error.strerror or error}"
    if error.errno in PROTECTED:
        return MakeError(f"{said}. Change its permissions, or move it away, and run again")
    todo = "Free space there, or set" if error.errno in FULL else "Set"
    return UnwritableError(f"{said}. {todo} OUTPUTS to another folder, and run again")


class EngineMissing(MakeError):
    """No FluidSynth library or no sound font was found; the message says what to install."""


def unknown(
    kind: str, name: object, choices: Iterable[str], where: str | None = None, first: Sequence[str] = ()
) -> ConfigError:
    """Return the error for a name that is not among the choices; it suggests the nearest one, and lists `first` first.

    Examples
    --------
    >>> print(unknown("feature", "luminence", ["hue", "luminance"]))
    unknown feature 'luminence'. Did you mean 'luminance'? There are: hue, luminance
    """
    names = [*first, *sorted(set(choices) - set(first))]
    listed = names if len(names) <= _LISTED else [*names[:10], f"... ({len(names):,} in all)"]
    return ConfigError(f"unknown {kind} {name!r}.{hint(name, names)} There are: {', '.join(listed)}", where)


def hint(name: object, choices: Iterable[str]) -> str:
    """Return " Did you mean 'luminance'?" for the choice nearest to a name, or "".

    Examples
    --------
    >>> hint("luminence", ["hue", "luminance"]), hint("xyz", ["hue"])
    (" Did you mean 'luminance'?", '')
    """
    names = sorted(choices)
    meant = meant_by(str(name), names)
    near = [meant] if meant else get_close_matches(str(name), names, n=1)
    return f" Did you mean {near[0]!r}?" if near else ""


def reason_of(error: Exception) -> str:
    """Return the message of an exception in one line, after its class where the message alone may be unclear.

    Examples
    --------
    >>> reason_of(KeyError("width"))
    "KeyError: 'width'"
    >>> reason_of(FileNotFoundError(2, "No such file or directory", "a.jpg"))
    'No such file or directory'
    """
    text = " ".join(str(getattr(error, "strerror", None) or error).split())[:_LONGEST_REASON]
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    if not text:
        return f"it stopped with {name}"
    return text if isinstance(error, OSError | ValueError | SyntaxError | EOFError) else f"{name}: {text}"


_LONGEST_REASON = 200
_LISTED = 200  # choices that a message lists; of more, such as names of images, the first ones


def describe_error(error: BaseException) -> str:
    """Return an error as one line that starts with the line of the user's code it came through, where there is one.

    The user's code is what is neither in this package, nor in the standard library, nor in an installed package.

    Examples
    --------
    >>> describe_error(ConfigError("LIMIT=0 must be above 0"))
    'LIMIT=0 must be above 0'
    """
    text = str(error) if isinstance(error, I2SError) else in_words(error)
    if getattr(error, "where", None):
        return text
    where = user_line(error)
    return f"{where}: {text}" if where else text


def in_words(error: BaseException) -> str:
    """Return an error with its class; for `and`, `or` or `not` between columns of a table, what to write instead.

    Examples
    --------
    >>> in_words(ValueError("The truth value of an array with more than one element is ambiguous. ..."))[:60]
    'columns are compared image by image: write & for "and", | fo'
    """
    if "truth value of an array" in str(error) or "truth value of a Series" in str(error):
        return (
            'columns are compared image by image: write & for "and", | for "or", ~ for "not", and each comparison in '
            "brackets, such as (table['luminance'] > 0.5) & (table['aspect'] > 1); "
            "0.2 < x < 0.8 is (x > 0.2) & (x < 0.8)"
        )
    return f"{type(error).__name__}: {error}"


def user_error(what: str, error: BaseException, where: str | None = None) -> ConfigError:
    """Return the error for a function of the user that raised, with its line.

    Parameters
    ----------
    what : str
        What happened: "where= failed".
    error : BaseException
        What it raised.
    where : str, optional
        "file:line" for an error that came through no line of the user's code.

    Examples
    --------
    >>> print(user_error("captions= failed on a.jpg", KeyError("width")))
    captions= failed on a.jpg: KeyError: 'width'
    """
    return ConfigError(f"{what}: {in_words(error)}", user_line(error) or where)


def user_line(error: BaseException) -> str:
    """Return "file:line" of the innermost line of the user's code that an error came through, or ""."""
    others = (str(Path(__file__).parents[1]), sysconfig.get_path("stdlib"), "<")
    own = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if "site-packages" not in frame.filename and not frame.filename.startswith(others)
    ]
    return f"{own[-1].filename}:{own[-1].lineno}" if own else ""
