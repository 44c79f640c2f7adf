"""The registry of scalar features, and the decorator that adds to it.

A feature is a function from `Pixels`, or from an `ImageRecord`, to a float. It is measured, cached until its code
changes, ordered by, shown and exported like the built-in ones, wherever it is written: here or in a session file.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from ..core import FeatureInfo, Needs
from ..core.errors import ConfigError
from ..core.registry import Registry
from ..runtime.fingerprints import fingerprint

Function = Callable[[Any], float]


@dataclass(frozen=True)
class Feature:
    """A registered feature.

    Attributes
    ----------
    info : FeatureInfo
        Name, unit, range, description and source.
    function : callable
        `(Pixels) -> float` or `(ImageRecord) -> float`, or `(FeatureTable) -> (n,)` for all images; NaN: undefined.
    of : {"pixels", "record", "table"}
        What the function takes.
    module : str
        The module that registered it.
    default : bool
        Whether it is measured in every run, or only when a plan needs it.
    file : str
        The file that the function stands in, for messages.
    needs : Needs
        Of a function of the table: what must be measured before.
    """

    info: FeatureInfo
    function: Function
    of: str
    module: str
    default: bool = True
    file: str = ""
    needs: Needs = Needs()

    @property
    def version(self) -> str:
        """Digest of the code that its values depend on, as it is now: its own and, of pixels, that of `Pixels`."""
        if self.of != "pixels":
            return fingerprint(self.function)
        from .pixels import Pixels

        return fingerprint(self.function, Pixels)


_SUBJECTS = ("tone", "colour", "structure", "subject", "geometry", "hsv")

#: Every feature by its name.
FEATURES: Registry[Feature] = Registry(
    "feature", argument="order=", modules=tuple(f"{__package__}.{each}" for each in _SUBJECTS)
)


def feature(
    *,
    unit: str = "",
    low: float | None = None,
    high: float | None = None,
    circular: bool = False,
    of: str = "pixels",
    source: str = "",
    default: bool = True,
) -> Callable[[Function], Function]:
    """Return a decorator that registers a function as a feature.

    The first line of the function's docstring describes it. A change of its code measures it again.

    Parameters
    ----------
    unit : str
        Unit of the values: "share", "degrees", "bits", ...
    low, high : float, optional
        Ends of their range; None: open.
    circular : bool
        Whether `high` is next to `low`, as with degrees.
    of : {"pixels", "record"}
        What the function takes: `Pixels`, or the `ImageRecord` alone (size, date, name).
    source : str
        The paper or standard of the formula.
    default : bool
        Whether it is measured in every run; False: only when a plan needs it.

    Examples
    --------
    >>> @feature(unit="share", low=0, high=1)  # doctest: +SKIP
    ... def redness(pixels):
    ...     "Mean of the red channel."
    ...     return float(pixels.rgb[..., 0].mean()) / 255
    """
    if of not in ("pixels", "record"):
        raise ConfigError(f"@feature(of={of!r}): a feature is measured of 'pixels' or of the 'record'")

    def register(function: Function) -> Function:
        description = (inspect.getdoc(function) or "").split("\n", 1)[0]
        info = FeatureInfo(function.__name__, unit, low, high, circular, description, source)
        FEATURES.add(info.name, Feature(info, function, of, function.__module__, default, source_file(function)))
        return function

    return register


def add_feature(name: str, values: Callable[[Any], Any]) -> None:
    """Register a function of the table as a feature that is named like any other.

    It is computed after the images are measured, from what was measured, when a plan names it.

    Parameters
    ----------
    name : str
    values : callable
        `(FeatureTable) -> (n,)`, such as `Phrase("a street at night")` or a function. What it needs is its `needs`, a
        `Needs` or names of features; what its values mean is its `info`, a `FeatureInfo`; what a user should see of
        them is what its `notes(table)` returns, one line each.

    Raises
    ------
    ConfigError
        For what is no function, and for the name of a feature of the package.

    Examples
    --------
    >>> from imbatch2soundvisu.core import registry
    >>> def glow(table):
    ...     "Luminance above that of most images."
    ...     return table["luminance"] - np.median(table["luminance"])
    >>> glow.needs = {"luminance"}
    >>> with registry.isolated():
    ...     add_feature("glow", glow)
    ...     FEATURES["glow"].of
    'table'
    """
    if not callable(values):
        raise ConfigError(f"add_feature({name!r}, ...) takes a function of the table, not {values!r}")
    needs, given = getattr(values, "needs", ()), getattr(values, "info", None)
    description = (inspect.getdoc(values) or "").split("\n", 1)[0]
    info = replace(given, name=name) if isinstance(given, FeatureInfo) else FeatureInfo(name, description=description)
    needs = needs if isinstance(needs, Needs) else Needs(frozenset(needs))
    module = str(getattr(values, "__module__", type(values).__module__))
    FEATURES.add(name, Feature(info, values, "table", module, False, source_file(values), needs))


def source_file(function: Callable[..., Any]) -> str:
    """Return the file that a function stands in; "" for what is not written in Python."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    return code.co_filename if code is not None else ""


def default_features() -> dict[str, Feature]:
    """Return the features that are measured in every run, by name."""
    return {name: each for name, each in FEATURES.items() if each.default}


def features_named(names: Iterable[str]) -> dict[str, Feature]:
    """Return the features of these names. Raises ConfigError for an unknown one, with the nearest name."""
    return {name: FEATURES.resolve(name) for name in names}
