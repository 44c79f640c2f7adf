"""The form of a piece: its slots, its phrases, their keys and cadences."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...core import Timeline
from ..theory import MAJOR, MINOR, Key
from .phrase_structures import labels_of

#: Cadences; FINAL is the authentic cadence of the last phrase.
HALF, AUTHENTIC, DECEPTIVE, PLAGAL, FINAL = "half", "authentic", "deceptive", "plagal", "final"
#: The mean level of a phrase from which it is in major, and down from which it is in minor, whatever the others are.
TO_MAJOR, TO_MINOR = 0.57, 0.43
#: Cost of a phrase boundary per image away from its regular position, in units of the jump.
OFFSET_COST = 0.2
#: Images that a boundary may move, and the fewest in a phrase beside it.
REACH, SHORTEST = 2, 4


@dataclass(frozen=True, slots=True)
class Slot:
    """Beats of one image with one chord.

    Parameters
    ----------
    image : int
        Index of the image that is shown.
    beat, beats : int
        First beat and length.
    """

    image: int
    beat: int
    beats: int


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase.

    Parameters
    ----------
    label : str
        "A", "A'", "B" ...; the letter names its theme.
    first, last : int
        Slots (from `divide_into_phrases`: images); `last` is excluded.
    key : Key
    cadence : str
        HALF, AUTHENTIC, DECEPTIVE, PLAGAL or FINAL.
    closing : Key, optional
        The key of its final cadence, where that is another: major or minor after a mode without a leading tone.
    """

    label: str
    first: int
    last: int
    key: Key
    cadence: str
    closing: Key | None = None

    @property
    def closing_key(self) -> Key:
        """The key of its last two chords."""
        return self.closing or self.key

    @property
    def theme(self) -> str:
        """The letter of the label."""
        return self.label[0]

    def __len__(self) -> int:
        return self.last - self.first


