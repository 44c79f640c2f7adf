"""Public collections as folders: against small stand-ins with the signatures of the real clients."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, ClassVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from imbatch2soundvisu import datasets
from imbatch2soundvisu.core import silent
from imbatch2soundvisu.core.errors import ConfigError, MakeError, MissingExtra, UnwritableError
from imbatch2soundvisu.datasets.downloads.gathering import Item, gather, safe_name
from tests.conftest import photo


def jpeg(seed: int) -> bytes:
    file = io.BytesIO()
    Image.fromarray(photo(seed, 24, 16)).save(file, "JPEG")
    return file.getvalue()


def tree(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def kept(cache: Path) -> list[str]:
    return sorted(path.name for path in (cache / "downloads").iterdir())


class NotFoundError(Exception):
    pass


def stand_in(monkeypatch: pytest.MonkeyPatch, name: str, **content: Any) -> ModuleType:
    module = ModuleType(name)
    vars(module).update(content)
    monkeypatch.setitem(sys.modules, name, module)
    return module


@pytest.fixture
def kagglehub(monkeypatch, tmp_path):
    """A client that has one data set in its own cache."""
    home = tmp_path / "kagglehub/datasets/some-one/butterflies/versions/1"
    asked: list[str] = []

    def dataset_download(
        handle: str, path: str | None = None, *, force_download: bool | None = False, output_dir: str | None = None
    ) -> str:
        asked.append(handle)
        if handle != "some-one/butterflies":
            raise NotFoundError(f"404 Client Error.\n\nResource not found at URL: https://kaggle/{handle}")
        return str(home)

    for number, name in enumerate(
        ["train/Image_1.jpg", "train/Image_2.jpg", "train/deep/no_ending", "test/Image_1.jpg"]
    ):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_bytes(jpeg(number))
    (home / "train.csv").write_text(
        "id,filename,label\n7,Image_1.jpg,MONARCH\n8,Image_2.jpg,RED ADMIRAL\n9,Image_3.jpg,X\n"
    )
    (home / "readme.md").write_text("licence: ask")
    (home / ".hidden.jpg").write_bytes(jpeg(9))
    os.symlink("/etc/hostname", home / "train/link.jpg")
    return stand_in(monkeypatch, "kagglehub", dataset_download=dataset_download, home=home, asked=asked)


class HubImage:
    def __init__(self, mode: str | None = None, decode: bool = True, id: str | None = None) -> None:
        self.decode = decode


class ClassLabel:
    def __init__(self, num_classes: int | None = None, names: list[str] | None = None) -> None:
        self.names = names


class Stream:
    """As much of `datasets.IterableDataset` as is used."""

    def __init__(self, rows: list[dict], features: dict | None, breaks_at: int | None = None, total: int = 0) -> None:
        self.rows, self.features, self.breaks_at = rows, features, breaks_at
        self.info = SimpleNamespace(splits={"train": SimpleNamespace(num_examples=total)} if total else None)
        self.read: list[int] = []

    def _with(self, features: dict | None, start: int = 0) -> Stream:
        other = Stream(self.rows, features, self.breaks_at)
        other.info, other.read, other.start = self.info, self.read, start
        return other

    start = 0

    def select_columns(self, column_names: str | list[str]) -> Stream:
        return self._with({name: self.features[name] for name in column_names}, self.start)

    def cast_column(self, column: str, feature: Any) -> Stream:
        return self._with(self.features | {column: feature}, self.start)

    def skip(self, n: int) -> Stream:
        return self._with(self.features, n)

    def __iter__(self):
        for number, row in enumerate(self.rows):
            if number < self.start:
                continue
            if number == self.breaks_at:
                raise ConnectionError("the line went dead")
            self.read.append(number)
            yield {name: self._given(row[name], name) for name in (self.features or row)}

    def _given(self, value: Any, name: str) -> Any:
        decoded = self.features and isinstance(self.features[name], HubImage) and self.features[name].decode
        return Image.open(io.BytesIO(value["bytes"])) if decoded and value and value["bytes"] else value


@pytest.fixture
def hub(monkeypatch):
    """A hub whose data sets a test fills in; it remembers how it was asked."""
    sets: dict[str, Stream] = {}
    asked: list[dict] = []

    def load_dataset(
        path: str,
        name: str | None = None,
        data_dir: str | None = None,
        data_files: Any = None,
        split: str | None = None,
        cache_dir: str | None = None,
        features: Any = None,
        download_config: Any = None,
        download_mode: Any = None,
        verification_mode: Any = None,
        keep_in_memory: bool | None = None,
        save_infos: bool = False,
        revision: str | None = None,
        token: Any = None,
        streaming: bool = False,
        **config_kwargs: Any,
    ) -> Stream:
        asked.append({"path": path, "name": name, "split": split, "streaming": streaming, "token": token})
        if path not in sets:
            raise FileNotFoundError(f"Dataset '{path}' doesn't exist on the Hub\nor cannot be accessed.")
        if split != "train":
            raise ValueError(f"Bad split: {split}. Available splits: ['train']")
        return sets[path]

    stand_in(monkeypatch, "datasets", load_dataset=load_dataset, Image=HubImage, ClassLabel=ClassLabel)
    return SimpleNamespace(sets=sets, asked=asked)


def beans(n: int = 5, breaks_at: int | None = None) -> Stream:
    rows = [
        {"text": f"bean {k}", "image": {"bytes": jpeg(k), "path": f"bean_{k}.jpg"}, "labels": k % 2, "mask": None}
        for k in range(n)
    ]
    features = {"text": str, "image": HubImage(), "labels": ClassLabel(names=["healthy", "rust"]), "mask": HubImage()}
    return Stream(rows, features, breaks_at, total=n)


class VisionDataset:
    def __init__(self, root: str | Path | None = None, transforms: Any = None, transform: Any = None) -> None:
        self.root = root


class Flowers102(VisionDataset):
    """Keeps files, and lets a loader see their paths."""

    classes: ClassVar = ["pink primrose", "pink/primrose", "tiger lily"]

    def __init__(
        self,
        root: str | Path,
        split: str = "train",
        transform: Any = None,
        target_transform: Any = None,
        download: bool = False,
        loader: Any = Image.open,
    ) -> None:
        super().__init__(root)
        if split not in ("train", "val", "test"):
            raise ValueError(
                f"Unknown value '{split}' for argument split. Valid values are {{'train', 'val', 'test'}}."
            )
        self.loader, self.files = loader, [Path(root) / f"flowers-102/jpg/image_{k:05}.jpg" for k in range(6)]
        if download:
            for seed, file in enumerate(self.files):
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(jpeg(seed))

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, idx: int) -> tuple[Any, Any]:
        return self.loader(self.files[idx]), idx % 3


class CIFAR10(VisionDataset):
    """Keeps arrays, and gives images."""

    def __init__(
        self,
        root: str | Path,
        train: bool = True,
        transform: Any = None,
        target_transform: Any = None,
        download: bool = False,
    ) -> None:
        super().__init__(root)
        self.classes = [("plane", "aeroplane"), ("car",)]
        self.data = [photo(seed + 10 * train, 8, 8) for seed in range(10)]

    def __len__(self) -> int:
        return len(self.data)

    def __getitem__(self, idx: int) -> tuple[Any, Any]:
        return Image.fromarray(self.data[idx]), idx // 5


class MovingMNIST(VisionDataset):
    def __init__(
        self, root: str | Path, split: str | None = None, download: bool = False, transform: Any = None
    ) -> None:
        super().__init__(root)

    def __len__(self) -> int:
        return 2

    def __getitem__(self, idx: int) -> Any:
        return np.zeros((20, 1, 8, 8), np.uint8)


@pytest.fixture
def vision(monkeypatch):
    kinds = {kind.__name__: kind for kind in (VisionDataset, Flowers102, CIFAR10, MovingMNIST)}
    parent = stand_in(monkeypatch, "torchvision")
    parent.datasets = stand_in(monkeypatch, "torchvision.datasets", __all__=tuple(kinds), **kinds)
    return parent.datasets


def test_kaggle_images_keep_their_folders_and_bytes(kagglehub, tmp_path):
    folder = datasets.kaggle("some-one/butterflies", cache=tmp_path / "cache")
    assert tree(folder) == ["test/Image_1.jpg", "train/Image_1.jpg", "train/Image_2.jpg", "train/deep/no_ending.jpg"]
    for name in ("test/Image_1.jpg", "train/Image_1.jpg"):
        assert (folder / name).read_bytes() == (kagglehub.home / name).read_bytes()
    assert len(datasets.discover(folder)) == 4
    assert datasets.kaggle("some-one/butterflies", cache=tmp_path / "cache") == folder
    assert kagglehub.asked == ["some-one/butterflies"]


def test_kaggle_labels_from_a_table_of_the_set(kagglehub, tmp_path):
    wish = {"labels": "train.csv", "cache": tmp_path / "cache"}
    folder = datasets.kaggle("some-one/butterflies", folder="train", **wish)
    assert tree(folder) == ["MONARCH/Image_1.jpg", "RED ADMIRAL/Image_2.jpg", "deep/no_ending.jpg"]
    with pytest.raises(ConfigError, match=r"Image_1\.jpg in train\.csv names 2 images"):
        datasets.kaggle("some-one/butterflies", **wish)
    (kagglehub.home / "train.csv").write_text("file,width,height\nImage_2,3,4\n")
    with pytest.raises(ConfigError, match="no column of labels; its columns: file, width, height"):
        datasets.kaggle("some-one/butterflies", **wish)
    (kagglehub.home / "train.csv").write_text("file,kind\nImage_2,b\n")
    assert "b/Image_2.jpg" in tree(datasets.kaggle("some-one/butterflies", **wish))


def test_kaggle_sets_need_not_share_a_disk_with_the_cache(kagglehub, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "link", lambda *_: (_ for _ in ()).throw(OSError(18, "Invalid cross-device link")))
    assert len(tree(datasets.kaggle("some-one/butterflies", cache=tmp_path / "cache"))) == 4


@pytest.mark.parametrize(
    ("name", "wish", "words"),
    [
        ("butterflies", {}, "owner/name"),
        ("../../etc", {}, "owner/name"),
        ("no-body/nothing", {}, "Resource not found at URL: https://kaggle/no-body/nothing"),
        ("some-one/butterflies", {"folder": "valid"}, "has no 'valid'; it has: .hidden.jpg, readme.md, test"),
        ("some-one/butterflies", {"folder": "../.."}, "has no '../..'"),
        ("some-one/butterflies", {"labels": "labels.csv"}, "has no 'labels.csv'"),
        ("some-one/butterflies", {"limit": 0}, "limit=0"),
    ],
)
def test_what_kaggle_has_not_is_one_line(kagglehub, tmp_path, name, wish, words):
    with pytest.raises(ConfigError) as error:
        datasets.kaggle(name, cache=tmp_path / "cache", **wish)
    assert words in str(error.value)
    assert "\n" not in str(error.value)


def test_hub_images_come_unchanged_in_a_folder_for_each_class(hub, tmp_path):
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
    assert kept(tmp_path / "cache") == [folder.name]


def test_a_limit_reads_no_more_than_it_needs(hub, tmp_path):
    stream = hub.sets["beans"] = beans(50)
    assert len(tree(datasets.huggingface("beans", limit=3, cache=tmp_path / "cache"))) == 3
    assert len(stream.read) <= 4


def test_a_download_that_broke_goes_on_where_it_stopped(hub, tmp_path):
    cache = tmp_path / "cache"
    hub.sets["beans"] = beans(6, breaks_at=4)
    with pytest.raises(MakeError, match="'beans' cannot be fetched now: the line went dead"):
        datasets.huggingface("beans", cache=cache)
    assert [name for name in kept(cache) if not name.endswith(".partial")] == []
    mended = hub.sets["beans"] = beans(6)
    folder = datasets.huggingface("beans", cache=cache)
    assert mended.read == [4, 5]
    assert kept(cache) == [folder.name]
    undisturbed = datasets.huggingface("beans", cache=tmp_path / "other")
    assert tree(folder) == tree(undisturbed)


def test_columns_can_be_chosen(hub, tmp_path):
    hub.sets["beans"] = beans(2)
    wish = {"cache": tmp_path / "cache"}
    assert tree(datasets.huggingface("beans", label="", **wish)) == ["bean_0.jpg", "bean_1.jpg"]
    assert tree(datasets.huggingface("beans", label="text", **wish)) == ["bean 0/bean_0.jpg", "bean 1/bean_1.jpg"]
    with pytest.raises(ConfigError, match="holds no images"):
        datasets.huggingface("beans", image="mask", **wish)
    with pytest.raises(ConfigError, match=r"'image'.*There are: image, labels, mask, text"):
        datasets.huggingface("beans", image="image", **wish)
    hub.sets["words"] = Stream([{"text": "a"}], {"text": str})
    with pytest.raises(ConfigError, match="no column of images; say image=, one of: text"):
        datasets.huggingface("words", **wish)


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


def test_a_set_cannot_take_files_of_this_machine(hub, tmp_path):
    (tmp_path / "secret").write_text("mine")
    for path in (str(tmp_path / "secret"), f"file://{tmp_path / 'secret'}", str(tmp_path), str(tmp_path / "none.jpg")):
        hub.sets["sly"] = Stream([{"image": {"bytes": None, "path": path}}], {"image": HubImage()})
        with pytest.raises(MakeError, match="stands for an image, but is none"):
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
def test_no_chain_of_file_systems_leads_to_this_machine(hub, tmp_path, monkeypatch, path):
    secret = tmp_path / "secret.jpg"
    secret.write_bytes(jpeg(1))
    stand_in(monkeypatch, "fsspec", open=lambda *_: pytest.fail("opened"))
    hub.sets["sly"] = Stream([{"image": {"bytes": None, "path": path.format(secret)}}], {"image": HubImage()})
    with pytest.raises(MakeError, match="stands for an image"):
        datasets.huggingface("sly", cache=tmp_path / "cache")


def test_what_is_only_called_a_image_is_not_taken(hub, tmp_path, monkeypatch):
    secret = tmp_path / "secret.jpg"
    secret.write_text("mine")
    far = {"https://far/a.jpg": b"<html>", "hf://far/b.jpg": jpeg(2), "zip://c.jpg::https://far/away.zip": jpeg(3)}
    stand_in(monkeypatch, "fsspec", open=lambda path, mode: io.BytesIO(far[path]))
    for path in (str(secret), f"file://{secret}", "https://far/a.jpg"):
        hub.sets["sly"] = Stream([{"image": {"bytes": None, "path": path}}], {"image": HubImage()})
        with pytest.raises(MakeError, match="stands for an image, but is none"):
            datasets.huggingface("sly", cache=tmp_path / "cache")
    rows = [{"image": {"bytes": None, "path": path}} for path in list(far)[1:]]
    hub.sets["fair"] = Stream(rows, {"image": HubImage()})
    folder = datasets.huggingface("fair", cache=tmp_path / "cache")
    assert {name: (folder / name).read_bytes() for name in tree(folder)} == {"b.jpg": jpeg(2), "c.jpg": jpeg(3)}


def test_what_the_hub_has_not_is_one_line(hub, tmp_path):
    hub.sets["beans"] = beans()
    for wish, words in (
        ({"name": "no/body"}, "Dataset 'no/body' doesn't exist on the Hub or cannot be accessed."),
        ({"name": "beans", "split": "test"}, "Available splits: ['train']"),
        ({"name": " "}, "names of a data set"),
        ({"name": "beans", "split": None}, "names of a data set"),
    ):
        with pytest.raises(ConfigError) as error:
            datasets.huggingface(**wish, cache=tmp_path / "cache")
        assert words in str(error.value)
        assert "\n" not in str(error.value)


def test_a_token_is_written_nowhere(hub, tmp_path):
    hub.sets["beans"] = beans()
    folder = datasets.huggingface("beans", token="hf_secret", cache=tmp_path / "cache")
    assert hub.asked[0]["token"] == "hf_secret"
    assert folder == datasets.huggingface("beans", cache=tmp_path / "cache")
    assert not any(b"hf_secret" in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


def test_a_full_disk_is_told_as_such(hub, tmp_path, monkeypatch):
    hub.sets["beans"] = beans()
    monkeypatch.setattr(Path, "write_bytes", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(UnwritableError, match="No space left"):
        datasets.huggingface("beans", cache=tmp_path / "cache")


def test_files_come_unchanged_where_the_class_lets_them_through(vision, tmp_path):
    folder = datasets.torchvision("Flowers102", cache=tmp_path / "cache")
    assert tree(folder) == [
        "pink primrose/image_00000.jpg", "pink primrose/image_00003.jpg", "pink_primrose/image_00001.jpg",
        "pink_primrose/image_00004.jpg", "tiger lily/image_00002.jpg", "tiger lily/image_00005.jpg",
    ]  # fmt: skip
    assert (folder / "tiger lily/image_00005.jpg").read_bytes() == jpeg(5)
    assert datasets.torchvision("Flowers102", "test", cache=tmp_path / "cache") != folder


def test_a_limit_is_spread_over_the_whole_set(vision, tmp_path):
    folder = datasets.torchvision("CIFAR10", "test", limit=4, cache=tmp_path / "cache")
    assert tree(folder) == ["car/000005.png", "car/000007.png", "plane/000000.png", "plane/000002.png"]
    assert np.array_equal(np.asarray(Image.open(folder / "car/000007.png")), photo(7, 8, 8))
    other = datasets.torchvision("CIFAR10", "train", limit=4, cache=tmp_path / "cache")
    assert np.array_equal(np.asarray(Image.open(other / "car/000007.png")), photo(17, 8, 8))


@pytest.mark.parametrize(
    ("name", "wish", "kind", "words"),
    [
        ("flowers102", {}, ConfigError, "Did you mean 'Flowers102'?"),
        ("os", {}, ConfigError, "unknown torchvision data set"),
        ("Flowers102", {"split": "valid"}, ConfigError, "Valid values are {'train', 'val', 'test'}"),
        ("CIFAR10", {"split": "val"}, ConfigError, "takes split='train' or 'test', not 'val'"),
        ("VisionDataset", {"split": "train"}, ConfigError, "takes no split"),
        ("CIFAR10", {"colour": 1}, ConfigError, "colour"),
        ("MovingMNIST", {}, MakeError, "ndarray of shape (20, 1, 8, 8)"),
    ],
)
def test_what_torchvision_has_not_is_one_line(vision, tmp_path, name, wish, kind, words):
    with pytest.raises(kind) as error:
        datasets.torchvision(name, cache=tmp_path / "cache", **wish)
    assert words in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.slow
def test_the_real_torchvision(tmp_path):
    pytest.importorskip("torchvision")
    folder = datasets.torchvision("FakeData", size=4, image_size=(3, 8, 9), num_classes=2, cache=tmp_path / "cache")
    images = list(datasets.discover(folder))
    assert [(image.width, image.height) for image in images] == [(9, 8)] * 4


@pytest.mark.parametrize(
    ("call", "package"),
    [
        (lambda: datasets.kaggle("a/b"), "kagglehub"),
        (lambda: datasets.huggingface("a"), "datasets"),
        (lambda: datasets.torchvision("A"), "torchvision"),
    ],
)
def test_a_missing_client_says_what_to_install(monkeypatch, call, package):
    for name in list(sys.modules):
        if name.split(".")[0] == package:
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.setattr(sys, "meta_path", [])
    with pytest.raises(MissingExtra) as error:
        call()
    assert repr(package) in str(error.value)
    assert 'pip install "imbatch2soundvisu[datasets]"' in str(error.value)


def test_a_folder_of_the_same_name_is_no_client(monkeypatch, tmp_path):
    (tmp_path / "datasets").mkdir()
    monkeypatch.delitem(sys.modules, "datasets", raising=False)
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    with pytest.raises(ConfigError, match="in place of the package 'datasets'"):
        datasets.huggingface("beans")
    monkeypatch.delitem(sys.modules, "datasets", raising=False)


def test_a_folder_is_where_the_persons_cache_is(hub, tmp_path, monkeypatch):
    hub.sets["beans"] = beans()
    monkeypatch.setenv("IMBATCH2SOUNDVISU_CACHE", str(tmp_path / "mine"))
    assert datasets.huggingface("beans").is_relative_to(tmp_path / "mine")


EVIL = [
    "../../../escaped.jpg", "/etc/escaped.jpg", "C:\\Windows\\escaped.jpg", "..", ".", "", "...jpg", ".hidden.jpg",
    "CON.jpg", "aux", "a\0b.jpg", "a\nb.jpg", "\u202egpj.exe", "x" * 400 + ".jpg", "写" * 200 + ".jpg", "piece.json",
    "same.jpg", "SAME.jpg", "same.jpg", "trailing. ", "\udce9.jpg", "a:b?*.jpg", "same-000017.jpg",
]  # fmt: skip


def everything_below(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if not path.is_dir()}


def test_no_name_leads_out_of_the_folder(tmp_path):
    before = everything_below(tmp_path)
    names = [(label, name) for label in EVIL for name in EVIL]
    items = [Item(jpeg(0), (label,) if label else (), name) for label, name in names]
    folder = gather(tmp_path / "a/b/set", "it", lambda done: iter(items[done:]), len(items), silent)
    found = everything_below(tmp_path) - before
    assert len(found) == len(names)
    assert all(path.is_relative_to(folder) for path in found)
    for path in found:
        parts = path.relative_to(folder).parts
        assert len(parts) <= 2
        assert not any(part.startswith(".") or part.endswith((".", " ")) for part in parts)
        assert max(len(part.encode()) for part in parts) < 200
    lower = [path.relative_to(folder).as_posix().casefold() for path in found]
    assert len(set(lower)) == len(found)
    # every label but the empty one has a folder of its own
    assert len({path.parent for path in found}) == len(set(EVIL))
    assert len(datasets.discover(folder)) == len(names)


@given(st.text(st.characters(codec=None), max_size=60))
def test_any_name_becomes_one_harmless_part_of_a_path(name):
    safe = safe_name(name)
    assert safe
    assert safe == Path(safe).name
    assert not set(safe) & set('<>:"/\\|?*\0\n\r')
    assert not safe.startswith(".")
    assert not safe.endswith((".", " "))
    assert len(safe.encode("utf-8")) <= 121
    assert safe_name(safe) == safe


def test_folders_and_files_of_one_name_do_not_meet(tmp_path):
    wishes = [
        (("train", "cats"), "1.jpg"),
        (("train",), "cats.jpg"),
        ((), "train"),
        (("train",), "1.jpg"),
        (("a.jpg",), "1.jpg"),
    ]
    items = [*(Item(jpeg(0), folders, name) for folders, name in wishes), Item(jpeg(0), (), "a.jpg")]
    folder = gather(tmp_path / "set", "it", lambda done: iter(items[done:]), len(items), silent)
    assert tree(folder) == ["a.jpg", "a.jpg_/1.jpg", "train.jpg", "train/1.jpg", "train/cats.jpg", "train/cats/1.jpg"]


@pytest.mark.parametrize("cut", [1, 7, 20])
def test_a_run_killed_while_it_wrote_a_line_goes_on(tmp_path, cut):
    items = [Item(jpeg(k), ("Label",) if k % 2 else ("label",), "same.jpg") for k in range(5)]

    def until(stop: int):
        def some(done: int):
            for number in range(done, 5):
                if number == stop:
                    raise KeyboardInterrupt
                yield items[number]

        return some

    with pytest.raises(KeyboardInterrupt):
        gather(tmp_path / "set", "it", until(3), 5, silent)
    journal = tmp_path / "set.partial/.journal"
    journal.write_bytes(journal.read_bytes()[:-cut])
    folder = gather(tmp_path / "set", "it", until(9), 5, silent)
    whole = gather(tmp_path / "other", "it", until(9), 5, silent)
    assert tree(folder) == tree(whole)
    assert all((folder / name).read_bytes() == (whole / name).read_bytes() for name in tree(folder))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other", "set"]


def test_two_downloads_of_one_set_take_turns_and_fetch_it_once(tmp_path):
    begun, may_end, waits = threading.Event(), threading.Event(), threading.Event()
    fetched: list[int] = []

    def items(done: int):
        for number in range(done, 3):
            fetched.append(number)
            begun.set()
            assert may_end.wait(20)
            yield Item(jpeg(number), (), f"{number}.jpg")

    def told(stage: str, done: int, total: int) -> None:
        if "wait" in stage:
            waits.set()

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(gather, tmp_path / "set", "it", items, 3, silent)
        assert begun.wait(20)
        second = pool.submit(gather, tmp_path / "set", "it", items, 3, told)
        assert waits.wait(20)
        may_end.set()
        assert first.result() == second.result() == tmp_path / "set"
    assert fetched == [0, 1, 2]
    assert tree(tmp_path) == ["set/0.jpg", "set/1.jpg", "set/2.jpg"]


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no process can be killed here")
def test_a_killed_download_locks_nobody_out(tmp_path):
    code = """if True:
        import os, signal, sys
        from pathlib import Path
        from imbatch2soundvisu.downloads.gathering import Item, gather

        def items(done):
            yield Item(Path(sys.argv[2]), (), "0.jpg")
            os.kill(os.getpid(), signal.SIGKILL)

        gather(Path(sys.argv[1]), "it", items, 2, lambda *_: None)
    """
    (tmp_path / "source.jpg").write_bytes(jpeg(0))
    target, root = tmp_path / "cache/set", Path(datasets.__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", code, str(target), str(tmp_path / "source.jpg")], cwd=root, check=False, timeout=60
    )
    assert done.returncode == -signal.SIGKILL
    assert (tmp_path / "cache/set.partial").is_dir()
    asked: list[int] = []

    def rest(done: int):
        asked.append(done)
        yield Item(jpeg(1), (), "1.jpg")

    assert tree(gather(target, "it", rest, 2, silent)) == ["0.jpg", "1.jpg"]
    assert asked == [1]
    assert [path.name for path in target.parent.iterdir()] == ["set"]


def test_another_run_may_be_faster(tmp_path):
    target = tmp_path / "set"

    def slowly(done: int):
        yield Item(jpeg(0), (), "a.jpg")
        if not target.exists():
            target.mkdir()
            (target / "theirs.jpg").write_bytes(jpeg(1))

    assert tree(gather(target, "it", slowly, 1, silent)) == ["theirs.jpg"]
    assert [path.name for path in tmp_path.iterdir()] == ["set"]


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "I;16"])
def test_decoded_images_of_every_mode_become_png(tmp_path, mode):
    image = (
        Image.fromarray(photo(1, 8, 8)).convert("L").convert(mode)
        if mode == "I;16"
        else Image.fromarray(photo(1, 8, 8)).convert(mode)
    )
    folder = gather(tmp_path / mode.replace(";", ""), "it", lambda done: iter([Item(image)]), 1, silent)
    assert len(datasets.discover(folder)) == 1


def test_arrays_of_the_usual_shapes(tmp_path):
    image = photo(1, 8, 6)
    shapes = [
        image,
        np.moveaxis(image, 2, 0),
        image / 255,
        image[..., 0],
        image[..., :1],
        image[None, ..., 0],
    ]
    items = [Item(each) for each in shapes]
    folder = gather(tmp_path / "set", "it", lambda done: iter(items[done:]), len(items), silent)
    images = [np.asarray(Image.open(path)) for path in sorted(folder.iterdir())]
    assert all(np.array_equal(each, image) for each in images[:3])
    assert all(np.array_equal(each, image[..., 0]) for each in images[3:])
