"""A map as files for other viewers: Apple's Embedding Atlas, VIKUS Viewer, FiftyOne."""

from .fiftyone import write_fiftyone
from .parquet import write_parquet
from .vikus import write_vikus

__all__ = ["write_fiftyone", "write_parquet", "write_vikus"]
