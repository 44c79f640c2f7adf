"""The pass that finds faces and measures them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ...config import Settings
from ...core import FeatureInfo, Progress, silent
from ...core.errors import ConfigError
from ...core.regions import Region
from ...runtime.fingerprints import fingerprint
from ..passes import PASSES, Measurement
from .detectors import FACE_DETECTORS
from .embeddings import FACE_EMBEDDINGS
from .measuring import faces_in
from .records import faces_of

#: What the pass says of an image as a whole; of the largest face, where there are several.
FACE_COLUMNS: Mapping[str, FeatureInfo] = {
    info.name: info
    for info in (
        FeatureInfo("n_faces", "", 0.0, description="number of faces"),
        FeatureInfo("face_share", "share", 0.0, 1.0, description="box of the largest face as a share of the image"),
        FeatureInfo("face_x", "share", 0.0, 1.0, description="middle of the largest face, 0 left to 1 right"),
        FeatureInfo("face_y", "share", 0.0, 1.0, description="middle of the largest face, 0 top to 1 bottom"),
        FeatureInfo("face_roll", "degrees", -180.0, 180.0, description="angle of the eyes, clockwise"),
        FeatureInfo("face_yaw", "degrees", -90.0, 90.0, description="estimate of how far the face is turned"),
        FeatureInfo("face_sharpness", "", 0.0, description="detail in the largest face"),
    )
}


@PASSES.register("faces")
@dataclass(frozen=True)
class Faces:
    """Find faces, their landmarks and identity.

    Each face is a region with the label "face", its landmarks (corners of the eyes and the nose), a vector of its
    identity, and its roll, yaw and sharpness. Landmarks are dlib's, unless detector and embedding are both others.

    Parameters
    ----------
    detector : str or FaceDetector
        "dlib" (upright faces up to half profile), "dlib-cnn" (all sides, slow), "mediapipe" (up to profile, fast), or
        an instance such as `DlibFaces(smallest=0.03)`, `YuNet("yunet.onnx")`.
    embedding : str, FaceEmbedding or None
        "dlib", or an instance such as `SFace("sface.onnx")`. None: faces without identity.
    input_size : int
        Long side, in pixels, at which images are decoded, and landmarks and identity computed.
    """

    detector: Any = "dlib"
    embedding: Any = "dlib"
    input_size: int = 1600
    columns: ClassVar[Mapping[str, FeatureInfo]] = FACE_COLUMNS
    batch_size: ClassVar[int] = 2
    thread_safe: ClassVar[bool] = True

    def __post_init__(self) -> None:
        detector, *embedding = self._parts
        if not getattr(detector, "gives_points", True) and any(getattr(e, "needs_points", False) for e in embedding):
            needs, gives = (type(part).__name__ for part in (embedding[0], detector))
            raise ConfigError(f"{needs}() needs a detector that finds eyes and nose, such as YuNet(), not {gives}()")

    def located(self, settings: Settings) -> Faces:
        """Return the pass with detector and embedding as instances that know the paths of their files."""
        detector, embedding = FACE_DETECTORS.resolve(self.detector), self._embedding
        return dataclasses.replace(
            self, detector=_located(detector, settings), embedding=embedding and _located(embedding, settings)
        )

    def prepare(self, progress: Progress = silent) -> None:
        """Raise MissingExtra or ConfigError where a library or a model is missing."""
        for part in self._parts:
            if callable(ready := getattr(part, "prepare", None)):
                ready(progress)

    @property
    def key(self) -> str:
        """A digest of the code, parameters and weights of detector and embedding."""
        return " ".join(_version(part) for part in self._parts)

    def measure(self, batch: Sequence[np.ndarray]) -> list[Measurement]:
        """Return the faces of each image, (h, w, 3) uint8."""
        detector, embedding = FACE_DETECTORS.resolve(self.detector), self._embedding
        found = [faces_in(rgb, detector, embedding) for rgb in batch]
        return [Measurement(_columns(regions), regions=regions) for regions in found]

    @property
    def _embedding(self) -> Any:
        return None if self.embedding is None else FACE_EMBEDDINGS.resolve(self.embedding)

    @property
    def _parts(self) -> list[Any]:
        parts = (FACE_DETECTORS.resolve(self.detector), self._embedding)
        return [part for part in parts if part is not None]


def check_identity(faces: Any, wanted_by: str) -> None:
    """Raise ConfigError where a pass, such as `Faces`, finds faces without the identity that something needs."""
    if getattr(faces, "embedding", "") is None:
        raise ConfigError(f"{wanted_by} tells people by their identity: leave out embedding=None of Faces()")


def _located(part: Any, settings: Settings) -> Any:
    locate = getattr(part, "located", None)
    return part if locate is None else locate(settings)


def _version(part: Any) -> str:
    fields = [field for field in dataclasses.fields(part) if not field.metadata.get("place")]
    return fingerprint(type(part), {each.name: getattr(part, each.name) for each in fields}, getattr(part, "key", ""))


def _columns(regions: Sequence[Region]) -> dict[str, float]:
    faces = faces_of(regions)
    if not faces:
        return {"n_faces": 0.0, "face_share": 0.0}
    largest, box = faces[0], faces[0].region
    return {
        "n_faces": float(len(faces)),
        "face_share": largest.share,
        "face_x": box.x + box.width / 2,
        "face_y": box.y + box.height / 2,
        "face_roll": largest.roll,
        "face_yaw": largest.yaw,
        "face_sharpness": largest.sharpness,
    }
