"""k-means, and the k that suits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..core import Clusters, FeatureTable
from ..core.errors import ConfigError
from ..measurement.spaces import Space
from .base import OnSpace, Seen, check_count, grouped, parts_possible, too_few_to_choose
from .lloyd import Run, runs_of_kmeans
from .reductions import Reduction
from .sweeps import SWEEP_LIMIT, Cluster, choose, doubt, sweep

_SWEEP_RUNS = 4
#: What else there is to do where a k that was asked for finds nothing.
OTHER_K = ', or try k="auto"'


@dataclass(frozen=True)
class KMeans(OnSpace):
    """Parts round k centres, each image with the nearest. MacQueen 1967; k-means++ Arthur & Vassilvitskii 2007.

    k : how many parts, or "auto" to try those of `k_range` and choose by silhouette, with the reason in the notes.
    on : a space ("look"), an embedding, "features", a feature or a tuple of them. reduce : PCA(...), UMAP(...) ... .
    n_init : runs with different seeds; the best is kept, and how much the others agree with it is the stability.
    max_iter : rounds of each, at most. mini_batch_above : from that many images on, rounds look at 4,096 at a time.
    """

    k: int | str = 8
    on: Space = "look"
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

    def group(self, table: FeatureTable, rng: np.random.Generator) -> Clusters:
        """Parts of all rows. Raises ConfigError where there are fewer images than k, or no such space."""
        seen = self._see(table, rng)
        k, notes, tried = self._chosen(seen)
        runs = self._runs(seen.points, k, seen.seed, self.n_init) if k > 1 else []
        if runs and not runs[0].settled:
            notes += (f"k-means had not settled after {self.max_iter} rounds: raise max_iter",)
        if runs and len(seen) > self.mini_batch_above:
            notes += (f"made in mini-batches, as there are more than {self.mini_batch_above:,} images",)
        labels = runs[0].labels if runs else np.zeros(len(seen), np.intp)
        others = [run.labels for run in runs[1:]]
        return grouped(seen, labels, f"k-means, k = {k}, {self._title()}", notes, others, tried)

    def _chosen(self, seen: Seen) -> tuple[int, tuple[str, ...], list[dict[str, float]]]:
        if isinstance(self.k, int | np.integer):
            k, notes = parts_possible(f"KMeans(k={self.k})", int(self.k), seen)
            return k, notes + doubts(seen, k, self._labels, OTHER_K), []
        return choose_k(seen, self.k_range, self._labels)

    def _labels(self, points: np.ndarray, k: int, seed: int) -> np.ndarray:
        return self._runs(points, k, seed, min(self.n_init, _SWEEP_RUNS))[0].labels

    def _runs(self, points: np.ndarray, k: int, seed: int, count: int) -> list[Run]:
        seeds = [int(each) for each in np.random.default_rng(seed).integers(2**31, size=count)]
        return runs_of_kmeans(points, k, seeds, self.max_iter, len(points) > self.mini_batch_above)


def check_k(who: str, k: object, k_range: Sequence[int]) -> None:
    """Raise ConfigError for a k that is neither "auto" nor 1 or more, and for a range that is none."""
    if isinstance(k, str) and k != "auto":
        raise ConfigError(f'{who} takes a number of parts or "auto" as k, not {k!r}')
    if not isinstance(k, str):
        check_count(who, "k", k)
    if len(k_range) != 2 or not 2 <= k_range[0] <= k_range[1]:
        raise ConfigError(f"{who} takes a k_range of two numbers from 2 on, such as (2, 20), not {k_range!r}")


def choose_k(
    seen: Seen, k_range: Sequence[int], cluster: Cluster
) -> tuple[int, tuple[str, ...], list[dict[str, float]]]:
    """k, what there is to say of it, and the measures of all that were tried. cluster : see `sweeps.Cluster`."""
    if too_few := too_few_to_choose(seen):
        return 1, too_few if len(seen) else (), []
    points, notes = seen.points, []
    if len(points) > SWEEP_LIMIT:
        rng = np.random.default_rng(seen.seed)
        points = points[np.sort(rng.choice(len(points), SWEEP_LIMIT, replace=False))]
        notes.append(f"k was chosen on {SWEEP_LIMIT:,} images, drawn at random")
    most = min(seen.distinct, len(points)) - 1
    low, high = min(k_range[0], most), min(k_range[1], most)
    tried = sweep(points, low, high, cluster, seen.seed)
    k, reason = choose(tried)
    if k == k_range[1] < most:
        notes.insert(0, f"k = {k} is the end of the range that was tried: a wider k_range may find more parts")
    return k, (reason, *doubts(seen, k, cluster), *notes), tried


def doubts(seen: Seen, k: int, cluster: Cluster, advice: str = "") -> tuple[str, ...]:
    """Whether k parts are any clearer than those of points without any, in a note if not; see `sweeps.doubt`."""
    said = doubt(seen.points, k, cluster, seen.seed) if 1 < k < seen.distinct else ""
    return (said + advice,) if said else ()
