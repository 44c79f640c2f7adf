"""The outputs that a report is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ..config import Settings
from ..plans.albums import AlbumContent
from ..plans.protocols import Content, OutputFiles
from ..plans.registry import OUTPUTS
from ..runtime import files

#: The file of the vectors behind a clustering.
VECTORS = "embeddings.npz"
_VIEWERS = {".html": "page", ".txt": "text", ".csv": "table", ".png": "image"}


@OUTPUTS.register("cluster-report")
@dataclass(frozen=True)
class ClusterReport:
    """The report of a clustering: a page, a text, the assignments, plots and the vectors.

    Parameters
    ----------
    umap : bool, optional
        Draw a UMAP map, too, where umap-learn is installed; UMAP_MAPS of the settings when None.
    """

    umap: bool | None = None
    title: ClassVar[str] = "cluster report"

    def makes(self, content: Content) -> bool:
        """Whether this output applies: only to albums."""
        return isinstance(content, AlbumContent)

    def names(self, settings: Settings) -> list[str]:
        """Return the file names this output may write."""
        from . import clusters

        return [*clusters.FILES.values(), VECTORS]

    def write(self, content: AlbumContent, out: OutputFiles) -> None:
        """Write the files of the report."""
        from . import clusters

        album = content.album
        umap = out.settings.umap_maps if self.umap is None else self.umap
        args = (album.table, album.clusters, album.profiles, album.route)
        out.describe(clusters=clusters.account(*args))
        for kind, name in clusters.write(out.folder, content.plan, *args, content.results, umap=umap).items():
            out.path(kind, name, _VIEWERS[name[name.rindex(".") :]])
        self._write_vectors(content, out)

    def _write_vectors(self, content: AlbumContent, out: OutputFiles) -> None:
        """Write the vectors that were compared, their reduction and the labels, for other programs."""
        album = content.album
        vectors = album.table.vectors.get(album.clusters.space)
        if vectors is None:
            return
        arrays: dict[str, Any] = {
            "embeddings": vectors,
            "paths": np.array([str(record.path.absolute()) for record in album.table.records], str),
            "digests": np.array([record.digest for record in album.table.records], str),
            "labels": album.clusters.labels,
        }
        if album.clusters.points is not None:
            arrays["reduced"] = album.clusters.points
        with files.atomic(out.path("embeddings", VECTORS)) as partial:
            np.savez(partial, **arrays)
