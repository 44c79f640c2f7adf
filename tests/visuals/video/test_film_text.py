"""Cards, captions, watermark, fades, chapters and poster, read from the decoded film."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from imbatch2soundvisu.core import Audio, ImageRecord, Region, Timeline
from imbatch2soundvisu.core.errors import ConfigError
from imbatch2soundvisu.visuals.video import (
    Captions,
    CrossFade,
    Dressing,
    EndCard,
    Fade,
    KenBurns,
    SlowZoom,
    Tags,
    TitleCard,
    Watermark,
    write_mp4,
    yuv,
)
from imbatch2soundvisu.visuals.video.canvases import Canvas, blended
from imbatch2soundvisu.visuals.video.cards import CardFrame
from imbatch2soundvisu.visuals.video.overlays import overlay

SIZE = (320, 180)
GRID = Timeline(30, 44_100, 5, (2, 2, 2), title_beats=3, end_beats=4)


@pytest.fixture
def records(tmp_path: Path) -> list[ImageRecord]:
    return [plain(tmp_path / f"{level}.png", level) for level in (60, 120, 180)]


def plain(path: Path, level: int) -> ImageRecord:
    Image.new("RGB", SIZE, (level,) * 3).save(path)
    return ImageRecord(path, path.stem, *SIZE, name=path.name)


def decoded(path: Path) -> np.ndarray:
    with av.open(str(path)) as container:
        return np.stack([each.to_ndarray(format="rgb24") for each in container.decode(video=0)])


def film(tmp_path: Path, records: list[ImageRecord], dressing: Dressing, **options) -> np.ndarray:
    write_mp4(tmp_path / "a.mp4", records, GRID, size=SIZE, background=(0, 0, 0), dressing=dressing, **options)
    return decoded(tmp_path / "a.mp4")


def test_cards_are_shown_in_their_time_and_images_in_theirs(records, tmp_path) -> None:
    frames = film(tmp_path, records, Dressing(TitleCard("Ten years"), EndCard("End", background=(250, 0, 0))))
    assert len(frames) == GRID.total_frames == 65
    changes = [i for i in range(1, 65) if (frames[i] != frames[i - 1]).any()]
    assert changes == [15, 25, 35, 45]
    assert frames[0].max() > 240
    assert np.median(frames[0]) < 5
    assert [round(float(frames[i].mean()), -1) for i in (15, 25, 35)] == [60, 120, 180]
    assert frames[50][2, 2, 0] > 240


def test_a_film_without_the_cards_of_its_timeline_shows_its_images_longer(records, tmp_path) -> None:
    frames = film(tmp_path, records, Dressing())
    assert len(frames) == 65
    assert [i for i in range(1, 65) if (frames[i] != frames[i - 1]).any()] == [25, 35]


def test_faces_belong_to_their_images_after_a_title_card(tmp_path) -> None:
    halves = np.zeros((100, 400, 3), np.uint8)
    halves[:, :200, 0], halves[:, 200:, 2] = 220, 220
    Image.fromarray(halves).save(tmp_path / "wide.png")
    record = ImageRecord(tmp_path / "wide.png", "", 400, 100, name="wide.png")
    left, right = (Region(x, 0.3, 0.08, 0.3, label="face") for x in (0.04, 0.88))
    grid = Timeline(30, 44_100, 5, (2, 2), title_beats=3)
    dressing = Dressing(TitleCard("Two"))
    options = {"size": (100, 100), "fit": "smart", "faces": ((left,), (right,)), "dressing": dressing}
    write_mp4(tmp_path / "a.mp4", [record, record], grid, background=(0, 0, 0), **options)
    frames = decoded(tmp_path / "a.mp4").mean(axis=(1, 2))
    assert frames[16][0] > 150 > frames[16][2]
    assert frames[26][2] > 150 > frames[26][0]


def test_a_blurred_card_shows_the_image_beside_it(records, tmp_path) -> None:
    Image.fromarray(np.full((180, 320, 3), (200, 30, 30), np.uint8)).save(records[0].path)
    frames = film(tmp_path, records, Dressing(TitleCard("Red", background="blur")))
    assert frames[0][5, 5, 0] > 2 * frames[0][5, 5, 1]


@pytest.mark.parametrize("motion", [None, SlowZoom(0.3)])
def test_captions_stay_within_the_safe_area_and_change_with_the_images(records, tmp_path, motion) -> None:
    long = "a very long caption " * 20
    dressing = Dressing(captions=Captions(safe_area=(0.1, 0.2)), texts=("short", long, ""))
    frames = film(tmp_path, records, dressing, motion=motion, transition=CrossFade(0.1))
    for at, level in ((5, 60), (30, 120)):
        changed = np.abs(frames[at].astype(int) - level).max(axis=2) > 12
        rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
        assert rows.min() > 90
        assert rows.max() <= 144
        assert columns.min() >= 31
        assert columns.max() <= 288
        assert frames[at].max() > 235
    assert np.ptp(frames[50]) < 10


def test_a_watermark_is_on_all_images_and_not_below_a_caption(records, tmp_path) -> None:
    dressing = Dressing(
        captions=Captions(position="bottom"),
        texts=("one", "two", "three"),
        watermark=Watermark("© Me", "bottom-right", 0.9),
    )
    frames = film(tmp_path, records, dressing).astype(int)
    for at, level in ((5, 60), (30, 120), (50, 180)):
        corner = np.abs(frames[at][150:, 240:] - level).max()
        assert corner > 40
    marked = np.abs(frames[5] - 60).max(axis=2) > 25
    assert marked[:, 260:].any(axis=1).nonzero()[0].min() > marked[:, 140:180].any(axis=1).nonzero()[0].max()


def test_an_image_as_watermark_keeps_its_transparency(records, tmp_path) -> None:
    Image.fromarray(np.uint8([[[255, 0, 0, 255], [0, 0, 0, 0]]]).repeat(40, 0).repeat(40, 1)).save(tmp_path / "m.png")
    mark = Watermark(tmp_path / "m.png", "top-left", opacity=1, size=0.4, safe_area=0.0)
    frames = film(tmp_path, records, Dressing(watermark=mark))
    assert frames[5][10, 10, 0] > 200
    assert abs(int(frames[5][10, 66, 0]) - 60) < 6


def test_fades_are_of_picture_and_sound_and_reach_their_colours(records, tmp_path) -> None:
    samples = np.full((GRID.total_samples, 2), 0.5, np.float32)
    samples *= np.sin(np.arange(len(samples)) * 0.1, dtype=np.float32)[:, None]
    dressing = Dressing(fade_in=Fade(0.5), fade_out=Fade(1.0, "white"))
    path = tmp_path / "a.mp4"
    write_mp4(path, records, GRID, Audio(samples, 44_100), size=SIZE, dressing=dressing)
    levels = decoded(path).mean(axis=(1, 2, 3))
    assert levels[0] < 3
    assert np.all(np.diff(levels[:16]) > -0.5)
    assert 20 < levels[8] < 50
    assert levels[-1] > 250
    with av.open(str(path)) as container:
        sound = np.concatenate([each.to_ndarray()[0] for each in container.decode(audio=0)])
    assert np.abs(sound[:2000]).max() < 0.06
    assert np.abs(sound[40_000:50_000]).max() > 0.4
    assert np.abs(sound[GRID.total_samples - 2000 : GRID.total_samples]).max() < 0.06
    assert np.abs(samples).max() == pytest.approx(0.5, abs=1e-3)  # the music itself is not changed


def test_the_file_has_chapters_comment_and_poster(records, tmp_path) -> None:
    Image.fromarray(np.full((90, 160, 3), (10, 200, 10), np.uint8)).save(tmp_path / "p.jpg")
    tags = Tags("48 images", ((0, "Spring"), (25, "Sömmer")), (tmp_path / "p.jpg").read_bytes())
    film(tmp_path, records, Dressing(), tags=tags, title="Ten years")
    with av.open(str(tmp_path / "a.mp4")) as container:
        found = [(each["metadata"]["title"], float(each["start"] * each["time_base"])) for each in container.chapters()]
        assert found == [("Spring", 0.0), ("Sömmer", pytest.approx(25 / 30, abs=1e-3))]
        assert container.metadata["title"] == "Ten years"
        assert container.metadata["comment"] == "48 images"
        picture = next(container.decode(video=1)).to_ndarray(format="rgb24")
    assert picture.shape == (90, 160, 3)
    assert picture[45, 80, 1] > 180


def test_an_overlay_is_what_blending_in_rgb_gives() -> None:
    rng = np.random.default_rng(0)
    behind = np.full((40, 60, 3), (30, 90, 160), np.uint8)
    picture = np.concatenate([np.full((11, 17, 3), (250, 200, 40)), rng.integers(0, 256, (11, 17, 1))], 2).astype(
        np.uint8
    )
    alpha = picture[..., 3:] / 255
    expected = behind.copy()
    expected[7:18, 5:22] = np.rint(behind[7:18, 5:22] * (1 - alpha) + picture[..., :3] * alpha)
    found = overlay([(picture, (5, 7))], (60, 40)).on(yuv.to_planar(behind))
    assert np.abs(found.astype(int) - yuv.to_planar(expected)).max() <= 2


def test_one_caption_goes_before_the_next_comes_and_the_watermark_stays() -> None:
    size, grey = (60, 40), yuv.to_planar(np.full((40, 60, 3), 60, np.uint8))
    text = np.full((8, 20, 4), 255, np.uint8)

    def canvas(caption: str) -> Canvas:
        mark, words = overlay([(text, (0, 0))], size), overlay([(text, (30, 30))], size, caption)
        return Canvas(grey, size, 0, 10, mark=mark, caption=words)

    def luma(first: str, second: str, position: float) -> tuple[int, int]:
        frame = blended(canvas(first), canvas(second), 5, position, CrossFade(0.4))
        return int(frame[4, 10]), int(frame[34, 40])

    plain, white = int(grey[34, 40]), 235
    assert luma("a", "b", 0.5) == (white, plain)
    for position in (0.25, 0.75):
        assert luma("a", "b", position) == (white, pytest.approx((plain + white) / 2, abs=1))
        assert luma("a", "a", position) == (white, white)


def test_text_that_is_larger_than_the_frame_is_cut_off(tmp_path) -> None:
    card = TitleCard("a long title " * 10, subtitle="and more " * 30, size=0.4)
    drawn = CardFrame(card, plain(tmp_path / "a.png", 60)).drawn((16, 16), (0, 0, 0))
    assert drawn.shape == (16, 16, 3)
    assert drawn.any()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: TitleCard(""), "needs a text"),
        (lambda: TitleCard("a", seconds=0), "0.2 to 60"),
        (lambda: EndCard("a", background="red"), "blur"),
        (lambda: Captions("caption"), "cluster, date, name"),
        (lambda: Captions(position="below"), "bottom"),
        (lambda: Captions(backing="shadow"), "outline"),
        (lambda: Captions(safe_area=0.6), "0.4"),
        (lambda: Watermark("missing.png"), "no such file"),
        (lambda: Watermark("a", opacity=2), "opacity"),
        (lambda: Fade(1, "red"), "white"),
        (lambda: Captions(font="Nonexistent Sans"), "no such font"),
        (lambda: Captions(font=3), "font=3 must be"),
        (lambda: Captions(position=["top"]), "unknown position"),
        (lambda: Captions(colour=None), "red, green, blue"),
        (lambda: Captions(colour=(True, 0, 0)), "red, green, blue"),
        (lambda: Captions("date", date_format=3), "date_format=3"),
        (lambda: Captions(burned_in="no"), "True or False"),
        (lambda: Captions(Captions), "unknown captions"),
        (lambda: Watermark(5), "text or an image file"),
        (lambda: Watermark("a", colour=None), "red, green, blue"),
        (lambda: Watermark(Path(__file__)), "cannot be read as an image"),
        (lambda: Watermark(__file__), "cannot be read as an image"),
        (lambda: Fade(1, None), "red, green, blue"),
        (lambda: CrossFade("slow"), "0 to 60"),
        (lambda: SlowZoom("slow"), "0 to 1"),
        (lambda: KenBurns(speed="slow"), "0.01 to 1"),
    ],
)
def test_what_is_not_possible_is_refused_with_what_is(make, words) -> None:
    with pytest.raises(ConfigError, match=words):
        make()


def test_values_that_compose_are_frozen() -> None:
    assert replace(TitleCard("a"), seconds=5).seconds == 5
