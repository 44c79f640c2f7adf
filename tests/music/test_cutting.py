"""`cutting=`: the weights of a sequence, and the durations in the film."""

from __future__ import annotations

import json
from pathlib import Path

import av
import numpy as np
import pytest

from imbatch2soundvisu import Film, SequencePlan, run
from imbatch2soundvisu.core import Criterion, FeatureInfo, FeatureTable, ImageRecord, ImageSequence, Timing
from imbatch2soundvisu.core.errors import ConfigError
from imbatch2soundvisu.music import cutting
from imbatch2soundvisu.music.styles import Composed, Silent

SMALL = {"outputs": [Film(size=(64, 36), fps=12)]}
NAN = float("nan")


def sequence(n: int, columns: dict | None = None, look: np.ndarray | None = None, sections: tuple[int, ...] = ()):
    records = tuple(ImageRecord(Path(f"{i}.png"), f"{i:032x}", 8, 8, name=f"{i}.png") for i in range(n))
    table = FeatureTable(records, columns or {}, {} if look is None else {"look": look})
    nothing = Criterion("look", 1, 2, 1, 0.1, 0.2)
    return ImageSequence("s", table, np.arange(float(n)), FeatureInfo("x"), nothing, sections=sections)


def test_even_has_no_weights() -> None:
    assert cutting.weights("even", sequence(5)) is None


def test_a_feature_weighs_by_its_rank_and_minus_turns_it() -> None:
    shown = sequence(5, {"luminance": np.array([0.1, 900.0, 0.2, NAN, 0.3])})
    found = np.array(cutting.weights("luminance", shown))
    assert np.argsort(found[[0, 2, 4, 1]]).tolist() == [0, 1, 2, 3]
    assert np.isnan(found[3])
    assert found[[0, 1]].tolist() == [1 / cutting.WEIGHT_RANGE, cutting.WEIGHT_RANGE]
    turned = np.array(cutting.weights("-luminance", shown))
    assert turned[[1, 4, 2, 0]].tolist() == pytest.approx(found[[0, 2, 4, 1]].tolist())
    alike = cutting.weights("luminance", sequence(4, {"luminance": np.full(4, 0.3)}))
    assert set(alike or ()) == {1.0}


def test_images_that_stand_out_are_colourful_or_unlike_their_neighbours() -> None:
    n = 9
    look = np.zeros((n, 3), np.float32)
    look[:, 0] = 1
    look[3] = (0, 1, 0)
    columns = {name: np.zeros(n) for name in cutting.SALIENT_FEATURES}
    odd = np.array(cutting.weights("weight", sequence(n, columns, look)))
    assert odd.argmax() == 3
    columns["colourfulness"] = np.where(np.arange(n) == 6, 80.0, 10.0)
    both = np.array(cutting.weights("weight", sequence(n, columns, look)))
    assert set(np.argsort(both)[-2:]) == {3, 6}
    without = np.array(cutting.weights("weight", sequence(n, columns)))
    assert without.argmax() == 6
    with pytest.raises(ConfigError, match="look"):
        cutting.weights("weight", sequence(n))


def test_the_edges_of_sections_last_longer() -> None:
    tour = np.array(cutting.weights("section", sequence(12, sections=(0, 5, 9))))
    assert np.flatnonzero(tour == cutting.EDGE_WEIGHT).tolist() == [0, 4, 5, 8, 9, 11]
    phrases = np.array(cutting.weights("section", sequence(17)))
    assert np.flatnonzero(phrases == cutting.EDGE_WEIGHT).tolist() == [0, 7, 8, 16]


def test_a_callable_gives_weights_and_invalid_ones_are_refused() -> None:
    shown = sequence(3)
    assert cutting.weights(lambda s: s.values, shown) == (0.0, 1.0, 2.0)
    for parameter, message in (
        (lambda s: s.values[:2], "3 weights"),
        (lambda s: s.values - 1, "from 0"),
        (lambda s: ["a", "b", "c"], "failed"),
        (lambda s: s.nothing, "AttributeError"),
    ):
        with pytest.raises(ConfigError, match=message):
            cutting.weights(parameter, shown)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"cutting": "wieght"}, "Did you mean 'weight'"),
        ({"cutting": "-luminence"}, "There are: .*luminance"),
        ({"cutting": 3}, "must be a name"),
        ({"cutting": "weight", "beats_per_image": 1}, "no beat to give"),
        ({"seconds_per_image": 1, "total_seconds": 60}, "give one of them"),
        ({"seconds_per_image": 1, "beats_per_image": 2, "music": Composed(tempo_bpm=90)}, "make 120 beats"),
        ({"total_seconds": 60, "beats_per_image": 2, "music": Composed(tempo_bpm=90)}, "one of the three"),
        ({"limit": 6, "total_seconds": 240, "beats_per_image": 1}, "make 1.5 beats per minute; music needs 20"),
        ({"limit": None, "seconds_per_image": 4, "beats_per_image": 1}, "make 15 beats"),
        ({"beats_per_image": 0}, "whole number"),
        ({"beats_per_image": 1.5}, "whole number"),
        ({"beats_per_image": True}, "whole number"),
        ({"total_seconds": "60"}, "number of seconds"),
        ({"total_seconds": NAN}, "number of seconds"),
        ({"seconds_per_image": -1}, "number of seconds"),
    ],
)
def test_contradictory_timings_are_refused_before_any_work(parameters: dict, message: str) -> None:
    with pytest.raises(ConfigError, match=message) as refused:
        SequencePlan("a", **parameters).check()
    assert refused.value.where


