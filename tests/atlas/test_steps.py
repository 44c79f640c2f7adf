"""The steps from images to a map, as functions and from the shell."""

from __future__ import annotations

import bz2
import csv
import json
import pickle

import numpy as np
import pytest
from PIL import Image

from imbatch2soundvisu.atlas import steps
from imbatch2soundvisu.atlas.command import main
from imbatch2soundvisu.atlas.command.run import FLAGS
from imbatch2soundvisu.atlas.grid_tables import read_grid_csv, rows_of
from imbatch2soundvisu.core.errors import ConfigError
from tests.conftest import photo

COUNT = 60


@pytest.fixture
def photos(tmp_path):
    (tmp_path / "images").mkdir()
    for i in range(COUNT):
        Image.fromarray(photo(i, 48, 36)).save(tmp_path / "images" / f"{i:03}.jpg", quality=95)
    return tmp_path / "images"


def step(*words):
    code = main([*map(str, words), "--quiet"])
    assert code == 0, words


def test_all_steps_from_the_shell(photos, tmp_path, capsys):
    step("images_to_features", "-in", photos / "*.jpg", "-pca", 20, "-on", "look", "-out", "out/f.p.bz2")
    found = np.load("out/f.npz", allow_pickle=False)
    assert found["vectors"].shape == (COUNT, 20)
    pytest.importorskip("openTSNE")
    step("features_to_tsne", "-in", "out/f.p.bz2", "-jobs", 1, "-out", "data/tsne.csv")
    step("tsne_to_grid", "-in", "data/tsne.csv", "-grid", "9x7", "-out", "data/grid.csv")
    step("grid_to_image", "-in", "data/grid.csv", "-tile", "24x18", "-grid", "9x8", "-out", "out/matrix.jpg")
    step("image_to_tiles", "-in", "out/matrix.jpg", "-tsize", 64, "-out", "img/matrix.dzi")
    (tmp_path / "about.csv").write_text(
        "id,title,date,url,imageUrl\n"
        + "".join(f"{i:03},Title {i},19{i:02},https://a.org/i/{i},https://a.org/p/{i}.jpg\n" for i in range(COUNT)),
        encoding="utf-8",
    )
    (tmp_path / "subjects.csv").write_text("id,subject\n001,Boats\n002,Boats\n002,Trees\n", encoding="utf-8")
    step("csv_to_json", "-in", "about.csv", "-sub", "subjects.csv", "-image", photos / "*.jpg",
         "-grid", "data/grid.csv", "-gsize", "9x8", "-out", "data/images.json")  # fmt: skip
    matrix = np.asarray(Image.open("out/matrix.jpg"), float)
    assert matrix.shape == (144, 216, 3)
    rows = list(csv.DictReader((tmp_path / "data" / "grid.csv").open(encoding="utf-8")))
    assert list(rows[0]) == ["name", "x", "y", "col", "row"]
    assert len({(row["col"], row["row"]) for row in rows}) == COUNT
    values = json.loads((tmp_path / "data" / "images.json").read_text(encoding="utf-8"))
    assert values["itemBaseUrl"] == "https://a.org/i/"
    assert values["subjectMeta"] == [["Boats", 2], ["Trees", 1]]
    for number, row in enumerate(rows):
        left, top = int(row["col"]) * 24, int(row["row"]) * 18
        small = np.asarray(Image.open(row["name"]).resize((24, 18), Image.Resampling.BOX), float)
        assert np.abs(matrix[top : top + 18, left : left + 24] - small).mean() < 12, "each image is in its cell"
        cell = int(row["row"]) * 9 + int(row["col"])
        assert (values["ids"][cell], values["titles"][cell]) == (str(number), f"Title {number}")
        assert values["years"][cell] == [1900 + number]
        assert values["filenames"][cell] == f"{number}.jpg"
    assert values["ids"].count("") == 72 - COUNT
    level = tmp_path / "img" / "matrix_files" / "8"
    assert sorted(path.name for path in level.iterdir())[:2] == ["0_0.jpg", "0_1.jpg"]
    assert Image.open(level / "0_0.jpg").size == (65, 65)
    assert 'Width="216" Height="144"' in (tmp_path / "img" / "matrix.dzi").read_text(encoding="utf-8")
    step("image_to_tiles", "-in", "out/matrix.jpg", "-out", "img/matrix.dzi")  # again, in place of what it wrote
    assert capsys.readouterr().out == ""


