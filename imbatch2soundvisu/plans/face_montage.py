"""`FaceMontagePlan`: photos of one person, with the eyes at the same places."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from .. import config
from ..config import Settings
from ..core import Collection, FeatureTable, Result
from ..core.text import duration, plural, words_of
from . import checks, result_cache
from .contents import is_kept
from .declared import errors_at
from .face_montage_checks import check
from .face_montage_content import MontageContent, montage_content
from .face_montage_fields import FaceMontageFields
from .outputs import output_names
from .plan_folder import write_plan
from .protocols import Foreseen, RunContext
from .registry import PLAN_KINDS
from .result_writer import write_result

#: Seconds that two cores take for a megapixel of a frame, and bytes of a pixel of all files of a frame, about.
_FRAME_S, _FRAME_BYTES = 0.8, 1.2
#: Of a draft: the side of frames, and how many there are.
_DRAFT_PX, _DRAFT_PHOTOS = 240, 12
_LEFT_OUT_OF_A_DRAFT = ("FaceMosaic", "AlignedFrames", "PianoRoll", "Storyboard", "Stems", "Gif")


@PLAN_KINDS.register("face-montage")
@dataclass(frozen=True)
class FaceMontagePlan(FaceMontageFields):
    """Photos of one person, turned and scaled so that the eyes are always at the same places, with music.

    Of each photo the face that is most similar to the examples is used; without examples, the largest.

    Parameters
    ----------
    name : str
        The title, and the name of the folder.
    target_faces : str or Path, optional
        A folder with photos of the person, alone or as the largest face. None: everybody, the largest face of a photo.
    other_faces : str or Path, optional
        A folder with photos of other people.
    person : str, optional
        Instead of examples, one of the people that `ByPerson()` finds in the collection: "person 1" has most photos.
    names : str or Path, optional
        With `person`: a CSV file with names of people, as `ByPerson(names=...)` takes it.
    review : str or Path, optional
        An edited copy of the `review.csv` of an earlier run: where its column `is_person` says "yes" or "no", that
        counts.
    order : str, Order or list of str
        "date" (from EXIF, the name or the time of the file), "yaw" (from left to right), "similarity" (to the
        examples), "smooth" (neighbours look alike), "random", or what `SequencePlan` takes; "-date" for the reverse.
    output_size : int or (int, int), optional
        Side of the frames, or width and height, in pixels; None: the size that the film says, else 800. Films have it
        unless they say another one.
    closeness : float or (float, float)
        Distance of the eyes as a share of the shorter side, from 0.02 to 1; or that of the first and of the last frame,
        between which the montage comes closer by equal factors.
    align : {"eyes", "procrustes"}
        What is put at the same places: the eyes; or eyes and nose together, as well as turning and scaling can.
    border : str or (int, int, int)
        What is beside a photo: "cover" (frames come closer until photos cover them, up to twice and as long as faces
        are whole; else as "blur"), "blur" (its edges continued, blurred), "reflect" (mirrored), or a colour.
    equalise : bool
        Give the faces one colour and brightness.
    spacing : {"even", "time"}
        All photos last as long; or as long as the time until the next one, within limits.
    transition : Transition or str
        Of films that do not say another one: "cut", `CrossFade(0.3)`, or `Morph(0.5)`, in which each face becomes the
        next.
    min_sharpness : float
        Photos whose face is less sharp than this share of the median are left out; 0 for none.
    unique : {"near"}, optional
        Of photos that are nearly the same, use the one with the sharpest face; None: all.
    music, where, include, exclude, limit, reverse, cutting, seconds_per_image, beats_per_image, total_seconds, seed
        As in `SequencePlan`.
    outputs : sequence of Output
        What is written: those of a sequence, `AlignedFrames()`, `AverageFace()`, `FaceMosaic()` and
        `ReviewSheet()`, or their names.

    Examples
    --------
    >>> from imbatch2soundvisu import Film, Morph
    >>> plan = FaceMontagePlan("growing up", closeness=(0.15, 0.3), transition=Morph(0.4), outputs=[Film()])
    >>> plan.written[0].size, plan.closeness_range
    ((800, 800), (0.15, 0.3))
    """

    def check(self, settings: Settings | None = None) -> None:
        """Raise ConfigError, with the line of the plan, when something in it is invalid."""
        with errors_at(self):
            check(self, settings or config.resolve())

    def check_images(self, collection: Collection) -> None:
        """Raise ConfigError when a name in `include`, `exclude` or `order` means no single image of a collection."""
        with errors_at(self):
            checks.check_images(self.sequence_fields, collection)

    def make(self, table: FeatureTable, folder: Path, context: RunContext | None = None) -> list[Result]:
        """Choose the photos, align them, compose, and write into `folder`.

        A result whose inputs have not changed is kept. What could not be made is in `problems` of the result.

        Raises
        ------
        ConfigError
            When no face is found in the examples, or fewer than 2 photos are left.
        NotOursError
            When it would overwrite a file that this program did not write.
        UnwritableError
            When nothing more can be written.
        """

        def results(context: RunContext) -> list[Result]:
            return [write_result(self.content(table, context), self.written, folder, context)]

        return write_plan(self, folder, context, results)

    def content(self, table: FeatureTable, context: RunContext | None = None) -> MontageContent:
        """Return what the outputs are made from: the photos in order, each with its frame."""
        return montage_content(self, table, context or RunContext())

    def draft(self, settings: Settings) -> FaceMontagePlan:
        """Return a plan for a first look: small frames of a few photos."""
        outputs = [each for each in self.outputs if _name(each) not in _LEFT_OUT_OF_A_DRAFT] or list(self.outputs)
        limit = min(self.images_limit(settings) or _DRAFT_PHOTOS, _DRAFT_PHOTOS)
        draft = replace(self, output_size=_smaller(self.size), limit=limit, outputs=outputs)
        object.__setattr__(draft, "declared_at", self.declared_at)
        return draft

    def foresee(self, table: FeatureTable | None, found: int, folder: Path, settings: Settings) -> Foreseen:
        """Return what would be made, of a collection of `found` images; see `protocols.Plan`."""
        written = ", ".join(words_of(type(each).__name__) for each in self.written)
        width, height = self.size
        if table is None:
            return self._foreseen(f"montage of faces in up to {plural(found, 'photo')}; {written}", found)
        content = self.content(table, RunContext(settings))
        text = f"{plural(len(content.frames), 'frame')} of {width} × {height} px from {plural(found, 'photo')}"
        text += f", {duration(float(content.timeline.seconds))}; {written}"
        if is_kept(content, self.written, folder, settings):
            return Foreseen(text, kept=True)
        return self._foreseen(text, len(content.frames))

    def _foreseen(self, text: str, frames: int) -> Foreseen:
        pixels = frames * self.size[0] * self.size[1]
        return Foreseen(text, pixels * _FRAME_BYTES, 2 + pixels / 1e6 * _FRAME_S)

    def writes(self, folder: Path, settings: Settings) -> list[Path]:
        """Return the files that `make` may write into `folder` itself, as far as they are known before."""
        return [folder / name for name in [result_cache.RESULT, *output_names(self.written, settings)]]


def _name(output: Any) -> str:
    return output if isinstance(output, str) else type(output).__name__


def _smaller(size: tuple[int, int]) -> tuple[int, int]:
    factor = min(1.0, _DRAFT_PX / min(size))
    return round(size[0] * factor), round(size[1] * factor)
