"""Clip gives what open_clip gives, from weights and nothing but weights."""

from __future__ import annotations

import json
import logging
import os
import pickle
import re
import signal
import subprocess
import sys
import threading
import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imbatch2soundvisu import Cache, discover, measure
from imbatch2soundvisu.core import ImageRecord
from imbatch2soundvisu.core.errors import ConfigError, ImageError, MakeError, MissingExtra
from imbatch2soundvisu.datasets import images
from imbatch2soundvisu.embeddings import inference, weights
from imbatch2soundvisu.embeddings.clip import Clip
from tests.conftest import photo

os.environ["HF_HUB_OFFLINE"] = "1"
torch = pytest.importorskip("torch")
open_clip = pytest.importorskip("open_clip")
huggingface_hub = pytest.importorskip("huggingface_hub")

TINY = {
    "embed_dim": 16,
    "vision_cfg": {"image_size": 64, "layers": 2, "width": 32, "head_width": 16, "patch_size": 16},
    "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 1},
}
WIDER = TINY | {"embed_dim": 24}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with two small models that open_clip knows, and weights for one of them."""
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
    model, _, preprocess = open_clip.create_model_and_transforms("test-tiny", pretrained=str(place / "a.pt"))
    return model.eval(), preprocess


@pytest.fixture
def no_hub(monkeypatch):
    """The hub's client, offline, with an empty cache."""
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(huggingface_hub, "try_to_load_from_cache", lambda *_: None)


def record_of(path: Path) -> ImageRecord:
    width, height = 0, 0
    try:
        with Image.open(path) as image:
            width, height = image.size
    except OSError:
        pass
    return ImageRecord(path, path.name, width, height, name=path.name)


def by_name(clip: Clip, records) -> dict:
    return {record.name: found for batch in clip.stream(records) for record, found in batch}


def seen_directly(direct, images) -> np.ndarray:
    model, preprocess = direct
    with torch.inference_mode():
        rows = [model.encode_image(preprocess(image)[None], normalize=True)[0] for image in images]
    return torch.stack(rows).numpy()


@pytest.mark.parametrize("batch_size", [1, 3, 32])
def test_images_are_seen_as_open_clip_sees_them(place, direct, folder, batch_size):
    Image.fromarray(photo(20, 300, 90)).save(folder / "wide.png")
    Image.fromarray(photo(21, 40, 33)).save(folder / "small.png")
    paths = sorted(folder.iterdir())
    found = by_name(Clip("test-tiny", place / "a.pt", batch_size), [record_of(path) for path in paths])
    expected = seen_directly(direct, [Image.open(path).convert("RGB") for path in paths])
    vectors = np.stack([found[path.name] for path in paths])
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    assert vectors == pytest.approx(expected, abs=1e-5)
    assert np.abs(vectors - vectors[0]).max() > 1e-3, "different images must differ"


@pytest.mark.parametrize("batch_size", [1, 3, 32])
def test_arrays_and_phrases_are_seen_as_open_clip_sees_them(place, direct, batch_size):
    clip, images = Clip("test-tiny", place / "a.pt", batch_size), [photo(seed) for seed in range(5)]
    expected = seen_directly(direct, [Image.fromarray(image) for image in images])
    assert clip.embed(images) == pytest.approx(expected, abs=1e-5)
    phrases = ["a calm sea", "a red door", "three dogs in the snow", "dusk"]
    with torch.inference_mode():
        tokens = open_clip.get_tokenizer("test-tiny")(phrases)
        read = direct[0].encode_text(tokens, normalize=True).numpy()
    assert clip.embed_text(phrases) == pytest.approx(read, abs=1e-5)


def test_a_image_is_upright_and_over_the_background(place, direct, tmp_path):
    upright = photo(3, 90, 60)
    turned = Image.fromarray(np.rot90(upright).copy())
    exif = Image.Exif()
    exif[0x0112] = 6
    turned.save(tmp_path / "turned.png", exif=exif)
    expected = seen_directly(direct, [Image.fromarray(upright)])[0]
    found = by_name(Clip("test-tiny", place / "a.pt"), [record_of(tmp_path / "turned.png")])["turned.png"]
    assert found == pytest.approx(expected, abs=1e-5)


