"""Features and passes are registered by name, from a session as well as inside the package."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from imbatch2soundvisu.core import FeatureInfo, registry
from imbatch2soundvisu.core.errors import ConfigError
from imbatch2soundvisu.features import COLUMNS, FEATURES, PASSES, Pixels, default_features, feature, features_named
from imbatch2soundvisu.features.passes import pass_name, pass_version, passes_for


def redness(pixels):
    """How red."""
    return float(pixels.rgb[..., 0].mean() / 255)


def test_a_feature_of_a_session_is_registered():
    feature(unit="share", low=0, high=1)(redness)
    assert FEATURES["redness"].info == FeatureInfo("redness", "share", 0, 1, description="How red.")
    assert FEATURES["redness"].function(Pixels(np.full((4, 4, 3), (255, 0, 0), np.uint8))) == 1


def test_a_feature_of_one_session_is_gone_in_the_next():
    for _ in range(2):
        with registry.isolated():
            assert "redness" not in FEATURES
            feature()(redness)
            assert "redness" in default_features()
    assert "redness" not in COLUMNS


def test_built_in_names_are_taken():
    with pytest.raises(ConfigError, match="built in"):

        @feature()
        def luminance(pixels):
            return 0.0


def test_a_feature_is_of_pixels_or_of_the_record():
    with pytest.raises(ConfigError, match="'pixels' or of the 'record'"):
        feature(of="file")


def test_misspelt_names_are_refused_with_the_nearest():
    with pytest.raises(ConfigError, match="Did you mean 'luminance'"):
        features_named(["luminence"])


def test_features_of_hsv_are_measured_only_when_named():
    assert {"hsv_value", "hsv_saturation"} == set(FEATURES) - set(default_features())


def test_the_version_of_a_feature_depends_on_the_planes_it_uses(monkeypatch):
    before = FEATURES["saliency_x"].version
    monkeypatch.setattr(Pixels, "saliency", property(lambda self: None))
    assert FEATURES["saliency_x"].version != before


@dataclass(frozen=True)
class Grain:
    """Noise at 512 px."""

    window: int = 3
    input_size = 512
    columns = {"grain": FeatureInfo("grain", "", 0.0)}

    def measure(self, batch):
        return [{"grain": float(image.std())} for image in batch]


def test_columns_of_a_registered_pass_are_columns():
    PASSES.register("grain")(Grain)
    assert COLUMNS["grain"].info.low == 0.0
    assert "grain" in list(COLUMNS)
    assert len(COLUMNS) == len(list(COLUMNS))
    assert passes_for(["luminance", "grain", "grain"]) == (Grain(),)
    assert pass_name(Grain()) == "grain"


def test_the_version_of_a_pass_depends_on_its_fields_and_code():
    @dataclass(frozen=True)
    class Other(Grain):
        def measure(self, batch):
            return [{"grain": float(image.mean())} for image in batch]

    assert len({pass_version(Grain()), pass_version(Grain(5)), pass_version(Other())}) == 3
    assert pass_version(Grain(3)) == pass_version(Grain())


def test_two_sources_of_one_column_are_refused():
    PASSES.register("grain")(Grain)

    @PASSES.register("more grain")
    class Again(Grain):
        pass

    with pytest.raises(ConfigError, match="'more grain' gives a column 'grain'"):
        list(COLUMNS)
