"""Find the orders hidden in a folder of pictures, and watch and hear them.

>>> import imbatch2soundvisu as i2s
>>> collection = i2s.discover("photos")            # doctest: +SKIP
>>> table = i2s.measure(collection)                # doctest: +SKIP
>>> plan = i2s.SequencePlan("dark to bright", order="luminance")
>>> plan.sequence(table)                           # doctest: +SKIP
>>> i2s.run([plan], root="photos")                 # doctest: +SKIP
"""

from importlib.metadata import PackageNotFoundError, version

from .datasets import discover, health
from .embeddings import Look
from .errors import (
    CollectionError,
    EngineMissing,
    I2SError,
    ImageError,
    MakeError,
    MissingExtra,
    SessionError,
    WishError,
)
from .features import FEATURES, Pixels, feature
from .images import open_image
from .measuring import embed, measure
from .pipeline import Observer, RunResult, check, run
from .plans import SequencePlan
from .records import (
    Collection,
    Criterion,
    FeatureTable,
    ImageRecord,
    ImageSequence,
    Needs,
    Note,
    Part,
    Piece,
    Score,
    Timeline,
)
from .sorting import ByDate, ByFeature, ByName, LeafOrder, Shuffled, SmoothPath, Weighted
from .sound import Composed, Silent
from .store import Store
from .video import CrossFade, Cut, SlowZoom

try:
    __version__ = version("imbatch2soundvisu")
except PackageNotFoundError:
    __version__ = "0+unknown"

__all__ = [
    "FEATURES",
    "ByDate",
    "ByFeature",
    "ByName",
    "Collection",
    "CollectionError",
    "Composed",
    "Criterion",
    "CrossFade",
    "Cut",
    "EngineMissing",
    "FeatureTable",
    "I2SError",
    "ImageError",
    "ImageRecord",
    "ImageSequence",
    "LeafOrder",
    "Look",
    "MakeError",
    "MissingExtra",
    "Needs",
    "Note",
    "Observer",
    "Part",
    "Piece",
    "Pixels",
    "RunResult",
    "Score",
    "SequencePlan",
    "SessionError",
    "Shuffled",
    "Silent",
    "SlowZoom",
    "SmoothPath",
    "Store",
    "Timeline",
    "Weighted",
    "WishError",
    "check",
    "discover",
    "embed",
    "feature",
    "health",
    "measure",
    "open_image",
    "run",
]