def test_a_far_larger_image_is_decoded_smaller_and_seen_the_same(place, direct, tmp_path, monkeypatch):
    path, sizes = tmp_path / "large.jpg", []
    Image.fromarray(photo(4, 120, 80)).resize((1440, 960), Image.Resampling.BICUBIC).save(path, quality=92)
    opened = images.open_image

    def watched(source, long_side=None):
        rgb = opened(source, long_side)
        sizes.append(min(rgb.shape[:2]))
        return rgb

    monkeypatch.setattr(images, "open_image", watched)
    clip = Clip("test-tiny", place / "a.pt")
    known, unknown_size = record_of(path), ImageRecord(path, "", 0, 0, name="other")
    found = by_name(clip, [known, unknown_size])
    assert all(4 * 64 <= size < 960 for size in sizes)
    expected = seen_directly(direct, [Image.open(path).convert("RGB")])[0]
    assert found["large.jpg"] @ expected > 0.999
    assert np.array_equal(found["large.jpg"], found["other"])


def test_an_extreme_shape_takes_no_more_memory_than_others(place):
    strip = np.zeros((2, 60_000, 3), np.uint8)
    strip[:, 20_000:40_000] = 200
    network = Clip("test-tiny", place / "a.pt")._model().images
    assert inference.shrunk(strip, network).size == (64, 64)
    seen: list[tuple[int, int]] = []
    watching = inference.Network(network.forward, lambda image: seen.append(image.size), 64, "cpu")
    inference.tensor(inference.shrunk(strip, watching), watching)
    assert seen == [(2 * inference.LONGEST_RATIO, 2)]
    assert np.isfinite(Clip("test-tiny", place / "a.pt").embed([strip])).all()


def test_what_cannot_be_decoded_says_so_and_the_rest_goes_on(place, folder):
    (folder / "image-04.jpg").write_bytes(b"no image at all")
    (folder / "image-07.jpg").write_bytes(b"")
    told: list[tuple[str, int, int]] = []
    clip = Clip("test-tiny", place / "a.pt", 4)
    records = [record_of(path) for path in sorted(folder.iterdir())]
    batches = list(clip.stream(records, lambda *line: told.append(line)))
    found = {record.name: vector for batch in batches for record, vector in batch}
    assert [record for batch in batches for record, _ in batch] == records
    assert {name for name, vector in found.items() if isinstance(vector, ImageError)} == {
        "image-04.jpg",
        "image-07.jpg",
    }
    assert {vector.shape for vector in found.values() if not isinstance(vector, ImageError)} == {(16,)}
    assert told[0][1:] == (0, 12)
    assert told[-1][1:] == (12, 12)


def test_none_and_one(place, folder):
    clip = Clip("test-tiny", place / "a.pt")
    assert list(clip.stream([])) == []
    assert clip.embed([]).shape[0] == 0
    one = record_of(folder / "image-00.jpg")
    assert by_name(clip, [one])[one.name] == pytest.approx(clip.embed([np.asarray(Image.open(one.path))])[0], abs=1e-5)