def test_tiles_of_a_grid_are_painted_once(photos, tmp_path, capsys):
    names = sorted(photos.iterdir())
    lines = ["name,col,row", *(f"{path.name},{i % 8},{i // 8}" for i, path in enumerate(names))]
    (photos / "grid.csv").write_text("\n".join(lines), encoding="utf-8")
    for expected in ("painted now", "0 painted now"):
        assert main(["grid_to_tiles", "-in", str(photos / "grid.csv"), "-tile", "24x18", "-out", "tiles"]) == 0
        assert expected in capsys.readouterr().out
    assert (tmp_path / "tiles" / "map.dzi").is_file()


def test_two_numbers_a_row_without_names(photos, tmp_path):
    np.savetxt(tmp_path / "tsne.csv", np.random.default_rng(0).normal(size=(COUNT, 2)), delimiter=",")
    step("tsne_to_grid", "-in", "tsne.csv", "-out", "grid.csv")
    grid = np.loadtxt(tmp_path / "grid.csv", delimiter=",")
    assert grid.shape == (COUNT, 2)
    step("grid_to_image", "-in", "grid.csv", "-image", photos / "*.jpg", "-tile", "24x18", "-out", "matrix.tif")
    column, row = grid[7].astype(int)
    small = np.asarray(Image.open(photos / "007.jpg").resize((24, 18), Image.Resampling.BOX), float)
    matrix = np.asarray(Image.open(tmp_path / "matrix.tif").convert("RGB"), float)
    assert np.abs(matrix[row * 18 : row * 18 + 18, column * 24 : column * 24 + 24] - small).mean() < 12


def test_a_grid_by_features_is_better_than_by_the_map(photos, tmp_path):
    steps.images_to_features(photos, tmp_path / "f.npz", on="look")
    names = [path.as_posix() for path in sorted(photos.glob("*.jpg"))]
    points = np.random.default_rng(0).normal(size=(COUNT, 2))
    lines = ["name,x,y", *(f"{name},{x},{y}" for name, (x, y) in zip(names, points, strict=True))]
    (tmp_path / "p.csv").write_text("\n".join(lines), encoding="utf-8")
    found = [
        steps.tsne_to_grid(tmp_path / "p.csv", tmp_path / "g.csv", method=method, features=tmp_path / "f.npz")[0]
        for method in ("assigned", "sorted")
    ]
    quality = [float(line.split("features: ")[1].split(",")[0]) for line in found]
    assert quality[1] > quality[0] + 0.1


def test_pickles_are_never_opened(tmp_path, capsys):
    with bz2.open(tmp_path / "f.p.bz2", "wb") as file:
        pickle.dump(np.zeros((3, 2)), file)
    assert main(["features_to_tsne", "-in", "f.p.bz2", "-out", "a.csv"]) == 2
    assert "is not read: a pickle can run any program" in capsys.readouterr().err


