"""The output that the report of a clustering is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ..config import Settings
from ..plans.albums import AlbumContent
from ..plans.protocols import Content, OutputFiles
from ..plans.registry import OUTPUT_KINDS
from ..runtime import files
from .report_files import REPORT_FILES

#: The file of the vectors behind a clustering.
VECTORS = "embeddings.npz"


@OUTPUT_KINDS.register("cluster-report")
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
        return [*(each.name for each in REPORT_FILES.values()), VECTORS]

    def write(self, content: AlbumContent, out: OutputFiles) -> None:
        """Write the files of the report."""
        from .clusters import ClusterReportData, report_data, write_cluster_report

        album = content.album
        data = ClusterReportData(
            content.plan, album.table, album.clusters, album.profiles, album.route, content.results
        )
        umap = out.settings.umap_maps if self.umap is None else self.umap
        out.describe(clusters=report_data(data))
        for kind, name in write_cluster_report(out.folder, data, umap_seed=0 if umap else None).items():
            out.path(kind, name, REPORT_FILES[kind].viewer, REPORT_FILES[kind].label)
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
        with files.atomic(out.path("embeddings", VECTORS, label="Vectors (NPZ)")) as partial:
            np.savez(partial, **arrays)
