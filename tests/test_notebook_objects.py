"""What notebooks use: clusters, search, neighbours, near-duplicates and their plots, as one calls them there."""

from __future__ import annotations

from dataclasses import dataclass, replace

import matplotlib
import numpy as np
import pytest
from PIL import Image

import imbatch2soundvisu as i2s
from imbatch2soundvisu.core.errors import ConfigError
from tests.conftest import photo
from tests.small import small_plan

matplotlib.use("Agg")


@dataclass(frozen=True)
class Mean:
    """The mean colour, and words for it."""

    name: str = "mean"
    key: str = "mean-1"

    def embed(self, images):
        return np.stack([image.reshape(-1, 3).mean(axis=0) for image in images]).astype(np.float32) / 255

    def embed_text(self, phrases):
        colours = {"red": (1, 0, 0), "green": (0, 1, 0), "blue": (0, 0, 1)}
        return np.array([colours[phrase] for phrase in phrases], np.float32)


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    """Twelve photos, and a resized copy of one, in two folders."""
    root = tmp_path_factory.mktemp("images")
    (root / "sea").mkdir()
    for seed in range(12):
        Image.fromarray(photo(seed)).save(root / ("sea" if seed % 2 else ".") / f"image-{seed:02}.jpg", quality=92)
    Image.fromarray(photo(3)).resize((90, 60)).save(root / "copy $x_1$ 写真.png")
    return root


@pytest.fixture(scope="module")
def measured(images):
    return i2s.measure(i2s.discover(images))


@pytest.fixture
def table(measured):
    return measured


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    import matplotlib.pyplot as plt

    plt.close("all")


def drawn(ax):
    """Draw the figure of an axis; a plot that cannot be drawn fails here."""
    ax.figure.canvas.draw()
    return ax


def test_clusters_are_those_of_a_plan_with_profiles_and_thumbnails(table):
    pytest.importorskip("pandas")
    result = i2s.cluster(table, i2s.KMeans(3))
    album = small_plan(clusters=i2s.KMeans(3)).album(table)
    assert result.labels.tolist() == album.clusters.labels.tolist()
    assert len(result) == len(result.profiles) == 3
    assert result.quality.silhouette == pytest.approx(album.clusters.quality.silhouette)
    assert result[0].names == tuple(table.names[row] for row in np.flatnonzero(result.labels == 0))
    assert result[result.names[1]].names == result[1].names
    assert sum(len(each) for each in result) == len(table)
    frame = result.to_pandas()
    assert list(frame.columns[:3]) == ["cluster", "cluster_name", "silhouette"]
    assert frame["cluster"].tolist() == result.labels.tolist()
    shown = result._repr_html_()
    assert shown.count("data:image/jpeg;base64") == sum(len(each.typical) for each in result.profiles)
    assert all(each.words in shown for each in result.profiles)
    with pytest.raises(ConfigError, match="unknown cluster 'cluster 9'"):
        result["cluster 9"]


def test_what_a_clustering_needs_is_measured(images):
    collection = i2s.discover(images)
    bare = i2s.measure(collection, features=["hue"], embeddings=())
    result = i2s.cluster(bare, i2s.KMeans(2, on=(Mean(), "luminance")))
    assert {"mean"} <= set(result.table.vectors)
    assert {"hue", "luminance"} <= set(result.table.columns)
    assert len(i2s.cluster(collection, "folder")) == 2
    named = i2s.cluster(bare, i2s.KMeans(2, on=Mean()), phrases=("red", "blue"))
    assert {phrase for phrase, _ in named.profiles[0].phrases} == {"red", "blue"}
    assert len(small_plan(order=i2s.SmoothPath(on=Mean())).sequence(bare)) == 13
    smooth = small_plan(order="smooth").sequence(bare.select(range(6)))
    assert smooth.criterion.space == "look"


def test_what_was_measured_on_demand_is_kept(images, monkeypatch):
    bare = i2s.measure(i2s.discover(images), features=["hue"], embeddings=())
    first = bare.neighbours(0, n=3, on=Mean())
    monkeypatch.setattr(Mean, "embed", lambda self, images: pytest.fail("embedded again"))
    assert bare.neighbours(0, n=3, on=Mean()).names == first.names


