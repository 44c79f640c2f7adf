"""What the outputs of a montage are made from: aligned frames as a sequence, with its music."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..config import Settings
from ..core import ImageRecord, ImageSequence, Progress
from ..core.text import duration, plural
from ..faces import frames as montage_frames
from ..faces.choosing import ChosenPhotos
from ..faces.frames import Frame
from ..faces.transition import Morph
from ..runtime.cache import Cache
from .face_montage_faces import photos_for
from .face_montage_fields import SHORT_NAMES, SMALL_FACES, FaceMontageFields, SmoothFaces
from .face_outputs import MontageSource
from .face_review import person_lines
from .protocols import Output, RunContext
from .selecting import ordered_sequence
from .sequence_content import SequenceContent


class MontageContent(SequenceContent, MontageSource):
    """The photos of a montage in order, each in its frame.

    Parameters
    ----------
    plan : FaceMontagePlan
        Its options, music and timing.
    chosen : ChosenPhotos
        The photos that it is made of, in any order.
    sequence : ImageSequence
        The same photos in order.
    settings : Settings
        Those of the run.
    """

    def __init__(
        self, plan: FaceMontageFields, chosen: ChosenPhotos, sequence: ImageSequence, settings: Settings
    ) -> None:
        self.montage, self.chosen, self.photos = plan, chosen, sequence.records
        face_of = {id(record): face for record, face in zip(chosen.table.records, chosen.faces, strict=True)}
        faces = [face_of[id(record)] for record in sequence.records]
        self.frames: list[Frame] = montage_frames.frames_of(plan, sequence.records, faces)
        self.landmarks: list[np.ndarray] | None = None
        super().__init__(plan.sequence_fields, _framed(sequence, self.frames, settings), settings)

    def prepare(self, outputs: Sequence[Output], progress: Progress) -> list[str]:
        """Write the frames that are not in the cache, find landmarks where outputs use them, and make the music."""
        records = montage_frames.written(self.frames, self.settings.cache / montage_frames.FOLDER, progress)
        if any(_needs_landmarks(each) for each in outputs):
            with Cache(self.settings.cache) as cache:
                self.landmarks = montage_frames.landmarks_of(self.frames, records, cache, progress)
            regions = [(frame.region(points),) for frame, points in zip(self.frames, self.landmarks, strict=True)]
            self.sequence = replace(
                self.sequence, table=replace(self.sequence.table, regions={"faces": tuple(regions)})
            )
        return super().prepare(outputs, progress)

    def state(self) -> Any:
        """What the files of a sequence depend on, the examples and what is uncertain."""
        uncertain = [
            [each.record.name, each.number, round(each.score, 6), each.decision] for each in self.chosen.uncertain
        ]
        return [super().state(), list(self._person_lines), uncertain]

    def entry(self) -> Mapping[str, Any]:
        """The montage in `run.json`."""
        chosen, plan = self.chosen, self.montage
        start, end = plan.closeness_range
        covering = montage_frames.covering_line(plan, self.frames)
        lines = [*self._person_lines, *(each for each in (chosen.left_out, self.sequence.note, covering) if each)]
        return {
            **super().entry(),
            "kind": "face-montage",
            "lines": [f"{line[0].upper()}{line[1:]}" for line in lines],
            "face_montage": {
                "photos": chosen.photos, "showing": chosen.showing, "blurred": chosen.blurred, "alike": chosen.alike,
                "frames": len(self.frames), "size": list(plan.size), "closeness": [start, end], "align": plan.align,
                "frame_of": [record.digest for record in self.sequence.records],
                "person": None if chosen.person is None else chosen.person.as_dict(),
                "uncertain": sum(each.decision is None for each in chosen.uncertain),
                "decided": sum(each.decision is not None for each in chosen.uncertain),
            },
        }  # fmt: skip

    @property
    def _person_lines(self) -> tuple[str, ...]:
        return person_lines(self.chosen, decides=self.montage.target_faces is not None)

    @property
    def _order(self) -> str:
        """What the frames are in the order of, in words: "yaw" for `face_yaw`, "-yaw" for the reverse."""
        given = self.montage.order
        short = given.lstrip("- ") if isinstance(given, str) else ""
        name = short if short in SHORT_NAMES else self.sequence.by or self.sequence.driver.name
        minus = "-" if isinstance(given, str) and given.startswith("-") and not name.startswith("-") else ""
        return f"{minus}{name}{', reversed' if self.montage.reverse else ''}"

    def _summary(self) -> str:
        chosen, sequence, found = self.chosen, self.sequence, self.music()
        who = self.montage.person or ("a face" if chosen.person is None else "this person")
        shown = f"{chosen.showing} of {plural(chosen.photos, 'photo')} {_verb(chosen.showing)} {who}"
        limited = len(chosen.table) > len(sequence) == self._plan.images_limit(self.settings)
        limit = f" (limit={len(sequence)})" if limited else ""
        parts = [shown, f"{plural(len(sequence), 'frame')}{limit} by {self._order}"]
        parts.append(duration(float(self.timeline.seconds)))
        return ", ".join(parts + ([found["key"]] if found and found["key"] else []))


def montage_content(plan: FaceMontageFields, table: Any, context: RunContext) -> MontageContent:
    """Return what a montage of a collection is made from; no photo is read yet, but for a smooth order.

    Raises
    ------
    ConfigError
        When no face is found in the examples, or fewer than 2 photos are left.
    """
    chosen = photos_for(plan, table, context)
    fields = plan.sequence_fields
    if isinstance(fields.order, SmoothFaces):
        with Cache(context.settings.cache) as cache:
            small = montage_frames.small_faces(chosen.table.records, chosen.faces, cache, context.progress)
        chosen = replace(chosen, table=replace(chosen.table, vectors={**chosen.table.vectors, SMALL_FACES: small}))
    sequence = ordered_sequence(fields, chosen.table, np.arange(len(chosen.table)), context.settings)
    return MontageContent(plan, chosen, sequence, context.settings)


def _framed(sequence: ImageSequence, frames: Sequence[Frame], settings: Settings) -> ImageSequence:
    """A sequence of the frames instead of the photos."""
    folder = settings.cache / montage_frames.FOLDER
    records: tuple[ImageRecord, ...] = tuple(montage_frames.record_of(each, folder) for each in frames)
    regions = {"faces": tuple((each.region(),) for each in frames)}
    return replace(sequence, table=replace(sequence.table, records=records, regions=regions))


def _needs_landmarks(output: Any) -> bool:
    return bool(getattr(output, "needs_landmarks", False)) or _morphs(getattr(output, "transition", None))


def _morphs(transition: Any) -> bool:
    return transition == "morph" or transition is Morph or isinstance(transition, Morph)


def _verb(count: int) -> str:
    return "shows" if count == 1 else "show"