@pytest.mark.parametrize(
    "parameters",
    [
        {}, {"seconds_per_image": None}, {"beats_per_image": 2}, {"total_seconds": 60},
        {"beats_per_image": 2, "seconds_per_image": 1}, {"beats_per_image": 4, "total_seconds": 60},
        {"beats_per_image": 1, "total_seconds": 240, "limit": None},  # how many images there are is not known yet
        {"beats_per_image": 1, "total_seconds": 240, "limit": 6, "music": None},
        {"seconds_per_image": 0.3, "music": Composed(tempo_bpm=60)},  # two images share a beat
        {"cutting": "weight"}, {"cutting": "section", "total_seconds": 60}, {"cutting": "-hue"},
        {"cutting": lambda s: s.values}, {"cutting": "weight", "music": None}, {"total_seconds": 9, "music": None},
    ],
)  # fmt: skip
def test_consistent_timings_are_accepted(parameters: dict) -> None:
    SequencePlan("a", **parameters).check()


def test_a_plan_needs_the_features_of_its_cutting() -> None:
    assert "sharpness" in SequencePlan("a", order="date", cutting="-sharpness").needs.features
    assert set(cutting.SALIENT_FEATURES) <= SequencePlan("a", order="date", cutting="weight").needs.features


def by_name(s: ImageSequence) -> np.ndarray:
    return np.array([1.0 + 5 * (record.name in WEIGHTY) for record in s.records])


WEIGHTY = {"image-03.jpg"}


def made(folder: Path, tmp_path: Path, **parameters) -> dict:
    plan = SequencePlan("a", "name", **{"music": None, **SMALL, **parameters})
    result = run([plan], root=folder, outputs=tmp_path / "out", cache=tmp_path / "cache")
    (made,) = result.results
    assert not made.problems
    with av.open(str(made.path("mp4"))) as container:
        stream = container.streams.video[0]
        assert stream.frames == made.entry["frames"]
    return json.loads(json.dumps(dict(made.entry)))


def lasting(account: dict) -> np.ndarray:
    return np.diff([*account["starts_s"], account["seconds"]])


def test_a_callable_cutting_sets_the_film_and_a_changed_one_renders_it_again(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = made(folder, tmp_path, cutting=by_name, seconds_per_image=1.0)
    assert dict(zip(first["images"], lasting(first), strict=True))["image-03.jpg"] == 2.0
    assert first["seconds"] == 12.0
    assert made(folder, tmp_path, cutting=by_name, seconds_per_image=1.0)["kept"]
    monkeypatch.setattr(f"{__name__}.WEIGHTY", {"image-08.jpg"})
    again = made(folder, tmp_path, cutting=by_name, seconds_per_image=1.0)
    assert not again["kept"]
    assert lasting(again)[again["images"].index("image-08.jpg")] == 2.0


@pytest.mark.parametrize("cut", ["weight", "section", "-luminance"])
def test_named_cuttings_vary_the_film_and_keep_its_length(cut: str, folder: Path, tmp_path: Path) -> None:
    account = made(folder, tmp_path, cutting=cut, outputs=[Film(size=(64, 36), fps=25)])
    assert account["seconds"] == 12, "a second each, though halves of 25 frames are none"
    each = lasting(account)
    assert each.max() > 1.5 * each.min()
    if cut == "section":
        assert each[0] > each[2:6].mean()


@pytest.mark.parametrize("fps", [12, 25, 30])
@pytest.mark.parametrize(
    "timing", [{}, {"seconds_per_image": 0.35}, {"seconds_per_image": 1.25}, {"total_seconds": 19}]
)
def test_silence_lasts_as_long_with_weights_as_without(fps: int, timing: dict) -> None:
    for n in (2, 11, 24):
        grids = [Silent().timeline(sequence(n), fps, Timing(**timing, weights=w)) for w in (None, [1, *[9] * (n - 1)])]
        assert grids[0].total_frames == grids[1].total_frames
        assert n == 2 or len(set(grids[1].beats)) > 1
    alike = Silent().timeline(sequence(4), fps, Timing(**timing, weights=[3, 3, 3, 3]))
    assert alike == Silent().timeline(sequence(4), fps, Timing(**timing))
    with pytest.raises(ConfigError, match="have none to give"):
        Silent().timeline(sequence(4), fps, Timing(seconds_per_image=1 / fps, weights=[1, 2, 3, 4]))


def test_silent_films_last_to_the_frame(folder: Path, tmp_path: Path) -> None:
    account = made(folder, tmp_path, seconds_per_image=7 / 12)
    assert lasting(account) == pytest.approx(7 / 12)
    assert made(folder, tmp_path, total_seconds=20)["seconds"] == 20


def test_the_default_duration_is_an_input_of_the_result(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert made(folder, tmp_path)["seconds"] == 12
    monkeypatch.setattr("imbatch2soundvisu.config.SECONDS_PER_IMAGE", 0.5)
    assert made(folder, tmp_path)["seconds"] == 6
