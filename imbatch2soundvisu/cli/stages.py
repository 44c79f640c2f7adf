"""A run in stages, for scripts: index, embed, reduce, cluster, album.

Each stage takes what the one before it returned, or the file that it wrote, so that any of them can be repeated,
replaced, or run on another day.

Examples
--------
>>> from imbatch2soundvisu import stages, Clip, KMeans, PCA          # doctest: +SKIP
>>> images = stages.index("butterflies", "index.csv")                # doctest: +SKIP
>>> stages.embed("index.csv", "embeddings.npz", on=Clip())           # doctest: +SKIP
>>> stages.reduce("embeddings.npz", "reduced.npz", by=PCA(64), plot="umap.png")  # doctest: +SKIP
>>> stages.cluster("reduced.npz", "labels.csv", by=KMeans(60))       # doctest: +SKIP
>>> stages.album("index.csv", "labels.csv", "videos", seconds_per_image=3.0)     # doctest: +SKIP
"""

from __future__ import annotations

import contextlib
import csv
import logging
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from .. import config, datasets, measurement, pipeline
from ..clustering import PCA, UMAP, KMeans, Reduction, profiles, resolve_clustering
from ..core import Clustering, Clusters, Collection, Embedder, FeatureTable, ImageRecord, Progress, silent
from ..core.errors import ConfigError, MissingExtra, unknown
from ..embeddings import EMBEDDINGS, load_embeddings, save_embeddings
from ..measurement.spaces import embedder_of
from ..plans import SequencePlan
from ..runtime import files
from ..runtime.cache import Cache
from ..visuals import plots

#: What a collection, the file of an index, or a folder may stand for.
Images = Collection | str | Path
#: Vectors with the paths of their images, or the file that holds them.
Embeddings = tuple[np.ndarray, Sequence[str]] | str | Path

_SPACE = "embeddings"
_LOG = logging.getLogger(__name__)


def index(root: str | Path | None, out: str | Path = "index.csv", progress: Progress = silent) -> Collection:
    """Find the images of a folder and write one line for each: `path, name, digest, width, height, taken`.

    Parameters
    ----------
    root : path or None
        Whatever `discover` takes.
    out : path
        The CSV file to write.
    progress : callable
        `progress(stage, done, total)`.

    Returns
    -------
    Collection
        Files that cannot be used are in its `skipped`.
    """
    collection = datasets.discover(root, progress=progress)
    rows = [
        [record.path.absolute(), record.name, record.digest, record.width, record.height, record.taken or ""]
        for record in collection.records
    ]
    _write_csv(Path(out), ["path", "name", "digest", "width", "height", "taken"], rows)
    return collection


def embed(
    images: Images,
    out: str | Path = "embeddings.npz",
    on: str | Embedder = "look",
    cache: str | Path | None = None,
    progress: Progress = silent,
) -> tuple[np.ndarray, list[str]]:
    """Embed the images and write the vectors with the paths of the images.

    Parameters
    ----------
    images : Collection or path
        A collection, an index or a folder.
    out : path
        `.npz`, `.npy` (with `image_paths.txt` next to it) or `.parquet`.
    on : str or Embedder
        An embedding or its name.
    cache : path, optional
        A folder that keeps the vectors, so that a stage that was stopped continues.
    progress : callable
        `progress(stage, done, total)`.

    Returns
    -------
    vectors : ndarray of shape (n, d), float32
        Images without a vector are left out.
    paths : list of str
        Their paths.

    Raises
    ------
    ConfigError
        When no image has a vector.
    """
    embedder = embedder_of(on)
    if embedder is None:
        raise unknown("embedding", on, EMBEDDINGS)
    with Cache(Path(cache) if cache is not None else None) as store:
        table = measurement.measure(_collection(images), (), embeddings=(embedder,), cache=store, progress=progress)
    known = np.flatnonzero(np.isfinite(table.vectors[embedder.name]).all(axis=1))
    if not known.size:
        raise ConfigError(f"no image has a vector of {embedder.name!r}")
    table = table.select(known)
    vectors = table.vectors[embedder.name]
    records = [replace(record, path=record.path.absolute()) for record in table.records]  # wherever the next stage runs
    save_embeddings(out, records, vectors)
    return vectors, [str(record.path) for record in records]


