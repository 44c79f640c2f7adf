"""Vectors in files come back as they were, and a file that cannot be used says why in one line."""

from __future__ import annotations

import builtins
import pickle
from pathlib import Path

import numpy as np
import pytest

from imbatch2soundvisu.core import FeatureTable, ImageRecord
from imbatch2soundvisu.core.errors import ConfigError, MissingExtra
from imbatch2soundvisu.embeddings.saved import load_embeddings, read, save_embeddings

ODD_NAMES = ["a.jpg", "Ünï – 写真 🎵.png", "with space .jpg", "with\u2028separator\x0b.jpg", 'quote",comma.jpg']


def vectors(n: int = 5, d: int = 7, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, d)).astype(np.float32)


def records(names: list[str], root: Path = Path("images")) -> tuple[ImageRecord, ...]:
    return tuple(ImageRecord(root / name, f"{i:032x}", 4, 3, name=name) for i, name in enumerate(names))


@pytest.mark.parametrize("ending", ["npy", "npz", "parquet"])
def test_what_is_saved_comes_back_exactly(tmp_path, ending):
    if ending == "parquet":
        pytest.importorskip("pyarrow")
    values, table = vectors(), FeatureTable(records(ODD_NAMES))
    values[2] = np.nan
    path = save_embeddings(tmp_path / f"embeddings.{ending}", table, values)
    again, paths = load_embeddings(path)
    assert again.dtype == np.float32
    assert np.array_equal(again, values, equal_nan=True)
    assert paths == [str(Path("images") / name) for name in ODD_NAMES]
    assert not list(tmp_path.glob(".partial-*"))
    first = path.read_bytes()
    assert save_embeddings(path, table, values).read_bytes() == first
    if ending != "npy":
        assert read(path).digests == tuple(record.digest for record in table.records)


def test_names_that_are_no_unicode_come_back(tmp_path):
    names = ["caf\udce9.jpg", "b.jpg"]
    for ending in ("npy", "npz"):
        assert load_embeddings(save_embeddings(tmp_path / f"embeddings.{ending}", names, vectors(2)))[1] == names


def test_the_list_beside_numpys_file_is_where_people_expect_it(tmp_path):
    save_embeddings(tmp_path / "embeddings.npy", ["a.jpg"], vectors(1))
    save_embeddings(tmp_path / "clip.npy", ["b.jpg"], vectors(1))
    assert (tmp_path / "image_paths.txt").read_text() == "a.jpg\n"
    assert (tmp_path / "clip_paths.txt").read_text() == "b.jpg\n"
    assert load_embeddings(tmp_path / "clip.npy")[1] == ["b.jpg"]
    assert load_embeddings(tmp_path / "clip.npy", tmp_path / "image_paths.txt")[1] == ["a.jpg"]


@pytest.mark.parametrize("rows", [vectors(3), vectors(2)[0], vectors(2)[:, :0]])
def test_rows_that_do_not_fit_the_images_are_not_saved(tmp_path, rows):
    with pytest.raises(ConfigError, match="2 images"):
        save_embeddings(tmp_path / "e.npz", ["a.jpg", "b.jpg"], rows)
    assert not list(tmp_path.iterdir())


def test_a_line_break_in_a_name_needs_another_format(tmp_path):
    with pytest.raises(ConfigError, match="npz"):
        save_embeddings(tmp_path / "e.npy", ["a\n.jpg"], vectors(1))
    assert load_embeddings(save_embeddings(tmp_path / "e.npz", ["a\n.jpg"], vectors(1)))[1] == ["a\n.jpg"]


