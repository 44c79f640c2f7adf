"""Every exception that a decoder raises on a file becomes the reason why that file is skipped."""

from __future__ import annotations

import contextlib
import errno
import struct
import sys
import warnings
import zlib
from pathlib import Path
from types import SimpleNamespace

import av
import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms, ImageFile, JpegImagePlugin

from imbatch2soundvisu import config, visuals
from imbatch2soundvisu.core import Collection, silent
from imbatch2soundvisu.core.errors import CollectionError, ConfigError, ImageError, MakeError, UnwritableError
from imbatch2soundvisu.datasets import discover, health, images, profiles, videos
from imbatch2soundvisu.datasets import sample as samples
from imbatch2soundvisu.datasets.downloads.gathering import Item, gather
from imbatch2soundvisu.embeddings import saved
from imbatch2soundvisu.measurement import measure, with_measurements
from imbatch2soundvisu.music import recordings
from tests.conftest import DATA, photo
from tests.mutations import damaged, files_of, sample_files

# the package filters these warnings when it is imported, pytest resets the filters
pytestmark = pytest.mark.filterwarnings(r"ignore::UserWarning:PIL\.")

ODD = [
    struct.error("unpack requires a buffer of 2 bytes"), SyntaxError("unknown organization"), RecursionError("deep"),
    ValueError("buffer is not large enough"), ZeroDivisionError("division by zero"), OverflowError("too large"),
    zlib.error("Error -3"), AssertionError(), IndexError("index out of range"), TypeError("Missing dimensions"),
]  # fmt: skip
odd = pytest.mark.parametrize("error", ODD, ids=lambda error: type(error).__name__)


def fails(error):
    """A decoder that raises."""

    def decoder(*args, **options):
        raise error

    return decoder


def survive(collection: Collection) -> Collection:
    """A collection after measuring and health, in which every file is an image or has a reason."""
    table = measure(collection)
    measured = with_measurements(collection, table)
    health(measured, table)
    assert len(measured) + len(measured.skipped) <= measured.found
    assert all(len(each.reason) > 4 and "\n" not in each.reason for each in measured.skipped)
    assert not table.problems
    return measured


def survive_all(folder: Path, sources: dict[str, bytes], count: int, seed: int) -> Collection:
    folder.mkdir()
    for name, content in damaged(sources, count, seed):
        (folder / name).write_bytes(content)
    return survive(discover(folder))


@pytest.mark.parametrize("name", ["F-odd", "G-reports"])
def test_every_odd_file_is_an_image_or_has_a_reason(shared_data, name):
    paths = [path for path in sorted(shared_data(name).rglob("*")) if path.is_file()]
    quiet = [path for path in paths if path.suffix.lower() in config.QUIET_EXTENSIONS]
    measured = survive(discover(paths))
    assert len(measured) + len(measured.skipped) == measured.found >= len(paths) - len(quiet)


def test_files_that_have_ended_runs_are_read_or_refused(shared_data):
    reports = shared_data("G-reports")
    assert images.open_image(reports / "gif-cut-in-second-frame.gif").ndim == 3
    assert images.read_header(reports / "gif-cut-in-second-frame.gif").frames == 1
    for step in (images.read_header, images.open_image):
        with pytest.raises(ImageError, match="^damaged TIFF: its header cannot be read$"):
            step(reports / "tiff-without-dimensions.tif")


def test_a_hundred_damaged_files_do_not_end_the_run(tmp_path, capfd):
    measured = survive_all(tmp_path / "damaged", sample_files(), 100, seed=1)
    assert 10 < len(measured) < 100
    assert capfd.readouterr().err == ""


def test_damaged_files_give_no_warnings(tmp_path):
    with warnings.catch_warnings(record=True) as caught:
        for name, content in damaged(sample_files(), 60, seed=2):
            (tmp_path / name).write_bytes(content)
            with contextlib.suppress(ImageError):
                images.decode(tmp_path / name)
    assert not caught


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="libtiff may be a part of Pillow there")
def test_libtiff_writes_nothing_to_the_terminal(tmp_path, capfd):
    sources = {name: content for name, content in sample_files().items() if name.endswith(".tif")}
    for name, content in damaged(sources, 80, seed=4):
        (tmp_path / name).write_bytes(content)
        with contextlib.suppress(ImageError):
            images.decode(tmp_path / name)
    assert capfd.readouterr().err == ""


