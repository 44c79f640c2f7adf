"""Decoded images are upright, in sRGB, 8 bits, and no larger than requested; other files give a reason."""

from __future__ import annotations

import io
import pickle
import struct
import subprocess
import sys
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pillow_heif
import pytest
from PIL import Image, ImageCms

from imbatch2soundvisu import config
from imbatch2soundvisu.core.errors import ConfigError, ImageError
from imbatch2soundvisu.datasets import colours, decoders, images
from tests.conftest import photo

pillow_heif.register_heif_opener()


def save(path: Path, image: np.ndarray | Image.Image, **options: object) -> Path:
    image = image if isinstance(image, Image.Image) else Image.fromarray(image)
    image.save(path, **options)
    return path


def difference(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.abs(a.astype(float) - b.astype(float)).mean())


@pytest.mark.parametrize(
    "name", ["a.jpg", "a.png", "a.webp", "a.avif", "a.heic", "a.tif", "a.bmp", "a.gif", "a.jp2", "a.ppm", "a.tga"]
)
def test_every_format_is_decoded(tmp_path, name):
    image = photo(1)
    opened = images.open_image(save(tmp_path / name, image))
    assert opened.shape == image.shape
    assert difference(opened, image) < 6


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 0}, {"quality": 40}])
@pytest.mark.parametrize("long_side", [100, 250, 2000])
def test_the_fast_jpeg_decoder_gives_the_pixels_of_pillow(tmp_path, monkeypatch, options, long_side):
    path = save(tmp_path / "a.jpg", photo(4, 501, 333), **options)
    with Image.open(io.BytesIO(path.read_bytes())) as image:
        image.draft("RGB", (long_side, long_side))
        assert (colours.decode_jpeg(image, image.size) == np.asarray(image)).all()
    fast = images.decode(path, long_side)
    monkeypatch.setattr(images, "decode_jpeg", lambda image, target: None)
    assert (fast.rgb == images.decode(path, long_side).rgb).all()


def test_the_fast_jpeg_decoder_leaves_faults_and_other_colours_to_pillow(tmp_path):
    path = save(tmp_path / "a.jpg", photo(4, 300, 200))
    path.write_bytes(path.read_bytes()[:-400])
    save(tmp_path / "b.jpg", Image.fromarray(photo(5)).convert("CMYK"))
    for each in (path, tmp_path / "b.jpg"):
        with Image.open(io.BytesIO(each.read_bytes())) as image:
            assert colours.decode_jpeg(image, image.size) is None
    assert "rows could be read" in images.decode(path, 100).damage


def test_the_format_is_identified_by_content_not_by_name(tmp_path):
    path = save(tmp_path / "a.png", photo(2)).rename(tmp_path / "b.jpg")
    assert images.read_header(path).format == "PNG"


@pytest.mark.parametrize("suffix", ["png", "tif", "webp"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_is_turned_upright(tmp_path, orientation, suffix):
    upright = Image.fromarray(photo(3, 96, 64))
    stored = upright
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
    if orientation > 1:
        stored = upright.transpose(Image.Transpose(undo[orientation]))
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"lossless": True} if suffix == "webp" else {}
    path = save(tmp_path / f"a.{suffix}", stored, exif=exif, **options)
    assert difference(images.open_image(path), np.asarray(upright)) == 0
    header = images.read_header(path)
    assert (header.width, header.height) == (96, 64)


def test_an_invalid_orientation_is_ignored(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 99
    assert images.open_image(save(tmp_path / "a.jpg", photo(4), exif=exif)).shape == (80, 120, 3)


def test_images_are_reduced_on_request_and_never_enlarged(tmp_path):
    path = save(tmp_path / "a.jpg", photo(5, 800, 600), quality=95)
    small = images.open_image(path, 200)
    assert small.shape == (150, 200, 3)
    assert difference(small, np.asarray(Image.open(path).resize((200, 150), Image.Resampling.BOX))) < 3
    assert images.open_image(path, 5000).shape == (600, 800, 3)


def test_sixteen_bits_are_scaled_not_clipped(tmp_path):
    ramp = np.tile(np.linspace(0, 65535, 256).astype(np.uint16), (8, 1))
    opened = images.open_image(save(tmp_path / "a.png", Image.fromarray(ramp)))[0, :, 0]
    assert opened[0] == 0
    assert opened[-1] == 255
    assert abs(int(opened[128]) - 128) <= 1


def test_dark_sixteen_bit_images_stay_darker_than_bright_ones(tmp_path):
    means = []
    for level in (3000, 5000, 60000):
        grey = np.full((8, 8), level, np.uint16)
        means.append(images.open_image(save(tmp_path / f"{level}.png", Image.fromarray(grey))).mean())
    assert means == sorted(means)


def test_eight_bit_values_in_wide_integers_are_not_scaled(tmp_path):
    ramp = np.tile(np.arange(256, dtype=np.int32), (8, 1))
    assert images.open_image(save(tmp_path / "a.tif", Image.fromarray(ramp)))[0, -1, 0] == 255


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (-3.0, 9.0), (0.0, 255.0)])
def test_floats_are_scaled_whatever_their_range(tmp_path, low, high):
    ramp = np.tile(np.linspace(low, high, 256).astype(np.float32), (8, 1))
    opened = images.open_image(save(tmp_path / "a.tif", Image.fromarray(ramp)))[0, :, 0]
    assert (opened[0], opened[-1]) == (0, 255)
    assert (np.diff(opened.astype(int)) >= 0).all()


