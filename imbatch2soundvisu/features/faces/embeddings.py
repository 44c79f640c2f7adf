"""What an embedding of the identity of faces is, and the registry of them."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

import numpy as np

from ...core.registry import Registry
from .detectors import Detection


@runtime_checkable
class FaceEmbedding(Protocol):
    """Describes who a face shows. A frozen dataclass, registered with `@FACE_EMBEDDINGS.register("name")`.

    Attributes
    ----------
    same_person : float
        Faces of one person are less than this apart (Euclidean distance of vectors). The vectors of regions are scaled
        so that it is 0.6, as dlib's is.

    It may also have `needs_points = True`, where it can only be used with detectors that find eyes and nose, and `key`,
    `located` and `prepare`, as a `FaceDetector` has.
    """

    same_person: float

    def embed_face(self, rgb: np.ndarray, face: Detection, landmarks: np.ndarray) -> np.ndarray:
        """Return the vector of a face, (d,).

        Parameters
        ----------
        rgb : ndarray of shape (h, w, 3)
            The image, uint8.
        face : Detection
        landmarks : ndarray of shape (5, 2)
            In pixels, as `records.LANDMARKS` names them.
        """
        ...


#: Every embedding of faces by its name.
FACE_EMBEDDINGS: Registry[Any] = Registry(
    "face embedding",
    method="embed_face",
    argument="Faces(embedding=)",
    modules=(f"{__package__}.dlib_faces", f"{__package__}.onnx_faces"),
)
