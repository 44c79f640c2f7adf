"""Passes over the images: features, embeddings and regions of a collection as a `FeatureTable`.

Each image is decoded once per size; values are cached by the content of images and the code that measured them; the
work runs in processes, threads or on a Dask cluster. The package has this name, rather than `measure`, because a
submodule `measure` would hide the public function `imbatch2soundvisu.measure`.
"""

from .completing import completed
from .derived import with_needs
from .measuring import embed, measure, measure_for, prepare, prepare_for, probe, unmeasured, with_measurements
from .near import NearDuplicates, near_duplicates
from .search import neighbours, search

__all__ = [
    "NearDuplicates",
    "completed",
    "near_duplicates",
    "neighbours",
    "embed",
    "measure",
    "measure_for",
    "prepare",
    "prepare_for",
    "probe",
    "search",
    "unmeasured",
    "with_measurements",
    "with_needs",
]
