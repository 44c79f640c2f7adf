"""What is made of faces: aligned frames, morphs and averages. Functions on arrays, no plans."""

from .alignment import closenesses, covering, eye_places, mean_shape, moved, placed, scale_of, similarity
from .averages import average_face
from .equalising import common_colour, equalised, face_colour
from .folder_gif import folder_film
from .montage_folder import montage_folder
from .morphing import morph
from .options import MontageOptions
from .transition import Morph
from .warping import BORDERS, aligned_frame, check_border, warped

__all__ = [
    "BORDERS", "MontageOptions", "Morph", "aligned_frame", "average_face", "check_border", "closenesses",
    "common_colour", "covering", "equalised", "eye_places", "face_colour", "folder_film", "mean_shape",
    "montage_folder", "morph", "moved", "placed", "scale_of", "similarity", "warped",
]  # fmt: skip
