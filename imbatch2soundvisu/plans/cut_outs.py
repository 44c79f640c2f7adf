"""Outputs of subjects: cut out as PNG with alpha, and over a common background as a GIF."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from ..config import Settings
from ..core import ImageRecord, Needs, Progress
from ..core.errors import ConfigError
from ..features import PASSES
from ..features.masks.cutting import cut_out
from ..features.masks.measuring import SMALLEST
from ..features.passes import pass_version
from ..runtime.files import slug
from ..runtime.folders import atomic_folder
from .film_outputs import Gif
from .protocols import OutputFiles, SequenceSource
from .registry import OUTPUT_KINDS
from .sequence_outputs import SequenceOutput


class UsesMask:
    """Base of outputs that need a mask of each image. The pass that finds it is prepared before any work."""

    mask: Any

    @property
    def needs(self) -> Needs:
        """The pass of the mask."""
        return Needs(passes=(self.mask,))

    def check_mask(self) -> None:
        """Raise ConfigError for what finds no masks."""
        if not callable(getattr(PASSES.resolve(self.mask), "mask", None)):
            raise ConfigError(
                f"{type(self).__name__}(mask={self.mask!r}) must be 'subject-mask', 'person-mask', or a pass with "
                "`mask(image)`, such as SubjectMask()"
            )

    def state(self) -> list[Any]:
        """Return what the files depend on besides the fields."""
        return [pass_version(PASSES.resolve(self.mask))]

    def located_mask(self, settings: Settings, progress: Progress) -> Any:
        """Return the pass that finds masks, ready to run."""
        found = PASSES.resolve(self.mask)
        found = found.located(settings) if hasattr(found, "located") else found
        if hasattr(found, "prepare"):
            found.prepare(progress)
        return found


def subject_of(record: ImageRecord, mask: Any, long_side: int | None = None) -> np.ndarray | None:
    """Return an image with its subject only, (h, w, 4) uint8; None where no subject is found.

    Parameters
    ----------
    record : ImageRecord
    mask : MaskPass
        What finds the mask, at its own input size.
    long_side : int, optional
        Of the result, in pixels; None: full size.

    Raises
    ------
    ImageError
        If the image cannot be read.
    """
    from ..datasets import images

    found = mask.mask(images.open_image(record, mask.input_size))
    return None if found.mean() < SMALLEST else cut_out(images.open_image(record, long_side), found)


@OUTPUT_KINDS.register("cut-outs")
@dataclass(frozen=True)
class CutOuts(UsesMask, SequenceOutput):
    """The subjects of all images in the folder `cutouts/`: PNG with alpha at full size, and a table of them.

    The folder can be the tiles of a mosaic (`MosaicPlan(tiles=...)`), or the images of another session, which show the
    subjects over its BACKGROUND.

    Parameters
    ----------
    mask : str or pass
        What is cut out: "subject-mask" (any subject, without a network), "person-mask" (people; needs the extra
        `pose`), or an instance such as `SubjectMask(side=384)`.
    crop : bool
        Cut each file to the box around its subject; else it has the size of the image.
    """

    mask: Any = "subject-mask"
    crop: bool = False

    def check(self, settings: Settings) -> None:
        """Raise ConfigError for a mask or switch that is none."""
        self.check_mask()
        if not isinstance(self.crop, bool):
            raise ConfigError(f"CutOuts(crop={self.crop!r}) must be True or False")

    def names(self, settings: Settings) -> list[str]:
        """Return the file names this output may write, as far as they are known before."""
        return ["cutouts/cutouts.csv"]

    def write(self, content: SequenceSource, out: OutputFiles) -> None:
        """Write `cutouts/NNNN-name.png` for each image with a subject, and `cutouts/cutouts.csv`."""
        mask, records = self.located_mask(out.settings, out.progress), content.sequence.records
        head = out.path("cutouts", "cutouts/cutouts.csv", "table", "Cut-outs")
        without = 0
        with (
            atomic_folder(head.parent, head.name) as folder,
            open(folder / head.name, "w", encoding="utf-8", newline="") as file,
        ):
            writer = csv.writer(file)
            writer.writerow(["file", "image", "left", "top", "width", "height", "area"])
            for number, record in enumerate(records, 1):
                name = f"{number:04}-{_stem(record)}.png"
                row = self._write_one(record, mask, folder / name)
                without += row is None
                writer.writerow(["", record.name] if row is None else [name, record.name, *row])
                out.progress("cut-outs", number, len(records))
        if without:
            out.describe(lines=[f"No subject was found in {without} of {len(records)} images, which have no cut-out"])

    def _write_one(self, record: ImageRecord, mask: Any, path: Path) -> list[Any] | None:
        """Write a file; return the box and the share of the image that is covered."""
        from PIL import Image

        pixels = subject_of(record, mask)
        if pixels is None or (box := _box(pixels[..., 3])) is None:
            return None
        area = float(pixels[..., 3].mean()) / 255
        left, top, width, height = box
        if self.crop:
            pixels = pixels[top : top + height, left : left + width]
        Image.fromarray(np.ascontiguousarray(pixels)).save(path, compress_level=4)
        return [*box, f"{area:.4f}"]


@OUTPUT_KINDS.register("subject-gif")
@dataclass(frozen=True)
class SubjectGif(UsesMask, Gif):
    """An animated GIF of the subjects of all images over a common background. Fields of `Gif`, and these.

    Parameters
    ----------
    mask : str or pass
        As for `CutOuts`.
    background : str, (int, int, int) or Path, optional
        A colour ("#203040", "white") or an image, which fills the frame; BACKGROUND of the settings when None.
    """

    mask: Any = "subject-mask"
    background: Any = None
    _file: ClassVar[tuple[str, str, str]] = ("subject_gif", "subjects.gif", "Subjects over one background (GIF)")

    def check(self, settings: Settings) -> None:
        """Raise ConfigError for a mask or a background that is none, and as `Gif`."""
        super().check(settings)
        self.check_mask()
        _background(self.background, (16, 16), settings)

    def state(self) -> list[Any]:
        """Return what the file depends on besides the fields: the mask, and the content of the background."""
        from ..runtime.digests import file_digest

        place = _place(self.background)
        return [*super().state(), file_digest(place) if place is not None and place.is_file() else ""]

    def frames(self, content: SequenceSource, out: OutputFiles, size: tuple[int, int], fit: str) -> Iterator[Any]:
        """Yield the frames, (h, w, 3) uint8; an image without a subject is the background alone."""
        mask = self.located_mask(out.settings, out.progress)
        ground = _background(self.background, size, out.settings)
        for record in content.sequence.records:
            pixels = subject_of(record, mask, 2 * max(size))
            yield ground if pixels is None else _over(pixels, ground, fit)


def _over(pixels: np.ndarray, ground: np.ndarray, fit: str) -> np.ndarray:
    """A cut-out on a background, placed as its image would be."""
    from ..datasets.fitting import fit_to

    size = ground.shape[1], ground.shape[0]
    alpha = pixels[..., 3:].astype(np.float32) / 255
    premultiplied = np.rint(pixels[..., :3] * alpha).astype(np.uint8)
    placed = "fit" if fit == "blur" else "fill" if fit == "smart" else fit
    colour = fit_to(premultiplied, size, placed, (0, 0, 0)).astype(np.float32)
    share = fit_to(np.repeat(pixels[..., 3:], 3, axis=2), size, placed, (0, 0, 0)).astype(np.float32) / 255
    found: np.ndarray = np.rint(colour + (1 - share) * ground).clip(0, 255).astype(np.uint8)
    return found


def _background(background: Any, size: tuple[int, int], settings: Settings) -> np.ndarray:
    """(h, w, 3) uint8. Raises ConfigError for what is neither a colour nor an image."""
    from PIL import ImageColor

    from ..core.errors import ImageError
    from ..datasets import images

    place = _place(background)
    try:
        if place is not None:
            return images.open_to_fit(place, size, "fill")
        colour = settings.background if background is None else background
        rgb = ImageColor.getrgb(colour)[:3] if isinstance(colour, str) else tuple(colour)
        if len(rgb) != 3 or not all(isinstance(each, int) and 0 <= each <= 255 for each in rgb):
            raise ValueError
    except ImageError as error:
        raise ConfigError(f"SubjectGif(background={str(background)!r}): {error}") from error
    except (ValueError, TypeError) as error:
        raise ConfigError(
            f"SubjectGif(background={background!r}) must be a colour, such as '#203040' or (32, 48, 64), or the path "
            "of an image"
        ) from error
    return np.full((size[1], size[0], 3), rgb, np.uint8)


def _place(background: Any) -> Path | None:
    """The path that a background is; None for colours."""
    if isinstance(background, Path):
        return background.expanduser()
    is_path = isinstance(background, str) and (Path(background).suffix != "" or Path(background).is_file())
    return Path(background).expanduser() if is_path else None


def _box(alpha: np.ndarray) -> tuple[int, int, int, int] | None:
    """Left, top, width, height of what can be seen."""
    rows, columns = np.flatnonzero(alpha.max(axis=1) > 8), np.flatnonzero(alpha.max(axis=0) > 8)
    if not len(rows):
        return None
    left, top = int(columns[0]), int(rows[0])
    return left, top, int(columns[-1]) + 1 - left, int(rows[-1]) + 1 - top


def _stem(record: ImageRecord) -> str:
    return slug(re.sub(r"\.[^.]*$", "", record.label))[:60]
