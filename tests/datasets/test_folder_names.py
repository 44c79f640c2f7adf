"""Names in any bytes, Unicode form and length: from the folder to the outputs."""

from __future__ import annotations

import os
import sys
import unicodedata
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

import imbatch2soundvisu as i2s
from imbatch2soundvisu.runtime.cache import Cache
from tests.conftest import photo
from tests.small import small_outputs

LONGEST_NAME = 255  # bytes, on most file systems
CJK = "写" * 82  # 246 bytes, and a file name of 250


def folders(root: Path, *names: str | bytes) -> Path:
    """Folders of two images each; the test skips where the file system refuses a name or takes two as one."""
    for number, name in enumerate(names):
        try:
            folder = root / os.fsdecode(name)
            folder.mkdir(parents=True)
            for seed in range(2):
                Image.fromarray(photo(2 * number + seed)).save(folder / f"{seed}.png")
        except (OSError, UnicodeError) as error:
            pytest.skip(f"the file system does not allow {name!r}: {error}")
    return root


def clusters_of(root: Path) -> dict[str, int]:
    """The clusters by folder, with their sizes."""
    table = i2s.measure(i2s.discover(root), ["luminance"], embeddings=())
    assert not table.problems
    clusters = i2s.cluster(table, i2s.ByFolder())
    return dict(zip(clusters.names, np.bincount(clusters.labels).tolist(), strict=True))


def test_folders_in_both_unicode_forms(tmp_path):
    """Two folders that look alike are two clusters, whose files are not mixed."""
    nfc = unicodedata.normalize("NFC", "Ålesund é")
    nfd = unicodedata.normalize("NFD", nfc)
    assert nfc != nfd
    assert clusters_of(folders(tmp_path / "in", nfc, nfd)) == {nfc: 2, nfd: 2}


@pytest.mark.skipif(sys.platform != "linux", reason="names are bytes only on Linux")
def test_folders_whose_names_are_no_utf8(tmp_path):
    root = folders(tmp_path / "in", "Été".encode("latin-1"), "Èté".encode("latin-1"), b"\xff\xfe", "Été")
    assert sorted(clusters_of(root).values()) == [2, 2, 2, 2]
    names = set(clusters_of(root))
    assert names == {"\\xc9t\\xe9", "\\xc8t\\xe9", "\\xff\\xfe", "Été"}
    assert all(name.encode("utf-8") for name in names)


@pytest.mark.skipif(sys.platform == "win32", reason="a backslash separates folders on Windows")
def test_folders_with_backslashes(tmp_path):
    assert clusters_of(folders(tmp_path / "in", "AC\\DC", "AC\\Live", "AC")) == {"AC": 2, "AC\\DC": 2, "AC\\Live": 2}


def video(path: Path) -> Path:
    """Four seconds, each of another colour."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", Fraction(4), options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        for number in range(16):
            frame = av.VideoFrame.from_ndarray(photo(number // 4, 96, 64), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def test_a_video_of_82_chinese_letters_as_images(tmp_path):
    found = i2s.discover(video(tmp_path / f"{CJK}.mp4"), cache=Cache(tmp_path / "cache"))
    assert len(found) == 4
    assert len(set(found.names)) == 4
    assert all(len(record.path.name.encode()) <= LONGEST_NAME and record.name[0] == "写" for record in found)
    again = i2s.discover(found.root, cache=Cache(tmp_path / "cache"))
    assert again.names == found.names


def run_whole(root: Path, folder: Path, name: str, **fields: object) -> list[Path]:
    """The files that a run writes, each below the limit of names."""
    plan = i2s.SequencePlan(name, outputs=small_outputs(), seconds_per_image=0.5, **fields)  # type: ignore[arg-type]
    run = i2s.run([plan], root, outputs=folder / "out", cache=folder / "cache")
    assert not run.problems
    files = [path for path in (folder / "out").rglob("*") if path.is_file()]
    assert all(len(os.fsencode(path.name)) <= LONGEST_NAME for path in [*files, *(folder / "cache").rglob("*")])
    assert {".mp4", ".gif", ".html", ".json", ".csv"} <= {path.suffix for path in files}
    assert all(path.stat().st_size for path in files)
    return files


def test_a_whole_run_of_a_video_of_82_chinese_letters(tmp_path):
    files = run_whole(video(tmp_path / f"{CJK}.mp4"), tmp_path, CJK)
    (sequence,) = (path for path in files if path.name == "sequence.csv")
    assert "写" in sequence.read_text(encoding="utf-8")


@pytest.mark.skipif(sys.platform != "linux", reason="names are bytes only on Linux")
def test_a_whole_run_of_folders_with_any_names(tmp_path):
    nfd = unicodedata.normalize("NFD", "é")
    root = folders(tmp_path / "in", "AC\\DC", "AC\\Live", b"\xc9t\xe9", "é", nfd)
    files = run_whole(root, tmp_path, "by folder", clusters=i2s.ByFolder(), tour=True)
    folders_of_results = {path.parent.name for path in files if path.name == "sequence.mp4"}
    assert len(folders_of_results) == 6  # one for each cluster, and the tour
    text = next(path for path in files if path.parent.name == "tour" and path.name == "sequence.csv").read_text("utf-8")
    assert all(name in text for name in ("AC\\DC/0.png", "AC\\Live/1.png", "\\xc9t\\xe9/0.png", "é/0.png", nfd))
