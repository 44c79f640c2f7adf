"""Features that have a name, wherever a plan takes one; and those that a filter names."""

from __future__ import annotations

import numpy as np
import pytest

import imbatch2soundvisu as i2s
from imbatch2soundvisu import Phrase, add_feature
from imbatch2soundvisu.core import Needs
from imbatch2soundvisu.embeddings import Clip
from imbatch2soundvisu.plans.named_columns import needs_of
from tests.embeddings.conftest import place  # noqa: F401 - a fixture


def test_names_in_the_code_of_a_function_are_needed():
    assert needs_of(lambda table: table["n_faces"] > 0) == Needs(frozenset({"n_faces"}))
    assert needs_of(lambda table: [t for t in ("hsv_value", "other")]) == Needs(frozenset({"hsv_value"}))
    assert needs_of(None) == needs_of(len) == Needs()

    def helped(table):
        return table

    helped.needs = {"far_share"}
    assert needs_of(helped) == Needs(frozenset({"far_share"}))


@pytest.fixture(scope="module")
def clip(place):  # noqa: F811
    return Clip("test-tiny", place / "a.pt", device="cpu")


@pytest.fixture
def made(clip, folder, tmp_path):
    """Makes plans with a phrase called "night"."""
    add_feature("night", Phrase("a street at night", on=clip))

    def make(*plans):
        found = i2s.run(list(plans), root=folder, outputs=tmp_path / "outputs", cache=tmp_path / "cache")
        assert found.problems == ()
        return [result.entry for result in found.results]

    return make


def test_a_named_phrase_orders_filters_cuts_clusters_and_sounds(made, tmp_path):
    tables = {"outputs": ["tables"], "music": None}
    up, down, half, cut, bins, played = made(
        i2s.SequencePlan("up", order="night", **tables),
        i2s.SequencePlan("down", order="-night", **tables),
        i2s.SequencePlan("half", order="hue", where=lambda t: t["night"] > np.median(t["night"]), **tables),
        i2s.SequencePlan("cut", order="luminance", cutting="night", **tables),
        i2s.SequencePlan("mixed", order=i2s.Weighted({"night": 1.0, "contrast": 0.5}), **tables),
        i2s.SequencePlan("played", music=i2s.Composed(mapping={"register": "night"}), outputs=["tables"]),
    )
    assert up["images"] == down["images"][::-1]
    assert up["values"] == sorted(up["values"])
    assert set(half["images"]) == set(up["images"][6:])
    assert len(set(np.diff(cut["starts_s"]).round(3))) > 1
    assert bins["by"]
    assert played["decisions"]


def test_a_named_phrase_clusters_and_is_in_reports_and_maps(made):
    plans = [
        i2s.SequencePlan("bins", clusters=i2s.FeatureBins("night", 2), outputs=["cluster-report"], music=None),
        i2s.AtlasPlan("map", on=i2s.Look(), clusters=None, grid=False, layouts=[i2s.Plane("night", "hue")],
                      where=lambda t: t["night"] > -1, outputs=["atlas-tables"]),
    ]  # fmt: skip
    kinds = [entry["kind"] for entry in made(*plans)]
    assert kinds.count("sequence") == 2
    assert "atlas" in kinds


def test_images_without_a_vector_are_unlike_every_phrase(clip):
    vectors = np.full((2, 16), 0.25, np.float32)
    vectors[1] = np.nan
    table = i2s.core.FeatureTable((), vectors={clip.name: vectors}, embedders={clip.name: clip})
    values = Phrase("a dog", on=clip)(table)
    assert np.isfinite(values[0])
    assert np.isnan(values[1])


def test_a_mix_needs_what_both_styles_need():
    mix = i2s.Mix(i2s.Composed(mapping={"register": "-far_share + value"}), i2s.ClusterProfile())
    assert mix.needs.features == {"far_share", "hsv_value", "hsv_saturation"}
