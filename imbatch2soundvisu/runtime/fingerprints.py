"""Digests of code: cached values and results are made anew when the code that made them has changed."""

from __future__ import annotations

import ast
import functools
import hashlib
import inspect
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from types import CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np

#: Attributes of classes that change nothing of what they do; pickle adds the last to classes with slots.
_WITHOUT_EFFECT = (
    "__dict__", "__weakref__", "__doc__", "__module__", "__annotations__", "__firstlineno__", "__slotnames__",
)  # fmt: skip
_LITERALS = (str, bytes, int, float, complex, bool, type(None), range)
_OWN = __name__.partition(".")[0]


def fingerprint(*things: Any) -> str:
    """Return a digest of functions, classes or values, and of all code they use outside of libraries.

    Global names are looked up when this function is called, so helpers may be defined after the function that uses
    them. Comments, layout and docstrings do not change the digest. The code of Python and of installed packages is not
    read; only its names count.

    Parameters
    ----------
    *things : object
        Functions, classes, instances, arrays, or plain values.

    Returns
    -------
    str
        16 hex digits.

    Examples
    --------
    >>> fingerprint(1, "a") == fingerprint(1, "a")
    True
    >>> fingerprint(1) == fingerprint(2)
    False
    """
    digest = hashlib.blake2b(digest_size=8)
    seen: set[int] = set()
    for thing in things:
        _describe(thing, digest.update, seen)
    return digest.hexdigest()


def _describe(thing: Any, update: Callable[[bytes], None], seen: set[int]) -> None:
    if isinstance(thing, _LITERALS):
        update(repr(thing).encode())
        return
    if id(thing) in seen:
        return
    seen.add(id(thing))
    for part in _parts(thing):
        if isinstance(part, bytes):
            update(part)
        else:
            _describe(part, update, seen)


def _parts(thing: Any) -> Iterator[Any]:
    """Yield what determines the behaviour of a thing: bytes, and further things to describe."""
    if isinstance(thing, np.ndarray):
        yield repr(thing.dtype).encode() + repr(thing.shape).encode() + thing.tobytes()
    elif isinstance(thing, dict):
        yield from (each for pair in thing.items() for each in pair)
    elif isinstance(thing, list | tuple):
        yield from thing
    elif isinstance(thing, set | frozenset):
        yield from sorted(thing, key=repr)
    elif isinstance(thing, functools.partial):
        yield from (thing.func, thing.args, thing.keywords)
    elif isinstance(thing, property):
        yield from (thing.fget, thing.fset)
    elif isinstance(thing, functools.cached_property):
        yield thing.func
    elif isinstance(thing, staticmethod | classmethod):
        yield thing.__func__
    elif isinstance(thing, ModuleType):
        yield thing.__name__.encode() if _is_library(thing.__name__) else _module_source(thing)
    elif isinstance(thing, type):
        yield from _parts_of_class(thing)
    elif callable(thing):
        yield from _parts_of_function(inspect.unwrap(thing))
    else:
        yield type(thing).__qualname__.encode()


def _parts_of_class(thing: type) -> Iterator[Any]:
    yield thing.__qualname__.encode()
    if not _is_library(thing.__module__):
        yield from thing.__mro__[1:]
        for name, value in sorted(vars(thing).items()):
            if name not in _WITHOUT_EFFECT:
                yield from (name.encode(), value)


def _parts_of_function(function: Any) -> Iterator[Any]:
    if inspect.ismethod(function):
        yield function.__func__
        return
    if not isinstance(function, FunctionType):
        yield getattr(function, "__qualname__", type(function).__qualname__).encode()
        if not _is_library(type(function).__module__):
            yield from (type(function), getattr(function, "__dict__", {}))
        return
    if _is_library(function.__module__):
        yield function.__qualname__.encode()
        return
    yield _source(function.__code__)
    yield from (function.__defaults__, function.__kwdefaults__)
    closure = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))
    for name in sorted(_names(function.__code__)):
        if name in closure:
            yield from (name.encode(), _content(closure[name]))
        elif name in function.__globals__:
            yield from (name.encode(), function.__globals__[name])


def _content(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # not filled yet
        return None


def _names(code: CodeType) -> set[str]:
    inner = [_names(constant) for constant in code.co_consts if isinstance(constant, CodeType)]
    return set(code.co_names) | set(code.co_freevars) | set().union(*inner)


def _is_library(module: str | None) -> bool:
    """Whether a module belongs to Python or to an installed package other than this one."""
    top = (module or "").partition(".")[0]
    if top == _OWN or not top:
        return False
    file = getattr(sys.modules.get(top), "__file__", None) or ""
    return top in sys.stdlib_module_names or "site-packages" in file or "dist-packages" in file


def _module_source(module: ModuleType) -> bytes:
    try:
        return inspect.getsource(module).encode()
    except (OSError, TypeError):
        return module.__name__.encode()


_parsing = threading.Lock()  # ast.parse of CPython 3.11 is not safe in threads


@functools.lru_cache(maxsize=4096)
def _source(code: CodeType) -> bytes:
    """The syntax tree without comments, decorators and docstrings; the bytecode if the source is missing."""
    try:
        text = textwrap.dedent(inspect.getsource(code))
        with _parsing:
            tree = ast.parse(text)
    except (OSError, TypeError, SyntaxError):
        plain = [constant for constant in code.co_consts if not isinstance(constant, CodeType)]
        return code.co_code + repr((plain, code.co_names)).encode()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            node.decorator_list = []
            if ast.get_docstring(node) is not None:
                node.body = node.body[1:]
    return ast.dump(tree).encode()
