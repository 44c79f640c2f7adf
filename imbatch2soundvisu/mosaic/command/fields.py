"""Options of the shell from the fields of dataclasses: names and types from the fields, help from the docstrings."""

from __future__ import annotations

import argparse
import ast
import dataclasses
import inspect
import re
import types
import typing
from collections.abc import Callable, Collection
from typing import Any

from ...core.errors import ConfigError
from ..layout.cells import TILINGS

_ENTRY = re.compile(r"^(\w+(?:, \w+)*) : (.*)$")
_CALL = re.compile(r"\w+\(.*\)", re.DOTALL)
_NAMES = {int: "N", float: "X", str: "NAME"}


def add_fields(parser: Any, kind: type, without: Collection[str] = (), names: dict[str, str] | None = None) -> None:
    """Add an option for each field of a dataclass; one that is not given is no attribute of what is parsed.

    Parameters
    ----------
    parser : argparse.ArgumentParser or group
        Where options are added.
    kind : type
        A dataclass with a numpydoc docstring.
    without : collection of str
        Fields that are no options.
    names : dict, optional
        Further names of options by field: `{"stabilization": "--stabilization-threshold"}`.
    """
    texts, hints = described(kind), typing.get_type_hints(kind)
    for field in dataclasses.fields(kind):
        if field.name in without:
            continue
        flags = [f"--{field.name.replace('_', '-')}", *filter(None, [(names or {}).get(field.name)])]
        parser.add_argument(
            *flags, dest=field.name, default=argparse.SUPPRESS, help=_help(texts.get(field.name, ""), field.default),
            **(_reading(field.name, hints[field.name]) | _choices(kind, field.name)),
        )  # fmt: skip


def _choices(kind: type, name: str) -> dict[str, str]:
    """What is shown for a value whose type is documented as {"a", "b"}."""
    found = re.search(rf"^(?:\w+, )*{name}(?:, \w+)* : \{{(.*)\}}$", inspect.getdoc(kind) or "", re.MULTILINE)
    return {"metavar": "|".join(re.findall(r'"(\w+)"', found[1]))} if found else {}


def described(kind: Any) -> dict[str, str]:
    """Return what a numpydoc docstring says of each parameter.

    Examples
    --------
    >>> from imbatch2soundvisu.mosaic import MosaicOptions
    >>> described(MosaicOptions)["tile"]
    'Width and height of a tile, in pixels of the target.'
    """
    found: dict[str, list[str]] = {}
    current: list[str] = []
    for line in (inspect.getdoc(kind) or "").splitlines():
        if entry := _ENTRY.match(line):
            current = []
            found |= dict.fromkeys(entry[1].split(", "), current)
        elif line.startswith("    "):
            current.append(line.strip())
        elif line:
            current = []
    return {name: " ".join(lines) for name, lines in found.items()}


def given(options: argparse.Namespace, kind: type) -> dict[str, Any]:
    """Return the fields of a dataclass that were given."""
    return {each.name: getattr(options, each.name) for each in dataclasses.fields(kind) if hasattr(options, each.name)}


def _help(text: str, default: Any) -> str:
    unsaid = any(default is each for each in (None, False, dataclasses.MISSING))
    usual = "" if unsaid else f" (default: {_shown(default)})"
    return (text.replace("`", "").rstrip(".") + usual).replace("%", "%%")


def _shown(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _reading(name: str, hint: Any) -> dict[str, Any]:
    """How argparse reads a field of a type."""
    if name == "tiling":
        return {"type": _reported(tiling_of), "metavar": "NAME"}
    if name == "mask":
        return {"metavar": "IMAGE"}
    kinds = [each for each in typing.get_args(hint) if each is not types.NoneType] or [hint]
    if bool in kinds:
        return {"action": argparse.BooleanOptionalAction}
    if any(typing.get_origin(each) is tuple for each in kinds):
        return {"type": pair_of, "metavar": "WxH"}
    kind = next((each for each in (int, float) if each in kinds), str)
    return {"type": whole if kind is int and float not in kinds else kind, "metavar": _NAMES[kind]}


def pair_of(text: str) -> tuple[int, int]:
    """Return width and height from "24x32"."""
    found = re.fullmatch(r"\s*(\d+)\s*[xX×,:]\s*(\d+)\s*", text)
    if not found or "0" in (found[1].lstrip("0") or "0", found[2].lstrip("0") or "0"):
        raise argparse.ArgumentTypeError(f"{text!r} must be a width and a height, such as 24x32")
    return int(found[1]), int(found[2])


def whole(text: str) -> int:
    """Return a whole number from "8", "8.0" or "5_000_000"."""
    try:
        number = float(text)
    except ValueError:
        number = 0.5
    if not number.is_integer():
        raise argparse.ArgumentTypeError(f"{text!r} must be a whole number")
    return int(number)


def tiling_of(text: str) -> Any:
    """Return a tiling by its name, or with its parameters, as it is written in Python.

    Examples
    --------
    >>> tiling_of("grid"), tiling_of("Grid()")
    ('grid', Grid())

    Raises
    ------
    ConfigError
        For an unknown name, or parameters that it does not have.
    """
    if not _CALL.fullmatch(text.strip()):
        TILINGS.resolve(text)
        return text
    try:
        call = typing.cast(ast.Call, ast.parse(text.strip(), mode="eval").body)
        name = typing.cast(ast.Name, call.func).id
        values = [ast.literal_eval(each) for each in call.args]
        keywords = {str(each.arg): ast.literal_eval(each.value) for each in call.keywords}
    except (SyntaxError, ValueError, AttributeError) as error:
        raise ConfigError(f"--tiling {text}: parameters are plain values, such as quadtree(4)") from error
    entries = {each.__name__.lower(): each for each in TILINGS.values() if isinstance(each, type)} | dict(TILINGS)
    kind = entries.get(name.lower()) or TILINGS.resolve(name)
    try:
        return kind(*values, **keywords)
    except TypeError as error:
        raise ConfigError(f"--tiling {text}: {error}") from error


def _reported(read: Callable[[str], Any]) -> Callable[[str], Any]:
    """A reader whose ConfigError is reported by argparse."""

    def reading(text: str) -> Any:
        try:
            return read(text)
        except ConfigError as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    return reading
