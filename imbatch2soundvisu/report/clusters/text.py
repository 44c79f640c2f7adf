"""The cluster report as plain text."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from ..file_views import ordered_kinds
from ..formatting import MISSING, plural
from ..pages import encodable
from ..results import ReportedResult
from .content import ClusterReportData, ClusterSummary, feature_comparison, figure, percent
from .quality import quality_measures, verdict

_WIDTH = 96
#: How many features are listed of each cluster.
_FEATURES = 8
_PHRASES = 5


def report_text(content: ClusterReportData, files: Sequence[str]) -> str:
    """Return the whole report: collection, method, clusters, quality, files.

    Parameters
    ----------
    content : ClusterReportData
        What it is about.
    files : sequence of str
        Names of the files of the report.
    """
    title = content.plan_name
    together = [_row(_cluster_of(each), ", ".join(_paths(each))) for each in content.other_results()]
    blocks = [
        f"{title}\n{'=' * max(3, len(title))}",
        _collection(content),
        _section("Method", [_item(note) for note in content.clusters.notes]),
        _section("Clusters", ["\n\n".join(_cluster(each, content) for each in content.summaries)]),
        _section("All clusters together", together),
        _section("How good the clusters are", _quality(content)),
        _section("Files", [f"  {name}" for name in files]),
    ]
    return encodable("\n\n".join(block for block in blocks if block) + "\n")


def _collection(content: ClusterReportData) -> str:
    source = f", from {content.root}" if content.root else ""
    lines = [f"{content.count_text()}{source}.", f"Clustered by {content.clusters.by}."]
    space = content.space_text()
    return "\n".join(lines + ([f"Compared: {space}."] if space else []))


def _section(title: str, lines: Sequence[str]) -> str:
    return "\n".join([title, "-" * len(title), *lines]) if lines else ""


def _quality(content: ClusterReportData) -> list[str]:
    sentence = verdict(content.clusters)
    lines = [_wrapped(sentence, "")] if sentence else []
    for measure in quality_measures(content.clusters):
        shuffled = f"   (shuffled labels {measure.shuffled})" if measure.shuffled else ""
        lines += [f"  {measure.name:<30} {measure.value:>8}{shuffled}", _wrapped(measure.meaning, "      ")]
    return lines


def _cluster(cluster: ClusterSummary, content: ClusterReportData) -> str:
    number = "" if cluster.position is None else f"{cluster.position + 1}. "
    silhouette = "" if figure(cluster.silhouette) == MISSING else f", silhouette {figure(cluster.silhouette)}"
    share = percent(cluster.size, len(content.table))
    lines = [f"{number}{cluster.name}: {plural(cluster.size, 'image')} ({share}){silhouette}"]
    lines += _profile(cluster, content)
    result = content.result_of(cluster)
    if result is not None:
        lines += [_row("files", ", ".join(_paths(result)))]
    elif content.results and cluster.size == 1:
        lines += [_row("files", "none: a sequence needs 2 images")]
    return "\n".join(line for line in lines if line)


def _profile(cluster: ClusterSummary, content: ClusterReportData) -> list[str]:
    profile, names = cluster.profile, content.names
    if profile is None:
        return []
    means = [f"{row['name']} {row['here']} ({row['rest']})" for row in feature_comparison(content.table, profile)]
    phrases = [f"“{phrase}” {figure(value)}" for phrase, value in profile.phrases[:_PHRASES]]
    return [
        f"   {cluster.description}",
        _row("means", ", ".join(means[:_FEATURES]) + "; in brackets the other images") if means else "",
        _row("medoid", names[profile.medoid]) if profile.medoid >= 0 else "",
        _row("typical", ", ".join(names[row] for row in profile.typical if row != profile.medoid)),
        _row("atypical", ", ".join(names[row] for row in profile.atypical)),
        _row("phrases", ", ".join(phrases)),
    ]


def _cluster_of(result: ReportedResult) -> str:
    return str(result.entry.get("cluster") or "all")


def _paths(result: ReportedResult) -> list[str]:
    return [f"{result.folder.name}/{result.files[kind]}" for kind in ordered_kinds(result.files)]


def _row(title: str, text: str) -> str:
    return _wrapped(text, " " * 12, f"   {title:<9}") if text else ""


def _item(text: str) -> str:
    return _wrapped(text, "    ", "  - ")


def _wrapped(text: str, indent: str, first: str | None = None) -> str:
    return textwrap.fill(
        text, _WIDTH, initial_indent=indent if first is None else first, subsequent_indent=indent,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip
