"""The files of a cluster report: name, viewer and label of each kind."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ReportFile:
    """A file of the report: its name in the plan's folder, how the gallery shows it, and its label there."""

    name: str
    viewer: str
    label: str


#: By kind. A kind that does not apply (no tree, no sweep, umap-learn not installed) has no file.
REPORT_FILES = {
    "report": ReportFile("summary_report.html", "page", "Cluster report"),
    "report_text": ReportFile("summary_report.txt", "text", "Cluster report (text)"),
    "assignments": ReportFile("cluster_assignments.csv", "table", "Image by image (CSV)"),
    "map_umap": ReportFile("clusters_umap.png", "image", "Map (UMAP)"),
    "map_pca": ReportFile("clusters_pca.png", "image", "Map (PCA)"),
    "silhouettes": ReportFile("silhouettes.png", "image", "Silhouettes"),
    "sweep": ReportFile("sweep.png", "image", "Number of clusters"),
    "dendrogram": ReportFile("dendrogram.png", "image", "Dendrogram"),
    "sizes": ReportFile("sizes.png", "image", "Cluster sizes"),
}