@pytest.mark.slow
def test_two_thousand_damaged_files_do_not_end_the_run(tmp_path):
    sources = sample_files() | files_of(DATA / "F-odd", DATA / "G-reports")
    measured = survive_all(tmp_path / "damaged", sources, 2000, seed=3)
    assert len(measured) > 200


@pytest.fixture
def image(tmp_path: Path) -> Path:
    exif = Image.Exif()
    exif[0x0112] = 6
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()  # so that Pillow decodes it
    Image.fromarray(photo(1)).save(tmp_path / "a.jpg", exif=exif, icc_profile=profile)
    return tmp_path / "a.jpg"


OPENERS = {
    "header": images.read_header,
    "open": images.open_image,
    "decode": lambda path: images.decode(path, 40),
    "fit": lambda path: images.open_to_fit(path, (32, 32)),
}


@odd
@pytest.mark.parametrize("opener", OPENERS)
def test_opening_that_fails_gives_a_reason(image, monkeypatch, error, opener):
    monkeypatch.setattr(Image, "open", fails(error))
    with pytest.raises(ImageError, match=r"^cannot be decoded \(.+\)$") as raised:
        OPENERS[opener](image)
    assert raised.value.lasting
    assert str(error) in str(raised.value)


@odd
@pytest.mark.parametrize(
    ("owner", "name"), [(ImageFile.ImageFile, "load"), (JpegImagePlugin.JpegImageFile, "draft"), (images, "to_array")]
)
def test_decoding_that_fails_gives_a_reason(image, monkeypatch, error, owner, name):
    monkeypatch.setattr(owner, name, fails(error))
    with pytest.raises(ImageError, match="^cannot be decoded"):
        images.decode(image, 40)


@odd
def test_unreadable_exif_data_and_profiles_are_ignored(image, monkeypatch, error):
    profiles.transform.cache_clear()
    monkeypatch.setattr(ImageCms, "buildTransform", fails(error))
    monkeypatch.setattr(Image.Exif, "get_ifd", fails(error))
    assert images.read_header(image).taken is None
    assert images._orientation(SimpleNamespace(format="JPEG", getexif=fails(error))) == 1
    assert images.open_image(image).shape == (120, 80, 3)


@odd
def test_one_frame_is_counted_where_the_others_are_damaged(tmp_path, monkeypatch, error):
    path = tmp_path / "a.gif"
    Image.fromarray(photo(1)).save(path, save_all=True, append_images=[Image.fromarray(photo(2))])
    monkeypatch.setattr("PIL.GifImagePlugin.GifImageFile.n_frames", property(fails(error)))
    assert images.read_header(path).frames == 1


@odd
def test_the_other_files_of_a_folder_are_used(folder, monkeypatch, error):
    intact = Image.open
    lost = (folder / "image-03.jpg").read_bytes()

    def opened(file, *args, **options):
        if file.getvalue() == lost:
            raise error
        return intact(file, *args, **options)

    monkeypatch.setattr(Image, "open", opened)
    measured = survive(discover(folder))
    assert len(measured) == 11
    assert [each.name for each in measured.skipped] == ["image-03.jpg"]


@odd
def test_an_image_that_fails_after_discovery_is_left_out(folder, monkeypatch, error):
    collection = discover(folder)
    monkeypatch.setattr(ImageFile.ImageFile, "load", fails(error))
    monkeypatch.setattr(images, "decode_jpeg", lambda image, target: None)  # as for a file with a fault
    assert len(survive(collection).skipped) == 12
    assert visuals.thumbnail_uri(collection.records[0], 32).startswith("data:image/jpeg")
    with pytest.raises(ImageError, match=r"^image-00\.jpg: cannot be decoded"):
        visuals.frame(collection.records[0], (32, 32))


def short_of_memory() -> cv2.error:
    error = cv2.error("Failed to allocate 4 bytes")
    error.code = cv2.Error.StsNoMem
    return error