def reduce(
    embeddings: Embeddings,
    out: str | Path = "reduced.npz",
    by: Reduction | None = None,
    plot: str | Path | None = None,
    seed: int = 42,
) -> np.ndarray:
    """Reduce the vectors to fewer dimensions and write them as `embed` does.

    Parameters
    ----------
    embeddings : tuple or path
        (vectors, paths), or the file that `embed` wrote.
    out : path
        The file to write.
    by : Reduction, optional
        `PCA(64)` when None.
    plot : path, optional
        Draw them in two dimensions: by UMAP where umap-learn is installed, else by PCA.
    seed : int
        Of the reduction.

    Returns
    -------
    ndarray of shape (n, fewer), float32
        Notes of the reduction, such as the variance it keeps, are logged.
    """
    vectors, paths = _embeddings(embeddings)
    reduced, notes = (by or PCA(64)).reduce(vectors, seed)
    for note in notes:
        _LOG.info(note)
    save_embeddings(out, paths, reduced)
    if plot is not None:
        flat, axes = _flat(reduced, seed)
        table = _table(vectors, paths)
        one = Clusters(np.zeros(len(paths), np.intp), ("all",), "all images")
        plots.scatter(Path(plot), flat, one, table.records, f"{len(paths)} images", axes)
    return reduced


def cluster(
    embeddings: Embeddings, out: str | Path = "labels.csv", by: str | Clustering | None = None, seed: int = 42
) -> Clusters:
    """Cluster the images and write `image_path, cluster`.

    Parameters
    ----------
    embeddings : tuple or path
        What is compared: (vectors, paths), or the file that `embed` or `reduce` wrote.
    out : path
        The CSV file to write.
    by : str or Clustering, optional
        `KMeans(8)` when None. Its `on` is ignored.
    seed : int
        Of the clustering.

    Returns
    -------
    Clusters
        Numbered from 0, the largest first; -1 is what belongs to none. Its `notes` say what there is to know.
    """
    vectors, paths = _embeddings(embeddings)
    clustering = resolve_clustering(by if by is not None else KMeans())
    if hasattr(clustering, "on"):
        clustering = replace(clustering, on=_SPACE)  # type: ignore[type-var]
    found = clustering.cluster(_table(vectors, paths), np.random.default_rng(seed))
    _write_csv(Path(out), ["image_path", "cluster"], zip(paths, found.labels.tolist(), strict=True))
    return found


def album(
    images: Images,
    labels: str | Path | Mapping[str, Any],
    out: str | Path = "videos",
    name: str = "clusters",
    cache: str | Path | None = None,
    **plan_fields: Any,
) -> pipeline.RunResult:
    """Write a film with music for each cluster, with contact sheets, a report and the gallery.

    Parameters
    ----------
    images : Collection or path
        A collection, an index or a folder.
    labels : path or mapping
        What `cluster` wrote, or {path or name: label}. Images without a label, or whose label is None, NaN, "" or -1,
        are left out.
    out : path
        The folder to write into.
    name : str
        Of the plan.
    cache : path, optional
        Where measured values are kept; a folder in `out` when None.
    **plan_fields
        Further parameters of `SequencePlan`: order, music, limit, seconds_per_image, outputs, ...

    Raises
    ------
    ConfigError
        When no image has a label.
    """
    collection = _collection(images)
    folder, given = _labels(labels)
    known = {name: label for name, label in given.items() if _is_label(label)}
    for place in (Path(), folder):
        known |= {os.path.realpath(place / name): label for name, label in list(known.items())}

    def label_of(record: ImageRecord) -> Any:
        return known.get(os.path.realpath(record.path), known.get(record.name))

    chosen = tuple(record for record in collection.records if label_of(record) is not None)
    if not chosen:
        ours, theirs = (ascii(next(iter(names), "none")) for names in ([r.name for r in collection.records], given))
        raise ConfigError(
            f"none of the {len(collection)} images has a label: their names are like {ours}, the labels name {theirs}"
        )

    def labels_of(table: FeatureTable) -> list[str]:
        return [_cluster_name(label_of(record)) for record in table.records]

    plan, outputs = SequencePlan(name, clusters=labels_of, **plan_fields), Path(out)
    labelled = replace(collection, records=chosen)
    return pipeline.run([plan], root=labelled, outputs=outputs, cache=cache or outputs / "cache")


