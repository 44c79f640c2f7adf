"""Metadata of images: tables joined by file name, dates as archives write them, what the files themselves say."""

from .archive_dates import ArchiveDate, archive_date
from .columns import MetadataColumn
from .embedded import Embedded, embedded_of
from .joining import MetadataTable, metadata_of
from .reading import read_rows

__all__ = [
    "ArchiveDate", "Embedded", "MetadataColumn", "MetadataTable", "archive_date", "embedded_of", "metadata_of",
    "read_rows",
]  # fmt: skip
