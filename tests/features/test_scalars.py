"""Features mean what they say: each moves the way its name promises, on images made for it."""

from __future__ import annotations

import colorsys
import importlib.util
from datetime import datetime
from pathlib import Path

import cv2
import numpy as np
import pytest
from skimage.color import rgb2lab

from imbatch2soundvisu import features
from imbatch2soundvisu.core import ImageRecord
from imbatch2soundvisu.core.errors import ConfigError
from imbatch2soundvisu.features import FEATURES, Pixels, feature, fingerprint, to_oklab
from tests.conftest import photo


def value(name: str, rgb: np.ndarray) -> float:
    return FEATURES[name].function(Pixels(np.ascontiguousarray(rgb, dtype=np.uint8)))


def flat(*colour: int) -> np.ndarray:
    return np.full((96, 128, 3), colour, np.uint8)


def vivid(hue: float, saturation: float = 0.8, brightness: float = 0.8) -> np.ndarray:
    return flat(*(round(255 * part) for part in colorsys.hsv_to_rgb(hue, saturation, brightness)))


def noise(seed: int = 0, amount: float = 60) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.clip(128 + rng.normal(0, amount, (96, 128, 3)), 0, 255).astype(np.uint8)


def chessboard(fields: int) -> np.ndarray:
    side = 96 // fields
    return np.kron(np.indices((fields, fields)).sum(0) % 2, np.full((side, side), 200))[..., None].repeat(3, 2)


def disc(radius: float, x: float = 0.5, y: float = 0.5, ground: np.ndarray | None = None) -> np.ndarray:
    image = (flat(60, 90, 120) if ground is None else ground).copy()
    rows, columns = np.mgrid[0:96, 0:128]
    image[(columns - 128 * x) ** 2 + (rows - 96 * y) ** 2 < radius**2] = (230, 200, 40)
    return image


ORDERED = {
    "luminance": [flat(level, level, level) for level in (0, 60, 120, 180, 255)],
    "contrast": [np.clip(128 + (noise(1).astype(float) - 128) * k, 0, 255) for k in (0, 0.3, 0.6, 1.0)],
    "saturation": [vivid(0.1, level) for level in (0.05, 0.3, 0.6, 1.0)],
    "colourfulness": [np.clip(128 + (noise(2).astype(float) - 128) * k, 0, 255) for k in (0, 0.3, 0.6, 1.0)],
    "warmth": [flat(40, 80, 220), flat(100, 110, 140), flat(128, 128, 128), flat(150, 120, 90), flat(240, 120, 20)],
    "edge_density": [chessboard(n) for n in (1, 2, 6, 16)],
    "edge_strength": [np.clip(128 + (noise(3).astype(float) - 128) * k, 0, 255) for k in (0, 0.3, 0.6, 1.0)],
    "sharpness": [cv2.GaussianBlur(photo(4, 128, 96), (0, 0), sigma) for sigma in (6, 3, 1.5, 0.5)],
    "entropy": [flat(9, 9, 9), chessboard(6), noise(5, 10), noise(5, 80)],
    "texture": [disc(30), noise(6, 8), noise(6, 40), noise(6, 90)],
    "hue_spread": [vivid(0.3), np.hstack([vivid(0.3), vivid(0.4)]), np.hstack([vivid(k / 6) for k in range(6)])],
    "skin_share": [flat(40, 90, 200), np.vstack([flat(40, 90, 200), flat(224, 172, 145)]), flat(224, 172, 145)],
    "saliency_x": [disc(8, x) for x in (0.15, 0.5, 0.85)],
    "saliency_y": [disc(8, 0.5, y) for y in (0.15, 0.5, 0.85)],
    "saliency_focus": [noise(7), disc(8, ground=noise(7, 3))],
    "subject_scale": [flat(60, 90, 120), *(disc(radius, ground=noise(8, 4) - 40) for radius in (8, 16, 24, 34, 44))],
}  # fmt: skip