def profile(
    images: Images, labels: str | Path | Mapping[str, Any], out: str | Path = "profiles.json"
) -> list[dict[str, Any]]:
    """Measure the images and write what each cluster is like, as JSON.

    Parameters
    ----------
    images : Collection or path
        A collection, an index or a folder.
    labels : path or mapping
        As `album` takes them; images without a label are left out.
    out : path
        The JSON file to write.

    Returns
    -------
    list of dict
        One for each cluster: name, size, features and in words what distinguishes it.
    """
    folder, given = _labels(labels)
    known = {os.path.realpath(folder / name): _cluster_name(each) for name, each in given.items() if _is_label(each)}
    table = measurement.measure(_collection(images))
    rows = [i for i, record in enumerate(table.records) if os.path.realpath(record.path) in known]
    if not rows:
        raise ConfigError("none of the images has a label")
    table = table.select(rows)
    by = resolve_clustering(lambda table: [known[os.path.realpath(record.path)] for record in table.records])
    names = [record.name for record in table.records]
    made = profiles(table, by.cluster(table, np.random.default_rng(0)), {})
    found = [{"name": each.name, "size": each.size, "words": each.words, **each.as_dict(names)} for each in made]
    files.write_json(Path(out), found)
    return found


def _collection(images: Images) -> Collection:
    if isinstance(images, Collection):
        return images
    path = Path(images).expanduser()
    if path.suffix.lower() != ".csv":
        return datasets.discover(path)
    rows = _read_csv(path)
    column = _column(path, rows, ("path", "image_path", "filename", "file"))
    return datasets.discover([path.parent / row[column] for row in rows])


def _embeddings(embeddings: Embeddings) -> tuple[np.ndarray, list[str]]:
    if isinstance(embeddings, str | Path):
        return load_embeddings(embeddings)
    vectors, paths = embeddings
    return np.asarray(vectors, np.float32), list(paths)


def _table(vectors: np.ndarray, paths: Sequence[str]) -> FeatureTable:
    if len(vectors) != len(paths):
        raise ConfigError(f"{len(vectors)} vectors for {len(paths)} images; one vector an image is wanted")
    top = _common_folder(paths)
    records = tuple(ImageRecord(Path(path), path, 0, 0, name=path[len(top) :]) for path in paths)
    return FeatureTable(records, vectors={_SPACE: vectors})


def _common_folder(paths: Sequence[str]) -> str:
    """What all paths begin with, up to a slash, so that the folders below it are those of a collection; or ""."""
    shared = os.path.commonprefix([path[: path.rfind("/") + 1] for path in paths])
    return shared[: shared.rfind("/") + 1]


def _flat(points: np.ndarray, seed: int) -> tuple[np.ndarray, tuple[str, str]]:
    """Points in two dimensions, and what the two are."""
    if config.resolve().umap_maps:
        with contextlib.suppress(MissingExtra):
            return UMAP().reduce(points, seed)[0], ("UMAP 1", "UMAP 2")
    return PCA(2).reduce(points, seed)[0], ("PC 1", "PC 2")


def _labels(labels: str | Path | Mapping[str, Any]) -> tuple[Path, dict[str, Any]]:
    """The folder that paths are relative to, and {path or name: label}."""
    if isinstance(labels, Mapping):
        return Path(), {str(path): label for path, label in labels.items()}
    path = Path(labels).expanduser()
    rows = _read_csv(path)
    names = _column(path, rows, ("image_path", "path", "filename", "file"))
    values = _column(path, rows, ("cluster", "label", "labels", "class"))
    return path.parent, {row[names]: row[values] for row in rows}


def _is_label(label: Any) -> bool:
    """Whether it is the label of a cluster; None, NaN, "" and -1, also as text, are none."""
    text = "" if label is None else str(label).strip()
    try:
        number = float(text)
    except ValueError:
        return text not in ("", "<NA>", "NaT")
    return number != -1 and number == number


def _cluster_name(label: Any) -> str:
    """ "cluster 3" for a number, also as a table with gaps writes it, 3.0; words as they are."""
    text = str(label).strip()
    try:
        number = float(text)
    except ValueError:
        return text
    return f"cluster {int(number)}" if number.is_integer() else f"cluster {text}"


def _column(path: Path, rows: Sequence[Mapping[str, str]], usual: Sequence[str]) -> str:
    there = list(rows[0]) if rows else []
    found = [name for name in usual if name in there]
    if not found:
        raise ConfigError(
            f"{path} has no column {' or '.join(map(repr, usual))}; it has {', '.join(there) or 'no rows'}"
        )
    return found[0]


def _read_csv(path: Path) -> list[dict[str, str]]:
    try:
        with open(path, encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
            return list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigError(f"{path} cannot be read as a table: {error}") from error


def _write_csv(path: Path, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Names that are no UTF-8 keep their bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with (
        files.atomic(path) as partial,
        open(partial, "w", encoding="utf-8", errors="surrogateescape", newline="") as file,
    ):
        writer = csv.writer(file)
        writer.writerow(head)
        writer.writerows(rows)
