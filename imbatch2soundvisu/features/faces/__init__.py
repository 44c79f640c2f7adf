"""Faces as data: detection, landmarks and identity of every face, as regions of an image and as columns.

Detectors, embeddings and the pass `Faces`, which needs the extra `faces`. A face is a `Region` with the label "face";
`Face` gives what is known of it by name. What is made of faces, such as montages, is in the package `faces`.
"""

from .detectors import FACE_DETECTORS, Detection, FaceDetector
from .dlib_faces import DlibCnnFaces, DlibFaces, DlibIdentity
from .embeddings import FACE_EMBEDDINGS, FaceEmbedding
from .mediapipe_faces import MediaPipeFaces
from .onnx_faces import ArcFace, Scrfd, SFace, YuNet
from .passes import FACE_COLUMNS, Faces
from .records import Face, faces_of

__all__ = [
    "FACE_COLUMNS", "FACE_DETECTORS", "FACE_EMBEDDINGS", "ArcFace", "Detection", "DlibCnnFaces", "DlibFaces",
    "DlibIdentity", "Face", "FaceDetector", "FaceEmbedding", "Faces", "MediaPipeFaces", "SFace", "Scrfd", "YuNet",
    "faces_of",
]  # fmt: skip