def make_slots(timeline: Timeline) -> tuple[Slot, ...]:
    """Return the slots of a timeline.

    One per image; one every 3 to 5 beats of an image of 6 beats or more, one per bar where it lasts whole bars of so
    many; at least two per image where there are at most three images. The last image is one slot: it holds the final
    chord.
    """
    slots: list[Slot] = []
    for image, (beat, beats) in enumerate(zip(timeline.start_beats[:-1].tolist(), timeline.beats, strict=True)):
        count = _slots_of_image(image, beats, len(timeline.beats), timeline.beats_per_bar)
        edges = [beat + i * beats // count for i in range(count + 1)]
        slots += [Slot(image, a, b - a) for a, b in itertools.pairwise(edges)]
    return tuple(slots)


def _slots_of_image(image: int, beats: int, images: int, bar: int) -> int:
    if image == images - 1:
        return 1
    in_bars = 3 <= bar <= 5 and beats % bar == 0
    count = 1 if beats < 6 else beats // bar if in_bars else round(beats / 4)
    return min(beats, max(count, 2)) if images <= 3 else count


def divide_into_phrases(
    timeline: Timeline,
    mode_level: np.ndarray,
    jump: np.ndarray,
    tonic: int,
    mode: str | None,
    sections: tuple[int, ...],
    structure: str = "song",
) -> tuple[Phrase, ...]:
    """Return the phrases of a sequence, with `first` and `last` counted in images.

    Parameters
    ----------
    timeline : Timeline
    mode_level : (n,) array
        In [0, 1]; phrases are in major where it is high.
    jump : (n,) array
        In [0, 1]; phrases begin preferably where it is high.
    tonic : int
        Pitch class of the home key.
    mode : str or None
        The mode of all phrases; None to follow `mode_level`.
    sections : tuple of int
        First image of each section; empty for one section.
    structure : str
        A name in `phrase_structures.STRUCTURES`, for one section.
    """
    edges = [*sections, len(timeline.beats)] if sections else [0, len(timeline.beats)]
    inner = [_boundaries(timeline, jump, a, b) for a, b in itertools.pairwise(edges)]
    spans = [span for each in inner for span in itertools.pairwise(each)]
    labels = labels_of(structure, len(spans)) if len(inner) == 1 else _section_labels([len(each) - 1 for each in inner])
    means = [float(mode_level[a:b].mean()) for a, b in spans]
    if len(spans) == 2:
        means = [float(mode_level.mean())] * 2
    modes = [mode or own for own in _modes(means, float(mode_level.mean()))]
    keys: list[Key] = []
    for label, own in zip(labels, modes, strict=True):
        keys.append(_key(label[0], own, tonic, keys[-1] if keys else None))
    cadences = [_cadence(label, key, after) for label, key, after in zip(labels, keys, [*keys[1:], None], strict=True)]
    rows = zip(labels, spans, keys, cadences, strict=True)
    return tuple(Phrase(label, a, b, key, cadence) for label, (a, b), key, cadence in rows)


def _boundaries(timeline: Timeline, jump: np.ndarray, first: int, last: int) -> list[int]:
    """The first image of each phrase of a section, and its end.

    Regular boundaries, moved by up to REACH images to where the images jump, on a bar if one is so near. Each moves
    independently, so that an image has no influence on boundaries far from it.
    """
    seconds_each = float(np.median(timeline.beats)) * 60 / timeline.tempo_bpm
    sizes = phrase_sizes(last - first, seconds_each, _images_per_bar(timeline))
    regular = [first + size for size in itertools.accumulate(sizes)]
    starts, bar = timeline.start_beats, timeline.beats_per_bar
    moved = [first]
    for edge, after in itertools.pairwise(regular):
        window = range(edge - REACH, edge + REACH + 1)
        near = [e for e in window if e - moved[-1] >= SHORTEST and after - e >= SHORTEST]
        on_bar = [e for e in near if (starts[e] - starts[first]) % bar == 0]
        near = on_bar or [e for e in near if (starts[e] - starts[edge]) % bar == 0] or [edge]
        moved.append(max(near, key=lambda e: (float(jump[e]) - OFFSET_COST * abs(e - edge), -abs(e - edge), e)))
    return [*moved, last]


def _images_per_bar(timeline: Timeline) -> int:
    """How many images each bar has; 1 where they differ in length or are longer than a bar."""
    each, bar = timeline.beats[0], timeline.beats_per_bar
    even = all(beats == each for beats in timeline.beats[:-1])
    return bar // each if even and bar % each == 0 else 1


def phrase_sizes(count: int, seconds_each: float, per_bar: int = 1) -> list[int]:
    """Return how many images each regular phrase has.

    Eight; sixteen where images are short, six where they are long; four phrases where eight would make three; two
    halves of fewer than 20 images. Where three images or more make a bar, phrases have two bars, or four if that makes
    at least three phrases.

    Parameters
    ----------
    count : int
        Images of the section.
    seconds_each : float
        How long an image lasts.
    per_bar : int
        Images of a bar.

    Examples
    --------
    >>> phrase_sizes(32, 1.0), phrase_sizes(24, 1.0), phrase_sizes(13, 1.0)
    ([8, 8, 8, 8], [6, 6, 6, 6], [6, 7])
    >>> phrase_sizes(24, 0.5, 4), phrase_sizes(40, 0.5, 3)
    ([8, 8, 8], [12, 12, 16])
    """
    if count < 6:
        return [count]
    if per_bar >= 3 and count >= 4 * per_bar:
        return _in_bars(count, per_bar)
    if 24 <= count < 32:
        return [6 + 2 * (count >= 28), 6 + 2 * (count >= 30), 6, count - 18 - 2 * (count >= 28) - 2 * (count >= 30)]
    if count < 20:
        half = count // 2 - (count // 2 % 2 if count > 7 else 0)
        return [half, count - half]
    usual = 6 if seconds_each >= 3 else 16 if seconds_each < 0.7 and count >= 64 else 8
    sizes, rest = [usual] * (count // usual), count % usual
    if rest >= 4:
        sizes.insert(-1, rest)  # the last phrase, the recapitulation, is a whole one
    elif rest:
        sizes[-1] += rest
    return sizes


def _in_bars(count: int, per_bar: int) -> list[int]:
    """Phrases of two bars, or of four if that makes three; the last one has what remains, if less than half."""
    usual = per_bar * (4 if count >= 12 * per_bar else 2)
    sizes, rest = [usual] * (count // usual), count % usual
    if rest >= max(usual // 2, SHORTEST):
        sizes.insert(-1, rest)
    else:
        sizes[-1] += rest
    return sizes


def _section_labels(counts: Sequence[int]) -> list[str]:
    """Labels of sections of so many phrases: a theme X for each, A B C D in rotation and A at the end.

    The phrases of a section are X X', the last is X'. From four phrases they are X X' Y X'' in rotation, Y being the
    theme of a section that is not adjacent. Where a label would follow itself, the second one is X'', since images with
    the same label in succession are one phrase.

    Examples
    --------
    >>> _section_labels([2, 3, 1]), _section_labels([1, 1])
    (['A', "A'", 'B', "B'", "B''", "A'"], ["A'", "A''"])
    """
    labels: list[str] = []
    for i, count in enumerate(counts):
        theme = "A" if i == len(counts) - 1 else "ABCD"[i % 4]
        between = "CDAB"["ABCD".index(theme)]
        turns = (theme, theme + "'", between, theme + "''") if count >= 4 else (theme, theme + "'")
        labels += [*(turns[k % len(turns)] for k in range(count - 1)), theme + "'"]
    return [after + "'" * (after == before) for before, after in itertools.pairwise(["", *labels])]


def _modes(means: Sequence[float], whole: float) -> list[str]:
    """The mode of each phrase: that of the whole, unless its level is clearly in the other."""
    usual = MAJOR if whole >= 0.5 else MINOR
    return [MAJOR if mean >= TO_MAJOR else MINOR if mean <= TO_MINOR else usual for mean in means]


def _key(theme: str, mode: str, tonic: int, before: Key | None) -> Key:
    """The key of a theme: home for A and in other scales than major and minor, else a closely related key."""
    home = Key(tonic, mode)
    if theme == "A" or before is None or not home.is_tonal:
        return home
    if before.mode != mode:
        return Key((tonic + (9 if mode == MINOR else 3)) % 12, mode)
    interval = {"B": 7 if mode == MAJOR else 5, "C": 5 if mode == MAJOR else 7, "D": 2 if mode == MAJOR else 10}
    return Key((tonic + interval[theme]) % 12, mode)


def _cadence(label: str, key: Key, after: Key | None) -> str:
    """The cadence of a phrase before one in the key `after`, None for the last phrase."""
    if after is None:
        return FINAL
    if label.endswith("'"):
        return AUTHENTIC if after.tonic != key.tonic else DECEPTIVE
    return HALF
