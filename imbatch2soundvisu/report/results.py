"""What a report needs of a result, whatever plan made it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol


class ReportedResult(Protocol):
    """A result on disk: its folder, files {kind: name within the folder}, and its entry in the manifest."""

    @property
    def folder(self) -> Path: ...

    @property
    def entry(self) -> Mapping[str, Any]: ...

    @property
    def files(self) -> Mapping[str, str]: ...

    @property
    def kept(self) -> bool: ...

    @property
    def problems(self) -> Sequence[str]: ...
