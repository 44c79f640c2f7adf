"""Styles that write music for a sequence, note by note."""

from .composed import Composed

__all__ = ["Composed"]