@pytest.mark.parametrize("name", ORDERED)
def test_it_rises_with_what_it_names(name):
    values = [value(name, image) for image in ORDERED[name]]
    defined = [v for v in values if np.isfinite(v)]
    assert len(defined) >= 2
    assert all(a < b for a, b in zip(defined, defined[1:], strict=False)), values


def test_every_feature_of_pixels_has_a_test_of_meaning():
    elsewhere = {"hue", "symmetry"}
    assert {name for name, each in FEATURES.items() if each.of == "pixels"} <= set(ORDERED) | elsewhere


@pytest.mark.parametrize("name", FEATURES)
def test_values_lie_in_the_declared_range(name):
    each = FEATURES[name]
    assert each.info.description
    if each.of == "record":
        return
    for seed in range(6):
        for image in (photo(seed, 90, 140), noise(seed, 120), flat(0, 0, 0), flat(255, 255, 255), photo(seed, 1, 1)):
            found = value(name, image)
            if np.isfinite(found):
                assert each.info.low is None or found >= each.info.low - 1e-6
                assert each.info.high is None or found <= each.info.high + 1e-6


def test_oklab_agrees_with_published_colours():
    """White, and the primaries as Ottosson's reference implementation gives them."""
    expected = {
        (255, 255, 255): (1.0, 0.0, 0.0),
        (255, 0, 0): (0.62796, 0.22486, 0.12585),
        (0, 255, 0): (0.86644, -0.23389, 0.17950),
        (0, 0, 255): (0.45201, -0.03246, -0.31153),
    }
    for colour, lab in expected.items():
        assert to_oklab(np.array([[colour]], np.uint8))[0, 0] == pytest.approx(lab, abs=1e-4)


def test_lightness_ranks_like_cielab():
    greys = np.arange(0, 256, 5, dtype=np.uint8)[None, :, None].repeat(3, 2)
    assert (np.diff(to_oklab(greys)[0, :, 0]) > 0).all()
    assert np.corrcoef(to_oklab(greys)[0, :, 0], rgb2lab(greys)[0, :, 0])[0, 1] > 0.995


def test_hue_goes_round_the_wheel_and_is_not_an_average():
    hues = [value("hue", vivid(k / 12)) for k in range(12)]
    steps = np.diff(np.unwrap(np.deg2rad(hues)))
    assert (steps > 0).all()
    assert np.rad2deg(steps.sum()) < 360
    red_and_cyan = np.vstack([np.tile(vivid(0.0), (3, 1, 1)), vivid(0.5)])
    assert abs(value("hue", red_and_cyan) - value("hue", vivid(0.0))) < 10


def test_reds_on_both_sides_of_zero_are_near_each_other():
    pinkish, red = value("hue", flat(220, 60, 140)), value("hue", flat(220, 60, 60))
    both = np.hstack([flat(220, 60, 140), flat(220, 60, 60)])
    apart = abs((value("hue", both) - red + 180) % 360 - 180), abs((value("hue", both) - pinkish + 180) % 360 - 180)
    assert min(apart) < 30


@pytest.mark.parametrize("grey", [0, 90, 255])
def test_greys_have_no_hue(grey):
    assert np.isnan(value("hue", flat(grey, grey, grey)))
    assert np.isnan(value("hue_spread", flat(grey, grey, grey)))


def test_flat_images_have_no_saliency():
    assert np.isnan(value("saliency_x", flat(90, 90, 90)))


def test_symmetry_knows_a_mirror():
    half = photo(3, 64, 96)
    assert value("symmetry", np.hstack([half, half[:, ::-1]])) > 0.98
    ramp = np.linspace(0, 255, 128)[None, :, None].repeat(96, 0).repeat(3, 2)
    assert value("symmetry", ramp) < -0.98


def test_colourfulness_agrees_with_the_formula():
    image = photo(5).astype(float)
    rg, yb = image[..., 0] - image[..., 1], (image[..., 0] + image[..., 1]) / 2 - image[..., 2]
    by_hand = np.hypot(rg.std(), yb.std()) + 0.3 * np.hypot(rg.mean(), yb.mean())
    assert value("colourfulness", image) == pytest.approx(by_hand, rel=0.02)


