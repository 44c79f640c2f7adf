"""The mapping from features of the images to musical parameters: a table to read, and to change per plan."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ...core.errors import ConfigError, unknown

PALMER = "Palmer, Schloss, Xu & Prado-León, PNAS 110, 2013"
WHITEFORD = "Whiteford, Schloss, Helwig & Palmer, i-Perception 9, 2018"
SPENCE = "Spence, Attention, Perception & Psychophysics 73, 2011"
OWN_CHOICE = "our own choice, not based on a study"
SET_BY_USER = "set in the plan"

#: What a parameter may follow: a feature, "-feature" for the reverse, "a + b" for the mean of two, "value" (what the
#: plan orders by), "jump" (distance from the previous image), a callable of the table, or None for nothing.
FeatureExpression = str | Callable[[Any], Any] | None


@dataclass(frozen=True, slots=True)
class MappingRow:
    """One row of the mapping.

    Parameters
    ----------
    feature : str, callable or None
        What is followed; see `FeatureExpression`.
    low, high : str
        What the music does at the lowest and at the highest level.
    source : str
        The study that the row is based on.
    """

    feature: FeatureExpression
    low: str
    high: str
    source: str

    @property
    def is_set_by_user(self) -> bool:
        """Whether the plan replaced the row of MAPPING."""
        return self.source == SET_BY_USER


#: The default mapping, by musical parameter.
MAPPING: dict[str, MappingRow] = {
    "register": MappingRow("luminance", "the melody lies low", "the melody lies high", f"lighter is higher: {SPENCE}"),
    "mode": MappingRow("luminance", "minor", "major", f"major goes with lighter colours, minor with darker: {PALMER}"),
    "tempo": MappingRow(
        "luminance + saturation", "slow", "quick", f"faster goes with lighter, more saturated: {PALMER}"
    ),
    "timbre": MappingRow("warmth", "cool, airy soloist", "warm, reedy or plucked soloist", OWN_CHOICE),
    "dynamics": MappingRow("saturation", "soft", "loud", f"loud music goes with saturated colours: {WHITEFORD}"),
    "density": MappingRow("edge_density", "few notes", "many notes", OWN_CHOICE),
    "colour": MappingRow(
        "hue", "sevenths (blue)", "ninths (yellow)", f"yellower is happier, bluer is sadder: {PALMER}"
    ),
    "accent": MappingRow("jump", "the accent is soft", "the accent is strong and doubled", OWN_CHOICE),
    "space": MappingRow(
        "-subject_scale", "close and dry", "far, sustained, with reverberation", f"size and distance: {SPENCE}"
    ),
    "tension": MappingRow("value", "plain chords", "sevenths, ninths and borrowed chords", OWN_CHOICE),
}


#: What follows from the order, and is no feature.
OF_SEQUENCE = frozenset({"value", "jump"})


def resolve_mapping(changes: Mapping[str, FeatureExpression] | None) -> dict[str, MappingRow]:
    """Return the default mapping with the changes of a plan.

    Parameters
    ----------
    changes : mapping, optional
        {musical parameter: what it follows}.

    Raises
    ------
    ConfigError
        For an unknown parameter, or for what cannot be followed.

    Examples
    --------
    >>> resolve_mapping({"register": "contrast"})["register"].feature
    'contrast'
    """
    if not isinstance(changes or {}, Mapping):
        raise ConfigError(f"mapping = {changes!r} must be a dict such as {{'register': 'contrast'}}")
    found = dict(MAPPING)
    for parameter, expression in (changes or {}).items():
        if parameter not in MAPPING:
            raise unknown("musical parameter", parameter, MAPPING)
        if not (expression is None or isinstance(expression, str) or callable(expression)):
            raise ConfigError(
                f"mapping[{parameter!r}] = {expression!r} must be a feature's name, a callable of the table, or None"
            )
        row = MAPPING[parameter]
        source = row.source if expression == row.feature else SET_BY_USER
        found[parameter] = MappingRow(expression, row.low, row.high, source)
    return found


def check_features(changes: Mapping[str, FeatureExpression] | None, features: Iterable[str]) -> None:
    """Raise ConfigError if the changes of a plan follow a feature that is not among `features`."""
    known = {*features, *OF_SEQUENCE}
    for expression in (changes or {}).values():
        for name in feature_names(expression):
            if name not in known:
                raise unknown("feature", name, known)


def feature_names(expression: FeatureExpression) -> tuple[str, ...]:
    """Return the names in an expression; () for a callable and for None.

    Examples
    --------
    >>> feature_names("-hue + contrast")
    ('hue', 'contrast')
    """
    if not isinstance(expression, str):
        return ()
    return tuple(each.strip().removeprefix("-") for each in expression.split("+"))
