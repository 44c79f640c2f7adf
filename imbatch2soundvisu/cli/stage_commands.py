"""The stages as subcommands: `python -m imbatch2soundvisu index --input photos --out index.csv`, and so on."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

_EPILOG = "A folder of images that is called like a stage is written with a path: ./index"


def run_stage(name: str, arguments: Sequence[str]) -> int:
    """Run one stage with its options and say what it wrote. Returns the exit code; exits for --help.

    Raises
    ------
    ConfigError, CollectionError
        As the stage does.
    """
    parser = argparse.ArgumentParser(prog=f"python -m imbatch2soundvisu {name}", epilog=_EPILOG)
    define, run = STAGES[name]
    define(parser)
    return run(parser.parse_args(arguments))


def _index_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--input", required=True, help="a folder of images, a video, or a .txt list")
    parser.add_argument("--out", default="index.csv")


def _index(options: argparse.Namespace) -> int:
    from . import stages

    found = stages.index(options.input, options.out)
    return _said(f"{len(found)} images of {found.found} files", options.out)


def _embed_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--input", default="index.csv", help="what index wrote, or a folder")
    parser.add_argument("--model", default="look", help="an embedding: look, cnn, clip (also clip_vit_b32)")
    parser.add_argument("--device", default=None, help="cpu, cuda, ...; that of the embedding when left out")
    parser.add_argument("--batch-size", type=int, default=None)
    parser.add_argument("--out", default="embeddings.npz", help=".npz, .npy (with image_paths.txt) or .parquet")


def _embed(options: argparse.Namespace) -> int:
    from ..core.synonyms import meant_by
    from ..embeddings import EMBEDDINGS
    from . import stages

    name = options.model if options.model in EMBEDDINGS else meant_by(options.model, list(EMBEDDINGS)) or options.model
    given = {"device": options.device, "batch_size": options.batch_size}
    vectors, _ = stages.embed(options.input, options.out, on=_with(EMBEDDINGS.resolve(name), given))
    return _said(f"{vectors.shape[0]} vectors of {vectors.shape[1]} dimensions", options.out)


def _reduce_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--embeddings", default="embeddings.npz")
    parser.add_argument("--pca-dim", type=int, default=64)
    parser.add_argument("--umap", action="store_true", help="write the plot to umap.png unless --plot names it")
    parser.add_argument("--plot", default=None, help="a map: by UMAP where umap-learn is installed, else by PCA")
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--out", default="reduced.npz")


def _reduce(options: argparse.Namespace) -> int:
    from ..clustering import PCA
    from . import stages

    plot = options.plot or ("umap.png" if options.umap else None)
    reduced = stages.reduce(options.embeddings, options.out, PCA(options.pca_dim), plot, options.seed)
    return _said(f"{reduced.shape[0]} vectors of {reduced.shape[1]} dimensions", options.out)


def _cluster_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--embeddings", default="reduced.npz")
    parser.add_argument("--method", "--algorithm", default="kmeans", help="kmeans, hierarchical, or hdbscan (density)")
    parser.add_argument("--k", "--n-clusters", type=int, default=None)
    parser.add_argument("--metric", default=None, help="of hdbscan: euclidean")
    parser.add_argument("--min-cluster-size", type=int, default=None)
    parser.add_argument("--min-samples", type=int, default=None)
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--out", default="labels.csv")


def _cluster(options: argparse.Namespace) -> int:
    from ..clustering import CLUSTERINGS
    from ..core.errors import ConfigError
    from ..core.synonyms import meant_by
    from . import stages

    if options.metric not in (None, "euclidean"):
        raise ConfigError(f"--metric {options.metric}: clusterings compare by the euclidean metric")
    name = meant_by(options.method, list(CLUSTERINGS)) or options.method
    given = {"k": options.k, "min_cluster_size": options.min_cluster_size, "min_samples": options.min_samples}
    found = stages.cluster(options.embeddings, options.out, _with(CLUSTERINGS.resolve(name), given), options.seed)
    for note in found.notes:
        print(note)
    return _said(f"{len(found)} clusters of {len(found.labels)} images by {found.by}", options.out)


def _labelled_options(parser: argparse.ArgumentParser, out: str) -> None:
    parser.add_argument("--index", default="index.csv", help="what index wrote, or a folder")
    parser.add_argument("--clusters", default="labels.csv", help="what cluster wrote")
    parser.add_argument("--out", default=out)


def _profile_options(parser: argparse.ArgumentParser) -> None:
    _labelled_options(parser, "profiles.json")


def _profile(options: argparse.Namespace) -> int:
    from . import stages

    found = stages.profile(options.index, options.clusters, options.out)
    for each in found:
        print(f"{each['name']}: {each['size']} images")
    return _said(f"{len(found)} profiles", options.out)


def _music_options(parser: argparse.ArgumentParser) -> None:
    _labelled_options(parser, "music-of-clusters")
    parser.add_argument("--style", default="cluster-profile", help="a style of music")
    parser.add_argument("--seconds", type=float, default=60.0, help="of the music of each cluster")


def _music(options: argparse.Namespace) -> int:
    fields = {"music": options.style, "outputs": ["midi", "wav", "tables"], "total_seconds": options.seconds}
    return _album_of(options, fields)


def _video_options(parser: argparse.ArgumentParser) -> None:
    _labelled_options(parser, "videos")
    _film_options(parser)
    parser.add_argument("--engine", default=None, help="accepted and ignored: the encoder is built in")


def _film_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--resolution", default="1920x1080")
    parser.add_argument("--fps", type=int, default=30)
    parser.add_argument("--duration-per", type=float, default=3.0, help="seconds of each image")
    parser.add_argument("--limit", type=int, default=30, help="images of each cluster")
    parser.add_argument("--style", default="cluster-profile", help="a style of music")


def _video(options: argparse.Namespace) -> int:
    return _album_of(options, {**_film_fields(options), "outputs": [_film(options)]})


def _album_options(parser: argparse.ArgumentParser) -> None:
    _labelled_options(parser, "videos")
    _film_options(parser)


def _album(options: argparse.Namespace) -> int:
    from ..plans import standard_outputs

    return _album_of(options, {**_film_fields(options), "outputs": standard_outputs(_film(options))})


def _film(options: argparse.Namespace) -> Any:
    from ..core.errors import ConfigError
    from ..plans import Film

    width, _, height = options.resolution.partition("x")
    if not (width.isdigit() and height.isdigit()):
        raise ConfigError(f"--resolution {options.resolution} must look like 1920x1080")
    return Film(size=(int(width), int(height)), fps=options.fps)


def _film_fields(options: argparse.Namespace) -> dict[str, Any]:
    return {"music": options.style, "seconds_per_image": options.duration_per, "limit": options.limit}


def _album_of(options: argparse.Namespace, fields: dict[str, Any]) -> int:
    from . import stages

    result = stages.album(options.index, options.clusters, options.out, **fields)
    for problem in result.problems:
        print(f"not made: {problem}")
    _said(f"{len(result.results)} results", str(result.index))
    return result.exit_code


def _with(instance: Any, given: dict[str, Any]) -> Any:
    """An instance with the fields that were given. Raises ConfigError for one that it does not have."""
    from dataclasses import fields, replace

    from ..core.errors import ConfigError

    chosen = {name: value for name, value in given.items() if value is not None}
    known = {each.name for each in fields(instance)}
    for name in chosen:
        if name not in known and name != "device" and name != "batch_size":
            raise ConfigError(f"{type(instance).__name__} has no --{name.replace('_', '-')}")
    return replace(instance, **{name: value for name, value in chosen.items() if name in known})


def _said(what: str, out: str) -> int:
    from .text import plain

    print(plain(f"{what}; wrote {Path(out)}"))
    return 0


_Options = Callable[[argparse.ArgumentParser], None]

#: {name: (defines its options, runs it)}.
STAGES: dict[str, tuple[_Options, Callable[[argparse.Namespace], int]]] = {
    "index": (_index_options, _index),
    "embed": (_embed_options, _embed),
    "reduce": (_reduce_options, _reduce),
    "cluster": (_cluster_options, _cluster),
    "profile": (_profile_options, _profile),
    "music": (_music_options, _music),
    "video": (_video_options, _video),
    "album": (_album_options, _album),
}
