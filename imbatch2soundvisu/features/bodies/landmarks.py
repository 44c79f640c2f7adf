"""The landmarks of a body, by their names, and lines between them."""

from __future__ import annotations

#: The landmarks of a person, in the order of `Region.points`: left and right are those of the person.
LANDMARKS = (
    "nose", "left_eye_inner", "left_eye", "left_eye_outer", "right_eye_inner", "right_eye", "right_eye_outer",
    "left_ear", "right_ear", "mouth_left", "mouth_right", "left_shoulder", "right_shoulder", "left_elbow",
    "right_elbow", "left_wrist", "right_wrist", "left_pinky", "right_pinky", "left_index", "right_index", "left_thumb",
    "right_thumb", "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle", "left_heel",
    "right_heel", "left_foot_index", "right_foot_index",
)  # fmt: skip

#: {name: number} of the landmarks.
NUMBER = {name: number for number, name in enumerate(LANDMARKS)}


def numbers(*names: str) -> list[int]:
    """Return the numbers of landmarks. "shoulder" is both shoulders, the left one first.

    Examples
    --------
    >>> numbers("nose", "shoulder")
    [0, 11, 12]
    """
    found = []
    for name in names:
        found += [NUMBER[name]] if name in NUMBER else [NUMBER[f"left_{name}"], NUMBER[f"right_{name}"]]
    return found


SHOULDERS, HIPS = numbers("shoulder"), numbers("hip")
#: The ends of arms and legs.
ENDS = numbers("wrist", "ankle")
#: Those that make the pose: the face and the hand count by one or two points.
JOINTS = numbers(
    "nose", "ear", "shoulder", "elbow", "wrist", "index", "hip", "knee", "ankle", "foot_index"
)  # fmt: skip
#: Pairs of landmarks with a line between them, as skeletons are drawn.
BONES = tuple(
    (NUMBER[a], NUMBER[b])
    for a, b in (
        ("left_ear", "nose"), ("right_ear", "nose"), ("left_shoulder", "right_shoulder"), ("left_hip", "right_hip"),
        *(
            (f"{side}_{a}", f"{side}_{b}")
            for side in ("left", "right")
            for a, b in (
                ("shoulder", "elbow"), ("elbow", "wrist"), ("wrist", "index"), ("shoulder", "hip"), ("hip", "knee"),
                ("knee", "ankle"), ("ankle", "foot_index"),
            )
        ),
    )
)  # fmt: skip