def test_a_table_whose_files_are_gone_is_used_as_it_is(table, tmp_path):
    lost = replace(
        table, records=tuple(replace(each, path=tmp_path / "gone", digest=each.name) for each in table.records)
    )
    assert len(small_plan(order="hsv_value").needs.features)
    with pytest.raises(ConfigError):
        small_plan(order="hsv_value").sequence(lost)


@pytest.mark.parametrize("query", ["image-03.jpg", "sea/image-03.jpg", "path", "record", "pixels", "vector"])
def test_an_image_is_searched_by_name_path_record_pixels_or_vector(table, query):
    record = table.records[table.names.index("sea/image-03.jpg")]
    given = {
        "path": record.path, "record": record, "pixels": i2s.open_image(record),
        "vector": table.vectors["look"][table.names.index(record.name)],
    }.get(query, query)  # fmt: skip
    found = table.search(given, n=4)
    assert len(found) == 4
    assert set(found.names[:2]) == {record.name, "copy $x_1$ 写真.png"}
    assert found.values[0] > 0.99
    assert (np.diff(found.values) <= 0).all()
    assert "similarity to" in repr(found)


def test_an_image_may_be_searched_without_its_extension_where_no_phrase_is_read(table):
    assert table.search("image-03", n=2).names == table.search("sea/image-03.jpg", n=2).names
    with pytest.raises(ConfigError, match="no image has this name"):
        table.search("image-99")
    with pytest.raises(KeyError, match="image-03"):  # a phrase, which this encoder does not know
        table.search("image-03", on=Mean())
    assert repr(i2s.cluster(table, i2s.KMeans(2))).startswith("<ClusterResult k-means, k = 2, on look: 2 clusters of ")


def test_a_phrase_is_searched_where_an_embedding_reads_text(table):
    with pytest.raises(ConfigError, match=r"table\.search\('red', on=Clip\(\)\) measures one that has"):
        table.search("red")
    found = table.search("red", n=3, on=Mean())
    values = Mean().embed([i2s.open_image(record, 128) for record in table.records])
    best = np.argmax(values[:, 0] / np.linalg.norm(values, axis=1))
    assert found.names[0] == table.names[best]
    assert "mean" in found.table.vectors


@pytest.mark.parametrize(
    ("query", "options", "message"),
    [
        ("image-3.jpg", {}, r"'image-3\.jpg' is not among the 13 images\. Did you mean 'sea/image-03\.jpg'"),
        ("red", {"on": "look"}, "'look' has no text encoder"),
        ("red", {"on": "clipp"}, "unknown embedding 'clipp'. Did you mean 'clip'"),
        (3, {}, "takes a phrase"),
        (np.zeros((4, 4, 3)), {}, r"\(h, w, 3\) uint8, sRGB, not 4 x 4 x 3 float64"),
        (np.zeros((0, 4, 3), np.uint8), {}, "not 0 x 4 x 3 uint8"),
        (np.zeros(4), {}, "needs a vector of 570 numbers"),
        ("image-03.jpg", {"n": 0}, "n=0 must be a whole number"),
    ],
)
def test_a_search_that_cannot_be_made_is_explained(table, query, options, message):
    with pytest.raises(ConfigError, match=message):
        table.search(query, **options)


def test_neighbours_are_the_nearest_others(table):
    found = table.neighbours("image-03", n=5)
    assert found.names[0] == "copy $x_1$ 写真.png"
    assert "sea/image-03.jpg" not in found.names
    assert (np.diff(found.values) >= 0).all()
    luminance = table["luminance"]
    by_light = table.neighbours(0, n=1, on="luminance")
    others = np.abs(luminance - luminance[0])
    others[0] = np.inf
    assert by_light.names[0] == table.names[int(np.argmin(others))]
    assert len(table.neighbours(table.records[2], n=99, on=Mean())) == 12
    with pytest.raises(ConfigError, match="neighbours"):
        table.neighbours("nothing")
    for wrong in (None, True, 1.5):
        with pytest.raises(ConfigError, match="by its name, row or record"):
            table.neighbours(wrong)
    with pytest.raises(ConfigError, match="takes what measure"):
        i2s.cluster("a folder")
    twice = table.select(np.array([2, 2, 0]))
    renamed = replace(twice, records=(replace(twice.records[0], name="b.jpg"), *twice.records[1:]))
    assert renamed.neighbours(renamed.records[1], n=2).names[0] == "b.jpg"
    assert i2s.neighbours(table, 0, 3).names == table.neighbours(0, 3).names


