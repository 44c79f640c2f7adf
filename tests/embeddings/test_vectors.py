"""A person's own vectors come to the images they belong to, and to no others."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imbatch2soundvisu.core import Embedder, ImageRecord
from imbatch2soundvisu.core.errors import ConfigError, ImageError
from imbatch2soundvisu.datasets import discover
from imbatch2soundvisu.embeddings.saved import save_embeddings
from imbatch2soundvisu.embeddings.vectors import Vectors
from imbatch2soundvisu.measurement import measure
from imbatch2soundvisu.measurement.spaces import check_space

ROOT = Path("/photos/holiday")


def rows(n: int, d: int = 6, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, d)).astype(np.float32) * 5


def records(*names: str, root: Path = ROOT) -> list[ImageRecord]:
    return [ImageRecord(root / name, f"digest of {root / name}", 4, 3, name=name) for name in names]


def written(folder: Path, names: list[str], values: np.ndarray, **more: np.ndarray) -> Path:
    path = folder / "my.npz"
    np.savez(path, embeddings=values, **({"paths": np.array(names)} if names else {}), **more)
    return path


def given_to(vectors: Vectors, wanted: list[ImageRecord]) -> dict[str, np.ndarray | str]:
    """{name: vector, or the reason}, as the stream gives them."""
    pairs = [pair for batch in vectors.stream(wanted) for pair in batch]
    assert [record for record, _ in pairs] == wanted
    assert all(not each.lasting for _, each in pairs if isinstance(each, ImageError))
    return {record.name: str(each) if isinstance(each, ImageError) else each for record, each in pairs}


def owners(vectors: Vectors, wanted: list[ImageRecord]) -> list[int]:
    return vectors.matches(wanted).rows.tolist()


def test_it_is_an_embedding(tmp_path):
    vectors = Vectors(written(tmp_path, ["a.jpg"], rows(1)))
    assert isinstance(vectors, Embedder)
    assert vectors.name == "vectors"
    check_space(vectors)
    with pytest.raises(ConfigError, match="its own images only"):
        vectors.embed([np.zeros((4, 4, 3), np.uint8)])


def test_vectors_come_to_their_images_at_length_one(tmp_path):
    wanted, values, seen = records("a.jpg", "b.jpg", "c.jpg"), rows(3), []
    vectors = Vectors(written(tmp_path, ["c.jpg", "a.jpg", "b.jpg"], values))
    vectors.prepare(lambda *_: None)
    found = given_to(vectors, wanted)
    for name, row in (("a.jpg", 1), ("b.jpg", 2), ("c.jpg", 0)):
        assert found[name].dtype == np.float32
        assert np.allclose(found[name] * np.linalg.norm(values[row]), values[row], rtol=1e-6)
        assert np.linalg.norm(found[name]) == pytest.approx(1, abs=1e-6)
    raw = given_to(Vectors(vectors.path, normalise=False), wanted)
    assert np.array_equal(raw["a.jpg"], values[1])
    for batch in vectors.stream(wanted, lambda *report: seen.append(report)):
        assert batch
    assert seen == [("vectors", 3, 3)]


@pytest.mark.parametrize(
    ("theirs", "ours", "rows_of_ours"),
    [
        (["a.jpg", "b.jpg"], ["b.jpg", "a.jpg"], [1, 0]),
        (["/photos/holiday/x/a.jpg", "/photos/holiday/y/a.jpg"], ["y/a.jpg", "x/a.jpg"], [1, 0]),
        (["/other/disk/x/a.jpg", "/other/disk/y/a.jpg"], ["y/a.jpg", "x/a.jpg"], [1, 0]),
        (["C:\\data\\x\\a.jpg", "C:\\data\\y\\a.jpg"], ["y/a.jpg", "x/a.jpg"], [1, 0]),
        (["./holiday/a.jpg"], ["a.jpg"], [0]),
        (["train/Image_1.jpg"], ["monarch/Image_1.jpg"], [0]),
        (["cafe\u0301.jpg"], ["caf\u00e9.jpg"], [0]),
        (["a/1.jpg"], ["a/1.jpg", "b/a/1.jpg"], [0, -1]),
        (["a.jpg"], ["x/a.jpg", "y/a.jpg"], [-1, -1]),
        (["x/a.jpg", "y/a.jpg"], ["a.jpg"], [-1]),
        (["x/a.jpg", "y/a.jpg"], ["x/a.jpg", "z/a.jpg"], [0, -1]),
        (["b.jpg"], ["ab.jpg"], [-1]),
    ],
)
def test_a_path_means_a_image_only_where_it_can_mean_no_other(tmp_path, theirs, ours, rows_of_ours):
    vectors = Vectors(written(tmp_path, theirs, rows(len(theirs))))
    assert owners(vectors, records(*ours)) == rows_of_ours


def test_an_image_that_could_be_two_is_distinguished_from_one_that_is_none(tmp_path):
    vectors = Vectors(written(tmp_path, ["x/a.jpg", "y/a.jpg", "b.jpg"], rows(3)))
    found = given_to(vectors, records("a.jpg", "b.jpg", "c.jpg"))
    assert "could mean several" in found["a.jpg"]
    assert found["c.jpg"] == "no vector in my.npz"


def test_a_digest_says_more_than_a_name(tmp_path):
    wanted = records("a.jpg", "b.jpg")
    digests = np.array([wanted[1].digest, wanted[0].digest])
    assert owners(Vectors(written(tmp_path, ["a.jpg", "b.jpg"], rows(2), digests=digests)), wanted) == [1, 0]
    assert owners(Vectors(written(tmp_path, [], rows(2), digests=digests)), wanted) == [1, 0]
    others = np.array(["of another", "kind"])
    assert owners(Vectors(written(tmp_path, ["a.jpg", "b.jpg"], rows(2), digests=others)), wanted) == [0, 1]


def test_copies_share_a_vector_and_leave_none_over(tmp_path):
    one, other = records("a.jpg", "copy.jpg")
    copy = ImageRecord(other.path, one.digest, 4, 3, name=other.name)
    values = np.repeat(rows(1), 2, axis=0)
    digests = np.array([one.digest, one.digest])
    vectors = Vectors(written(tmp_path, ["a.jpg", "copy.jpg"], values, digests=digests))
    assert (vectors.matches([one, copy]).rows >= 0).all()
    assert vectors.mismatches([one, copy]) == ((), ())


@pytest.mark.parametrize("order", [1, -1])
def test_copies_with_vectors_of_their_own_share_the_first_by_name_and_that_is_reported(tmp_path, order):
    names = ["a.jpg", "b.jpg", "c.jpg"]
    same = [ImageRecord(each.path, "one digest", 4, 3, name=each.name) for each in records(*names)]
    vectors, wanted = Vectors(written(tmp_path, names[::-1], rows(3))), [*same, *records("d.jpg")][::order]
    matches = vectors.matches(wanted)
    assert {r.name: row for r, row in zip(wanted, matches.rows.tolist(), strict=True)} == {
        "a.jpg": 2, "b.jpg": 2, "c.jpg": 2, "d.jpg": -1,
    }  # fmt: skip
    assert matches.copies == ("b.jpg", "c.jpg")
    assert matches.vectors_without == ()
    assert "2 have the vector of another image of the same bytes" in str(matches)
    assert "(b.jpg, c.jpg)" in str(matches)


def test_copies_share_what_a_run_gives_them_and_it_says_so(folder, tmp_path):
    (folder / "copy.jpg").write_bytes((folder / "image-00.jpg").read_bytes())
    collection = discover(folder)
    path = save_embeddings(tmp_path / "my.npy", [record.name for record in collection], rows(len(collection)))
    table = measure(collection, (), embeddings=(Vectors(path),))
    place = {record.name: row for row, record in enumerate(table.records)}
    found = table.vectors["vectors"]
    assert np.array_equal(found[place["copy.jpg"]], found[place["image-00.jpg"]])
    expected = rows(len(collection))[[r.name for r in collection].index("copy.jpg")]
    assert found[place["copy.jpg"]] == pytest.approx(expected / np.linalg.norm(expected), abs=1e-6)
    assert any("image-00.jpg" in note and "same bytes" in note for note in table.notes)


folders = st.sampled_from(["x", "y", "z"])
names = st.builds(
    "/".join, st.lists(folders, max_size=2).flatmap(lambda f: st.sampled_from(["1", "2"]).map(lambda n: [*f, n]))
)


@given(theirs=st.lists(names, min_size=1, max_size=8, unique=True), ours=st.lists(names, max_size=8, unique=True))
def test_no_vector_comes_to_two_and_no_end_fits_better(tmp_path_factory, theirs, ours):
    """Whatever the names: one to one, with equal file names, and a shared name always finds its own."""
    vectors = Vectors(written(tmp_path_factory.mktemp("v"), theirs, rows(len(theirs))))
    found = owners(vectors, records(*ours))
    taken = [row for row in found if row >= 0]
    assert len(set(taken)) == len(taken)
    for name, row in zip(ours, found, strict=True):
        if name in theirs:
            assert row == theirs.index(name)
        if row >= 0:
            assert theirs[row].split("/")[-1] == name.split("/")[-1]


def test_what_does_not_fit_is_counted_and_named(tmp_path):
    values = rows(5)
    values[1, 3], values[2, 0], values[3] = np.nan, np.inf, 0
    vectors = Vectors(written(tmp_path, ["a.jpg", "nan.jpg", "inf.jpg", "zero.jpg", "gone.jpg"], values))
    wanted = records("a.jpg", "nan.jpg", "inf.jpg", "zero.jpg", "new.jpg")
    vectors.prepare()
    found = given_to(vectors, wanted)
    assert isinstance(found["a.jpg"], np.ndarray)
    assert "NaN or infinity" in found["nan.jpg"]
    assert "NaN or infinity" in found["inf.jpg"]
    assert "zero" in found["zero.jpg"]
    assert vectors.mismatches(wanted) == (("nan.jpg", "inf.jpg", "zero.jpg", "new.jpg"), ("gone.jpg",))
    reported = str(vectors.check(wanted))
    assert "1 of 5 images have a vector of 6 numbers" in reported
    assert "4 have none (nan.jpg, inf.jpg, zero.jpg and 1 more)" in reported
    assert "1 vectors belong to no image (gone.jpg)" in reported
    assert "\n" not in reported
    raw = given_to(Vectors(vectors.path, normalise=False), wanted)
    assert not np.any(raw["zero.jpg"])


def test_images_found_by_their_file_name_alone_are_reported(tmp_path):
    vectors = Vectors(written(tmp_path, ["train/1.jpg", "train/2.jpg"], rows(2)))
    assert "2 of these by the end of their path alone" in str(vectors.matches(records("cat/1.jpg", "dog/2.jpg")))
    assert vectors.matches(records("1.jpg", "2.jpg")).loosely == 0


def test_when_nothing_fits_both_sides_are_shown(tmp_path):
    vectors = Vectors(written(tmp_path, [f"theirs-{k}.jpg" for k in range(5)], rows(5)))
    with pytest.raises(ConfigError) as error:
        vectors.check(records(*(f"ours-{k}.jpg" for k in range(5))))
    for name in ("theirs-0", "theirs-2", "ours-0", "ours-2", "my.npz"):
        assert name in str(error.value)
    assert "theirs-3" not in str(error.value)


def test_a_path_twice_is_well_where_its_vectors_agree(tmp_path):
    values = rows(3)
    values[2] = values[0] * 2 * (1 + 1e-6)
    vectors = Vectors(written(tmp_path, ["a.jpg", "b.jpg", "a.jpg"], values))
    assert vectors.mismatches(records("a.jpg", "b.jpg")) == ((), ())
    with pytest.raises(ConfigError, match=r"a\.jpg in rows 0 and 2"):
        Vectors(vectors.path, normalise=False).prepare()
    with pytest.raises(ConfigError, match=r"a\.jpg in rows 0 and 2"):
        Vectors(written(tmp_path, ["a.jpg", "b.jpg", "a.jpg"], rows(3, seed=2))).prepare()
    half = rows(2)
    half[0] = np.nan
    assert owners(Vectors(written(tmp_path, ["a.jpg", "a.jpg"], half)), records("a.jpg")) == [1]


@pytest.mark.parametrize("value", [np.nan, np.inf, 0.0, 1e300])
def test_a_file_without_any_use_is_refused(tmp_path, value):
    vectors = Vectors(written(tmp_path, ["a.jpg", "b.jpg"], np.full((2, 3), value)))
    with pytest.raises(ConfigError, match="none of its 2 vectors can be used"):
        vectors.prepare()


def test_a_missing_file_is_refused_before_any_work(tmp_path):
    for wrong in (
        Vectors(tmp_path / "missing.npz"),
        Vectors(tmp_path),
        Vectors(tmp_path / "my.npz", tmp_path / "no.txt"),
    ):
        with pytest.raises(ConfigError) as error:
            wrong.prepare()
        assert str(tmp_path) in str(error.value)
        with pytest.raises(ConfigError):
            _ = wrong.key


def test_the_key_follows_what_the_files_say(tmp_path):
    np.save(tmp_path / "e.npy", rows(2))
    listed = tmp_path / "image_paths.txt"
    listed.write_text("a.jpg\nb.jpg\n")
    vectors = Vectors(tmp_path / "e.npy")
    first, wanted = vectors.key, records("a.jpg", "b.jpg")
    assert owners(vectors, wanted) == [0, 1]
    assert Vectors(str(tmp_path / "e.npy"), listed, name="mine").key == first
    assert Vectors(tmp_path / "e.npy", normalise=False).key != first
    listed.write_text("b.jpg\na.jpg\nx")
    with pytest.raises(ConfigError, match="2 vectors, but"):
        vectors.prepare()
    listed.write_text("b.jpg\na.jpg")
    assert vectors.key != first
    assert owners(vectors, wanted) == [1, 0]
    second = vectors.key
    np.save(tmp_path / "e.npy", rows(2, 9))
    assert vectors.key not in (first, second)


@pytest.mark.parametrize("ending", ["npy", "npz", "parquet"])
def test_what_was_saved_from_a_collection_finds_it_again(folder, tmp_path, ending):
    if ending == "parquet":
        pytest.importorskip("pyarrow")
    collection = discover(folder)
    values = rows(len(collection))
    path = save_embeddings(tmp_path / f"embeddings.{ending}", collection, values)
    folder.rename(tmp_path / "moved")
    moved = list(discover(tmp_path / "moved"))
    assert owners(Vectors(path, normalise=False), moved) == list(range(len(moved)))
    found = given_to(Vectors(path, normalise=False), moved[::-1])
    assert all(np.array_equal(found[record.name], row) for record, row in zip(moved, values, strict=True))


def test_names_that_thousands_share_are_distinguished_by_their_folders(tmp_path):
    """In another place than the vectors say, too."""
    ours = [f"class-{k // 10}/{k % 10}.jpg" for k in range(6000)]
    vectors = Vectors(written(tmp_path, [f"/far/away/{name}" for name in ours], rows(6000, 2)))
    assert owners(vectors, records(*ours)) == list(range(6000))
