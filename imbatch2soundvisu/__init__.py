"""Find the orders hidden in a folder of pictures, and watch and hear them.

>>> import imbatch2soundvisu as i2s
>>> collection = i2s.discover("photos")            # doctest: +SKIP
>>> table = i2s.measure(collection)                # doctest: +SKIP
>>> plan = i2s.SequencePlan("dark to bright", order="luminance")
>>> plan.sequence(table)                           # doctest: +SKIP
>>> i2s.run([plan], root="photos")                 # doctest: +SKIP
"""

from importlib.metadata import PackageNotFoundError, version

from . import datasets, stages
from .clustering import PCA, TSNE, UMAP, ByFolder, Density, Hierarchical, KMeans
from .datasets import discover, health
from .embeddings import Clip, Cnn, Look, Vectors, load_embeddings, save_embeddings
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
from .plans import Album, SequencePlan
from .records import (
    Collection,
    Criterion,
    FeatureTable,
    Groups,
    ImageRecord,
    ImageSequence,
    Needs,
    Note,
    Pace,
    Part,
    Piece,
    Profile,
    Score,
    Timeline,
)
from .sorting import (
    AlongAxis,
    AlongText,
    ByDate,
    ByFeature,
    ByName,
    FromMedoid,
    Interleave,
    LeafOrder,
    NearestTo,
    Outliers,
    Shuffled,
    SmoothPath,
    TowardsNext,
    Weighted,
)
from .store import Store
from .styles import ClusterProfile, ClusterTheme, Composed, Mix, Silent, Sonified, Track
from .video import CrossFade, Cut, SlowZoom

try:
    __version__ = version("imbatch2soundvisu")
except PackageNotFoundError:
    __version__ = "0+unknown"

__all__ = [
    "FEATURES",
    "PCA",
    "TSNE",
    "UMAP",
    "Album",
    "AlongAxis",
    "AlongText",
    "ByDate",
    "ByFeature",
    "ByFolder",
    "ByName",
    "Clip",
    "ClusterProfile",
    "ClusterTheme",
    "Cnn",
    "Collection",
    "CollectionError",
    "Composed",
    "Criterion",
    "CrossFade",
    "Cut",
    "Density",
    "EngineMissing",
    "FeatureTable",
    "FromMedoid",
    "Groups",
    "Hierarchical",
    "I2SError",
    "ImageError",
    "ImageRecord",
    "ImageSequence",
    "Interleave",
    "KMeans",
    "LeafOrder",
    "Look",
    "MakeError",
    "MissingExtra",
    "Mix",
    "NearestTo",
    "Needs",
    "Note",
    "Pace",
    "Observer",
    "Outliers",
    "Part",
    "Piece",
    "Pixels",
    "Profile",
    "RunResult",
    "Score",
    "SequencePlan",
    "SessionError",
    "Shuffled",
    "Silent",
    "SlowZoom",
    "SmoothPath",
    "Sonified",
    "Store",
    "Timeline",
    "TowardsNext",
    "Track",
    "Vectors",
    "Weighted",
    "WishError",
    "check",
    "datasets",
    "discover",
    "embed",
    "feature",
    "health",
    "load_embeddings",
    "measure",
    "open_image",
    "run",
    "save_embeddings",
    "stages",
]
