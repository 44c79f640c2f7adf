"""The report of a clustering: a page, a text, a table and plots in the plan's folder, and the entry of `run.json`."""

from __future__ import annotations

from pathlib import Path

from ...runtime import files
from ..report_files import REPORT_FILES, ReportFile
from .content import ClusterReportData, ClusterSummary, report_data
from .page import render
from .report_plots import write_plots
from .tables import write_assignments
from .text import report_text

__all__ = ["REPORT_FILES", "ClusterReportData", "ClusterSummary", "ReportFile", "report_data", "write_cluster_report"]


def write_cluster_report(
    folder: Path, content: ClusterReportData, gallery: str = "../index.html", umap_seed: int | None = None
) -> dict[str, str]:
    """Write the report of a clustering.

    Parameters
    ----------
    folder : Path
        Where its files are written. Files of an earlier report are overwritten, but none is removed.
    content : ClusterReportData
        What it is about.
    gallery : str, optional
        Link from the page back to the gallery; "" for none.
    umap_seed : int, optional
        Seed of an additional map by UMAP, which is drawn where umap-learn is installed. None: no such map.

    Returns
    -------
    dict
        {kind: file name} of the files that were written, in the order of `REPORT_FILES`, which has their viewers and
        labels.
    """
    names = {kind: file.name for kind, file in REPORT_FILES.items()}
    plots = write_plots(folder, content, names, umap_seed)
    write_assignments(folder / names["assignments"], content)
    made = {kind: name for kind, name in names.items() if kind in {"report", "report_text", "assignments", *plots}}
    files.write_text(folder / names["report_text"], report_text(content, list(made.values())))
    files.write_text(folder / names["report"], render(folder, content, made, gallery))
    return made
