"""Weights of Clip: what names them, and what is refused."""

from __future__ import annotations

import json
import os
import pickle
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imbatch2soundvisu.core.errors import ConfigError, MakeError
from imbatch2soundvisu.embeddings.clip import Clip
from tests.conftest import photo

from .conftest import TINY
from .small_clip import record_of, seen_directly

os.environ["HF_HUB_OFFLINE"] = "1"
torch = pytest.importorskip("torch")
open_clip = pytest.importorskip("open_clip")
huggingface_hub = pytest.importorskip("huggingface_hub")


def test_key_follows_the_content_of_the_weights(place, tmp_path):
    copied, changed = tmp_path / "copied.pt", tmp_path / "changed.pt"
    copied.write_bytes((place / "a.pt").read_bytes())
    changed.write_bytes((place / "a.pt").read_bytes())
    first = Clip("test-tiny", changed)
    before, vector = first.key, first.embed([photo(0)])
    assert Clip("test-tiny", copied).key == before
    assert Clip("test-tiny", copied, 1).key == before
    changed.write_bytes((place / "b.pt").read_bytes())
    os.utime(changed, ns=(1, 1))
    assert first.key != before
    assert np.abs(first.embed([photo(0)]) - vector).max() > 1e-3


def test_names():
    assert Clip().name == Clip(batch_size=4, device="cpu").name == "clip"
    assert Clip("ViT-L-14", "openai").name == "clip-vit-l-14-openai"
    assert re.fullmatch(r"clip-vit-b-32-my-clothes-[0-9a-f]{6}", Clip("ViT-B-32", "weights/my clothes.pt").name)
    assert Clip("hf-hub:owner/Some_Model").name == "clip-owner-some-model"


def test_files_of_one_name_in_two_folders_have_names_of_their_own(tmp_path, monkeypatch):
    """Known without reading: none of these is there."""
    monkeypatch.chdir(tmp_path)
    long = "x" * 100
    for pattern in ("{}/checkpoint.pt", "{}/" + long + ".pt"):
        one, other = (Clip("ViT-B-32", pattern.format(run)).name for run in ("run-1", "run-2"))
        assert one != other
        assert Clip("ViT-B-32", tmp_path / pattern.format("run-1")).name == one
    assert Clip("local-dir:a/model").name != Clip("local-dir:b/model").name
    assert Clip("local-dir:a/model").name == Clip(f"local-dir:{tmp_path}/a/model").name


def test_what_a_folder_says_of_its_model_counts_as_its_weights_do(place, tmp_path):
    config = tmp_path / "open_clip_config.json"
    config.write_text(json.dumps({"model_cfg": TINY, "preprocess_cfg": {}}))
    pytest.importorskip("safetensors.torch").save_file(
        torch.load(place / "a.pt", weights_only=True), tmp_path / "open_clip_model.safetensors"
    )
    clip = Clip(f"local-dir:{tmp_path}")
    before, vector = clip.key, clip.embed([photo(0)])
    config.write_text(json.dumps({"model_cfg": TINY, "preprocess_cfg": {"mean": [0.1] * 3, "std": [0.9] * 3}}))
    changed = clip.key
    assert changed != before
    assert np.abs(clip.embed([photo(0)]) - vector).max() > 1e-3
    config.write_text(json.dumps({"model_cfg": TINY, "preprocess_cfg": {}}))
    assert clip.key == before
    assert clip.embed([photo(0)]) == pytest.approx(vector, abs=1e-6)


def test_a_folder_brings_its_own_model(place, direct, tmp_path):
    (tmp_path / "open_clip_config.json").write_text(json.dumps({"model_cfg": TINY, "preprocess_cfg": {}}))
    safetensors = pytest.importorskip("safetensors.torch")
    state = torch.load(place / "a.pt", weights_only=True)
    safetensors.save_file(state, tmp_path / "open_clip_model.safetensors")
    clip = Clip(f"local-dir:{tmp_path}")
    clip.prepare()
    assert clip.embed([photo(1)]) == pytest.approx(seen_directly(direct, [Image.fromarray(photo(1))]), abs=1e-5)
    assert clip.embed_text(["a hat"]) == pytest.approx(
        Clip("test-tiny", place / "a.pt").embed_text(["a hat"]), abs=1e-5
    )


class _Malicious:
    """A pickle of it creates a file when it is loaded carelessly."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self):
        return Path.touch, (self.trace,)


@pytest.mark.parametrize("kind", ["archive", "pickle", "old pickle", "beside tensors"])
def test_a_malicious_pickle_is_refused_without_running_it(tmp_path, kind, place):
    path, trace = tmp_path / "weights.pt", tmp_path / "it-ran"
    evil = _Malicious(trace)
    if kind == "archive":
        torch.save(evil, path)
    elif kind == "beside tensors":
        torch.save({"state_dict": torch.load(place / "a.pt", weights_only=True), "more": evil}, path)
    else:
        path.write_bytes(pickle.dumps(evil, protocol=2 if kind == "old pickle" else pickle.HIGHEST_PROTOCOL))
    clip = Clip("test-tiny", path)
    for refused in (clip.prepare, lambda: clip.embed([photo(0)]), lambda: list(clip.stream([record_of(path)]))):
        with pytest.raises(ConfigError, match="nothing of it was run") as raised:
            refused()
        assert str(path) in str(raised.value)
        assert "\n" not in str(raised.value)
    assert not trace.exists()
    pickle.loads(pickle.dumps(evil))
    assert trace.exists(), "the pickle must be one that would have run"


@pytest.mark.parametrize("suffix", [".pt", ".safetensors"])
def test_weights_cut_short_are_refused(place, tmp_path, suffix):
    path = tmp_path / f"short{suffix}"
    if suffix == ".pt":
        path.write_bytes((place / "a.pt").read_bytes())
    else:
        pytest.importorskip("safetensors.torch").save_file({"weight": torch.zeros(1000)}, path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(ConfigError, match="cut short") as raised:
        Clip("test-tiny", path).prepare()
    assert str(path) in str(raised.value)


def test_weights_of_another_model_are_refused_in_one_line(place):
    clip = Clip("test-wider", place / "a.pt")
    with pytest.raises(ConfigError, match=r"a\.pt does not fit the model test-wider") as raised:
        clip.embed([photo(0)])
    assert "\n" not in str(raised.value)


def test_weights_that_are_not_numbers_are_reported(place, tmp_path):
    state = torch.load(place / "a.pt", weights_only=True)
    state["visual.proj"][:] = float("nan")
    torch.save(state, tmp_path / "nan.pt")
    with pytest.raises(MakeError, match="not finite"):
        Clip("test-tiny", tmp_path / "nan.pt").embed([photo(0)])
