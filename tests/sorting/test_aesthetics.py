"""Heads on vectors: values that are known, files that hold none, and vectors that do not fit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from PIL import Image

import imbatch2soundvisu as i2s
from imbatch2soundvisu import Aesthetic, add_feature
from imbatch2soundvisu.core.errors import ConfigError

from ..colour_embedder import Colour

torch = pytest.importorskip("torch")


@dataclass(frozen=True)
class Sized(Colour):
    """An embedding that says how long its vectors are."""

    n_dimensions: int = 3


def save(path, **layers):
    torch.save({name.replace("_", "."): torch.tensor(value) for name, value in layers.items()}, path)
    return path


@pytest.fixture
def linear(tmp_path):
    """Twice the red plus 1, less the green."""
    return save(tmp_path / "marks.pth", weight=[[2.0, -1.0, 0.0]], bias=[1.0])


@pytest.fixture
def collection(tmp_path):
    root = tmp_path / "images"
    root.mkdir()
    for name, colour in (("red", (250, 0, 0)), ("green", (0, 250, 0)), ("blue", (0, 0, 250))):
        Image.new("RGB", (40, 30), colour).save(root / f"{name}.png")
    return i2s.discover(root)


def test_a_linear_head_orders_images(collection, linear):
    plan = i2s.SequencePlan("liked", order=Aesthetic(linear, on=Colour()))
    sequence = plan.sequence(i2s.measure(collection, ["luminance"]))
    assert list(sequence.table.names) == ["green.png", "blue.png", "red.png"]
    assert sequence.values == pytest.approx([0, 1, 3], abs=1e-5)


def test_a_head_of_several_layers_in_the_order_of_their_numbers_is_a_feature_by_name(collection, tmp_path):
    path = save(
        tmp_path / "mlp.pt",
        layers_10_weight=[[1.0, 1.0]], layers_10_bias=[0.5],
        layers_2_weight=[[1.0, 0.0, 0.0], [0.0, -2.0, 0.0]], layers_2_bias=[0.0, 0.0],
    )  # fmt: skip
    add_feature("plain", Aesthetic(path, on=Colour()))
    add_feature("bent", Aesthetic(path, on=Colour(), activation="relu"))
    table = i2s.measure(collection, ["plain", "bent"])
    by_name = dict(zip(table.names, zip(table["plain"], table["bent"], strict=True), strict=True))
    assert by_name["red.png"] == pytest.approx((1.5, 1.5), abs=1e-5)
    assert by_name["green.png"] == pytest.approx((-1.5, 0.5), abs=1e-5)
    plan = i2s.SequencePlan("bent", order="bent", where=lambda t: t["plain"] > 0)
    assert plan.sequence(table).table.names[-1] == "red.png"


def test_safetensors_are_read_and_a_changed_file_is_read_again(collection, tmp_path):
    from safetensors.torch import save_file

    path = tmp_path / "marks.safetensors"
    values = []
    for factor in (1.0, 3.0):
        save_file({"weight": torch.tensor([[factor, 0.0, 0.0]])}, path)
        values.append(Aesthetic(path, on=Colour())(i2s.measure(collection, (), embeddings=[Colour()])).max())
    assert values == pytest.approx([1, 3], abs=1e-5)


def test_a_head_is_found_by_its_name_in_models(collection, linear, tmp_path):
    (tmp_path / "models").mkdir()
    linear.rename(tmp_path / "models" / "marks.pth")
    assert Aesthetic("marks.pth", on=Colour()).needs.embeddings == (Colour(),)
    with pytest.raises(ConfigError, match=r"Aesthetic\(head='none.pth'\): there is no file none.pth"):
        _ = Aesthetic("none.pth", on=Colour()).needs


def test_a_head_for_other_vectors_is_refused_before_any_work(tmp_path, collection):
    path = save(tmp_path / "large.pth", weight=[[0.0] * 768])
    said = r"is for vectors of 768 numbers, and those of 'colour' have 3"
    with pytest.raises(ConfigError, match=said):
        _ = i2s.SequencePlan("liked", order=Aesthetic(path, on=Sized())).needs
    with pytest.raises(ConfigError, match=said):
        Aesthetic(path, on=Colour())(i2s.measure(collection, (), embeddings=[Colour()]))


@pytest.mark.parametrize(
    ("layers", "said"),
    [
        ({"weight": [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]}, "gives 2 numbers for each image"),
        ({"bias": [1.0]}, "no head of linear layers; it has: bias"),
        ({"conv_weight": [[[1.0]]]}, "no head of linear layers"),
        ({"a_0_weight": [[1.0, 0.0, 0.0]], "a_1_weight": [[1.0, 1.0]]}, "a.1.weight is 1 × 2 .*a layer of 1 outputs"),
        ({"weight": [[1.0, 0.0, 0.0]], "bias": [1.0, 2.0]}, "with 2 biases"),
    ],
)
def test_what_is_no_head_is_refused_with_the_reason(tmp_path, layers, said):
    with pytest.raises(ConfigError, match=said):
        _ = Aesthetic(save(tmp_path / "wrong.pth", **layers), on=Colour()).needs


def test_a_file_that_could_run_code_is_refused(tmp_path):
    torch.save({"weight": torch.nn.Linear(3, 1)}, tmp_path / "module.pth")
    with pytest.raises(ConfigError, match="Aesthetic.*refuses .*module.pth"):
        _ = Aesthetic(tmp_path / "module.pth", on=Colour()).needs


def test_what_makes_no_sense_is_refused():
    with pytest.raises(ConfigError, match="must be a file of weights"):
        Aesthetic(" ", on=Colour())
    with pytest.raises(ConfigError, match="'none' or 'relu'"):
        Aesthetic("a.pth", on=Colour(), activation="gelu")


def test_images_without_a_vector_have_no_value(linear):
    table = i2s.core.FeatureTable((), vectors={"colour": np.array([[1, 0, 0], [np.nan] * 3], np.float32)})
    values = Aesthetic(linear, on=Colour())(table)
    assert values[0] == pytest.approx(3)
    assert np.isnan(values[1])
