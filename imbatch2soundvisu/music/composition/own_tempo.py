"""Images that last exactly as long as asked, and music that counts in beats of its own above them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ... import config
from ...core import EXPRESSION, TICKS_PER_BEAT, Control, Timeline, Timing
from ...core.errors import ConfigError
from ..timeline import build

#: About how long a beat of the grid is, which the music does not hear; short, so that its ticks are fine.
BEAT_S = 0.5
#: Steps of a fade.
STEPS = 16


def timeline(n: int, fps: int, pace: Timing) -> Timeline:
    """The grid on which `n` images last as long as `pace` asks, to the frame; nothing is rounded to a tempo.

    Its beat is the part of an image, in whole frames, that is nearest to half a second. The beats of `pace` are not
    those of this grid, and do not count; its total and its weights are met as `sound.timeline.build` meets them.

    Raises ConfigError for what cannot be met on a grid of frames.
    """
    if pace.total_seconds is not None:
        return build(n, fps, replace(pace, beats_per_image=None), heard=False)
    seconds = config.SECONDS_PER_IMAGE if pace.seconds_per_image is None else pace.seconds_per_image
    if not (math.isfinite(seconds) and seconds * fps >= 0.5):
        raise ConfigError(f"seconds_per_image = {seconds} is shorter than a frame (1/{fps} s)")
    frames, least = max(1, round(seconds * fps)), 1 if pace.weights is None else 2
    counts = [each for each in range(least, frames + 1) if frames % each == 0] or [1]
    beats = min(counts, key=lambda each: abs(math.log(frames / each / (BEAT_S * fps))))
    return build(n, fps, replace(pace, seconds_per_image=frames / fps, beats_per_image=beats), heard=False)


@dataclass(frozen=True)
class Clock:
    """Music of `tempo_bpm` on a grid whose beat is another: its beats, from 0, as ticks of the grid and back."""

    timeline: Timeline
    tempo_bpm: float
    beats_per_bar: int = 4

    @property
    def beats(self) -> float:
        """How many beats of the music the whole lasts."""
        return float(self.timeline.seconds) * self.tempo_bpm / 60

    @property
    def end(self) -> int:
        """The last tick of the grid."""
        return self.timeline.total_beats * TICKS_PER_BEAT

    def tick(self, beat: float) -> int:
        """The tick of the grid nearest to a beat of the music, at most the end."""
        return min(self.end, round(beat * self.timeline.tempo_bpm / self.tempo_bpm * TICKS_PER_BEAT))

    def beat(self, tick: int) -> float:
        """The beat of the music at a tick of the grid."""
        return tick / TICKS_PER_BEAT * self.tempo_bpm / self.timeline.tempo_bpm

    def bar_and_beat(self, tick: int) -> tuple[int, int]:
        """The bar and the beat in it, both from 1, that sound at a tick of the grid."""
        bar, beat = divmod(math.floor(self.beat(tick) + 1e-9), self.beats_per_bar)
        return bar + 1, beat + 1


def fades(parts: Sequence[int], timeline: Timeline, seconds: float) -> tuple[Control, ...]:
    """Expression that rises from silence at the start of the piece and falls back to it at the end, for some parts.

    seconds : of each fade, at most a third of the piece. General MIDI squares the controller: the amplitude is linear.
    """
    end = timeline.total_beats * TICKS_PER_BEAT
    length = min(end // 3, round(seconds * timeline.tempo_bpm / 60 * TICKS_PER_BEAT))
    found: dict[tuple[int, int], int] = {}
    for step in range(STEPS + 1):
        value = round(127 * math.sqrt(step / STEPS))
        for part in parts:
            found[part, step * length // STEPS] = value
            found[part, end - 1 - step * length // STEPS] = value
    ordered = sorted(found.items(), key=lambda item: (item[0][1], item[0][0]))
    return tuple(Control(part, EXPRESSION, value, tick) for (part, tick), value in ordered)
