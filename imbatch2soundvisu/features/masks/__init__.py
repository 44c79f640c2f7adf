"""Masks: which part of an image is people, or its subject, as columns and regions, and cut out at full size.

The pass `PersonMask` needs the extra `pose`; `SubjectMask` needs no network.
"""

from .cutting import cut_out
from .measuring import background_blur, mask_values
from .passes import MaskPass, PersonMask, SubjectMask
from .subjects import subject_mask

__all__ = ["MaskPass", "PersonMask", "SubjectMask", "background_blur", "cut_out", "mask_values", "subject_mask"]