def test_near_duplicates_of_a_collection_and_of_a_table(images, table):
    pytest.importorskip("pandas")
    collection = i2s.discover(images)
    expected = (("copy $x_1$ 写真.png", "sea/image-03.jpg"),)
    for source in (collection, table, replace(table, vectors={})):
        found = i2s.near_duplicates(source)
        assert found.names == expected
        assert found.total == 13
    assert found.to_pandas()["group"].tolist() == [0, 0]
    assert found._repr_html_().count("data:image/jpeg;base64") == 2
    assert "2 images in 1 group, of 13" in repr(found)
    with pytest.raises(ConfigError, match="takes what discover"):
        i2s.near_duplicates("photos")


def test_every_result_draws_into_an_axis(table):
    import matplotlib.pyplot as plt

    clusters = i2s.cluster(table, i2s.KMeans(3))
    sequence = small_plan(limit=None).sequence(table)
    plots = [
        table.plot, lambda ax: table.plot("hue", ax=ax), lambda ax: table.plot("luminance", "date", ax=ax),
        lambda ax: table.plot("date", ax=ax), lambda ax: clusters.plot(ax=ax),
        lambda ax: clusters.plot("silhouettes", ax=ax), lambda ax: clusters.plot("sizes", ax=ax),
        lambda ax: sequence.plot(ax=ax), lambda ax: sequence.plot("images", ax=ax),
        lambda ax: small_plan(order="date").sequence(table).plot(ax=ax),
        lambda ax: table.neighbours(0).plot(ax=ax), lambda ax: i2s.near_duplicates(table).plot(ax=ax),
        lambda ax: i2s.Timeline(30, 44_100, 15, (2, 2, 4)).plot(ax=ax),
        lambda ax: small_plan().timeline(sequence).plot(ax=ax),
        lambda ax: i2s.Timeline(30, 44_100, 15, (2, 2, 4), title_beats=4, end_beats=2).plot(ax=ax),
        lambda ax: small_plan(clusters="folder").album(table).plot(ax=ax),
    ]  # fmt: skip
    for number, plot in enumerate(plots):
        _, ax = plt.subplots()
        returned = plot(None, None, ax) if number == 0 else plot(ax)
        assert returned is ax
        assert ax.has_data()
        assert drawn(ax).get_title(loc="left")
        plt.close(ax.figure)
    new = drawn(sequence.plot())
    assert new.get_title(loc="left") == "dark to bright: follows luminance exactly"
    assert new.get_ylabel() == "luminance"


def test_a_plan_composes_the_music_of_a_sequence(table):
    plan = i2s.SequencePlan("waltz", order="luminance", music=i2s.Composed("bright", genre="waltz"))
    sequence = plan.sequence(table)
    score = plan.score(sequence)
    assert score is not None
    assert score.timeline == plan.timeline(sequence)
    assert len(score.decisions) == len(sequence)
    assert score.summary.startswith("Bright waltz")
    assert replace(plan, music=i2s.Silent()).score(sequence) is None


def test_a_plot_that_there_is_not_is_refused(table):
    clusters = i2s.cluster(table, "folder")
    with pytest.raises(ConfigError, match="unknown kind of plot 'maps'. Did you mean 'map'"):
        clusters.plot("maps")
    with pytest.raises(ConfigError, match="folder has no silhouettes"):
        clusters.plot("silhouettes")
    with pytest.raises(ConfigError, match="unknown feature 'hues'. Did you mean 'hue'"):
        table.plot("hues")
    with pytest.raises(ConfigError, match="ax= takes a Matplotlib axis"):
        table.plot("hue", ax=3)


def test_tables_and_collections_show_thumbnails(images, table):
    collection = i2s.discover(images)
    assert collection._repr_html_().count("data:image/jpeg;base64") == 13
    assert table._repr_html_().count("data:image/jpeg;base64") == 13
