"""Small stand-ins with the signatures of the clients of public collections."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, ClassVar

import numpy as np
import pytest
from PIL import Image

from tests.conftest import photo


def jpeg(seed: int) -> bytes:
    file = io.BytesIO()
    Image.fromarray(photo(seed, 24, 16)).save(file, "JPEG")
    return file.getvalue()


def tree(folder: Path) -> list[str]:
    """The files below a folder; lock files are hidden and do not count."""
    found = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock")
    return sorted(path.relative_to(folder).as_posix() for path in found)


def visible(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))


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
    """A hub whose data sets a test fills in; it records its requests."""
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