def test_few_images_wait_at_a_time_and_stopping_early_ends_the_threads(place, folder, monkeypatch):
    begun: list[str] = []
    ready = inference._ready
    monkeypatch.setattr(
        inference, "_ready", lambda record, network: begun.append(record.name) or ready(record, network)
    )
    records = [record_of(folder / "image-00.jpg")] * 200
    batches = Clip("test-tiny", place / "a.pt", 4).stream(records)
    next(batches)
    batches.close()
    assert 4 <= len(begun) <= 4 + 2 * 4 + inference.decoders()
    assert not [1 for thread in threading.enumerate() if thread.name.startswith("decode")]


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
    for wishes in ("{}/checkpoint.pt", "{}/" + long + ".pt"):
        one, other = (Clip("ViT-B-32", wishes.format(run)).name for run in ("run-1", "run-2"))
        assert one != other
        assert Clip("ViT-B-32", tmp_path / wishes.format("run-1")).name == one
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
    told: list = []

    def download(repo, name, tqdm_class):
        told.append(("downloading", repo, name))
        bar = tqdm_class(total=605_157_884, desc=name, disable=None, unit="B")
        bar.update(300_000_000)
        bar.close()
        return str(place / "a.pt")

    monkeypatch.setattr(huggingface_hub, "HfApi", _Hub)
    monkeypatch.setattr(huggingface_hub, "hf_hub_download", download)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    Clip().prepare(lambda *line: told.append(line))
    assert told[0][1:] == (0, 605)
    assert "605 MB" in told[0][0]
    assert str(tmp_path / "hub") in told[0][0]
    assert told[1:] == [
        ("downloading", "laion/CLIP-ViT-B-32-laion2B-s34B-b79K", "open_clip_model.safetensors"),
        (told[0][0], 300, 605),
        (told[0][0], 605, 605),
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
    assert Clip().key == f"clip-1-ViT-B-32-laion2b_s34b_b79k-{weights.digest(place / 'a.pt')}"


@pytest.mark.parametrize(("module", "package"), [("open_clip", "open_clip_torch"), ("torch", "torch")])
def test_a_missing_package_is_named_with_its_install_line(monkeypatch, module, package):
    find = weights.importlib.util.find_spec
    monkeypatch.setattr(weights.importlib.util, "find_spec", lambda name: None if name == module else find(name))
    for ask in (Clip().prepare, lambda: Clip().key, lambda: Clip().embed_text(["a dog"])):
        with pytest.raises(MissingExtra, match=rf"{package}.*imbatch2soundvisu\[clip\]"):
            ask()


@pytest.mark.parametrize("phrases", [[], "a dog", ["a dog", ""], ["a dog", 3]])
def test_what_is_no_list_of_phrases_is_refused(place, phrases):
    with pytest.raises(ConfigError, match="embed_text"):
        Clip("test-tiny", place / "a.pt").embed_text(phrases)


def test_weights_that_are_not_numbers_are_told(place, tmp_path):
    state = torch.load(place / "a.pt", weights_only=True)
    state["visual.proj"][:] = float("nan")
    torch.save(state, tmp_path / "nan.pt")
    with pytest.raises(MakeError, match="not finite"):
        Clip("test-tiny", tmp_path / "nan.pt").embed([photo(0)])


def test_loading_leaves_the_loggers_of_the_run_alone(place):
    before = list(logging.root.handlers)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Clip("test-tiny", place / "b.pt").embed([photo(0)])
    assert logging.root.handlers == before


KILLED = """
import sys
from pathlib import Path
import open_clip
from imbatch2soundvisu import Clip, Cache, discover, measure

configs, weights, folder, cache = map(Path, sys.argv[1:])
open_clip.add_model_config(configs)
batches = []

def progress(stage, done, total):
    if stage.startswith("embed"):
        print(done, total, flush=True)

with Cache(cache) as store:
    measure(discover(folder), (), embeddings=[Clip("test-tiny", weights, 2)], cache=store, progress=progress)
"""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_a_run_that_was_killed_goes_on_where_it_was_and_gives_the_same(place, direct, tmp_path):
    folder = tmp_path / "many"
    folder.mkdir()
    for seed in range(400):
        Image.fromarray(photo(seed, 90, 70)).save(folder / f"{seed:03}.png")
    script = tmp_path / "embed.py"
    script.write_text(KILLED)
    command = [sys.executable, script, place / "configs", place / "a.pt", folder, tmp_path / "cache"]
    run = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, text=True)
    for line in run.stdout:
        if int(line.split()[0]) >= 20:
            run.send_signal(signal.SIGKILL)
            break
    assert run.wait() == -signal.SIGKILL
    told = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=True).stdout.splitlines()
    assert 0 < int(told[0].split()[1]) <= 380, "what was embedded before the kill is not embedded again"
    with Cache(tmp_path / "cache") as store:
        clip = Clip("test-tiny", place / "a.pt")
        table = measure(discover(folder), (), embeddings=[clip], cache=store, progress=_no_embedding)
    expected = seen_directly(direct, [Image.open(record.path).convert("RGB") for record in table.records])
    assert table.vectors[clip.name] == pytest.approx(expected, abs=1e-5)


def _no_embedding(stage, done, total):
    assert not stage.startswith("embed"), "everything was known"
