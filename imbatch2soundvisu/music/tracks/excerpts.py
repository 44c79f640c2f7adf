"""The excerpts of a track that sound on a timeline: one, or one for every turn of the loop."""

from __future__ import annotations

import math
from itertools import pairwise

from ...core import Excerpt, Timeline
from .analysis import Analysis
from .loops import Loop

#: Longest fade at the end of a track that is cut off, which is a bar where there are beats; and the fade where it
#: starts after its beginning, or ends by itself.
LONGEST_FADE_S, CLICK_S = 3.0, 0.005


def excerpts(analysis: Analysis, loop: Loop, grid: Timeline, looped: bool) -> tuple[Excerpt, ...]:
    """Return what of a track sounds when, crossfaded where excerpts meet and faded at the end.

    Parameters
    ----------
    analysis : Analysis
        Of the track.
    loop : Loop
        As `loops.find_loop` returns it.
    grid : Timeline
        The timeline to fill.
    looped : bool
        Whether the track jumps back.
    """
    rate, total = grid.sample_rate, grid.total_samples
    start, enter, leave = (round(s * rate) for s in (loop.start_s, loop.enter_s, loop.leave_s))
    click = round(CLICK_S * rate)
    fade = min(max(round(loop.fade_s * rate), click) if looped else 0, enter)
    turns = range(leave - start, total - math.ceil(grid.samples_per_frame) + 1, leave - enter) if looped else ()
    edges = [0, *turns, total]  # a remainder of less than a frame is no turn: it is too short for a fade
    found = []
    for k, (first, last) in enumerate(pairwise(edges)):
        source, lead = (start, 0) if k == 0 else (enter, min(fade, first))
        length = last - first + lead
        fade_in = lead if k else min(click, total // 8) if start else 0
        fade_out = _last_fade(analysis, loop, grid, length, looped) if last == total else fade
        found.append(Excerpt(source - lead, first - lead, length, fade_in, fade_out))
    return tuple(found)


def _last_fade(analysis: Analysis, loop: Loop, grid: Timeline, length: int, looped: bool) -> int:
    """Samples of the fade at the end: a bar; where the track ends by itself, as long as what is missing of it."""
    rate, missing_s = grid.sample_rate, loop.straight_s - float(grid.seconds)
    if not looped and not analysis.truncated and missing_s < 0.5:
        return min(round(max(missing_s, CLICK_S) * rate), length // 4)
    bar = analysis.beats_per_bar * 60 / analysis.tempo_bpm if analysis.has_beat else LONGEST_FADE_S
    return min(round(min(bar, LONGEST_FADE_S) * rate), length // 2, grid.total_samples // 4)
