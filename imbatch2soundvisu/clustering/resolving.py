"""What `clusters=` of a plan may be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..core import Clustering
from ..core.errors import ConfigError, unknown
from .bins import FeatureBins
from .labels import Labelled
from .registry import CLUSTERINGS


def resolve_clustering(value: Any, features: Iterable[str] = ()) -> Clustering:
    """Return the clustering that `value` stands for.

    Parameters
    ----------
    value : str, class, instance, callable or mapping
        A name ("kmeans", "folder", "date"); the name of a feature, for four bins of it; a clustering or its class; a
        function of the table that gives one label a row; or a mapping of image names to labels.
    features : iterable of str
        Names of the features.

    Raises
    ------
    ConfigError
        For anything else, with the choices.

    Examples
    --------
    >>> resolve_clustering("folder")
    ByFolder(depth=1)
    >>> resolve_clustering("luminance", ["luminance", "hue"])
    FeatureBins(feature='luminance', bins=4)
    """
    if isinstance(value, str) and value.strip() not in CLUSTERINGS.without_parameters():
        name, names = value.strip(), set(features)
        if name in names:
            return FeatureBins(name)
        if name not in CLUSTERINGS:
            raise unknown("clustering", value, {*CLUSTERINGS.without_parameters(), *names})
    if isinstance(value, type) and not callable(getattr(value, "cluster", None)):
        raise ConfigError(f"{value.__name__} is no clustering. There are: {', '.join(sorted(CLUSTERINGS))}")
    is_object = isinstance(value, str | type) or callable(getattr(value, "cluster", None))
    if not is_object and (isinstance(value, Mapping) or callable(value)):
        return Labelled(value)
    clustering: Clustering = CLUSTERINGS.resolve(value)
    return clustering