@pytest.mark.parametrize(("words", "message"), [
    (["nothing"], "unknown step"),
    (["images_to_features", "-in", "none/*.jpg", "-out", "f.npz"], "no file matches"),
    (["images_to_features", "-in", "*.csv", "-out", "f.npz"], "none of the files"),
    (["images_to_features", "-in", "*.csv", "-out", "f.npz", "-pca", "0"], "pca=0"),
    (["features_to_tsne", "-in", "none.npz", "-out", "a.csv"], "no such file of features"),
    (["features_to_tsne", "-in", "mine.csv", "-out", "a.csv"], "is not read"),
    (["features_to_tsne", "-in", "none.npz", "-out", "a.txt"], "must be .csv"),
    (["tsne_to_grid", "-in", "mine.csv", "-out", "a.csv"], "needs columns 'x' and 'y'"),
    (["tsne_to_grid", "-in", "points.csv", "-grid", "1x2", "-out", "a.csv"], "2 cells for 3 images"),
    (["tsne_to_grid", "-in", "points.csv", "-out", "mine.csv"], "was not written by this program"),
    (["tsne_to_grid", "-in", "words.csv", "-out", "a.csv"], "in place of two numbers"),
    (["grid_to_image", "-in", "points.csv", "-out", "a.jpg"], "does not name the images"),
    (["grid_to_image", "-in", "points.csv", "-out", "a.bmp"], "ending must be"),
    (["grid_to_image", "-in", "points.csv", "-tile", "9000x9000", "-grid", "9x9", "-out", "a.jpg"], "at most 65,500"),
    (["grid_to_image", "-in", "points.csv", "-grid", "1x1", "-out", "a.jpg"], "the grid is 1 x 1"),
    (["image_to_tiles", "-in", "none.jpg", "-out", "a.dzi"], "no such image"),
    (["image_to_tiles", "-in", "mine.csv", "-out", "a.dzi"], "mine.csv"),
    (["csv_to_json", "-in", "mine.csv", "-image", "*.png", "-grid", "points.csv", "-out", "a.json"], "no file matches"),
])  # fmt: skip
def test_what_is_wrong_is_said_in_one_line(tmp_path, capsys, words, message):
    (tmp_path / "mine.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    (tmp_path / "points.csv").write_text("0,0\n1,0\n2,1\n", encoding="utf-8")
    (tmp_path / "words.csv").write_text("0,0\n1,b\n", encoding="utf-8")
    assert main(words) == 2
    error = capsys.readouterr().err
    assert message in error
    assert "Traceback" not in error
    assert {path.name for path in tmp_path.iterdir()} <= {"mine.csv", "points.csv", "words.csv", "cache"}


def test_every_step_has_help(capsys):
    for name, flags in FLAGS.items():
        with pytest.raises(SystemExit):
            main([name, "--help"])
        text = capsys.readouterr().out
        assert all(f"{flag} " in text or f"{flag}," in text for flag in flags.values())
    assert main([]) == 2
    assert "csv_to_json" in capsys.readouterr().out


def test_tables_of_cells(tmp_path):
    (tmp_path / "a.csv").write_text("filename;Grid_Col;grid_row\na.jpg;3;4\nb.jpg;;\n", encoding="utf-8")
    table = read_grid_csv(tmp_path / "a.csv")
    assert table.names == ("a.jpg", "b.jpg")
    assert table.places[0].tolist() == [3, 4]
    assert np.isnan(table.places[1]).all()
    assert rows_of(["x/A.jpg", "b"], ["/y/b.png", "a.jpg", "c.jpg"], "a").tolist() == [1, 0, -1]
    with pytest.raises(ConfigError, match="unknown image"):
        rows_of(["a"], ["b"], "a")


def test_files_of_a_pattern_without_quotes_and_names_below_the_folder(photos, tmp_path):
    some = sorted(photos.glob("*.jpg"))[:12]
    step("images_to_features", "-in", *some, "-pca", 5, "-on", "look", "-out", "out/f.npz")
    with np.load("out/f.npz", allow_pickle=False) as found:
        assert found["names"].tolist() == [path.relative_to(tmp_path).as_posix() for path in some]


def test_help_is_that_of_a_shell_and_steps_are_suggested(capsys):
    assert main(["image_to_tile"]) == 2
    assert "Did you mean 'image_to_tiles'?" in capsys.readouterr().err
    for name in FLAGS:
        with pytest.raises(SystemExit):
            main([name, "--help"])
        assert "None" not in capsys.readouterr().out
