"""Hugging Face data sets as folders, against a stand-in of the client."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imbatch2soundvisu import datasets
from imbatch2soundvisu.core.errors import ConfigError, MakeError, UnwritableError
from tests.conftest import photo
from tests.datasets.downloads.stand_ins import HubImage, Stream, beans, jpeg, stand_in, tree, visible


def test_hub_images_are_unchanged_in_one_folder_for_each_class(hub, tmp_path):
    hub.sets["beans"], seen = beans(), []
    folder = datasets.huggingface("beans", cache=tmp_path / "cache", progress=lambda *report: seen.append(report))
    assert tree(folder) == [
        "healthy/bean_0.jpg", "healthy/bean_2.jpg", "healthy/bean_4.jpg", "rust/bean_1.jpg", "rust/bean_3.jpg",
    ]  # fmt: skip
    assert (folder / "rust/bean_3.jpg").read_bytes() == jpeg(3)
    assert hub.asked == [{"path": "beans", "name": None, "split": "train", "streaming": True, "token": None}]
    assert seen[-1] == ("download", 5, 5)
    datasets.huggingface("beans", cache=tmp_path / "cache")
    assert len(hub.asked) == 1
    assert visible(tmp_path / "cache/downloads") == [folder.name]


def test_a_subset_is_a_configuration_with_its_own_folder(hub, tmp_path):
    hub.sets["beans"] = beans(2)
    whole = datasets.huggingface("beans", cache=tmp_path / "cache")
    assert datasets.huggingface("beans", subset="small", cache=tmp_path / "cache") != whole
    assert [each["name"] for each in hub.asked] == [None, "small"]


def test_a_limit_reads_only_the_images_it_needs(hub, tmp_path):
    stream = hub.sets["beans"] = beans(50)
    assert len(tree(datasets.huggingface("beans", limit=3, cache=tmp_path / "cache"))) == 3
    assert len(stream.read) <= 4


def test_an_interrupted_download_continues_where_it_stopped(hub, tmp_path):
    cache = tmp_path / "cache"
    hub.sets["beans"] = beans(6, breaks_at=4)
    with pytest.raises(MakeError, match="'beans' cannot be downloaded now: the line went dead"):
        datasets.huggingface("beans", cache=cache)
    assert [name for name in visible(cache / "downloads") if not name.endswith(".partial")] == []
    mended = hub.sets["beans"] = beans(6)
    folder = datasets.huggingface("beans", cache=cache)
    assert mended.read == [4, 5]
    assert visible(cache / "downloads") == [folder.name]
    undisturbed = datasets.huggingface("beans", cache=tmp_path / "other")
    assert tree(folder) == tree(undisturbed)


def test_columns_can_be_chosen(hub, tmp_path):
    hub.sets["beans"] = beans(2)
    options = {"cache": tmp_path / "cache"}
    assert tree(datasets.huggingface("beans", label="", **options)) == ["bean_0.jpg", "bean_1.jpg"]
    assert tree(datasets.huggingface("beans", label="text", **options)) == ["bean 0/bean_0.jpg", "bean 1/bean_1.jpg"]
    with pytest.raises(ConfigError, match="contains no images"):
        datasets.huggingface("beans", image="mask", **options)
    with pytest.raises(ConfigError, match=r"'photo'.*There are: image, labels, mask, text"):
        datasets.huggingface("beans", image="photo", **options)
    hub.sets["words"] = Stream([{"text": "a"}], {"text": str})
    with pytest.raises(ConfigError, match="no column of images; give image=, one of: text"):
        datasets.huggingface("words", **options)


def test_streams_without_types_and_rows_of_every_kind(hub, tmp_path):
    here = tmp_path / "here.jpg"
    here.write_bytes(jpeg(7))
    rows = [
        {"jpg": jpeg(0), "cls": 1},
        {"jpg": {"bytes": None, "path": str(here)}, "cls": 10},
        {"jpg": Image.fromarray(photo(2, 8, 8)), "cls": "own word"},
        {"jpg": photo(3, 8, 8), "cls": [1, 2]},
        {"jpg": None, "cls": 1},
        {"jpg": {"bytes": jpeg(4), "path": "zip://a/b.jpg::https://far/away.zip"}, "cls": -1},
    ]
    hub.sets["loose"] = Stream(rows, None)
    folder = datasets.huggingface("loose", label="cls", cache=tmp_path / "cache")
    assert tree(folder) == ["000003.png", "001/000000.jpg", "010/here.jpg", "b.jpg", "own word/000002.png"]
    assert (folder / "001/000000.jpg").read_bytes() == jpeg(0)
    assert np.array_equal(np.asarray(Image.open(folder / "000003.png")), photo(3, 8, 8))


def test_a_data_set_cannot_read_files_of_this_computer(hub, tmp_path):
    (tmp_path / "secret").write_text("mine")
    for path in (str(tmp_path / "secret"), f"file://{tmp_path / 'secret'}", str(tmp_path), str(tmp_path / "none.jpg")):
        hub.sets["sly"] = Stream([{"image": {"bytes": None, "path": path}}], {"image": HubImage()})
        with pytest.raises(MakeError, match="stands for an image, but is not one"):
            datasets.huggingface("sly", cache=tmp_path / "cache")


@pytest.mark.parametrize(
    "path",
    [
        "local://{}",
        "LOCAL://{}",
        "filecache::file://{}",
        "simplecache::file://{}",
        "zip://a.jpg::file://{}",
        "zip://a.jpg::{}",
        "https://far/a.jpg::local://{}",
        "filecache::https://far/a.jpg",
        "dir::{}",
        "s3://bucket/a.jpg",
        "memory://a.jpg",
    ],
)
def test_no_chain_of_file_systems_opens_files_of_this_computer(hub, tmp_path, monkeypatch, path):
    secret = tmp_path / "secret.jpg"
    secret.write_bytes(jpeg(1))
    stand_in(monkeypatch, "fsspec", open=lambda *_: pytest.fail("opened"))
    hub.sets["sly"] = Stream([{"image": {"bytes": None, "path": path.format(secret)}}], {"image": HubImage()})
    with pytest.raises(MakeError, match="stands for an image"):
        datasets.huggingface("sly", cache=tmp_path / "cache")


def test_files_without_the_signature_of_an_image_are_refused(hub, tmp_path, monkeypatch):
    secret = tmp_path / "secret.jpg"
    secret.write_text("mine")
    far = {"https://far/a.jpg": b"<html>", "hf://far/b.jpg": jpeg(2), "zip://c.jpg::https://far/away.zip": jpeg(3)}
    stand_in(monkeypatch, "fsspec", open=lambda path, mode: io.BytesIO(far[path]))
    for path in (str(secret), f"file://{secret}", "https://far/a.jpg"):
        hub.sets["sly"] = Stream([{"image": {"bytes": None, "path": path}}], {"image": HubImage()})
        with pytest.raises(MakeError, match="stands for an image, but is not one"):
            datasets.huggingface("sly", cache=tmp_path / "cache")
    rows = [{"image": {"bytes": None, "path": path}} for path in list(far)[1:]]
    hub.sets["fair"] = Stream(rows, {"image": HubImage()})
    folder = datasets.huggingface("fair", cache=tmp_path / "cache")
    assert {name: (folder / name).read_bytes() for name in tree(folder)} == {"b.jpg": jpeg(2), "c.jpg": jpeg(3)}


def test_invalid_hub_requests_give_one_line(hub, tmp_path):
    hub.sets["beans"] = beans()
    for options, message in (
        ({"name": "no/body"}, "Dataset 'no/body' doesn't exist on the Hub or cannot be accessed."),
        ({"name": "beans", "split": "test"}, "Available splits: ['train']"),
        ({"name": " "}, "names of a data set"),
        ({"name": "beans", "split": None}, "names of a data set"),
    ):
        with pytest.raises(ConfigError) as error:
            datasets.huggingface(**options, cache=tmp_path / "cache")
        assert message in str(error.value)
        assert "\n" not in str(error.value)


def test_a_token_is_written_nowhere(hub, tmp_path):
    hub.sets["beans"] = beans()
    folder = datasets.huggingface("beans", token="hf_secret", cache=tmp_path / "cache")
    assert hub.asked[0]["token"] == "hf_secret"
    assert folder == datasets.huggingface("beans", cache=tmp_path / "cache")
    assert not any(b"hf_secret" in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


def test_a_full_disk_is_an_unwritable_error(hub, tmp_path, monkeypatch):
    hub.sets["beans"] = beans()
    monkeypatch.setattr(Path, "write_bytes", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(UnwritableError, match="No space left"):
        datasets.huggingface("beans", cache=tmp_path / "cache")
