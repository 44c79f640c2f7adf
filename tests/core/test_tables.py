"""The table of features, and sequences of images."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from imbatch2soundvisu.core import (
    Collection,
    Criterion,
    FeatureInfo,
    FeatureTable,
    ImageRecord,
    ImageSequence,
    moment_of,
    notebooks,
    register_thumbnails,
    seconds_of,
)

RECORDS = tuple(ImageRecord(Path(f"/images/{name}.jpg"), name, 40, 30, name=f"{name}.jpg") for name in "abc")
TABLE = FeatureTable(
    RECORDS,
    columns={"hue": np.array([10.0, np.nan, 350.0])},
    vectors={"look": np.eye(3, dtype=np.float32)},
    labels={"album": np.array([0, 1, 0])},
    info={"hue": FeatureInfo("hue", "degrees", 0, 360, circular=True)},
)
RATED = Criterion("look", length=7.5, random=10.0, best=5.0, mean_step=1.0, largest_step=2.0)


def sequence(**changes: object) -> ImageSequence:
    return replace(ImageSequence("plan", TABLE, TABLE["hue"], TABLE.info["hue"], RATED), **changes)


@pytest.fixture(autouse=True)
def _renderer(monkeypatch: pytest.MonkeyPatch) -> None:
    """No thumbnails unless a test registers a renderer."""
    monkeypatch.setattr(notebooks, "_renderers", [])


def test_selected_rows_keep_columns_vectors_and_labels_together():
    chosen = TABLE.select([2, 0])
    assert [record.label for record in chosen.records] == ["c.jpg", "a.jpg"]
    assert chosen["hue"].tolist() == [350.0, 10.0]
    assert chosen.vectors["look"].tolist() == [[0, 0, 1], [1, 0, 0]]
    assert chosen.labels["album"].tolist() == [0, 0]


def test_an_unknown_column_lists_the_columns_and_names_the_nearest():
    with pytest.raises(KeyError, match=r"no column 'hu'. Did you mean 'hue'. There are: hue"):
        TABLE["hu"]


@pytest.mark.parametrize(
    ("unit", "value", "text"),
    [
        ("degrees", 211.7, "212°"), ("share", 0.12345, "0.123"), ("px", 1234.5, "1234 px"), ("", 12.345, "12.35"),
        ("", 123.45, "123.5"), ("", np.nan, "–"), ("", np.inf, "–"), ("date", 0.0, "1970-01-01 00:00"),
        ("date", 1e300, "–"),
    ],
)  # fmt: skip
def test_values_are_formatted_with_their_unit(unit, value, text):
    assert FeatureInfo("x", unit).format(value) == text


def test_dates_and_seconds_are_inverse():
    moment = datetime(2024, 1, 31, 23, 59, 59)
    assert moment_of(seconds_of(moment)) == moment
    assert np.isnan(seconds_of(None))
    assert moment_of(float("nan")) is None


def test_a_data_frame_has_one_row_for_each_image():
    pytest.importorskip("pandas")
    frame = TABLE.to_pandas()
    assert list(frame.index) == ["a.jpg", "b.jpg", "c.jpg"]
    assert list(frame.columns)[-2:] == ["hue", "album"]
    ordered = sequence(table=TABLE.select([2, 1, 0])).to_pandas()
    assert ordered["position"].tolist() == [1, 2, 3]
    assert ordered.index[0] == "c.jpg"


@pytest.mark.parametrize(
    ("spearman", "text"),
    [
        (1.0, "follows luminance exactly"), (-1.0, "follows luminance exactly"), (0.97, "follows luminance closely"),
        (-0.9, "follows luminance closely"), (0.5, "neighbours 25% closer than in a random order"),
        (None, "neighbours 25% closer than in a random order"),
    ],
)  # fmt: skip
def test_a_criterion_is_summarised_without_statistics(spearman, text):
    assert replace(RATED, spearman=spearman).summary("luminance") == text


@pytest.mark.parametrize(
    ("length", "text"), [(12.0, "20% farther apart than"), (10.0, "as far apart as"), (5.0, "50% closer than")]
)
def test_neighbours_are_compared_with_a_random_order(length, text):
    assert text in str(replace(RATED, length=length))


def test_the_details_of_a_criterion_are_numbers():
    assert replace(RATED, spearman=0.5).details() == "Spearman +0.500, path 75% of random (best known 50%)"
    assert Criterion("nothing", 0, 0, 0, 0, 0).details() == "nothing to compare"
    assert RATED.closeness == 0.5
    assert Criterion("look", 3, 3, 3, 1, 1).closeness == 1.0


def test_random_decisions_depend_on_seed_plan_and_cluster_only():
    one = sequence().rng().random()
    assert sequence().rng().random() == one
    assert sequence(table=TABLE.select([0, 1])).rng().random() == one
    others = [sequence(seed=1), sequence(plan="other"), sequence(cluster="red")]
    assert len({one, *(each.rng().random() for each in others)}) == 4


def test_the_title_names_plan_and_cluster():
    assert sequence().title == "plan"
    assert sequence(cluster="red").title == "plan · red"


def test_a_sequence_is_a_table_until_a_renderer_is_registered():
    text = sequence()._repr_html_()
    assert "<table" in text
    assert "350°" in text
    register_thumbnails(lambda record, side: f"{record.label}-{side}")
    text = sequence()._repr_html_()
    assert 'src="a.jpg-96"' in text
    assert text.count("<figure") == 3
    assert "350°" in text


def test_sixty_images_of_a_sequence_are_shown():
    many = FeatureTable(RECORDS * 30)
    register_thumbnails(lambda record, side: "")
    text = ImageSequence("plan", many, np.arange(90.0), FeatureInfo("x"), RATED)._repr_html_()
    assert text.count("<figure") == 60
    assert "… and 30 more" in text


@pytest.mark.parametrize("renders", [False, True])
def test_names_are_escaped_in_notebooks(renders):
    evil = "<script>&"
    record = replace(RECORDS[0], name=evil, format=evil)
    table = FeatureTable((record,), {evil: np.ones(1)})
    if renders:
        register_thumbnails(lambda record, side: "")
    shown = ImageSequence(evil, table, np.ones(1), FeatureInfo(evil, evil), RATED)
    for each in (Collection(Path(evil), (record,)), table, shown):
        assert "<script" not in each._repr_html_()