@pytest.mark.parametrize("error", [MemoryError(), short_of_memory()], ids=["MemoryError", "OpenCV"])
def test_lack_of_memory_is_not_a_lasting_reason(image, monkeypatch, error):
    monkeypatch.setattr(images, "to_array", fails(error))
    with pytest.raises(ImageError, match="^too large for the available memory$") as raised:
        images.open_image(image)
    assert not raised.value.lasting


def test_an_interrupt_is_not_damage(image, monkeypatch):
    monkeypatch.setattr(Image, "open", fails(KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        images.read_header(image)


def test_an_invalid_parameter_is_not_damage(image):
    with pytest.raises(ConfigError, match="unknown fit"):
        images.open_to_fit(image, (32, 32), "stretch")


def test_floats_of_any_size_give_no_warnings(tmp_path):
    values = np.array([[-3e38, 3e38], [0, np.nan]], np.float32)
    Image.fromarray(values).save(tmp_path / "a.tif")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert images.open_image(tmp_path / "a.tif")[0, :, 0].tolist() == [0, 255]


def test_a_name_that_no_file_can_have_gives_a_reason(folder):
    collection = discover([folder / "image-00.jpg", Path("a\0b.jpg")])
    assert [each.reason for each in collection.skipped] == ["embedded null byte"]


def film(path: Path) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=5)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for seed in range(10):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(photo(seed, 64, 48), format="rgb24")))
        container.mux(stream.encode())
    return path


@odd
def test_a_video_that_fails_gives_a_reason(tmp_path, monkeypatch, error):
    path = film(tmp_path / "a.mp4")
    monkeypatch.setattr(av, "open", fails(error))
    with pytest.raises(CollectionError, match=r"a\.mp4: cannot be read as a video \(.+\)"):
        videos.video_frames(path, tmp_path / "cache")


def test_a_full_disk_is_not_damage_of_a_video(tmp_path, monkeypatch):
    path = film(tmp_path / "a.mp4")
    monkeypatch.setattr(Image.Image, "save", fails(OSError(errno.ENOSPC, "No space left on device")))
    with pytest.raises(UnwritableError, match="No space left"):
        videos.video_frames(path, tmp_path / "cache")


@odd
def test_a_recording_that_fails_gives_a_reason(tmp_path, monkeypatch, error):
    monkeypatch.setattr(av, "open", fails(error))
    with pytest.raises(MakeError, match=r"^a\.wav cannot be played: .+"):
        list(recordings.decode(tmp_path / "a.wav", 22_050))


@odd
def test_sound_that_cannot_be_converted_gives_a_reason(shared_data, monkeypatch, error):
    monkeypatch.setattr(av, "AudioResampler", fails(error))
    with pytest.raises(MakeError, match=r"^song\.mp3 cannot be played: .+"):
        list(recordings.decode(shared_data("F-odd") / "made/song.mp3", 22_050))


@odd
def test_photographs_of_the_sample_that_fail_are_left_out(tmp_path, monkeypatch, error):
    monkeypatch.setattr(Image, "open", fails(error))
    with pytest.raises(CollectionError, match="the photographs of the sample are missing"):
        samples.built_in_sample(tmp_path)


@odd
def test_a_download_leaves_out_an_image_that_fails(tmp_path, monkeypatch, error):
    broken, intact = (Image.fromarray(photo(seed)) for seed in (1, 2))
    monkeypatch.setattr(broken, "load", fails(error))
    items = [Item(broken, (), "broken"), Item(intact, (), "intact")]
    with pytest.warns(UserWarning, match=r"broken\.png is left out: it cannot be decoded"):
        got = gather(tmp_path / "set", "the set", lambda done: iter(items[done:]), 2, silent)
    assert [path.name for path in got.iterdir()] == ["intact.png"]


@odd
def test_vectors_that_fail_give_a_reason(tmp_path, monkeypatch, error):
    (tmp_path / "a.npy").write_bytes(b"?")
    monkeypatch.setattr(np, "load", fails(error))
    with pytest.raises(ConfigError, match=r"a\.npy cannot be read"):
        saved.read(tmp_path / "a.npy")
