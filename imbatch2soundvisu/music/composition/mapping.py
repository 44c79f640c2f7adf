"""What in the images steers what in the music: a table to read, change and replace."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ...core.errors import ConfigError, unknown

PALMER = "Palmer, Schloss, Xu & Prado-León, PNAS 110, 2013"
WHITEFORD = "Whiteford, Schloss, Helwig & Palmer, i-Perception 9, 2018"
SPENCE = "Spence, Attention, Perception & Psychophysics 73, 2011"
OWN = "our own choice; no study that we know says so"
WISHED = "as you wished"

#: What a parameter may follow: a feature, "-feature" the other way round, "a + b" the mean of two, "value" (the plan's
#: own driving value), "jump" (how unlike an image is to the one before), a callable of the table, or None.
Wish = str | Callable[[Any], Any] | None


@dataclass(frozen=True, slots=True)
class Link:
    """One row of the mapping.

    feature : what is followed. low, high : what the music does at its lowest and highest. source : what it rests on.
    """

    feature: Wish
    low: str
    high: str
    source: str

    @property
    def is_wished(self) -> bool:
        """Whether a person put it in the place of the row of MAPPING."""
        return self.source == WISHED


#: The default mapping, musical parameter by musical parameter.
MAPPING: dict[str, Link] = {
    "register": Link("luminance", "the tune lies low", "the tune lies high", f"lighter is higher: {SPENCE}"),
    "mode": Link("luminance", "minor", "major", f"major goes with lighter colours, minor with darker: {PALMER}"),
    "tempo": Link("luminance + saturation", "slow", "quick", f"faster goes with lighter, more saturated: {PALMER}"),
    "timbre": Link("warmth", "cool, airy soloist", "warm, reedy or plucked soloist", OWN),
    "dynamics": Link("saturation", "soft", "loud", f"loud music goes with saturated colours: {WHITEFORD}"),
    "density": Link("edge_density", "few notes", "many notes", OWN),
    "colour": Link("hue", "sevenths (blue)", "ninths (yellow)", f"yellower is happier, bluer is sadder: {PALMER}"),
    "accent": Link("jump", "the accent is soft", "the accent is strong and doubled", OWN),
    "space": Link(
        "-subject_scale", "close and dry", "far, sustained, with reverberation", f"size and distance: {SPENCE}"
    ),
    "tension": Link("value", "plain chords", "sevenths, ninths and borrowed chords", OWN),
}


def links(changes: Mapping[str, Wish] | None) -> dict[str, Link]:
    """The mapping with a person's changes: {parameter: what it is to follow}. Raises ConfigError for others."""
    if not isinstance(changes or {}, Mapping):
        raise ConfigError(f"mapping = {changes!r} must be a dict such as {{'register': 'contrast'}}")
    found = dict(MAPPING)
    for parameter, wish in (changes or {}).items():
        if parameter not in MAPPING:
            raise unknown("musical parameter", parameter, MAPPING)
        if not (wish is None or isinstance(wish, str) or callable(wish)):
            raise ConfigError(
                f"mapping[{parameter!r}] = {wish!r} must be a feature's name, a callable of the table, or None"
            )
        row = MAPPING[parameter]
        found[parameter] = Link(wish, row.low, row.high, row.source if wish == row.feature else WISHED)
    return found


def check_names(changes: Mapping[str, Wish] | None, features: Iterable[str]) -> None:
    """Raises ConfigError where a person's wish is to follow a feature that is not among `features`."""
    known = {*features, "value", "jump"}
    for wish in (changes or {}).values():
        for name in names(wish):
            if name not in known:
                raise unknown("feature", name, known)


def names(wish: Wish) -> tuple[str, ...]:
    """What a wish in words follows: "-a + b" follows a and b; () for a callable and for None."""
    return tuple(each.strip().removeprefix("-") for each in wish.split("+")) if isinstance(wish, str) else ()
