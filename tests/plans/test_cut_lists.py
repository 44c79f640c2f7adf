"""Cut lists: opened by other programs, they have the cuts of the film."""

from __future__ import annotations

import csv
import json
from fractions import Fraction
from io import StringIO
from pathlib import Path
from urllib.parse import unquote, urlparse

import numpy as np
import opentimelineio
import pycmx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import imbatch2soundvisu as i2s
from imbatch2soundvisu.core import ImageRecord
from imbatch2soundvisu.core.errors import ConfigError
from imbatch2soundvisu.core.timecode import frame_of, timecode
from imbatch2soundvisu.plans.cut_lists import Event, edl, edl_multiple, otio, reel_names

NTSC = Fraction(30_000, 1001)
RATES = [24, 25, 30, 60, 12, 15, 50, NTSC, Fraction(24_000, 1001), Fraction(60_000, 1001)]


def record(name: str) -> ImageRecord:
    return ImageRecord(Path("/p") / name, "0", 8, 8, name=name)


def cuts(n: int = 6, fade: int = 0) -> list[Event]:
    edges = np.cumsum([0, *(17 + 31 * i for i in range(n))]).tolist()
    return [
        Event(record(f"Ümläut {i} & a long name.jpg"), a, b, fade if i else 0, fade if i < n - 1 else 0)
        for i, (a, b) in enumerate(zip(edges[:-1], edges[1:], strict=True))
    ]


def opened(text: str) -> list[pycmx.Event]:
    return list(pycmx.parse_cmx3600(StringIO(text)).events)


@pytest.mark.parametrize("fps", RATES, ids=str)
@pytest.mark.parametrize("drop", [None, False])
def test_an_edl_has_the_frames_of_the_film(fps, drop):
    found, times = opened(edl("a", cuts(), fps, drop)), edl_multiple(fps)
    assert len(found) == 6
    for event, cut in zip(found, cuts(), strict=True):
        (edit,) = event.edits
        places = [frame_of(each, fps * times) for each in (edit.record_in, edit.record_out)]
        assert places == [times * cut.start, times * cut.end]
        source = [frame_of(each, fps * times) for each in (edit.source_in, edit.source_out)]
        assert source == [0, times * (cut.end - cut.start)]
        assert edit.clip_name == cut.record.label
        assert edit.channels.video


def test_an_edl_has_cross_fades_as_dissolves():
    found, expected = opened(edl("a", cuts(fade=5), 30)), cuts(fade=5)
    assert len(found[0].edits) == 1
    for event, cut in zip(found[1:], expected[1:], strict=True):
        before, after = event.edits
        assert frame_of(after.record_in, 30) + 5 == cut.start
        assert before.record_in == before.record_out == after.record_in
        assert after.transition.dissolve
        assert after.transition.operand == "010"


@pytest.mark.parametrize("fps", RATES, ids=str)
def test_a_timeline_has_the_frames_of_the_film(fps):
    found = opentimelineio.adapters.read_from_string(json.dumps(otio("a", cuts(fade=4), fps, 700)), "otio_json")
    clips = list(found.find_clips())
    for clip, cut in zip(clips, cuts(), strict=True):
        shown = clip.trimmed_range_in_parent()
        assert shown.start_time.rate == pytest.approx(float(fps))
        assert [shown.start_time.value, shown.end_time_exclusive().value] == [cut.start, cut.end]
        available, used = clip.available_range(), clip.source_range
        assert available.start_time <= used.start_time
        assert used.end_time_exclusive() <= available.end_time_exclusive()
        assert unquote(urlparse(clip.media_reference.target_url).path) == str(cut.record.path)
    fades = [each for each in found.tracks[0] if isinstance(each, opentimelineio.schema.Transition)]
    assert [(each.in_offset.value, each.out_offset.value) for each in fades] == [(4, 4)] * 5
    assert found.duration().value == 700  # with a gap for the end card


def test_of_a_plan(folder, tmp_path):
    for path in sorted(folder.iterdir())[4:]:
        path.unlink()
    outputs = [i2s.Film(size=(96, 54), fps=29.97, transition=i2s.CrossFade(0.2)), i2s.Tables(), i2s.Edl(), "otio"]
    plan = i2s.SequencePlan("a", outputs=outputs, total_seconds=5)
    (result,) = plan.make(i2s.measure(i2s.discover(folder)), tmp_path / "a")
    assert not result.problems
    frames = [each["frame"] for each in result.entry["decisions"]]
    with open(result.path("csv"), newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["frame"]) for row in rows] == frames
    assert [frame_of(row["timecode"], NTSC) for row in rows] == frames
    assert [float(row["end_s"]) for row in rows[:-1]] == [float(row["start_s"]) for row in rows[1:]]
    assert float(rows[-1]["end_s"]) == pytest.approx(result.entry["seconds"], abs=1e-5)
    film = opentimelineio.adapters.read_from_file(str(result.path("otio")), "otio_json")
    assert [clip.trimmed_range_in_parent().start_time.value for clip in film.find_clips()] == frames
    assert film.duration().value == result.entry["frames"]
    text = result.path("edl").read_text(encoding="utf-8")
    assert "FCM: DROP FRAME" in text
    starts = [frame_of(event.edits[-1].record_in, NTSC) for event in opened(text)]
    assert [a - b for a, b in zip(frames, starts, strict=True)] == [0, 3, 3, 3]  # 6 frames of cross-fade


@settings(max_examples=200, deadline=None)
@given(frame=st.integers(0, 2_000_000), fps=st.sampled_from(RATES), drop=st.none() | st.just(False))
def test_timecode_and_back(frame, fps, drop):
    assert frame_of(timecode(frame, fps, drop), fps) == frame % (24 * 3600 * round(fps))


def test_drop_frame_timecode_keeps_to_the_clock():
    assert timecode(17_982, NTSC) == "00:10:00;00"  # ten minutes
    assert timecode(107_892, NTSC) == "01:00:00;00"  # an hour
    assert timecode(1799, NTSC) == "00:00:59;29"
    assert timecode(3600, Fraction(60_000, 1001)) == "00:01:00;04"


def test_what_an_edl_cannot_count_is_refused():
    with pytest.raises(ConfigError, match="use Otio"):
        edl("a", cuts(), 100)
    with pytest.raises(ConfigError, match="only at 29.97"):
        edl("a", cuts(), 25, True)
    with pytest.raises(ConfigError, match="drop_frame"):
        i2s.SequencePlan("a", outputs=[i2s.Edl(drop_frame="yes")]).check()


def test_reels_are_different_for_different_files():
    names = [f"holiday picture {i}.jpg" for i in range(300)]
    reels = reel_names(names)
    assert len(set(reels)) == 300
    assert all(len(each) <= 8 and each.isascii() for each in reels)
