"""Small models of open_clip with weights, for tests of Clip."""

from __future__ import annotations

import json

import pytest

TINY = {
    "embed_dim": 16,
    "vision_cfg": {"image_size": 64, "layers": 2, "width": 32, "head_width": 16, "patch_size": 16},
    "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 1},
}
WIDER = TINY | {"embed_dim": 24}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with two small models that open_clip knows, and weights for one of them."""
    torch, open_clip = pytest.importorskip("torch"), pytest.importorskip("open_clip")
    root = tmp_path_factory.mktemp("clip")
    configs = root / "configs"
    configs.mkdir()
    for name, config in (("test-tiny", TINY), ("test-wider", WIDER)):
        (configs / f"{name}.json").write_text(json.dumps(config))
    open_clip.add_model_config(configs)
    for seed, name in ((0, "a.pt"), (1, "b.pt")):
        torch.manual_seed(seed)
        torch.save(open_clip.create_model("test-tiny").state_dict(), root / name)
    return root


@pytest.fixture(scope="module")
def direct(place):
    """The model and its preprocessing, as open_clip gives them when it is called directly."""
    open_clip = pytest.importorskip("open_clip")
    model, _, preprocess = open_clip.create_model_and_transforms("test-tiny", pretrained=str(place / "a.pt"))
    return model.eval(), preprocess


@pytest.fixture
def no_hub(monkeypatch):
    """The hub's client, offline, with an empty cache."""
    huggingface_hub = pytest.importorskip("huggingface_hub")
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(huggingface_hub, "try_to_load_from_cache", lambda *_: None)
