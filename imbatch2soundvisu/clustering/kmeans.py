"""k-means clustering, and the choice of k."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..core import Clusters, FeatureTable
from ..core.errors import ConfigError
from ..measurement.spaces import Space
from .lloyd import Run, runs_of_kmeans
from .points import ClusterInput, OnSpace, check_count, measured_clusters, possible_clusters, too_few_to_choose
from .reductions import Reduction
from .registry import CLUSTERINGS
from .sweeps import SWEEP_LIMIT, Assign, choose, doubt, sweep

_SWEEP_RUNS = 4
#: Added to the note that a given k finds no clear clusters.
OTHER_K = ', or try k="auto"'


@CLUSTERINGS.register("kmeans")
@dataclass(frozen=True)
class KMeans(OnSpace):
    """k-means: each image belongs to the nearest of k centres.

    Parameters
    ----------
    k : int or "auto"
        Number of clusters; "auto" tries those of `k_range` and chooses by silhouette, with the reason in the notes.
    on : str, embedding or tuple
        The space: "auto" (`Cnn()` where it is installed, else `Look()`), an embedding, "features", a feature, or a
        tuple of them.
    reduce : Reduction, optional
        PCA(...), UMAP(...) or TSNE(), applied first.
    n_init : int
        Runs with different seeds. The best is kept; the agreement of the others with it is the stability.
    max_iter : int
        Iterations of each run, at most.
    k_range : tuple of int
        The smallest and the largest k that "auto" tries.
    mini_batch_above : int
        For more images than this, iterations use mini-batches of 4,096 images.

    References
    ----------
    Lloyd 1982, "Least squares quantization in PCM"; Arthur & Vassilvitskii 2007, "k-means++: the advantages of
    careful seeding"; Sculley 2010, "Web-scale k-means clustering".

    Examples
    --------
    >>> KMeans("auto", on="features", k_range=(2, 8)).k
    'auto'
    """

    k: int | str = 8
    on: Space = "auto"
    reduce: Reduction | None = None
    n_init: int = 10
    max_iter: int = 300
    k_range: tuple[int, int] = (2, 20)
    mini_batch_above: int = 20_000

    def __post_init__(self) -> None:
        self._check_settings()
        check_k("KMeans", self.k, self.k_range)
        check_count("KMeans", "n_init", self.n_init)
        check_count("KMeans", "max_iter", self.max_iter)
        check_count("KMeans", "mini_batch_above", self.mini_batch_above, least=0)

    def cluster(self, table: FeatureTable, rng: np.random.Generator) -> Clusters:
        """Return the clusters of the rows. Raise ConfigError for fewer images than k."""
        data = self._input(table, rng)
        k, notes, tried = self._chosen(data)
        runs = self._runs(data.points, k, data.seed, self.n_init) if k > 1 else []
        if runs and not runs[0].converged:
            notes += (f"k-means did not converge within {self.max_iter} iterations: raise max_iter",)
        if runs and len(data) > self.mini_batch_above:
            notes += (f"computed in mini-batches, since there are more than {self.mini_batch_above:,} images",)
        labels = runs[0].labels if runs else np.zeros(len(data), np.intp)
        others = [run.labels for run in runs[1:]]
        return measured_clusters(data, labels, f"k-means, k = {k}, {self._title(data)}", notes, others, tried)

    def _chosen(self, data: ClusterInput) -> tuple[int, tuple[str, ...], list[dict[str, float]]]:
        if isinstance(self.k, int | np.integer):
            k, notes = possible_clusters(f"KMeans(k={self.k})", int(self.k), data)
            return k, notes + doubts(data, k, self._labels, OTHER_K), []
        return choose_k(data, self.k_range, self._labels)

    def _labels(self, points: np.ndarray, k: int, seed: int) -> np.ndarray:
        return self._runs(points, k, seed, min(self.n_init, _SWEEP_RUNS))[0].labels

    def _runs(self, points: np.ndarray, k: int, seed: int, count: int) -> list[Run]:
        seeds = [int(each) for each in np.random.default_rng(seed).integers(2**31, size=count)]
        return runs_of_kmeans(points, k, seeds, self.max_iter, len(points) > self.mini_batch_above)


def check_k(who: str, k: object, k_range: Sequence[int]) -> None:
    """Raise ConfigError unless k is "auto" or at least 1, and k_range rises from at least 2."""
    if isinstance(k, str) and k != "auto":
        raise ConfigError(f'{who} takes a number of clusters or "auto" as k, not {k!r}')
    if not isinstance(k, str):
        check_count(who, "k", k)
    if len(k_range) != 2 or not 2 <= k_range[0] <= k_range[1]:
        raise ConfigError(f"{who} takes a k_range of two numbers from 2 on, such as (2, 20), not {k_range!r}")


def choose_k(
    data: ClusterInput, k_range: Sequence[int], assign: Assign
) -> tuple[int, tuple[str, ...], list[dict[str, float]]]:
    """Return k, notes about it, and the measures of each k tried."""
    if too_few := too_few_to_choose(data):
        return 1, too_few if len(data) else (), []
    points, notes = data.points, []
    if len(points) > SWEEP_LIMIT:
        rng = np.random.default_rng(data.seed)
        points = points[np.sort(rng.choice(len(points), SWEEP_LIMIT, replace=False))]
        notes.append(f"k was chosen on {SWEEP_LIMIT:,} images, drawn at random")
    most = min(data.distinct, len(points)) - 1
    low, high = min(k_range[0], most), min(k_range[1], most)
    tried = sweep(points, low, high, assign, data.seed)
    k, reason = choose(tried)
    if k == k_range[1] < most:
        notes.insert(0, f"k = {k} is the end of the range tried: a wider k_range may find more clusters")
    return k, (reason, *doubts(data, k, assign), *notes), tried


def doubts(data: ClusterInput, k: int, assign: Assign, advice: str = "") -> tuple[str, ...]:
    """Return a note if k clusters are no clearer than those of unstructured points, see `sweeps.doubt`."""
    note = doubt(data.points, k, assign, data.seed) if 1 < k < data.distinct else ""
    return (note + advice,) if note else ()
