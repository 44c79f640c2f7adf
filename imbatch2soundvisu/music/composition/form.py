"""The form of a piece: its slots, phrases, their keys and cadences."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...core import Timeline
from ..theory import MAJOR, MINOR, Key

HALF, AUTHENTIC, DECEPTIVE, FINAL = "half", "authentic", "deceptive", "final"
#: How high the mean level of a phrase must rise to turn to the major, and fall to turn to the minor.
TO_MAJOR, TO_MINOR = 0.57, 0.43
#: How much less a boundary of phrases is liked for every image that it lies off the regular place.
OFF_PLACE = 0.2


@dataclass(frozen=True, slots=True)
class Slot:
    """A stretch with one chord: the image it belongs to, its first beat and its length in beats."""

    image: int
    beat: int
    beats: int


@dataclass(frozen=True, slots=True)
class Phrase:
    """Slots (or, where said, images) `first` to `last` (excluded). label : A, A', B ...; the letter is its theme."""

    label: str
    first: int
    last: int
    key: Key
    cadence: str

    @property
    def theme(self) -> str:
        return self.label[0]

    def __len__(self) -> int:
        return self.last - self.first


def cut(timeline: Timeline) -> tuple[Slot, ...]:
    """One slot an image; long images have one every 3 to 5 beats, and a piece of few images one a beat.

    The last image is one slot: it holds the final chord.
    """
    n, slots = len(timeline.beats), []
    for image, (beat, beats) in enumerate(zip(timeline.start_beats[:-1].tolist(), timeline.beats, strict=True)):
        pieces = 1 if beats < 6 else round(beats / 4)
        if n <= 3:
            pieces = min(beats, max(pieces, 2))
        pieces = 1 if image == n - 1 else pieces
        edges = [beat + i * beats // pieces for i in range(pieces + 1)]
        slots += [Slot(image, a, b - a) for a, b in zip(edges[:-1], edges[1:], strict=True)]
    return tuple(slots)


def phrases(
    timeline: Timeline,
    mode_level: np.ndarray,
    jump: np.ndarray,
    tonic: int,
    fixed: str | None,
    sections: tuple[int, ...],
) -> tuple[Phrase, ...]:
    """The phrases, with `first` and `last` counted in images.

    mode_level : (n,) in [0, 1], major above the middle. jump : (n,) in [0, 1]; a phrase likes to begin where images
    change. fixed : a mode for all, or None. sections : images with which a new part of the images begins.
    """
    n = len(timeline.beats)
    edges = [*sections, n] if sections else [0, n]
    inner = [_edges(timeline, jump, a, b) for a, b in itertools.pairwise(edges)]
    spans = [span for each in inner for span in itertools.pairwise(each)]
    labels = _labels(len(spans)) if len(inner) == 1 else _section_labels([len(each) - 1 for each in inner])
    means = [float(mode_level[a:b].mean()) for a, b in spans]
    if len(spans) == 2:
        means = [float(mode_level.mean())] * 2
    modes = [fixed or mode for mode in _modes(means, float(mode_level.mean()))]
    keys: list[Key] = []
    for label, mode in zip(labels, modes, strict=True):
        keys.append(_key(label[0], mode, tonic, keys[-1] if keys else None))
    found = []
    for i, (a, b) in enumerate(spans):
        after = keys[i + 1] if i + 1 < len(keys) else None
        found.append(Phrase(labels[i], a, b, keys[i], _cadence(labels[i], keys[i], after)))
    return tuple(found)


def _edges(timeline: Timeline, jump: np.ndarray, first: int, last: int) -> list[int]:
    """Where the phrases of a section begin, and its end: regular ones, moved a little to where the images jump.

    They begin with a bar where there is one so near, and move each on its own, so that an image has no influence on
    boundaries far from it.
    """
    regular = [
        first,
        *(first + e for e in itertools.accumulate(phrase_sizes(last - first, float(timeline.seconds) / len(jump)))),
    ]
    starts, bar = timeline.start_beats, timeline.beats_per_bar
    moved = [first]
    for edge, after in itertools.pairwise(regular[1:]):
        near = [e for e in range(edge - 2, edge + 3) if e - moved[-1] >= 4 and after - e >= 4]
        on_bar = [e for e in near if (starts[e] - starts[first]) % bar == 0]
        near = on_bar or [e for e in near if (starts[e] - starts[edge]) % bar == 0] or [edge]
        moved.append(max(near, key=lambda e: (float(jump[e]) - OFF_PLACE * abs(e - edge), -abs(e - edge), e)))
    return [*moved, last]


def phrase_sizes(count: int, seconds_each: float) -> list[int]:
    """How many of `count` images are in each phrase, where none jumps: eight, sixteen where they are quick, six where
    they are long; four phrases where eight would make three, two halves of a few.
    """
    if count < 6:
        return [count]
    if 24 <= count < 32:
        return [6 + 2 * (count >= 28), 6 + 2 * (count >= 30), 6, count - 18 - 2 * (count >= 28) - 2 * (count >= 30)]
    if count < 20:
        half = count // 2 - (count // 2 % 2 if count > 7 else 0)
        return [half, count - half]
    usual = 6 if seconds_each >= 3 else 16 if seconds_each < 0.7 and count >= 64 else 8
    sizes, rest = [usual] * (count // usual), count % usual
    if rest >= 4:
        sizes.insert(-1, rest)  # the last phrase, in which the first comes back, is a whole one
    elif rest:
        sizes[-1] += rest
    return sizes


def _labels(count: int) -> list[str]:
    """The form: A A' B A'' and on, with new themes C and D in the next round; the last phrase is always an A."""
    if count in (1, 2, 3):
        return [["A"], ["A", "A'"], ["A", "B", "A'"]][count - 1]
    rounds = (("A", "A'", "B", "A''"), ("C", "A'", "D", "A''"))
    labels = [rounds[i // 4 % 2][i % 4] for i in range(count)]
    if count % 4 == 1:
        labels[-2] = "C" if labels[-3][0] == "B" else "B"
    labels[-1] = "A''"
    return labels


def _section_labels(counts: Sequence[int]) -> list[str]:
    """A theme for each section, A B C D by turns and A at the end: its phrases are X X' X and so on, the last is X'.

    From four phrases they are X X' Y X'' by turns, with the theme of a section that is not its neighbour between.
    """
    labels: list[str] = []
    for i, count in enumerate(counts):
        theme = "A" if i == len(counts) - 1 else "ABCD"[i % 4]
        between = "CDAB"["ABCD".index(theme)]
        turns = (theme, theme + "'", between, theme + "''") if count >= 4 else (theme, theme + "'")
        labels += [*(turns[k % len(turns)] for k in range(count - 1)), theme + "'"]
    return labels


def _modes(means: Sequence[float], whole: float) -> list[str]:
    """The mode of each phrase: that of the whole, unless its own level clearly asks for the other."""
    usual = MAJOR if whole >= 0.5 else MINOR
    return [MAJOR if mean >= TO_MAJOR else MINOR if mean <= TO_MINOR else usual for mean in means]


def _key(theme: str, mode: str, tonic: int, before: Key | None) -> Key:
    """Theme A is at home; the others go to a near key, of the mode that the images ask for."""
    if theme == "A" or before is None:
        return Key(tonic, mode)
    if before.mode != mode:
        return Key((tonic + (9 if mode == MINOR else 3)) % 12, mode)
    away = {"B": 7 if mode == MAJOR else 5, "C": 5 if mode == MAJOR else 7, "D": 2 if mode == MAJOR else 10}
    return Key((tonic + away[theme]) % 12, mode)


def _cadence(label: str, key: Key, after: Key | None) -> str:
    if after is None:
        return FINAL
    if label.endswith("'"):
        return AUTHENTIC if after.tonic != key.tonic else DECEPTIVE
    return HALF
