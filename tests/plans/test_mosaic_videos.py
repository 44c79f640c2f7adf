"""Video mosaics in a session: made, described, kept, and refused where they are not possible."""

from __future__ import annotations

import json

import av
import jsonschema
import pytest
from PIL import Image

import imbatch2soundvisu as i2s
from imbatch2soundvisu import config
from imbatch2soundvisu.cli import dry_run
from imbatch2soundvisu.core.errors import ConfigError, ImageError
from imbatch2soundvisu.plans import draft_of
from imbatch2soundvisu.report.manifest import schema
from tests.conftest import photo

SETTINGS = config.resolve({}, {})


@pytest.fixture
def video(tmp_path):
    """One second of 64 x 48 pixels, ten frames."""
    path = tmp_path / "surf.mp4"
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for number in range(10):
            pixels = photo(number // 5, 64, 48)
            file.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        file.mux(stream.encode(None))
    return path


def test_a_video_mosaic_is_written_described_and_kept(folder, video):
    plan = i2s.VideoMosaicPlan("surf", video, columns=8, stabilization=0.8)
    run = i2s.run([plan], root=folder)
    (result,) = run.results
    assert not result.problems
    with av.open(str(result.path("mp4"))) as file:
        assert sum(1 for _ in file.decode(video=0)) == 10
    entry = result.entry
    assert entry["summary"].startswith("surf.mp4 of 8 × ")
    assert (entry["video_mosaic"]["frames"], entry["viewers"]["mp4"]) == (10, "video")
    jsonschema.validate(json.loads((result.folder.parent / "run.json").read_text(encoding="utf-8")), schema())
    (again,) = i2s.run([plan], root=folder).results
    assert again.kept
    (other,) = i2s.run([i2s.VideoMosaicPlan("surf", video, columns=8, stabilization=0.5)], root=folder).results
    assert not other.kept


def test_another_mask_of_the_same_name_is_another_video_mosaic(folder, video, tmp_path):
    mask = tmp_path / "mask.png"

    def kept(grey):
        Image.new("L", (64, 48), grey).save(mask)
        (result,) = i2s.run([i2s.VideoMosaicPlan("surf", video, columns=8, mask=str(mask))], root=folder).results
        assert not result.problems
        return result.kept

    assert [kept(255), kept(255), kept(128)] == [False, True, False]


def test_a_part_of_a_video_and_some_of_the_images(folder, video):
    plan = i2s.VideoMosaicPlan("surf", video, columns=6, start=0.3, seconds=0.4, include="image-0[0-4]*")
    (result,) = i2s.run([plan], root=folder).results
    assert result.entry["video_mosaic"]["frames"] == 4
    assert len(result.entry["images"]) == 5


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"target": "nothing.mp4"}, "does not exist"),
        ({"target": 7}, "must be the file of a video"),
        ({"stabilization": 2}, "stabilization=2"),
        ({"start": -1}, "start=-1"),
        ({"max_uses": 3}, "max_uses"),
        ({"tiles": "nowhere/"}, "does not exist"),
        ({"music": "composed"}, "music="),
        ({"cluster": 1}, "clusters="),
        ({"outputs": "mosaic-video"}, "takes a list"),
    ],
)
def test_what_is_not_possible_is_refused_with_the_line_of_the_plan(video, fields, says):
    plan = i2s.VideoMosaicPlan("surf", **{"target": video, **fields})
    with pytest.raises(ConfigError) as caught:
        plan.check(SETTINGS)
    assert says in str(caught.value)
    assert f"{__file__}:" in str(caught.value)


def test_what_is_no_video_is_refused_before_anything_is_measured(folder):
    with pytest.raises((ConfigError, ImageError), match="image-00"):
        i2s.run([i2s.VideoMosaicPlan("surf", folder / "image-00.jpg.txt")], root=folder)
    (folder.parent / "text.mp4").write_text("no video")
    with pytest.raises(ConfigError, match=r"text\.mp4"):
        i2s.run([i2s.VideoMosaicPlan("surf", folder.parent / "text.mp4")], root=folder)


def test_a_dry_run_says_how_long_it_is_and_a_draft_is_short(folder, video):
    settings = config.with_places({"DATA_ROOT": folder}, {"OUTPUTS": "outputs", "CACHE": "cache"})
    plan = i2s.VideoMosaicPlan("surf", video, columns=8)
    line = list(dry_run.foreseen([plan], settings, lambda *_: None))[2]
    assert "video mosaic of surf.mp4, 0:01" in line
    draft = draft_of(plan, settings)
    assert (draft.seconds, draft.declared_at) == (3.0, plan.declared_at)


def test_a_still_mosaic_of_a_video_is_refused_with_the_right_plan(video):
    with pytest.raises(ConfigError, match="use VideoMosaicPlan"):
        i2s.MosaicPlan("surf", video).check(SETTINGS)
