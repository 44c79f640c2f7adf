"""Aligned frames in a folder, from the shell: on made photos with a stand-in, and on real ones with dlib."""

import csv

import numpy as np
import pytest
from PIL import Image

from imbatch2soundvisu.core.errors import ConfigError, NotOursError
from imbatch2soundvisu.faces import MontageOptions, eye_places, montage_folder
from imbatch2soundvisu.faces import montage_folder as function
from imbatch2soundvisu.faces.command import main
from imbatch2soundvisu.features.faces import Faces, faces_of

from .test_alignment import spot_near, with_spots


@pytest.fixture
def photos(tmp_path, monkeypatch):
    """Four photos of 160 x 120 px whose faces are known: two spots are the eyes."""
    import sys
    from dataclasses import replace

    from imbatch2soundvisu.core import Region

    module = sys.modules[function.__module__]
    folder, regions = tmp_path / "photos", {}
    folder.mkdir()
    for number in range(4):
        eyes = np.array([[50.0 + 4 * number, 50], [90, 44 + 5 * number]])
        name = f"2020-0{9 - number}-01 {'dcba'[number]}.png"
        Image.fromarray(with_spots((160, 120), eyes, 3.0)).save(folder / name)
        along = (eyes[1] - eyes[0]) / 8
        points = [eyes[0] - along, eyes[0] + along, eyes[1] - along, eyes[1] + along, eyes.mean(axis=0) + (0, 20)]
        shares = tuple((float(x), float(y)) for x, y in np.array(points) / (160, 120))
        regions[name] = (Region(0.2, 0.2, 0.5, 0.6, label="face", points=shares, values={"sharpness": 5.0 + number}),)
    measure = module.measure

    def known(collection, features, **keywords):
        table = measure(collection, ["luminance"], **keywords)
        return replace(table, regions={"faces": tuple(regions[record.name] for record in table.records)})

    monkeypatch.setattr(module, "measure", known)
    monkeypatch.setattr(Faces, "prepare", lambda *_: None)
    return folder


def test_frames_are_written_by_age_with_a_table(photos, tmp_path, capsys):
    words = ["montage", "--photos-dir", str(photos), "--savedir", str(tmp_path / "out"), "--sort-by-photo-age"]
    assert main([*words, "--output-size", "100", "--closeness", "0.2,0.4", "--border", "blur"]) == 0
    assert "Wrote 4 frames" in capsys.readouterr().out
    names = sorted(path.name for path in (tmp_path / "out").glob("*.jpg"))
    assert names == [f"000{number + 1}-2020-0{6 + number}-01-{'abcd'[number]}.jpg" for number in range(4)]
    with open(tmp_path / "out" / "frames.csv", encoding="utf-8") as file:
        assert [row["date_from"] for row in csv.DictReader(file)] == ["name"] * 4
    for number, close in ((0, 0.2), (3, 0.4)):
        frame = np.asarray(Image.open(tmp_path / "out" / names[number]))
        for place in eye_places((100, 100), close):
            assert np.abs(spot_near(frame, place, 9) - place).max() < 0.4


def test_the_folder_is_made_again_but_files_of_the_user_stay(photos, tmp_path):
    options = MontageOptions(output_size=64)
    first = montage_folder(photos, tmp_path / "out", options=options)
    assert montage_folder(photos, tmp_path / "out", options=options) == first
    (tmp_path / "out" / "mine.txt").write_text("mine")
    with pytest.raises(NotOursError, match=r"mine\.txt"):
        montage_folder(photos, tmp_path / "out", options=options)
    assert (tmp_path / "out" / "mine.txt").read_text() == "mine"


def test_what_is_invalid_is_refused(photos, tmp_path, capsys):
    with pytest.raises(ConfigError, match="closeness"):
        montage_folder(photos, tmp_path / "out", options=MontageOptions(closeness=5))
    assert main(["montage", "--photos-dir", str(tmp_path / "none"), "--savedir", str(tmp_path / "out")]) == 2
    assert "there is no folder" in capsys.readouterr().err
    assert main(["paint"]) == 2
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_eyes_of_real_photos_are_found_again_within_a_pixel(shared_data, tmp_path):
    pytest.importorskip("dlib", reason="finding faces needs the extra faces")
    root, photos = shared_data("C-faces"), tmp_path / "photos"
    photos.mkdir()
    for place in sorted(root.iterdir()):
        for path in sorted(place.glob("*.jpg"))[:1] if place.is_dir() else ():
            (photos / f"{place.name}-{path.name}").write_bytes(path.read_bytes())
    options = MontageOptions(closeness=(0.15, 0.3), border="blur", min_sharpness=0)
    made = montage_folder(photos, tmp_path / "out", options=options)
    assert made.frames == 10
    far, apart = [], []
    for number, path in enumerate(sorted((tmp_path / "out").glob("*.jpg"))):
        (found,) = Faces().measure([np.asarray(Image.open(path))])
        eyes = faces_of(found.regions)[0].eyes((800, 800))
        far.append(np.hypot(*(eyes - eye_places((800, 800), 0.15 * 2 ** (number / 9))).T).max())
        apart.append(eyes[1, 0] - eyes[0, 0])
    assert np.median(far) < 1.0
    assert apart == sorted(apart)