def test_nan_does_not_change_the_range_of_floats(tmp_path):
    ramp = np.tile(np.linspace(0, 1, 64).astype(np.float32), (8, 1))
    ramp[0, 0] = np.nan
    assert images.open_image(save(tmp_path / "a.tif", Image.fromarray(ramp)))[4, -1, 0] == 255


def test_transparency_shows_the_background(tmp_path):
    image = np.zeros((10, 10, 4), np.uint8)
    image[:, 5:] = (200, 100, 50, 255)
    opened = images.open_image(save(tmp_path / "a.png", Image.fromarray(image)))
    assert tuple(opened[5, 1]) == config.BACKGROUND
    assert tuple(opened[5, 8]) == (200, 100, 50)


def test_profiles_are_converted(tmp_path):
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    red = Image.new("RGB", (8, 8), (200, 30, 30))
    to_lab = ImageCms.buildTransform(ImageCms.createProfile("sRGB"), lab, "RGB", "LAB")
    path = save(tmp_path / "lab.tif", ImageCms.applyTransform(red, to_lab))
    assert difference(images.open_image(path), np.asarray(red)) < 6


def test_a_broken_profile_is_ignored(tmp_path):
    path = save(tmp_path / "a.png", photo(6), icc_profile=b"not a profile")
    assert difference(images.open_image(path), photo(6)) == 0


def test_the_first_frame_of_an_animation_is_read(tmp_path):
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    assert tuple(images.open_image(tmp_path / "a.gif")[4, 4]) == (255, 0, 0)
    assert images.read_header(tmp_path / "a.gif").frames == 2


def test_the_intact_rows_of_damaged_files_are_read(tmp_path):
    path = save(tmp_path / "a.png", (np.random.default_rng(0).random((200, 100, 3)) * 255).astype(np.uint8))
    whole = images.open_image(path)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * 0.8)])
    decoded = images.decode(path)
    assert "damaged" in decoded.damage
    assert 0.7 < decoded.rgb.shape[0] / 200 < 0.9
    assert difference(decoded.rgb[:100], whole[:100]) == 0
    path.write_bytes(data[: int(len(data) * 0.3)])
    with pytest.raises(ImageError, match="only .*%"):
        images.decode(path)


def test_salvaging_one_file_does_not_hide_damage_in_another_thread(tmp_path):
    assert not decoders._tolerant
    path = save(tmp_path / "a.jpg", photo(7, 300, 300))
    path.write_bytes(path.read_bytes()[:-200])
    assert images.decode(path).damage
    assert not decoders._tolerant


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"hello, this is text", "not an image"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 40, "damaged JPEG: its header cannot be read"),
    ],
)
def test_files_that_are_not_images_have_a_reason(tmp_path, content, reason):
    path = tmp_path / "a.jpg"
    path.write_bytes(content)
    with pytest.raises(ImageError, match=reason):
        images.open_image(path)


