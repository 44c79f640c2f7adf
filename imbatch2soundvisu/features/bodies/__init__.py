"""Bodies as data: the pose of every person, as regions of an image, as columns, and as a vector to order by.

The pass `Pose` needs the extra `pose`. A person is a `Region` with the label "person"; `Body` gives what is known of
it by name.
"""

from .landmarks import BONES, LANDMARKS
from .passes import BODY_COLUMNS, Pose
from .poses import body_alignment, pose_vector
from .records import Body, Landmarks, bodies_of

__all__ = [
    "BODY_COLUMNS", "BONES", "LANDMARKS", "Body", "Landmarks", "Pose", "bodies_of", "body_alignment", "pose_vector",
]  # fmt: skip
