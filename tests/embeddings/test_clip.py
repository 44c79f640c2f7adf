"""Clip gives what open_clip gives, from weights and nothing but weights."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import warnings

import numpy as np
import pytest
from PIL import Image

from imbatch2soundvisu import Cache, discover, measure
from imbatch2soundvisu.core import ImageRecord
from imbatch2soundvisu.core.errors import ImageError
from imbatch2soundvisu.datasets import images
from imbatch2soundvisu.embeddings import inference
from imbatch2soundvisu.embeddings.clip import Clip
from tests.conftest import photo

from .small_clip import by_name, record_of, seen_directly

os.environ["HF_HUB_OFFLINE"] = "1"


torch = pytest.importorskip("torch")


open_clip = pytest.importorskip("open_clip")


huggingface_hub = pytest.importorskip("huggingface_hub")


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
    reported: list[tuple[str, int, int]] = []
    clip = Clip("test-tiny", place / "a.pt", 4)
    records = [record_of(path) for path in sorted(folder.iterdir())]
    batches = list(clip.stream(records, lambda *line: reported.append(line)))
    found = {record.name: vector for batch in batches for record, vector in batch}
    assert [record for batch in batches for record, _ in batch] == records
    assert {name for name, vector in found.items() if isinstance(vector, ImageError)} == {
        "image-04.jpg",
        "image-07.jpg",
    }
    assert {vector.shape for vector in found.values() if not isinstance(vector, ImageError)} == {(16,)}
    assert reported[0][1:] == (0, 12)
    assert reported[-1][1:] == (12, 12)


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
    printed = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=True).stdout.splitlines()
    assert 0 < int(printed[0].split()[1]) <= 380, "what was embedded before the kill is not embedded again"
    with Cache(tmp_path / "cache") as store:
        clip = Clip("test-tiny", place / "a.pt")
        table = measure(discover(folder), (), embeddings=[clip], cache=store, progress=_no_embedding)
    expected = seen_directly(direct, [Image.open(record.path).convert("RGB") for record in table.records])
    assert table.vectors[clip.name] == pytest.approx(expected, abs=1e-5)


def _no_embedding(stage, done, total):
    assert not stage.startswith("embed"), "everything was known"