def bomb(path: Path, width: int, height: int) -> None:
    """A one-bit PNG of one colour: few bytes, many pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    packer, rows = zlib.compressobj(9), io.BytesIO()
    line = b"\0" * (1 + (width + 7) // 8)
    for _ in range(height):
        rows.write(packer.compress(line))
    rows.write(packer.flush())
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows.getvalue()) + chunk(b"IEND", b"")
    )


def peak_of_refusing(path: Path) -> int:
    """The peak memory, in kB, of a process that opens an image it must refuse."""
    if not Path("/proc/self/status").exists():
        pytest.skip("needs /proc to read the peak of one process")
    code = (
        "import sys; from pathlib import Path; from imbatch2soundvisu.datasets import images\n"
        "try: images.open_image(Path(sys.argv[1]))\n"
        "except images.ImageError: print(Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[0])"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    return int(done.stdout)


def test_a_decompression_bomb_is_refused_before_it_fills_memory(tmp_path):
    bomb(tmp_path / "bomb.png", 30000, 30000)
    assert peak_of_refusing(tmp_path / "bomb.png") < 500_000
    with pytest.raises(ImageError, match="megapixels"):
        images.open_image(tmp_path / "bomb.png")


@pytest.mark.parametrize("fit", images.FITS)
@pytest.mark.parametrize("shape", [(60, 300), (300, 60), (1, 1), (90, 160)])
def test_images_are_never_distorted(fit, shape):
    height, width = shape
    image = np.zeros((height, width, 3), np.uint8)
    y, x = np.mgrid[0:height, 0:width]
    radius = min(height, width) * 0.35
    image[(x - width / 2) ** 2 + (y - height / 2) ** 2 < radius**2] = 255
    canvas = images.fit_to(image, (160, 90), fit)
    assert canvas.shape == (90, 160, 3)
    disc = np.argwhere(canvas[..., 0] > 160)
    if min(shape) >= 60 and fit != "blur":
        height_px, width_px = np.ptp(disc, axis=0) + 1
        clipped = fit in ("fill", "smart") and shape != (90, 160)
        assert clipped or abs(height_px - width_px) <= 2


def test_open_to_fit_equals_decoding_and_fitting(tmp_path):
    path = save(tmp_path / "a.png", photo(8, 400, 300))
    for fit in images.FITS:
        direct = images.fit_to(images.open_image(path), (160, 90), fit)
        assert difference(images.open_to_fit(path, (160, 90), fit), direct) < 2


def test_an_unknown_fit_is_refused():
    with pytest.raises(ConfigError, match="fit, fill, smart, blur"):
        images.fit_to(photo(9), (10, 10), "stretch")


def test_the_bomb_of_1200_megapixels_is_refused_in_little_memory(shared_data):
    assert peak_of_refusing(shared_data("F-odd") / "made" / "bomb_40000x30000.png") < 500_000


DECODING = images.Decoding(("PNG",), 10_000, 0.5, (1, 2, 3))


def test_only_the_formats_of_the_decoding_are_opened(tmp_path):
    assert images.open_image(save(tmp_path / "a.png", photo(1)), decoding=DECODING).shape == (80, 120, 3)
    with pytest.raises(ImageError, match="not an image in a supported format"):
        images.open_image(save(tmp_path / "a.jpg", photo(1)), decoding=DECODING)


def test_the_pixel_limit_of_the_decoding_is_not_a_lasting_reason(tmp_path):
    path = save(tmp_path / "a.png", photo(1, 101, 100))
    for read in (images.read_header, images.open_image):
        with pytest.raises(ImageError, match="101 × 100 px is over the limit") as raised:
            read(path, decoding=DECODING)
        assert not raised.value.lasting


def test_the_background_of_the_decoding_is_behind_transparent_and_letterboxed_images(tmp_path):
    path = save(tmp_path / "a.png", Image.new("RGBA", (10, 10), (0, 0, 0, 0)))
    assert (images.open_image(path, decoding=DECODING) == (1, 2, 3)).all()
    wide = images.open_to_fit(path, (30, 10), background=(9, 9, 9), decoding=DECODING)
    assert wide[0, 0].tolist() == [9, 9, 9]
    assert wide[0, 15].tolist() == [1, 2, 3]


def test_the_intact_share_of_the_decoding_decides_about_damaged_files(tmp_path):
    path = save(tmp_path / "a.png", (np.random.default_rng(0).random((100, 100, 3)) * 255).astype(np.uint8))
    path.write_bytes(path.read_bytes()[:20_000])
    assert images.decode(path, decoding=DECODING).damage
    with pytest.raises(ImageError, match="only"):
        images.decode(path, decoding=replace(DECODING, intact_share=0.9))


def test_a_decoding_is_picklable_and_follows_the_settings():
    assert pickle.loads(pickle.dumps(DECODING)) == DECODING
    settings = config.resolve({"FORMATS": ("PNG",), "PIXEL_LIMIT": 10_000, "BACKGROUND": (1, 2, 3)}, {})
    assert images.Decoding.of(settings) == DECODING
    assert images.Decoding.of().formats == config.FORMATS
