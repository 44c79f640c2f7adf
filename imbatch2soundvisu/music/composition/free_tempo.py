"""Timelines on which images last exactly as long as asked, and music with its own tempo on top of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ...core import EXPRESSION, Control, FrameRate, Timeline, Timing, rate_text
from ...core.errors import ConfigError
from ..timeline import build

#: About how long a beat of the grid lasts, in seconds. It is inaudible, and short, so that its ticks are fine.
BEAT_S = 0.5
#: Controller values in a fade.
FADE_STEPS = 16


def default_seconds_per_image(timing: Timing) -> float:
    """Return how long an image lasts: as `timing` says, in seconds."""
    return timing.default_seconds if timing.seconds_per_image is None else timing.seconds_per_image


def exact_timeline(n: int, fps: FrameRate, timing: Timing) -> Timeline:
    """Return the timeline on which `n` images last as long as `timing` asks, to the frame.

    Its beat is the whole number of frames that divides an image and is nearest to BEAT_S. It is inaudible, so
    `timing.beats_per_image` does not count; total and weights count as in `music.timeline.build`.

    Raises
    ------
    ConfigError
        If the timing cannot be met on a grid of frames.
    """
    if timing.total_seconds is not None:
        return build(n, fps, replace(timing, beats_per_image=None), audible_beat=False)
    seconds = default_seconds_per_image(timing)
    if not (math.isfinite(seconds) and seconds * fps >= 0.5):
        raise ConfigError(f"seconds_per_image = {seconds} is shorter than a frame (1/{rate_text(fps)} s)")
    frames, least = max(1, round(seconds * fps)), 1 if timing.weights is None else 2
    counts = [each for each in range(least, frames + 1) if frames % each == 0] or [1]
    beats = min(counts, key=lambda each: abs(math.log(frames / each / (BEAT_S * fps))))
    return build(
        n, fps, replace(timing, seconds_per_image=float(frames / fps), beats_per_image=beats), audible_beat=False
    )


@dataclass(frozen=True)
class Clock:
    """Converts beats of music at `tempo_bpm` to ticks of a timeline with another beat, and back.

    Parameters
    ----------
    timeline : Timeline
    tempo_bpm : float
        Of the music.
    beats_per_bar : int
        Of the music.
    """

    timeline: Timeline
    tempo_bpm: float
    beats_per_bar: int = 4

    @property
    def beats(self) -> float:
        """Beats of the music in the whole timeline."""
        return float(self.timeline.seconds) * self.tempo_bpm / 60

    @property
    def end(self) -> int:
        """The last tick of the timeline."""
        return int(self.timeline.start_ticks[-1])

    def tick(self, beat: float) -> int:
        """Return the tick nearest to a beat of the music (from 0), at most the end."""
        return min(self.end, self.timeline.tick_at(beat * 60 / self.tempo_bpm))

    def beat(self, tick: int) -> float:
        """Return the beat of the music at a tick."""
        return float(self.timeline.seconds_at(tick)) * self.tempo_bpm / 60

    def bar_and_beat(self, tick: int) -> tuple[int, int]:
        """Return the bar and the beat in it, both from 1, at a tick."""
        bar, beat = divmod(math.floor(self.beat(tick) + 1e-9), self.beats_per_bar)
        return bar + 1, beat + 1


def fades(parts: Sequence[int], timeline: Timeline, seconds: float) -> tuple[Control, ...]:
    """Return controllers that fade some parts in at the start and out at the end.

    Parameters
    ----------
    parts : sequence of int
        Indices of the parts.
    timeline : Timeline
    seconds : float
        Length of each fade; at most a third of the timeline.

    Notes
    -----
    General MIDI squares the expression controller, so the amplitude is linear in time.
    """
    end = int(timeline.start_ticks[-1])
    length = min(end // 3, timeline.tick_at(seconds))
    found: dict[tuple[int, int], int] = {}
    for step in range(FADE_STEPS + 1):
        value = round(127 * math.sqrt(step / FADE_STEPS))
        for part in parts:
            found[part, step * length // FADE_STEPS] = value
            found[part, end - 1 - step * length // FADE_STEPS] = value
    ordered = sorted(found.items(), key=lambda item: (item[0][1], item[0][0]))
    return tuple(Control(part, EXPRESSION, value, tick) for (part, tick), value in ordered)
