"""The exceptions a person may meet. Every message says what arrived, what is allowed and how to mend it.

I2SError
├── ConfigError            the session, a plan or a setting asks for what cannot be: exit code 2, before any work
│   ├── SessionError     the session file itself cannot be read or run
│   ├── MissingExtra     a plan needs packages that are not installed
│   └── NotOursError     a file that this program did not write is in the place of one that it is to write
├── CollectionError      there is nothing to work on: missing folder, no usable images: exit code 2
├── ImageError           one file cannot be used as an image; the run goes on without it
└── MakeError            one piece could not be made; the others are: exit code 1
    └── EngineMissing    no FluidSynth library, or no sound font
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class I2SError(Exception):
    """Root of everything this package raises on purpose."""


class ConfigError(I2SError):
    """What was asked for cannot be granted; nothing has been done yet.

    `where` is the "file:line" of the wish, when it is known.
    """

    def __init__(self, message: str, where: str | None = None) -> None:
        super().__init__(f"{where}: {message}" if where else message)
        self.where = where


class SessionError(ConfigError):
    """The session file cannot be found, raises, or declares no plans."""


class MissingExtra(ConfigError):
    """A wish needs an optional package. The message carries the install line."""

    def __init__(self, package: str, extra: str, wanted_by: str, where: str | None = None) -> None:
        super().__init__(
            f"{wanted_by} needs the package {package!r}, which is not installed. "
            f'Install it with: pip install "imbatch2soundvisu[{extra}]"',
            where,
        )


class NotOursError(ConfigError):
    """A file would be overwritten or removed that this program did not write, or that was changed since."""


class CollectionError(I2SError):
    """There is no collection to work on."""


class ImageError(I2SError):
    """One file cannot be used as an image; the message is the reason, in a few words.

    lasting : whether the same bytes will always fail so; not when the file is gone, memory is short or a limit is set.
    """

    def __init__(self, message: str, lasting: bool = True) -> None:
        super().__init__(message)
        self.lasting = lasting


class MakeError(I2SError):
    """One piece could not be made."""


class UnwritableError(MakeError):
    """Nothing more can be written: the disk is full, or the folder read-only. The run stops."""


class EngineMissing(MakeError):
    """No FluidSynth library or no sound font was found; the message says what to install."""


def unknown(kind: str, name: object, choices: Iterable[str], where: str | None = None) -> ConfigError:
    """The error for a name that is in no registry, with the nearest names first.

    >>> print(unknown("feature", "luminence", ["hue", "luminance"]))
    unknown feature 'luminence'. Did you mean 'luminance'? There are: hue, luminance
    """
    names = sorted(choices)
    near = get_close_matches(str(name), names, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    return ConfigError(f"unknown {kind} {name!r}.{hint} There are: {', '.join(names)}", where)


def words(error: Exception) -> str:
    """What an exception says, in one line; with its name where its text alone would not be understood."""
    text = " ".join(str(getattr(error, "strerror", None) or error).split())[:_LONGEST_WORDS]
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    if not text:
        return f"it stopped with {name}"
    return text if isinstance(error, OSError | ValueError | SyntaxError | EOFError) else f"{name}: {text}"


_LONGEST_WORDS = 200
