"""The styles of music by name, silence, and the mix of two styles."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from ..core import VOLUME, FrameRate, ImageSequence, Music, Needs, Part, Recording, Score, Timeline, Timing, rate_text
from ..core.errors import ConfigError
from .composition import ClusterProfile, ClusterTheme, Composed, Sonified
from .style_registry import STYLES
from .tracks import Track

__all__ = ["STYLES", "ClusterProfile", "ClusterTheme", "Composed", "Mix", "Silent", "Sonified", "Track"]


@STYLES.register("silent")
@dataclass(frozen=True)
class Silent:
    """No music; images last exactly as long as asked, on average where some are to last longer."""

    on_any_grid: ClassVar[bool] = True

    def timeline(self, sequence: ImageSequence, fps: FrameRate, timing: Timing) -> Timeline:
        """Return the timeline, with one beat per image, or as many as the weights of the images need.

        Raises
        ------
        ConfigError
            If an image has too few frames to give some to images of a higher weight.
        """
        from . import durations
        from .timeline import build

        if timing.beats_per_image is not None:
            return build(len(sequence), fps, timing, audible_beat=False)
        even = _even_timeline(len(sequence), fps, timing)
        weights = durations.validated_weights(timing.weights, len(sequence))
        if weights is None:
            return even
        beat = _frames_per_beat(even, len(sequence))
        if even.total_frames < durations.LEAST_SHARE * beat * len(sequence):
            raise ConfigError(
                f"images of one frame (1/{rate_text(fps)} s) have none to give to images of a higher weight: let them "
                "last longer"
            )
        return replace(even, frames_per_beat=beat, beats=durations.weighted(even.total_frames // beat, weights))

    def compose(self, sequence: ImageSequence, timeline: Timeline, rng: np.random.Generator) -> None:
        """Return None, which is silence."""
        return None


def _even_timeline(n: int, fps: FrameRate, timing: Timing) -> Timeline:
    """The timeline without weights, exact to the frame."""
    from .composition.free_tempo import default_seconds_per_image
    from .timeline import build

    if timing.total_seconds is not None:
        return build(n, fps, replace(timing, weights=None), audible_beat=False)
    return build(n, fps, Timing(default_seconds_per_image(timing), 1), audible_beat=False)


def _frames_per_beat(even: Timeline, n: int) -> int:
    """The longest beat that divides that of an even timeline and leaves two beats per image."""
    beat = even.frames_per_beat
    while beat > 1 and even.total_frames < 2 * beat * n:
        beat = next(beat // k for k in range(2, beat + 1) if beat % k == 0)
    return beat


@STYLES.register("mix")
@dataclass(frozen=True)
class Mix:
    """Two styles at the same time.

    Parameters
    ----------
    a, b : style
    balance : float
        From 0, only `a`, to 1, only `b`; of equal power, so that both are at 0.7 in the middle.

    Raises
    ------
    ConfigError
        For what is not a style, or a balance out of range.

    Notes
    -----
    The timeline is that of `a`, or of `b` if only `b` counts in beats of the timeline. `ClusterProfile`, `Sonified`,
    `Track` and `Silent` play on any timeline; other styles are taken to count in its beats. A recording keeps its beat
    and its key, so a `Track` cannot be mixed with another or with a style that counts in beats of the timeline.

    The key (that of `b` if `a` has none) and the decisions are those of `a`, with those of `b` under "with". A mix can
    be mixed again, as far as MIDI has channels: 15, of which `Composed` may need 6, `ClusterTheme` 11 (on a tour),
    `ClusterProfile` 4, `Sonified` 3. There is one tempo: `tempo_bpm` belongs to the style whose timeline is used.
    """

    a: Music = Composed()
    b: Music = Sonified()
    balance: float = 0.5

    def __post_init__(self) -> None:
        for name, style in (("a", self.a), ("b", self.b)):
            if isinstance(style, type):
                raise ConfigError(f"{name}={style.__name__} is a class; write {style.__name__}()")
            if not (callable(getattr(style, "compose", None)) and callable(getattr(style, "timeline", None))):
                names = ", ".join(each.__name__ for each in STYLES.values())
                raise ConfigError(f"{name}={style!r} is not a style of music. There are: {names}")
        if isinstance(self.balance, bool) or not isinstance(self.balance, int | float) or not 0 <= self.balance <= 1:
            raise ConfigError(f"balance={self.balance!r} must be a number from 0 (only a) to 1 (only b)")

    @property
    def needs(self) -> Needs:
        """What both styles need."""
        found: Needs = getattr(self.a, "needs", Needs()) | getattr(self.b, "needs", Needs())
        return found

    @property
    def on_any_grid(self) -> bool:
        """Whether both styles play on any timeline."""
        return all(_plays_on_any_grid(style) for style in (self.a, self.b))

    @property
    def leader(self) -> Music:
        """The style whose timeline is used: the first that counts in beats, else `a`."""
        return next((style for style in (self.a, self.b) if not _plays_on_any_grid(style)), self.a)

    @property
    def tempo_bpm(self) -> float | None:
        """The requested tempo of the timeline."""
        return getattr(self.leader, "tempo_bpm", None)

    @property
    def max_parts(self) -> int:
        """The most melodic parts of both together, as far as the styles declare them."""
        return sum(getattr(style, "max_parts", 0) for style in (self.a, self.b))

    def check(self, fps: FrameRate, timing: Timing) -> None:
        """Raise ConfigError if a style refuses the timing of the leader, or both cannot be mixed."""
        from .midi import MELODIC_CHANNELS

        for style in (self.a, self.b):
            if callable(getattr(style, "check", None)):
                style.check(fps, timing if style is self.leader else Timing())  # type: ignore[attr-defined]
            self._check_tempo(style)
        self._check_recordings()
        if self.max_parts > len(MELODIC_CHANNELS):
            raise ConfigError(
                f"these styles may need {self.max_parts} melodic parts together; MIDI has channels for "
                f"{len(MELODIC_CHANNELS)}: leave one of them out"
            )

    def _check_tempo(self, style: Music) -> None:
        tempo = None if _plays_on_any_grid(style) else getattr(style, "tempo_bpm", None)
        if tempo is not None and tempo != self.tempo_bpm:
            raise ConfigError(
                f"tempo_bpm={tempo:g} cannot be met, since the timeline is that of {type(self.leader).__name__}: "
                "give the tempo to that style"
            )

    def _check_recordings(self) -> None:
        styles = list(_styles(self))
        tracks = [style for style in styles if isinstance(style, Track)]
        others = tracks[1:] + [style for style in styles if not _plays_on_any_grid(style)]
        if tracks and others:
            raise ConfigError(
                f"{type(others[0]).__name__} cannot be mixed with Track, since a recording keeps its own beat and key. "
                "With Track go Sonified, ClusterProfile, Silent, and other styles that do not count in beats"
            )

    def state(self, sequence: ImageSequence) -> list[Any]:
        """Return what both styles depend on."""
        states = (getattr(style, "state", None) for style in (self.a, self.b))
        return [state(sequence) if callable(state) else None for state in states]

    def timeline(self, sequence: ImageSequence, fps: FrameRate, timing: Timing) -> Timeline:
        """Return the timeline of the leader."""
        return self.leader.timeline(sequence, fps, timing)

    def compose(self, sequence: ImageSequence, timeline: Timeline, rng: np.random.Generator) -> Score | None:
        """Return both scores in one, that of `a` as it is alone; None if both are silent."""
        other = rng.spawn(1)[0]
        angle = self.balance * math.pi / 2
        first = _with_gain(self.a.compose(sequence, timeline, rng), math.cos(angle))
        second = _with_gain(self.b.compose(sequence, timeline, other), math.sin(angle))
        if first is None or second is None:
            return second if first is None else first
        tempo = second.tempo_bpm if self.leader is not self.a else first.tempo_bpm
        return replace(_joined(first, second, self.balance), tempo_bpm=tempo)


def _plays_on_any_grid(style: Music) -> bool:
    return bool(getattr(style, "on_any_grid", False))


def _styles(music: Music) -> Iterator[Music]:
    """The styles in a mix, mixes within it included."""
    if not isinstance(music, Mix):
        yield music
        return
    for style in (music.a, music.b):
        yield from _styles(style)


def _with_gain(score: Score | None, gain: float) -> Score | None:
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
    """The volume controller at a gain; its amplitude is (volume / 127)²: RP-003, MIDI Manufacturers Association."""
    return round(volume * math.sqrt(gain))


def _joined(a: Score, b: Score, balance: float) -> Score:
    """Parts, notes, controllers and recordings of both; the rest is that of `a`, with the decisions of `b` added."""
    shift = len(a.parts)
    parts: tuple[Part, ...] = a.parts + b.parts
    recordings: tuple[Recording, ...] = a.recordings + b.recordings
    notes = a.notes + tuple(replace(note, part=note.part + shift) for note in b.notes)
    controls = a.controls + tuple(replace(each, part=each.part + shift) for each in b.controls)
    return replace(
        a,
        parts=parts,
        notes=tuple(sorted(notes, key=lambda n: (n.start, n.part, n.pitch))),
        controls=controls,
        recordings=recordings,
        key=a.key or b.key,
        style=f"{a.style} with {b.style}",
        summary=_summary(a, b, balance),
        decisions=_joined_decisions(a, b),
    )


def _joined_decisions(a: Score, b: Score) -> tuple[dict[str, Any], ...]:
    count = max(len(a.decisions), len(b.decisions))
    first, second = ((*each, *({},) * (count - len(each))) for each in (a.decisions, b.decisions))
    return tuple(_with_decision(one, other) for one, other in zip(first, second, strict=True))


def _summary(a: Score, b: Score, balance: float) -> str:
    added = f"With {b.style} at {balance:.0%}"
    return f"{a.summary} {added}: {b.summary}".strip() if b.summary else f"{a.summary} {added}.".strip()


def _with_decision(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """A decision with another under "with", after those that are there already."""
    return {**one, "with": _with_decision(one["with"], other) if isinstance(one.get("with"), dict) else other}


STYLES.add("track", Track)
