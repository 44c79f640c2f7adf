"""Cnn gives the features that enter timm's classifiers."""

from __future__ import annotations

import os
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imbatch2soundvisu.core import ImageRecord
from imbatch2soundvisu.core.errors import ConfigError, ImageError, MissingExtra
from imbatch2soundvisu.embeddings.cnn import Cnn
from imbatch2soundvisu.runtime import weights
from tests.conftest import photo

os.environ["HF_HUB_OFFLINE"] = "1"
torch = pytest.importorskip("torch")
timm = pytest.importorskip("timm")
huggingface_hub = pytest.importorskip("huggingface_hub")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with weights of two small networks, <name>.pt."""
    root = tmp_path_factory.mktemp("cnn")
    for seed, name in enumerate(("test_resnet", "test_vit")):
        torch.manual_seed(seed)
        torch.save(timm.create_model(name).state_dict(), root / f"{name}.pt")
    return root


@pytest.fixture
def no_hub(monkeypatch):
    """The hub's client, offline, with an empty cache."""
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(huggingface_hub, "try_to_load_from_cache", lambda *_: None)


def seen_directly(name: str, path: Path, images) -> np.ndarray:
    """The features of timm's own network without its classifier, of length 1."""
    network = timm.create_model(name, num_classes=0)
    state = torch.load(path, weights_only=True)
    network.load_state_dict({key: value for key, value in state.items() if not key.startswith(("fc.", "head."))})
    preprocess = timm.data.create_transform(**timm.data.resolve_model_data_config(network), is_training=False)
    network.eval()
    with torch.inference_mode():
        rows = torch.cat([network(preprocess(image)[None]) for image in images]).numpy()
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.mark.parametrize("name", ["test_resnet", "test_vit"])
@pytest.mark.parametrize("batch_size", [1, 3, 32])
def test_images_are_seen_as_timm_sees_them(place, folder, name, batch_size):
    path = place / f"{name}.pt"
    (folder / "image-03.jpg").write_bytes(b"no image")
    records = [ImageRecord(each, each.name, 120, 80, name=each.name) for each in sorted(folder.iterdir())]
    found = {record.name: vector for batch in Cnn(name, path, batch_size).stream(records) for record, vector in batch}
    assert isinstance(found.pop("image-03.jpg"), ImageError)
    expected = seen_directly(name, path, [Image.open(folder / each).convert("RGB") for each in found])
    assert np.stack(list(found.values())) == pytest.approx(expected, abs=1e-5)
    images = [photo(seed) for seed in range(4)]
    expected = seen_directly(name, path, [Image.fromarray(image) for image in images])
    assert Cnn(name, path, batch_size).embed(images) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize(("model", "wide"), [("mobilenetv3_large_100", 1280), ("resnet50", 2048)])
@pytest.mark.slow
def test_the_layer_is_the_one_before_the_classifier(tmp_path, model, wide):
    torch.save(timm.create_model(model).state_dict(), tmp_path / "weights.pt")
    vectors = Cnn(model, tmp_path / "weights.pt").embed([photo(0), photo(1)])
    assert vectors.shape == (2, wide)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)


def test_weights_may_have_other_classes_or_none_and_a_trainers_wrapping(place, tmp_path):
    state = torch.load(place / "test_resnet.pt", weights_only=True)
    few = state | {"fc.weight": state["fc.weight"][:7].clone(), "fc.bias": state["fc.bias"][:7].clone()}
    none = {f"module.{key}": value for key, value in state.items() if not key.startswith("fc.")}
    expected = Cnn("test_resnet", place / "test_resnet.pt").embed([photo(0)])
    for name, content in (("few", few), ("none", {"epoch": 3, "state_dict": none})):
        torch.save(content, tmp_path / f"{name}.pt")
        assert Cnn("test_resnet", tmp_path / f"{name}.pt").embed([photo(0)]) == pytest.approx(expected, abs=1e-5)


def test_weights_of_another_network_or_with_a_layer_missing_are_refused_in_one_line(place, tmp_path):
    state = torch.load(place / "test_resnet.pt", weights_only=True)
    del state["layer1.0.conv1.weight"]
    torch.save(state, tmp_path / "less.pt")
    for cnn in (Cnn("test_vit", place / "test_resnet.pt"), Cnn("test_resnet", tmp_path / "less.pt")):
        with pytest.raises(ConfigError, match="does not fit the model") as raised:
            cnn.embed([photo(0)])
        assert "\n" not in str(raised.value)


class _Malicious:
    """A pickle of it creates a file when it is loaded carelessly."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self):
        return Path.touch, (self.trace,)


def test_a_malicious_pickle_is_refused_without_running_it(place, tmp_path):
    path, trace = tmp_path / "weights.pt", tmp_path / "it-ran"
    torch.save({"more": _Malicious(trace), **torch.load(place / "test_vit.pt", weights_only=True)}, path)
    for refused in (Cnn("test_vit", path).prepare, lambda: Cnn("test_vit", path).embed([photo(0)])):
        with pytest.raises(ConfigError, match="nothing of it was run") as raised:
            refused()
        assert str(path) in str(raised.value)
    assert not trace.exists()


def test_key_follows_the_model_and_the_content_of_the_weights(place):
    resnet, vit = Cnn("test_resnet", place / "test_resnet.pt"), Cnn("test_vit", place / "test_vit.pt")
    assert resnet.key != vit.key
    assert Cnn("test_resnet", place / "test_vit.pt").key not in (resnet.key, vit.key)
    assert Cnn("test_resnet", place / "test_resnet.pt", batch_size=3).key == resnet.key


def test_names():
    assert Cnn().name == Cnn(batch_size=3).name == "cnn"
    assert Cnn("resnet50").name == "cnn-resnet50"
    one, other = (Cnn("resnet50", f"{folder}/fruit.pt").name for folder in ("weights", "others"))
    assert one != other
    assert all(re.fullmatch(r"cnn-resnet50-fruit-[0-9a-f]{6}", each) for each in (one, other))
    assert Cnn("resnet50", Path("weights/fruit.pt").absolute()).name == one
    assert not hasattr(Cnn(), "embed_text")


@pytest.mark.parametrize(
    ("cnn", "said"),
    [
        (Cnn("resnet5"), "Did you mean 'resnet50'"),
        (Cnn("resnet50.a1_in2k"), "Did you mean 'resnet50.a1_in1k'"),
        (Cnn(pretrained=False), "pretrained=True or a file"),
        (Cnn(pretrained="none.pt"), "no file of weights at none.pt"),
        (Cnn(pretrained=__file__), "reads weights from"),
        (Cnn(device="tpu"), "there are: .*cpu"),
        (Cnn("resnet50"), r"resnet50 is not on this machine.*HF_HUB_OFFLINE.*Look\(\)"),
    ],
)
def test_what_cannot_be_granted_is_refused_before_any_work(no_hub, cnn, said):
    with pytest.raises(ConfigError, match=said) as raised:
        cnn.prepare()
    assert "\n" not in str(raised.value)


def test_a_missing_package_is_named_with_its_install_line(monkeypatch):
    find = weights.importlib.util.find_spec
    monkeypatch.setattr(weights.importlib.util, "find_spec", lambda name: None if name == "timm" else find(name))
    with pytest.raises(MissingExtra, match=r"Cnn needs the package 'timm'.*\[clip\]"):
        Cnn("resnet50").prepare()
