"""Find the orders hidden in a folder of images, and watch and hear them.

>>> import imbatch2soundvisu as i2s
>>> collection = i2s.discover("photos")            # doctest: +SKIP
>>> table = i2s.measure(collection)                # doctest: +SKIP
>>> plan = i2s.SequencePlan("dark to bright", order="luminance")
>>> plan.sequence(table)                           # doctest: +SKIP
>>> i2s.run([plan], root="photos")                 # doctest: +SKIP
"""

from importlib.metadata import PackageNotFoundError, version

from . import datasets
from .cli import stages
from .clustering import PCA, TSNE, UMAP, ByFolder, Density, Hierarchical, KMeans
from .core import (
    Clusters,
    Collection,
    Criterion,
    FeatureTable,
    ImageRecord,
    ImageSequence,
    Needs,
    Note,
    Part,
    Profile,
    Result,
    Score,
    Timeline,
    Timing,
)
from .core.errors import (
    CollectionError,
    ConfigError,
    EngineMissing,
    I2SError,
    ImageError,
    MakeError,
    MissingExtra,
    SessionError,
)
from .datasets import discover, health
from .datasets.images import open_image
from .embeddings import Clip, Cnn, Look, Vectors, load_embeddings, save_embeddings
from .features import FEATURES, Pixels, feature
from .measurement import embed, measure
from .music.styles import ClusterProfile, ClusterTheme, Composed, Mix, Silent, Sonified, Track
from .pipeline import Observer, RunResult, check, run
from .plans import Album, SequencePlan
from .runtime.cache import Cache
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
from .visuals.video import CrossFade, Cut, SlowZoom

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
    "Clusters",
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
    "Timing",
    "Observer",
    "Outliers",
    "Part",
    "Result",
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
    "Cache",
    "Timeline",
    "TowardsNext",
    "Track",
    "Vectors",
    "Weighted",
    "ConfigError",
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
