"""Large images: converted and reduced in strips, and decoded one at a time."""

from __future__ import annotations

import threading
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngImageFile

from imbatch2soundvisu.datasets import images, large


def picture(mode: str) -> Image.Image:
    rng = np.random.default_rng(3)
    channels = cv2.resize(rng.integers(0, 256, (5, 7, 4)).astype(np.uint8), (403, 301), interpolation=cv2.INTER_CUBIC)
    rgba = Image.fromarray(channels)
    return rgba if mode == "RGBA" else rgba.convert("RGB").convert(mode)


@pytest.fixture
def small_strips(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(large, "STRIP_PIXELS", 5000)


@pytest.mark.parametrize("fit", ["fit", "fill", "blur"])
@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "P"])
def test_strips_give_the_same_image(mode: str, fit: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    picture(mode).save(tmp_path / "a.png")
    whole = images.open_to_fit(tmp_path / "a.png", (40, 24), fit)
    monkeypatch.setattr(large, "STRIP_PIXELS", 5000)
    strips = images.open_to_fit(tmp_path / "a.png", (40, 24), fit)
    difference = np.abs(whole.astype(int) - strips)
    assert difference.mean() < 1
    assert difference.max() <= 16


@pytest.mark.usefixtures("small_strips")
@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "CMYK"])
def test_no_conversion_copies_a_large_image(mode: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / ("a.tif" if mode == "CMYK" else "a.png")
    picture(mode).save(path)
    sizes: list[int] = []
    convert, resize = Image.Image.convert, Image.Image.resize

    def noted(method):  # type: ignore[no-untyped-def]
        def call(self, *arguments, **keywords):  # type: ignore[no-untyped-def]
            sizes.append(self.width * self.height)
            return method(self, *arguments, **keywords)

        return call

    monkeypatch.setattr(Image.Image, "convert", noted(convert))
    monkeypatch.setattr(Image.Image, "resize", noted(resize))
    images.open_to_fit(path, (24, 16))
    assert sizes
    assert max(sizes) <= 20_000  # of 121,303 pixels


def test_large_images_wait_for_each_other(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(large.tempfile, "gettempdir", lambda: str(tmp_path))
    begun, entered = threading.Event(), threading.Event()

    def other() -> None:
        begun.set()
        with large.one_at_a_time(large.LARGE_PIXELS + 1):
            entered.set()

    thread = threading.Thread(target=other)
    with large.one_at_a_time(large.LARGE_PIXELS + 1):
        thread.start()
        assert begun.wait(10)
        assert not entered.wait(0.2)
        with large.one_at_a_time(1000):  # small ones do not wait
            pass
    assert entered.wait(10)
    thread.join()


def test_large_images_are_decoded_where_no_lock_can_be_made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(large.tempfile, "gettempdir", lambda: str(tmp_path / "file"))
    with large.one_at_a_time(large.LARGE_PIXELS + 1):
        pass


def test_the_header_of_a_png_is_read_without_its_pixels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, late = tmp_path / "a.png", tmp_path / "late.png"
    exif = Image.Exif()
    exif[0x0112] = 6
    picture("RGB").save(path, exif=exif)
    data = path.read_bytes()
    at = data.index(b"eXIf") - 4
    chunk = data[at : at + 12 + int.from_bytes(data[at : at + 4], "big")]
    late.write_bytes(data.replace(chunk, b"").replace(data[-12:], chunk + data[-12:]))
    assert images.read_header(late).width == 301  # EXIF after the pixels
    monkeypatch.setattr(PngImageFile, "load", lambda *_: pytest.fail("the pixels were read"))
    assert images.read_header(path).width == 301
    plain = tmp_path / "plain.png"
    picture("RGB").save(plain)
    assert images.read_header(plain).width == 403
