"""Clip without its weights or packages: one line before any work."""

from __future__ import annotations

import os

import pytest

from imbatch2soundvisu.core.errors import ConfigError, MissingExtra
from imbatch2soundvisu.embeddings.clip import Clip
from imbatch2soundvisu.runtime import weights
from imbatch2soundvisu.runtime.digests import file_digest

os.environ["HF_HUB_OFFLINE"] = "1"
torch = pytest.importorskip("torch")
open_clip = pytest.importorskip("open_clip")
huggingface_hub = pytest.importorskip("huggingface_hub")


@pytest.mark.parametrize(
    ("clip", "said"),
    [
        (Clip("ViT-B-23"), "Did you mean 'ViT-B-32'"),
        (Clip("ViT-B-32", "laion2b_s34b_b79"), "Did you mean 'laion2b_s34b_b79k'"),
        (Clip("test-tiny", "laion"), "give a file"),
        (Clip("test-tiny", "there/is/none.pt"), "no file of weights at there/is/none.pt"),
        (Clip("local-dir:nowhere"), "no open_clip_config.json in nowhere"),
        (Clip(device="gpu"), "there are: .*cpu"),
        (Clip(batch_size=0), "batch_size"),
    ],
    ids=lambda value: value.name if isinstance(value, Clip) else "",
)
def test_what_cannot_be_granted_is_refused_before_any_work(place, no_hub, clip, said):
    with pytest.raises(ConfigError, match=said):
        clip.prepare()


def test_offline_is_one_line_that_says_what_to_do(no_hub, monkeypatch):
    for ask in (Clip().prepare, lambda: Clip().key):
        with pytest.raises(
            ConfigError, match=r"laion2b_s34b_b79k is not on this machine.*HF_HUB_OFFLINE.*Look\(\)"
        ) as raised:
            ask()
        assert "\n" not in str(raised.value)
    with pytest.raises(ConfigError, match="local-dir:/path/to/their/folder"):
        Clip("ViT-L-14", "openai").prepare()  # a file alone would not say how its images are to be prepared
    monkeypatch.setattr(huggingface_hub, "HfApi", _Hub)
    monkeypatch.setattr(_Hub, "failure", ConnectionError("no route\nto host"))
    with pytest.raises(ConfigError, match="no network: no route to host") as raised:
        Clip().prepare()
    assert "\n" not in str(raised.value)


class _Hub:
    """A stand-in for the hub's client."""

    failure: Exception | None = None
    size = 605_157_884

    def model_info(self, repo, **_):
        if self.failure:
            raise self.failure

        class File:
            rfilename, size = "open_clip_model.safetensors", self.size

        class Info:
            siblings = (File,)

        return Info


def test_a_download_says_before_it_begins_how_large_it_is_and_where_it_goes(no_hub, monkeypatch, tmp_path, place):
    reported: list = []

    def download(repo, name, tqdm_class):
        reported.append(("downloading", repo, name))
        bar = tqdm_class(total=605_157_884, desc=name, disable=None, unit="B")
        bar.update(300_000_000)
        bar.close()
        return str(place / "a.pt")

    monkeypatch.setattr(huggingface_hub, "HfApi", _Hub)
    monkeypatch.setattr(huggingface_hub, "hf_hub_download", download)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    Clip().prepare(lambda *line: reported.append(line))
    assert reported[0][1:] == (0, 605)
    assert "605 MB" in reported[0][0]
    assert str(tmp_path / "hub") in reported[0][0]
    assert reported[1:] == [
        ("downloading", "laion/CLIP-ViT-B-32-laion2B-s34B-b79K", "open_clip_model.safetensors"),
        (reported[0][0], 300, 605),
        (reported[0][0], 605, 605),
    ]
    with pytest.warns(UserWarning, match="605 MB"):
        _ = Clip().key


def test_a_download_that_does_not_fit_the_disk_is_not_begun(no_hub, monkeypatch):
    monkeypatch.setattr(huggingface_hub, "HfApi", _Hub)
    monkeypatch.setattr(_Hub, "size", 10**18)
    with pytest.raises(ConfigError, match="MB are free"):
        Clip().prepare()


def test_weights_in_the_local_cache_need_no_network(no_hub, monkeypatch, place):
    monkeypatch.setattr(huggingface_hub, "try_to_load_from_cache", lambda repo, name: str(place / "a.pt"))
    Clip().prepare()
    assert Clip().key == f"clip-1-ViT-B-32-laion2b_s34b_b79k-{file_digest(place / 'a.pt')}"


@pytest.mark.parametrize(("module", "package"), [("open_clip", "open_clip_torch"), ("torch", "torch")])
def test_a_missing_package_is_named_with_its_install_line(monkeypatch, module, package):
    find = weights.importlib.util.find_spec
    monkeypatch.setattr(weights.importlib.util, "find_spec", lambda name: None if name == module else find(name))
    for ask in (Clip().prepare, lambda: Clip().key, lambda: Clip().embed_text(["a dog"])):
        with pytest.raises(MissingExtra, match=rf"{package}.*\[clip\]"):
            ask()


@pytest.mark.parametrize("phrases", [[], "a dog", ["a dog", ""], ["a dog", 3]])
def test_what_is_no_list_of_phrases_is_refused(place, phrases):
    with pytest.raises(ConfigError, match="embed_text"):
        Clip("test-tiny", place / "a.pt").embed_text(phrases)