@pytest.mark.parametrize(
    ("arrays", "names"),
    [
        ({"embeddings": vectors(2), "filenames": np.array(["a", "b"])}, ["a", "b"]),
        ({"X": vectors(2), "names": np.array([b"a", b"b"])}, ["a", "b"]),
        ({"features": vectors(2), "paths": np.array(["a", "b"]), "labels": np.array([1, 0])}, ["a", "b"]),
        ({"clip": vectors(2), "where": np.array(["a", "b"])}, ["a", "b"]),
        ({"vectors": vectors(2), "digests": np.array(["12", "34"])}, ["12", "34"]),
        ({"vectors": vectors(2), "paths": np.array(["a", "b"]), "extra": np.array([{}, {}], object)}, ["a", "b"]),
        ({"embeddings": vectors(2).astype(np.float64), "path": np.array(["a", "b"])}, ["a", "b"]),
    ],
)
def test_the_usual_names_are_understood(tmp_path, arrays, names):
    np.savez(tmp_path / "e.npz", **arrays)
    again, paths = load_embeddings(tmp_path / "e.npz")
    assert np.array_equal(again, vectors(2))
    assert paths == names


def test_a_choice_between_arrays_is_the_persons(tmp_path):
    names = np.array(["a", "b"])
    np.savez(tmp_path / "e.npz", embeddings=vectors(2), features=vectors(2, 3), paths=names)
    with pytest.raises(ConfigError, match=r"array=.*embeddings \(2, 7\) float32, features \(2, 3\)"):
        read(tmp_path / "e.npz")
    assert read(tmp_path / "e.npz", array="features").vectors.shape == (2, 3)
    with pytest.raises(ConfigError, match="'other'"):
        read(tmp_path / "e.npz", array="other")


