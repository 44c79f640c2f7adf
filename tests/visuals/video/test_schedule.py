"""When each image is shown."""

from __future__ import annotations

from imbatch2soundvisu.core import Timeline
from imbatch2soundvisu.visuals.video import CrossFade
from imbatch2soundvisu.visuals.video.schedule import spans


def test_cross_fades_never_overlap() -> None:
    timeline = Timeline(30, 44_100, 5, (1, 3, 1, 1, 8))
    schedule = spans(timeline, CrossFade(10))
    for span, following in zip(schedule, schedule[1:], strict=False):
        assert span.solo_start <= span.solo_end == following.start <= following.cut <= following.solo_start == span.end
    assert (schedule[0].start, schedule[-1].end) == (0, timeline.total_frames)
