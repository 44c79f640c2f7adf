"""What is to be measured of a collection, and the keys under which each value is cached."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ..config import Settings
from ..core import Embedder, FeatureInfo
from ..core.errors import ConfigError, unknown
from ..datasets.images import decoding_code
from ..features import COLUMNS, FEATURES, Feature, Pass
from ..features.passes import pass_columns, pass_name, pass_version, passes_for


@dataclass(frozen=True)
class Request:
    """Features, embeddings and passes to measure, checked; see `request`."""

    features: Mapping[str, Feature]
    embedders: tuple[Embedder, ...]
    passes: tuple[Pass, ...]
    settings: Settings

    @property
    def pixel_features(self) -> dict[str, Feature]:
        """Those that need the small decode."""
        return {name: each for name, each in self.features.items() if each.of == "pixels"}

    @property
    def small_embedders(self) -> dict[str, Embedder]:
        """Those that share the small decode with the features, by name."""
        return {each.name: each for each in self.embedders if not has_stream(each)}

    @property
    def streams(self) -> list[Embedder]:
        """Embeddings that decode images themselves."""
        return [each for each in self.embedders if has_stream(each)]

    @property
    def info(self) -> dict[str, FeatureInfo]:
        """What each column of the table means, in their order."""
        found = {name: each.info for name, each in self.features.items()}
        for each in self.passes:
            found |= pass_columns(each)
        return found

    @property
    def is_fork_safe(self) -> bool:
        """Whether only this package's code works on the small decode; other code may use threads or locks."""
        modules = [each.module for each in self.pixel_features.values()]
        modules += [type(each).__module__ for each in self.small_embedders.values()]
        return all(module.partition(".")[0] == __name__.partition(".")[0] for module in modules)

    def version(self, feature: Feature) -> str:
        """The version of a feature's values in the cache: its code and the settings of decoding."""
        return f"{feature.version}@{settings_key(self.settings)}"

    def vector_key(self, embedder: Embedder) -> str:
        """The key of an embedding's vectors in the cache."""
        return f"{embedder.key}@{settings_key(self.settings)}"

    def pass_key(self, each: Pass) -> str:
        """The key of a pass's results in the cache."""
        return f"pass {pass_name(each)} {pass_version(each)}@{settings_key(self.settings, each.input_size)}"


def request(
    features: Mapping[str, Feature],
    columns: Iterable[str],
    embedders: Sequence[Embedder],
    passes: Sequence[Pass],
    settings: Settings,
) -> Request:
    """Return a checked request.

    Parameters
    ----------
    features : mapping of str to Feature
        Measured in any case.
    columns : iterable of str
        Names of further features, and of columns of passes: these passes run, too. Features of the table are left
        out: they are computed afterwards.
    embedders, passes : sequence
    settings : Settings

    Raises
    ------
    ConfigError
        For an unknown column, or two different embeddings or passes of one name.
    """
    names = list(columns)
    for name in names:
        if name not in COLUMNS and all(name not in pass_columns(each) for each in passes):
            raise unknown("feature", name, COLUMNS)
    chosen = dict(features) | {name: FEATURES[name] for name in names if name in FEATURES}
    chosen = {name: each for name, each in chosen.items() if each.of != "table"}
    given = {column for each in passes for column in pass_columns(each)}
    every = (*passes, *passes_for([name for name in names if name not in given]))
    located = tuple(dict.fromkeys(_located(each, settings) for each in every))
    return Request(chosen, _distinct("embedding", embedders), _distinct("pass", located), settings)


def _located(each: Pass, settings: Settings) -> Pass:
    """The pass with the paths of its model files."""
    locate = getattr(each, "located", None)
    found: Pass = each if locate is None else locate(settings)
    return found


def _distinct(kind: str, things: Sequence[object]) -> tuple:  # type: ignore[type-arg]
    """The things, each once. Raises ConfigError for two different ones of one name."""
    found: dict[str, object] = {}
    for each in things:
        name = pass_name(each) if kind == "pass" else each.name  # type: ignore[arg-type, attr-defined]
        if found.setdefault(name, each) != each:
            raise ConfigError(f"two different {kind}s are named {name!r}; give one another name")
    return tuple(found.values())


def has_stream(embedder: Embedder) -> bool:
    """Whether an embedding decodes images itself, in batches."""
    return callable(getattr(embedder, "stream", None))


def is_cached(embedder: Embedder) -> bool:
    """Whether the cache keeps its vectors; user-supplied ones are matched with the images in every run."""
    return bool(getattr(embedder, "kept", True))


def settings_key(settings: Settings, long_side: int | None | str = "small") -> str:
    """What every measured value depends on besides the image and the code of the feature."""
    side = settings.measure_size if long_side == "small" else long_side
    return f"{side}-{settings.background}-{settings.intact_share}-{decoding_code()}"
