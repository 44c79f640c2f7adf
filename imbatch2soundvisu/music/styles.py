"""Every style of music that a plan may wish for, and both of two at once."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from .. import config
from ..core import VOLUME, ImageSequence, Music, Part, Recording, Score, Timeline, Timing
from ..core.errors import ConfigError
from . import durations
from .composition import ClusterProfile, ClusterTheme, Composed, Sonified
from .midi import MELODIC_CHANNELS
from .timeline import build
from .tracks import Track


@dataclass(frozen=True)
class Silent:
    """No music; images last as long as asked, to the frame; in the mean, where some are to last longer."""

    on_any_grid: ClassVar[bool] = True

    def timeline(self, sequence: ImageSequence, fps: int, pace: Timing) -> Timeline:
        """One beat an image, so that nothing is rounded to a tempo; where images are to differ, as many more as that
        takes, so that the whole lasts as long. Raises ConfigError where the frames do not suffice."""
        if pace.beats_per_image is not None:
            return build(len(sequence), fps, pace, heard=False)
        even = _even(len(sequence), fps, pace)
        weights = durations.checked(pace.weights, len(sequence))
        if weights is None:
            return even
        beat = even.frames_per_beat
        while beat > 1 and even.total_frames < 2 * beat * len(sequence):
            beat = next(beat // k for k in range(2, beat + 1) if beat % k == 0)
        if even.total_frames < durations.LEAST_SHARE * beat * len(sequence):
            raise ConfigError(
                f"images of a frame (1/{fps} s) have none to give to weightier ones: let them last longer"
            )
        return replace(even, frames_per_beat=beat, beats=durations.weighed(even.total_frames // beat, weights))

    def compose(self, sequence: ImageSequence, timeline: Timeline, rng: np.random.Generator) -> None:
        """Nothing."""
        return None


def _even(n: int, fps: int, pace: Timing) -> Timeline:
    """The grid without weights: to the frame."""
    if pace.total_seconds is not None:
        return build(n, fps, replace(pace, weights=None), heard=False)
    seconds = config.SECONDS_PER_IMAGE if pace.seconds_per_image is None else pace.seconds_per_image
    return build(n, fps, Timing(seconds, 1), heard=False)


@dataclass(frozen=True)
class Mix:
    """Two styles at once. balance : from 0, only `a`, to 1, only `b`; of equal power, both are at 0.7 in the middle.

    Images and bars are those of `a`; of `b` where only `b` counts in beats of the grid. `ClusterProfile`, `Sonified`,
    `Track` and `Silent` play on any grid, since they keep their own time; other styles are taken to count in beats. So
    music composed for the images keeps its bars, whatever plays along. A recording keeps its beat and its key: a
    `Track` goes with no other, and with no style that counts in beats of the grid.

    The key (b's where `a` has none) and the decisions are those of `a`, with those of `b` under "with". A mix can be
    mixed again, as far as MIDI has channels: 15, of which `Composed` may need 6, `ClusterTheme` 11 (on a tour),
    `ClusterProfile` 4, `Sonified` 3. There is one tempo: a `tempo_bpm` goes to the style whose bars they are.
    """

    a: Music = Composed()
    b: Music = Sonified()
    balance: float = 0.5

    def __post_init__(self) -> None:
        for name, style in (("a", self.a), ("b", self.b)):
            if isinstance(style, type):
                raise ConfigError(f"{name}={style.__name__} is a class; write {style.__name__}()")
            if not (callable(getattr(style, "compose", None)) and callable(getattr(style, "timeline", None))):
                raise ConfigError(f"{name}={style!r} is not a style; there are: {', '.join(STYLES)}")
        if isinstance(self.balance, bool) or not isinstance(self.balance, int | float) or not 0 <= self.balance <= 1:
            raise ConfigError(f"balance={self.balance!r} must be a number from 0 (only a) to 1 (only b)")

    @property
    def on_any_grid(self) -> bool:
        """Whether both styles keep their own time."""
        return all(getattr(style, "on_any_grid", False) for style in (self.a, self.b))

    @property
    def leader(self) -> Music:
        """The style whose grid it is: the first that counts in beats, else `a`."""
        return next((style for style in (self.a, self.b) if not getattr(style, "on_any_grid", False)), self.a)

    @property
    def tempo_bpm(self) -> float | None:
        """The tempo wished for the bars."""
        return getattr(self.leader, "tempo_bpm", None)

    @property
    def most_parts(self) -> int:
        """How many melodic parts both may have together, as far as they say so."""
        return sum(getattr(style, "most_parts", 0) for style in (self.a, self.b))

    def check(self, fps: int, pace: Timing) -> None:
        """Raises ConfigError where one of both refuses, or both do not go together; the pace is the leader's."""
        for style in (self.a, self.b):
            if callable(getattr(style, "check", None)):
                style.check(fps, pace if style is self.leader else Timing())  # type: ignore[attr-defined]
            tempo = None if getattr(style, "on_any_grid", False) else getattr(style, "tempo_bpm", None)
            if tempo is not None and tempo != self.tempo_bpm:
                raise ConfigError(
                    f"tempo_bpm={tempo:g} cannot be kept, for the bars are those of {type(self.leader).__name__}, "
                    "the first of both that counts in them: give the tempo to that one"
                )
        self._check_recordings()
        if self.most_parts > len(MELODIC_CHANNELS):
            raise ConfigError(
                f"these styles may need {self.most_parts} melodic parts together; MIDI has channels for "
                f"{len(MELODIC_CHANNELS)}: leave one of them out"
            )

    def _check_recordings(self) -> None:
        """Raise ConfigError where a recording would play beside music with another beat and key."""
        styles = list(_styles(self))
        tracks = [style for style in styles if isinstance(style, Track)]
        others = tracks[1:] + [style for style in styles if not getattr(style, "on_any_grid", False)]
        if tracks and others:
            raise ConfigError(
                f"a recording keeps its own beat and key, so that {type(others[0]).__name__} beside Track would be two "
                "musics at once: beside a Track go Sonified, ClusterProfile, Silent, or what else counts no beats"
            )

    def state(self, sequence: ImageSequence) -> list[Any]:
        """What both depend on."""
        states = (getattr(style, "state", None) for style in (self.a, self.b))
        return [state(sequence) if callable(state) else None for state in states]

    def timeline(self, sequence: ImageSequence, fps: int, pace: Timing) -> Timeline:
        """The grid of the leader."""
        return self.leader.timeline(sequence, fps, pace)

    def compose(self, sequence: ImageSequence, timeline: Timeline, rng: np.random.Generator) -> Score | None:
        """Both scores in one; `a` draws the same as it would alone. None where both are silent."""
        other = rng.spawn(1)[0]
        angle = self.balance * math.pi / 2
        first = _quieter(self.a.compose(sequence, timeline, rng), math.cos(angle))
        second = _quieter(self.b.compose(sequence, timeline, other), math.sin(angle))
        if first is None or second is None:
            return second if first is None else first
        tempo = second.tempo_bpm if self.leader is not self.a else first.tempo_bpm
        return replace(_joined(first, second, self.balance), tempo_bpm=tempo)


def _styles(music: Music) -> Iterator[Music]:
    """The styles in a mix, mixes within it included."""
    if not isinstance(music, Mix):
        yield music
        return
    for style in (music.a, music.b):
        yield from _styles(style)


def _quieter(score: Score | None, gain: float) -> Score | None:
    """The score at `gain` times its amplitude, [0, 1]."""
    if score is None:
        return None
    return replace(
        score,
        parts=tuple(replace(part, volume=_volume(part.volume, gain)) for part in score.parts),
        controls=tuple(
            replace(each, value=_volume(each.value, gain)) if each.controller == VOLUME else each
            for each in score.controls
        ),
        recordings=tuple(replace(each, gain=each.gain * gain) for each in score.recordings),
    )


def _volume(volume: int, gain: float) -> int:
    """General MIDI squares the volume, (volume / 127)² is the amplitude: RP-003, MIDI Manufacturers Association."""
    return round(volume * math.sqrt(gain))


def _joined(a: Score, b: Score, balance: float) -> Score:
    """Parts, notes, controllers and recordings of both; the rest is a's, with b's decisions beside them."""
    shift = len(a.parts)
    parts: tuple[Part, ...] = a.parts + b.parts
    recordings: tuple[Recording, ...] = a.recordings + b.recordings
    notes = a.notes + tuple(replace(note, part=note.part + shift) for note in b.notes)
    controls = a.controls + tuple(replace(each, part=each.part + shift) for each in b.controls)
    count = max(len(a.decisions), len(b.decisions))
    mine, other = ((*each, *({},) * (count - len(each))) for each in (a.decisions, b.decisions))
    return replace(
        a,
        parts=parts,
        notes=tuple(sorted(notes, key=lambda n: (n.start, n.part, n.pitch))),
        controls=controls,
        recordings=recordings,
        key=a.key or b.key,
        style=f"{a.style} with {b.style}",
        summary=_summary(a, b, balance),
        decisions=tuple(_beside(one, two) for one, two in zip(mine, other, strict=True)),
    )


def _summary(a: Score, b: Score, balance: float) -> str:
    told = f"With {b.style} at {balance:.0%}"
    return f"{a.summary} {told}: {b.summary}".strip() if b.summary else f"{a.summary} {told}.".strip()


def _beside(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """A decision with another under "with", after those that are there already."""
    return {**one, "with": _beside(one["with"], other) if isinstance(one.get("with"), dict) else other}


#: Every style of music by name.
STYLES: dict[str, type] = {
    "ClusterProfile": ClusterProfile,
    "ClusterTheme": ClusterTheme,
    "Composed": Composed,
    "Mix": Mix,
    "Silent": Silent,
    "Sonified": Sonified,
    "Track": Track,
}