def test_features_of_the_record():
    wide = ImageRecord(Path("a"), "0", 200, 100, datetime(2020, 5, 1, 12))
    assert FEATURES["aspect"].function(wide) == 2
    assert FEATURES["orientation"].function(wide) == 1
    assert datetime.fromtimestamp(FEATURES["date"].function(wide)) == datetime(2020, 5, 1, 12)


@pytest.fixture
def registry():
    before = dict(FEATURES)
    yield FEATURES
    FEATURES.clear()
    FEATURES.update(before)


def test_a_feature_of_ones_own_is_registered(registry):
    @feature(unit="share", low=0, high=1)
    def redness(pixels):
        """How red."""
        return float(pixels.rgb[..., 0].mean() / 255)

    assert registry["redness"].info.description == "How red."
    assert value("redness", flat(255, 0, 0)) == 1


def test_built_in_names_are_taken(registry):
    with pytest.raises(ConfigError, match="built in"):

        @feature()
        def luminance(pixels):
            return 0.0


def test_misspelt_names_are_refused_with_the_nearest():
    with pytest.raises(ConfigError, match="Did you mean 'luminance'"):
        features.resolve(["luminence"])


def loaded(path: Path, source: str):
    path.write_text(source)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("def f(p):\n    return below()\ndef below():\n    return 1\n", "return 2"),
        ("LIMITS = [1, 2]\ndef f(p):\n    return LIMITS[0]\n", "[1, 3]"),
        (
            "import functools\ndef g(a, b):\n    return a\nh = functools.partial(g, 1)\ndef f(p):\n    return h(p)\n",
            "g, 2",
        ),
        ("class C:\n    def m(self):\n        return 1\ndef f(p):\n    return C().m()\n", "return 2"),
        ("def f(p, k=1):\n    return k\n", "k=2"),
    ],
)
def test_a_fingerprint_sees_all_that_a_function_uses(tmp_path, before, after):
    old = {"return 2": "return 1", "[1, 3]": "[1, 2]", "g, 2": "g, 1", "k=2": "k=1"}[after]
    prints = [
        fingerprint(loaded(tmp_path / f"m{number}.py", source).f)
        for number, source in enumerate((before, before.replace(old, after), before))
    ]
    assert prints[0] == prints[2] != prints[1]


def test_the_version_of_a_feature_follows_the_planes_it_uses(monkeypatch):
    before = FEATURES["saliency_x"].version
    monkeypatch.setattr(Pixels, "saliency", property(lambda self: None))
    assert FEATURES["saliency_x"].version != before


def test_code_without_source_is_told_by_what_it_calls():
    first, second = {}, {}
    exec("def f(p):\n    return p.mean()", first)
    exec("def f(p):\n    return p.max()", second)
    assert fingerprint(first["f"]) != fingerprint(second["f"])


def test_one_feature_cannot_spoil_the_pixels_of_the_next():
    pixels = Pixels(photo(1))
    copy = np.array(pixels)
    copy[:] = 0
    assert pixels.rgb.any()
    with pytest.raises(ValueError, match="read-only"):
        pixels.rgb[:] = 0


def test_a_fingerprint_changes_with_the_code_and_nothing_else(tmp_path):
    base = "K = 2\ndef helper(x):\n    return x * K\ndef f(pixels):\n    '''Text.'''\n    return helper(1.0)\n"
    variants = {
        "same": base,
        "comment": base.replace("return helper", "# why\n    return helper").replace("Text.", "Other text."),
        "constant": base.replace("K = 2", "K = 3"),
        "helper": base.replace("x * K", "x + K"),
        "body": base.replace("helper(1.0)", "helper(2.0)"),
    }
    prints = {name: fingerprint(loaded(tmp_path / f"{name}.py", source).f) for name, source in variants.items()}
    assert prints["same"] == prints["comment"]
    assert len({prints["same"], prints["constant"], prints["helper"], prints["body"]}) == 4