class Bomb:
    """Unpickled, it would leave a file behind."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self):
        return Path.touch, (self.trace,)


@pytest.mark.parametrize("kind", ["pickle", "npy", "npz", "paths"])
def test_no_file_is_ever_unpickled(tmp_path, kind):
    trace, bomb = tmp_path / "ran", np.array([Bomb(tmp_path / "ran")], object)
    pickle.loads(pickle.dumps(Bomb(trace)))
    trace.unlink()  # so it would have run
    path = tmp_path / ("e.npz" if kind in ("npz", "paths") else "e.npy")
    if kind == "pickle":
        path.write_bytes(pickle.dumps(Bomb(trace)))
    elif kind == "npy":
        np.save(path, bomb, allow_pickle=True)
    else:
        values = {"embeddings": bomb} if kind == "npz" else {"embeddings": vectors(1), "paths": bomb}
        np.savez(path, **values)
    with pytest.raises(ConfigError, match="could run code") as error:
        read(path, tmp_path / "list.txt" if kind == "pickle" else None)
    assert "\n" not in str(error.value)
    assert not trace.exists()


def test_paths_that_were_named_stand_for_those_that_cannot_be_read(tmp_path):
    np.savez(tmp_path / "e.npz", embeddings=vectors(1), paths=np.array([Path("a.jpg")], object))
    (tmp_path / "list.txt").write_text("a.jpg\n")
    assert load_embeddings(tmp_path / "e.npz", tmp_path / "list.txt")[1] == ["a.jpg"]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (vectors(2)[0], "shape (7,)"),
        (vectors(2)[:, None], "shape (2, 1, 7)"),
        (np.zeros((0, 7)), "shape (0, 7)"),
        (vectors(2) > 0, "bool"),
        (vectors(2) + 1j, "complex64"),
        (np.array([["a", "b"], ["c", "d"]]), "<U1"),
        (vectors(3), "3 vectors, but"),
    ],
)
def test_arrays_that_are_no_vectors(tmp_path, values, words):
    np.save(tmp_path / "e.npy", values)
    (tmp_path / "image_paths.txt").write_text("a.jpg\nb.jpg\n")
    with pytest.raises(ConfigError) as error:
        read(tmp_path / "e.npy")
    assert words in str(error.value)
    assert str(tmp_path / "e.npy") in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", ["e.npy", "e.npz", "e.parquet", "e.csv"])
@pytest.mark.parametrize("content", [None, b"", b"PK\x03\x04 no archive", b"\x93NUMPY\x01\x00", b"\xff" * 100])
def test_missing_and_damaged_files_are_one_line(tmp_path, name, content):
    if name == "e.parquet":
        pytest.importorskip("pyarrow")
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError) as error:
        read(path)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


def test_a_cut_off_archive_is_one_line(tmp_path):
    path = save_embeddings(tmp_path / "e.npz", ["a", "b"], vectors(2, 5000))
    whole = path.read_bytes()
    for share in (0.1, 0.5, 0.99):
        path.write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(ConfigError, match="cannot be read"):
            read(path)


def test_vectors_without_names_need_a_list(tmp_path):
    np.save(tmp_path / "e.npy", vectors(2))
    with pytest.raises(ConfigError, match=r"e_paths\.txt or image_paths\.txt"):
        read(tmp_path / "e.npy")
    with pytest.raises(ConfigError, match=r"no such file"):
        read(tmp_path / "e.npy", tmp_path / "missing.txt")
    (tmp_path / "windows.txt").write_bytes(b"\xef\xbb\xbfa.jpg\r\nb.jpg\r\n\r\n")
    assert read(tmp_path / "e.npy", tmp_path / "windows.txt").names == ("a.jpg", "b.jpg")
    (tmp_path / "index.csv").write_text("id,path,width\n0,a.jpg,4\n1,b.jpg,5\n")
    assert read(tmp_path / "e.npy", tmp_path / "index.csv").names == ("a.jpg", "b.jpg")


def test_numbered_columns_are_taken_in_the_order_of_their_numbers(tmp_path):
    path = tmp_path / "e.csv"
    path.write_text("label,d10,d9,filename,d11\n3,1,0,a.jpg,2\n4,4,3,b.jpg,\n")
    saved = read(path)
    assert np.array_equal(saved.vectors, [[0, 1, 2], [3, 4, np.nan]], equal_nan=True)
    assert saved.names == ("a.jpg", "b.jpg")
    path.write_text("filename,redness,size,label\na.jpg,1,2,9\n")
    assert read(path).vectors.tolist() == [[1, 2]]
    path.write_text("filename,a1,a2,b1,b2\na.jpg,1,2,3,4\n")
    with pytest.raises(ConfigError, match="array="):
        read(path)
    assert read(path, array="b").vectors.tolist() == [[3, 4]]
    for text, words in (("filename,a1,a2\na,1,2\nb,1,x\n", "line 3"), ("filename,a1,a2\na,1,2\nb,1\n", "line 3")):
        path.write_text(text)
        with pytest.raises(ConfigError, match=words):
            read(path)


def test_parquet_in_the_shapes_that_people_have(tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    path, names = tmp_path / "e.parquet", ["a.jpg", "b.jpg"]
    lists = vectors(2).tolist()
    for kind in (
        pyarrow.array(lists, pyarrow.list_(pyarrow.float64())),
        pyarrow.array(lists, pyarrow.large_list(pyarrow.float32())),
        pyarrow.array(lists, pyarrow.list_(pyarrow.float32(), 7)),
    ):
        parquet.write_table(pyarrow.table({"filename": names, "emb": kind}), path)
        assert np.array_equal(load_embeddings(path)[0], vectors(2))
        assert load_embeddings(path)[1] == names
    wide = {f"dim_{k}": vectors(2)[:, k] for k in range(7)}
    parquet.write_table(pyarrow.table({"name": names, "cluster": [1, 2], **wide}), path)
    assert np.array_equal(load_embeddings(path)[0], vectors(2))
    parquet.write_table(
        pyarrow.table({"name": [*names, "c"], "emb": [[1.0, 2.0], None, [3.0, 4.0]]}), path, row_group_size=1
    )
    assert np.array_equal(load_embeddings(path)[0], [[1, 2], [np.nan, np.nan], [3, 4]], equal_nan=True)
    parquet.write_table(pyarrow.table({"name": names, "emb": [[1.0, 2.0], [3.0]]}), path)
    with pytest.raises(ConfigError, match="different lengths: 2, but 1 in row 1"):
        read(path)


def test_parquet_without_its_package_says_what_to_install(tmp_path, monkeypatch):
    (tmp_path / "e.parquet").write_bytes(b"PAR1")
    plain = builtins.__import__

    def without(name, *rest):
        if name.startswith("pyarrow"):
            raise ImportError(name)
        return plain(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtra, match=r"\[notebook\]"):
        read(tmp_path / "e.parquet")
