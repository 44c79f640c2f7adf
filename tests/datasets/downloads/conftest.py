"""The stand-ins of clients as fixtures."""

from tests.datasets.downloads.stand_ins import hub, kagglehub, vision

__all__ = ["hub", "kagglehub", "vision"]
