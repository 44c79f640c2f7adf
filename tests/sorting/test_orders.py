"""Orders put the same images in the same sequence, whatever is undefined, equal or shuffled."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imbatch2soundvisu.core import FeatureInfo, FeatureTable, ImageRecord, Order
from imbatch2soundvisu.core.errors import ConfigError
from imbatch2soundvisu.measurement.spaces import default_driver, natural_key, space_points
from imbatch2soundvisu.sorting import (
    ORDERS,
    ByDate,
    ByFeature,
    ByName,
    LeafOrder,
    Shuffled,
    SmoothPath,
    Weighted,
    criterion,
    describe,
    describe_details,
    limit_evenly,
    resolve_order,
)
from imbatch2soundvisu.sorting.paths import path_length, shortest_path

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
HUE = FeatureInfo("hue", "degrees", 0.0, 360.0, circular=True)
EVERY_ORDER = (
    ByFeature("luminance"),
    ByFeature("luminance", descending=True),
    ByFeature("hue"),
    ByFeature("hue", descending=True),
    ByFeature(lambda table: table["luminance"] ** 2),
    Weighted({"luminance": 1.0, "saturation": -0.5}),
    ByDate(),
    ByDate(descending=True),
    ByName(),
    ByName(natural=False, descending=True),
    Shuffled(3),
    SmoothPath(effort=0.05),
    SmoothPath(on="features", effort=0.05),
    SmoothPath(on=("hue", "saturation"), effort=0.05),
    SmoothPath(loop=True, effort=0.05),
    LeafOrder(),
    LeafOrder(on="features", method="ward"),
)


def table_of(n: int, names=None, taken=None, vectors=None, info=None, **columns) -> FeatureTable:
    names = [f"{i:04}.jpg" for i in range(n)] if names is None else names
    taken = [None] * n if taken is None else taken
    records = tuple(ImageRecord(Path(name), f"{i:x}", 4, 4, taken[i], name=name) for i, name in enumerate(names))
    return FeatureTable(
        records,
        {name: np.asarray(values, np.float64) for name, values in columns.items()},
        {} if vectors is None else {"look": np.asarray(vectors, np.float32)},
        info={"hue": HUE} | (info or {}),
    )


def names_in(order: Order, table: FeatureTable) -> list[str]:
    rows = order.order(table, np.random.default_rng(0))
    assert rows.dtype == np.intp
    return [table.records[row].name for row in rows]


def random_table(seed: int, n: int, undefined: float, coarse: bool) -> FeatureTable:
    rng = np.random.default_rng(seed)

    def column(top: float) -> np.ndarray:
        values = rng.uniform(0, top, n)
        values = np.round(values / top * 3) * top / 3 if coarse else values
        return np.where(rng.random(n) < undefined, np.nan, values)

    vectors = np.round(rng.normal(size=(n, 3)), 0 if coarse else 6)
    taken = [None if rng.random() < undefined else datetime(2020, 1, 1 + int(rng.integers(9))) for _ in range(n)]
    return table_of(n, taken=taken, vectors=vectors, luminance=column(1.0), hue=column(360.0), saturation=column(1.0))


tables = st.builds(
    random_table, st.integers(0, 10_000), st.integers(0, 12), st.sampled_from([0.0, 0.4, 1.0]), st.booleans()
)


@pytest.mark.parametrize("order", EVERY_ORDER, ids=lambda order: re.sub(" at 0x.*", "", repr(order))[:60])
@settings(max_examples=25, deadline=None)
@given(table=tables, shuffle=st.randoms(use_true_random=False))
def test_every_order_is_a_permutation_that_row_order_does_not_change(order, table, shuffle):
    rows = list(range(len(table)))
    shuffle.shuffle(rows)
    found = names_in(order, table)
    assert sorted(found) == [record.name for record in table.records]
    assert names_in(order, table.select(rows)) == found


@settings(max_examples=40, deadline=None)
@given(table=tables)
def test_drivers_give_one_number_a_row_of_any_selection(table):
    for order in EVERY_ORDER:
        values, info = order.driver(table.select(order.order(table, np.random.default_rng(0))))
        assert values.shape == (len(table),)
        assert isinstance(info, FeatureInfo)
        assert isinstance(order, Order)


@settings(max_examples=40, deadline=None)
@given(table=tables.filter(len))
def test_values_rise_undefined_ones_come_last_and_equal_ones_keep_the_order_of_names(table):
    for descending in (False, True):
        rows = ByFeature("luminance", descending).order(table, np.random.default_rng(0))
        values = table["luminance"][rows]
        count = int(np.isfinite(values).sum())
        assert np.isfinite(values[:count]).all()
        steps = np.diff(values[:count]) * (-1 if descending else 1)
        assert (steps >= 0).all()
        assert (np.diff(rows[:count])[steps == 0] > 0).all()
        assert (np.diff(rows[count:]) > 0).all()


def test_descending_reverses_where_nothing_is_equal_or_undefined():
    table = table_of(9, luminance=np.random.default_rng(1).random(9), hue=np.linspace(5, 300, 9))
    for up, down in ((ByFeature(f), ByFeature(f, descending=True)) for f in ("luminance", "hue")):
        assert names_in(up, table) == names_in(down, table)[::-1]
    assert names_in(ByName(), table) == names_in(ByName(descending=True), table)[::-1]


def test_hue_starts_at_the_widest_gap_and_greys_follow_from_dark_to_bright():
    hue = [350.0, 10.0, 40.0, 300.0, np.nan, np.nan, 370.0]
    table = table_of(7, hue=hue, luminance=[0, 0, 0, 0, 0.9, 0.1, 0])
    assert ByFeature("hue").order(table, np.random.default_rng(0)).tolist() == [3, 0, 1, 6, 2, 5, 4]
    assert ByFeature("hue", True).order(table, np.random.default_rng(0)).tolist() == [2, 1, 6, 0, 3, 5, 4]


def test_hue_recovers_a_shuffled_wheel_up_to_rotation():
    wheel = np.random.default_rng(4).permutation(36) * 10.0
    table = table_of(36, hue=wheel)
    rows = ByFeature("hue").order(table, np.random.default_rng(0))
    assert (np.mod(np.diff(wheel[rows]), 360) == 10).all()
    assert criterion(table.select(rows), values=wheel[rows], circular=True).spearman == pytest.approx(1.0)


def test_weights_mix_ranks_and_a_negative_one_turns_round():
    table = table_of(4, luminance=[1, 2, 3, 4000], saturation=[0, 5, 1, np.nan], flat=[1, 1, 1, 1])
    assert names_in(Weighted({"luminance": 2}), table) == names_in(ByFeature("luminance"), table)
    assert names_in(Weighted({"luminance": -1}), table) == names_in(ByFeature("luminance", True), table)
    values, info = Weighted({"luminance": 1, "saturation": -1}).driver(table)
    np.testing.assert_allclose(values, [0.5, 1 / 6, 7 / 12, 0.75])
    assert info.name == "luminance - saturation"
    assert Weighted({"luminance": -1, "saturation": 0.5}).driver(table)[1].name == "- luminance + 0.5 saturation"
    assert hash(Weighted({"flat": 1})) == hash(Weighted({"flat": 1}))


def test_weights_are_refused_before_work_where_they_mean_nothing():
    for weights in ({}, {"luminance": 0.0}, {"luminance": float("nan")}):
        with pytest.raises(ConfigError, match="finite weights"):
            Weighted(weights)
    with pytest.raises(ConfigError, match="circular"):
        Weighted({"hue": 1.0}).check({"hue": HUE})
    with pytest.raises(ConfigError, match="circular"):
        Weighted({"hue": 1.0}).order(table_of(2, hue=[1, 2]), np.random.default_rng(0))
    with pytest.raises(ConfigError, match="Did you mean 'luminance'"):
        Weighted({"luminence": 1.0}).check({"luminance": FeatureInfo("luminance")})


def test_dates_rise_and_undated_images_come_last():
    taken = [datetime(2021, 5, 1), None, datetime(1999, 1, 1), datetime(2021, 5, 1), None]
    table = table_of(5, taken=taken)
    assert ByDate().order(table, np.random.default_rng(0)).tolist() == [2, 0, 3, 1, 4]
    assert ByDate(True).order(table, np.random.default_rng(0)).tolist() == [0, 3, 2, 1, 4]
    values, info = ByDate().driver(table)
    assert info.format(values[2]).startswith("1999-01-01")


def test_names_count_as_people_count():
    table = table_of(4, names=["img10.jpg", "Img2.jpg", "img1.jpg", "a/img3.jpg"])
    assert names_in(ByName(), table) == ["a/img3.jpg", "img1.jpg", "Img2.jpg", "img10.jpg"]
    assert names_in(ByName(natural=False), table) == ["Img2.jpg", "a/img3.jpg", "img1.jpg", "img10.jpg"]
    assert natural_key("bild007") == natural_key("BILD7")


def test_shuffles_differ_by_seed_only():
    table = table_of(30)
    assert names_in(Shuffled(1), table) == names_in(Shuffled(1), table) != names_in(Shuffled(2), table)
    rows = (Shuffled(1).order(table, np.random.default_rng(seed)).tolist() for seed in (1, 2))
    assert next(rows) == next(rows)


def test_a_callable_orders_like_the_feature_it_computes_and_its_shape_is_checked():
    table = table_of(3, luminance=[3, 1, 2])
    assert names_in(ByFeature(lambda t: -t["luminance"]), table) == names_in(ByFeature("luminance", True), table)
    with pytest.raises(ConfigError, match="each of the 3 rows"):
        ByFeature(lambda t: 1.0).order(table, np.random.default_rng(0))


def line_table(n: int = 24, seed: int = 0, **columns) -> tuple[FeatureTable, np.ndarray]:
    """Images on a curved line, in shuffled rows, and where on the line each is."""
    place = np.random.default_rng(seed).permutation(n)
    vectors = np.column_stack([place, np.sin(place / 5.0), np.zeros(n)])
    return table_of(n, vectors=vectors, **columns), place


def test_the_smooth_path_follows_a_line_from_its_darker_end():
    table, place = line_table()
    for luminance, expected in ((place / 24, range(24)), (1 - place / 24, range(23, -1, -1))):
        lit = replace(table, columns={"luminance": luminance})
        rows = SmoothPath(effort=0.1).order(lit, np.random.default_rng(0))
        assert place[rows].tolist() == list(expected)
    rows = SmoothPath(effort=0.1).order(table, np.random.default_rng(0))
    assert table.records[rows[0]].name < table.records[rows[-1]].name


def test_a_path_starts_and_ends_with_the_given_images():
    table, place = line_table()
    middle, first = (table.records[int(np.flatnonzero(place == at)[0])].name for at in (12, 0))
    found = names_in(SmoothPath(start=middle, end=first, effort=0.2), table)
    assert (found[0], found[-1]) == (middle, first)
    assert names_in(SmoothPath(end=middle, effort=0.2), table)[-1] == middle
    assert names_in(SmoothPath(start=-1, effort=0.2), table)[0] == "0023.jpg"
    assert names_in(SmoothPath(start=5, end="0007.jpg", effort=0.2), table)[::23] == ["0005.jpg", "0007.jpg"]


def test_a_loop_closes_and_starts_with_the_darkest_image():
    turn = np.random.default_rng(2).permutation(30)
    angle = turn * 2 * np.pi / 30
    vectors = np.column_stack([np.cos(angle), np.sin(angle)])
    table = table_of(30, vectors=vectors, luminance=np.abs(turn - 9.2))
    rows = SmoothPath(loop=True, effort=0.2).order(table, np.random.default_rng(0))
    assert turn[rows].tolist() == [9, *range(10, 30), *range(9)]
    rows = SmoothPath(loop=True, start="0004.jpg", effort=0.2).order(table, np.random.default_rng(0))
    assert rows[0] == 4
    assert set(np.mod(np.diff(turn[rows]), 30)) in ({1}, {29})


def test_paths_that_cannot_be_are_refused():
    for wrong in (
        {"loop": True, "end": 1}, {"start": "a", "end": "a"}, {"effort": 0}, {"on": ()}, {"on": 3}, {"on": (1, 2)}
    ):  # fmt: skip
        with pytest.raises(ConfigError):
            SmoothPath(**wrong)
    with pytest.raises(ConfigError, match="Did you mean 'average'"):
        LeafOrder(method="avarage")
    table, _ = line_table()
    for order, message in (
        (SmoothPath(on="lok"), "Did you mean 'look'"),
        (SmoothPath(start="none.jpg"), "start image"),
        (SmoothPath(end=99), "0 to 23"),
        (SmoothPath(start=3, end="0003.jpg"), "same image"),
        (SmoothPath(on="features"), "at least one feature"),
    ):
        with pytest.raises(ConfigError, match=message):
            order.order(table, np.random.default_rng(0))


def test_one_label_in_two_folders_needs_its_path():
    table = table_of(3, names=["a/x.jpg", "b/x.jpg", "c/y.jpg"], vectors=np.eye(3))
    with pytest.raises(ConfigError, match="names 2 images"):
        SmoothPath(start="x.jpg").order(table, np.random.default_rng(0))
    assert names_in(SmoothPath(start="b/x.jpg"), table)[0] == "b/x.jpg"
    assert names_in(SmoothPath(start="y.jpg"), table)[0] == "c/y.jpg"


def test_an_embedding_can_be_asked_for_and_its_vectors_are_found():
    class Tiny:
        key = "tiny-1"

        def embed(self, images):
            return np.zeros((len(images), 1), np.float32)

    order = SmoothPath(on=Tiny(), effort=0.1)
    assert [e.key for e in order.needs.embeddings] == ["tiny-1"]
    table, place = line_table()
    renamed = replace(table, vectors={"tiny-1": table.vectors["look"]})
    assert abs(np.diff(place[order.order(renamed, np.random.default_rng(0))])).tolist() == [1] * 23


def test_leaves_keep_families_together_and_refuse_what_would_take_too_long(monkeypatch):
    centres = np.repeat([[0.0, 0.0], [50.0, 0.0], [100.0, 0.0]], 5, axis=0)
    vectors = centres + np.random.default_rng(0).normal(size=(15, 2))
    rows = LeafOrder().order(table_of(15, vectors=vectors), np.random.default_rng(0))
    assert (rows // 5).tolist() == [0] * 5 + [1] * 5 + [2] * 5
    monkeypatch.setattr("imbatch2soundvisu.sorting.path_orders.LEAF_LIMIT", 10)
    with pytest.raises(ConfigError, match="SmoothPath"):
        LeafOrder().order(table_of(15, vectors=vectors), np.random.default_rng(0))


@pytest.mark.parametrize("same", [True, False])
def test_thousands_of_images_equal_or_not_are_ordered(same):
    n = 1500
    x = np.ones((n, 12)) if same else np.random.default_rng(0).random((n, 12))
    table = table_of(n, vectors=x, luminance=x[:, 0], hue=x[:, 1] * 360, saturation=x[:, 2])
    few = table.select(np.arange(300))
    for order in EVERY_ORDER:
        rows = few if isinstance(order, LeafOrder) and not same else table
        assert len(set(names_in(order, rows))) == len(rows)
    if same:
        assert names_in(SmoothPath(), table) == names_in(LeafOrder(), table) == [r.name for r in table.records]
        assert criterion(table).closeness == 1.0


def test_features_are_scaled_and_undefined_ones_stand_in_the_middle():
    table = table_of(5, big=[1e6, 2e6, 3e6, 4e6, 1e12], hue=[0, 359, 180, np.nan, 90], void=[np.nan] * 5)
    points = space_points(table, "features")
    assert points.shape == (5, 4)
    assert np.abs(points).max() <= 3.0
    circle = space_points(table, ("hue",))
    assert np.linalg.norm(circle[0] - circle[1]) < 0.02
    assert circle[3].tolist() == [0.0, 0.0]


def test_what_is_seen_is_luminance_or_else_the_main_variation():
    table, place = line_table()
    values, info = default_driver(table)
    assert info.name == "main variation"
    assert abs(np.corrcoef(values, place)[0, 1]) > 0.99
    assert (values.min(), values.max()) == (0.0, 1.0)
    lit = replace(table, columns={"luminance": place / 24.0})
    assert default_driver(lit)[1].name == "luminance"
    assert default_driver(table_of(2))[0].tolist() == [0.0, 0.0]


def test_values_resolve_to_orders():
    features = ["luminance", "hue"]
    for value, order in (
        ("luminance", ByFeature("luminance")),
        ("-hue", ByFeature("hue", True)),
        ("date", ByDate()),
        ("-date", ByDate(True)),
        ("name", ByName()),
        ("-name", ByName(descending=True)),
        ("shuffled", Shuffled()),
        ("smooth", SmoothPath()),
        ("leaves", LeafOrder()),
        (SmoothPath, SmoothPath()),
        ({"luminance": 1}, Weighted({"luminance": 1})),
        (Shuffled(8), Shuffled(8)),
        (len, ByFeature(len)),
    ):
        assert resolve_order(value, features) == order

    def luminance(pixels):
        raise AssertionError

    assert resolve_order(luminance, features) == ByFeature("luminance")
    assert all(kind.__doc__.splitlines()[0].endswith(".") for kind in ORDERS.values())


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("luminence", "unknown order 'luminence'. Did you mean 'luminance'"),
        ("smoth", "Did you mean 'smooth'"),
        ("-smooth", "reverse"),
        ("feature", r"needs parameters: write ByFeature\(feature=...\)"),
        (ByFeature("hu"), "unknown feature 'hu'"),
        ({"hue": 1, "x": 2}, "unknown feature 'x'"),
        (ByFeature, r"write ByFeature\(feature=...\)"),
        (dict, "dict is no order"),
        (3, "3 is no order"),
    ],
)
def test_unknown_orders_are_refused_with_the_choices(value, message):
    with pytest.raises(ConfigError, match=message):
        resolve_order(value, ["luminance", "hue"])


def test_the_criterion_tells_a_good_order_from_a_bad_one():
    table, place = line_table(30)
    rng = np.random.default_rng(0)
    good = criterion(table.select(np.argsort(place)), values=np.sort(place))
    assert good.closeness == pytest.approx(1.0)
    assert good.spearman == pytest.approx(1.0)
    assert good.mean_step == pytest.approx(good.length / 29)
    assert good.largest_step >= good.mean_step
    bad = criterion(table.select(np.arange(30)), values=place)
    assert bad.closeness < 0.5
    assert bad.best == pytest.approx(good.best)
    lengths = [criterion(table.select(rng.permutation(30))).length for _ in range(30)]
    assert np.mean(lengths) == pytest.approx(good.random, rel=0.07)


def test_an_order_is_described_in_plain_words():
    table, place = line_table(30)
    good = criterion(table.select(np.argsort(place)), values=np.sort(place))
    assert describe(good, "luminance") == "follows luminance exactly"
    assert "rank correlation +1.000" in describe_details(good)
    nearly = np.sort(place)
    nearly[[3, 9]] = nearly[[9, 3]]
    assert describe(criterion(table, values=nearly), "hue") == "follows hue closely"
    assert describe(replace(good, spearman=None)) == "neighbours are as similar as possible"
    assert describe(criterion(table)) == "neighbours are hardly more similar than in a random order"
    assert (describe(criterion(table_of(1))), describe_details(criterion(table_of(1)))) == ("", "")


def test_the_criterion_of_little_or_nothing_is_quiet():
    for n in range(3):
        for table in (table_of(n), table_of(n, vectors=np.zeros((n, 4))), table_of(n, luminance=np.full(n, np.nan))):
            found = criterion(table, values=np.full(n, np.nan))
            assert found.spearman is None
            assert found.length == found.best == found.random == 0.0
    assert criterion(table_of(3, luminance=[1, 2, 3])).space == "features"


def test_spearman_ignores_undefined_values_and_unrolls_the_wheel():
    table = table_of(6, vectors=np.arange(12).reshape(6, 2))
    assert criterion(table, values=np.array([1, 2, np.nan, 7, 9, np.nan])).spearman == pytest.approx(1.0)
    wheel = np.array([300.0, 350, 10, 40, 200, np.nan])
    assert criterion(table, values=wheel, circular=True).spearman == pytest.approx(1.0)
    assert criterion(table, values=wheel[4::-1].tolist() + [np.nan], circular=True).spearman == pytest.approx(-1.0)
    assert criterion(table, values=np.ones(6)).spearman is None


@given(st.integers(1, 60), st.integers(1, 60))
def test_a_limit_is_even_and_keeps_both_ends(size, n):
    rows = limit_evenly(np.arange(size)[::-1], n)
    assert len(rows) == min(size, n)
    assert rows[0] == size - 1
    assert (np.diff(rows) < 0).all()
    if n > 1:
        assert rows[-1] == 0
        assert len(set(np.diff(rows).tolist())) <= 2


def test_a_limit_below_one_is_refused():
    with pytest.raises(ConfigError, match="at least 1"):
        limit_evenly(np.arange(3), 0)


#: First frames of the four shots of the film, seen by eye; it fades in from black over frames 0 to 3.
CUTS, FADE_IN = (24, 31, 46), 4


def test_the_smooth_path_puts_the_shots_of_a_film_together_again():
    folder = DATA / "D-frames-bbb"
    if not folder.is_dir():
        pytest.skip(f"no film frames: {folder} is not there")
    cv2 = pytest.importorskip("cv2")
    frames = [cv2.imread(str(path)) for path in sorted(folder.glob("*.jpg"))]
    small = [cv2.resize(cv2.cvtColor(f, cv2.COLOR_BGR2LAB), (8, 8), interpolation=cv2.INTER_AREA) for f in frames]
    vectors = np.array(small, np.float32).reshape(len(frames), -1) / 255
    shots = np.searchsorted(CUTS, np.arange(len(frames)), side="right")
    shuffled = np.random.default_rng(5).permutation(len(frames))
    # Names that say nothing of the true order.
    table = table_of(len(frames), vectors=vectors[shuffled])
    rows = SmoothPath(effort=1.0).order(table, np.random.default_rng(0))
    walk = shuffled[rows]
    # Frames that are still nearly black are nearer to the dark wood than to the bright sky they fade into.
    lit = walk[walk >= FADE_IN]
    assert np.count_nonzero(np.diff(shots[lit])) == len(CUTS)
    assert np.ptp(np.flatnonzero(walk < FADE_IN - 1)) == FADE_IN - 2
    assert path_length(vectors[walk]) < path_length(vectors)
    assert path_length(vectors[walk]) <= 1.01 * path_length(vectors[shortest_path(vectors, effort=4.0)])
