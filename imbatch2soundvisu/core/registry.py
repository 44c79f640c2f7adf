"""One class for all that can be plugged in: features, embeddings, orders, clusterings, styles, outputs, plans."""

from __future__ import annotations

import contextlib
import importlib
import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, fields, is_dataclass
from typing import Any, Generic, TypeVar

from .errors import ConfigError, unknown

T = TypeVar("T")

_PACKAGE = __name__.partition(".")[0]
_REGISTRIES: list[Registry[Any]] = []


class Registry(Mapping[str, T], Generic[T]):
    """Entries of one kind by name, and the one way in which names, classes, instances and callables are resolved.

    Parameters
    ----------
    kind : str
        What an entry is called in messages: "order".
    method : str
        The method that makes an object one of this kind: "order". Empty: entries are not resolved, only listed.
    argument : str
        Where a session names an entry, for listings: "order=".
    modules : tuple of str
        Modules that register the built-in entries. They are imported at the first look-up, not before.
    adapt : callable, optional
        Turns a plain callable, or whatever else a session may write, into an instance. Returns None for what it cannot.

    Examples
    --------
    >>> SHAPES = Registry("shape", method="area")
    >>> @SHAPES.register("square")
    ... class Square:
    ...     "A square of side 1."
    ...     def area(self): return 1.0
    >>> SHAPES.resolve("square").area()
    1.0
    >>> SHAPES.describe()
    [('square', 'A square of side 1.')]
    """

    def __init__(
        self,
        kind: str,
        method: str = "",
        argument: str = "",
        modules: tuple[str, ...] = (),
        adapt: Callable[[Any], Any] | None = None,
    ) -> None:
        self.kind, self.method, self.argument, self._modules, self._adapt = kind, method, argument, modules, adapt
        self._entries: dict[str, T] = {}
        _REGISTRIES.append(self)

    def register(self, name: str) -> Callable[[T], T]:
        """Return a decorator that registers a class or function under `name`.

        Raises
        ------
        ConfigError
            If the package itself already has an entry of that name.
        """

        def add(entry: T) -> T:
            self.add(name, entry)
            return entry

        return add

    def add(self, name: str, entry: T) -> None:
        """Register one entry; see `register`. A session may replace its own entries, not those of the package."""
        known = self._entries.get(name)
        if known is not None and _is_builtin(known) and not _is_builtin(entry):
            raise ConfigError(f"the {self.kind} {name!r} is built in; give yours another name")
        self._entries[name] = entry

    def resolve(self, value: Any) -> Any:
        """Return the instance that `value` stands for.

        Parameters
        ----------
        value : str, class, instance or callable
            A registered name, a class without required parameters, an instance, or what `adapt` accepts.

        Raises
        ------
        ConfigError
            For everything else, with the choices.
        """
        if isinstance(value, str):
            return self._named(value.strip())
        if isinstance(value, type):
            return self._instance(value, value.__name__)
        if callable(getattr(value, self.method, None)):
            return value
        adapted = self._adapt(value) if self._adapt is not None else None
        if adapted is not None:
            return adapted
        raise ConfigError(f"{value!r} is no {self.kind}. There are: {', '.join(sorted(self))}")

    def describe(self) -> list[tuple[str, str]]:
        """Return (name, first line of the docstring) of each entry, in the order of registration."""
        return [(name, _summary(entry)) for name, entry in self.items()]

    def without_parameters(self) -> list[str]:
        """Return the names that stand for an instance by themselves, since nothing else has to be given."""
        return [name for name, entry in self.items() if not required_parameters(entry)]

    def __getitem__(self, name: str) -> T:
        self._load()
        return self._entries[name]

    def __iter__(self) -> Iterator[str]:
        self._load()
        return iter(list(self._entries))

    def __len__(self) -> int:
        self._load()
        return len(self._entries)

    def __repr__(self) -> str:
        return f"<Registry of {self.kind}: {', '.join(self)}>"

    def _named(self, name: str) -> Any:
        if name not in self:
            raise unknown(self.kind, name, self)
        entry: Any = self[name]
        return self._instance(entry, name) if isinstance(entry, type) else entry

    def _instance(self, entry: type, name: str) -> Any:
        if missing := required_parameters(entry):
            given = ", ".join(f"{each}=..." for each in missing)
            raise ConfigError(f"the {self.kind} {name!r} needs parameters: write {entry.__name__}({given})")
        return entry()

    def _load(self) -> None:
        while self._modules:
            module, *rest = self._modules
            self._modules = tuple(rest)
            importlib.import_module(module)


@contextlib.contextmanager
def isolated() -> Iterator[None]:
    """Remove, at the end of the block, what was registered in it: one session's entries do not reach the next."""
    for registry in _REGISTRIES:
        registry._load()
    before = [(registry, dict(registry._entries)) for registry in _REGISTRIES]
    try:
        yield
    finally:
        for registry, entries in before:
            registry._entries = entries


def required_parameters(entry: object) -> list[str]:
    """Return the names of the parameters that a dataclass cannot be made without."""
    if not (isinstance(entry, type) and is_dataclass(entry)):
        return []
    return [f.name for f in fields(entry) if f.init and f.default is MISSING and f.default_factory is MISSING]


def _is_builtin(entry: object) -> bool:
    module = getattr(entry, "module", None) or getattr(entry, "__module__", "")
    return str(module).partition(".")[0] == _PACKAGE


def _summary(entry: object) -> str:
    info = getattr(entry, "info", None)
    if info is not None:
        return f"[{info.unit or '-'}] {info.description}"
    return (inspect.getdoc(entry) or "").split("\n", 1)[0]
