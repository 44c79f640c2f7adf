"""Images in an order, and how well the order follows its criterion."""

from __future__ import annotations

import hashlib
import html
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .clusters import Profile
from .images import ImageRecord
from .methods import METHODS
from .notebooks import figures, html_table, more, thumbnail_renderer
from .tables import FeatureInfo, FeatureTable, dates_of

#: From this rank correlation on, an order is said to follow its feature closely.
_CLOSE = 0.9
_SHOWN = 60


@dataclass(frozen=True)
class Criterion:
    """How good an order is.

    Parameters
    ----------
    space : str
        The vectors in which distances are measured, or "features", or "nothing".
    length : float
        Sum of the distances between neighbours.
    random : float
        Mean length of random orders of the same images.
    best : float
        Length of the shortest known path through the same images.
    mean_step, largest_step : float
        Distances between neighbours of this order.
    spearman : float, optional
        Rank correlation of position and driving value, in [-1, 1]; None where no value drives the order.
    monotonic : bool
        Whether the driving value never turns back; with equal values the rank correlation is below 1 even then.

    Examples
    --------
    >>> criterion = Criterion("look", 7.7, 10.0, 6.0, 0.1, 0.3, spearman=1.0)
    >>> criterion.summary("luminance")
    'follows luminance exactly'
    >>> criterion.details()
    'Spearman +1.000, path 77% of random (best known 60%)'
    >>> str(Criterion("look", 7.7, 10.0, 6.0, 0.1, 0.3))
    'neighbours 23% closer than in a random order'
    """

    space: str
    length: float
    random: float
    best: float
    mean_step: float
    largest_step: float
    spearman: float | None = None
    monotonic: bool = False

    @property
    def closeness(self) -> float:
        """Position of `length` between `random` (0) and `best` (1); 1 where all orders have the same length."""
        span = self.random - self.best
        return 1.0 if span <= 1e-12 * max(self.random, 1.0) else (self.random - self.length) / span

    def as_dict(self) -> dict[str, Any]:
        """Return plain numbers for JSON."""
        numbers = ("length", "random", "best", "mean_step", "largest_step", "closeness", "spearman")
        values = {name: getattr(self, name) for name in numbers}
        return {"space": self.space} | {k: None if v is None else round(float(v), 6) for k, v in values.items()}

    def summary(self, driver: str = "") -> str:
        """Return in plain words how well the order follows its feature, or how similar neighbours are.

        Parameters
        ----------
        driver : str
            Name of the feature that drives the order.
        """
        exact = self.spearman is not None and (self.monotonic or abs(self.spearman) > 1 - 1e-9)
        if exact or (self.spearman is not None and abs(self.spearman) >= _CLOSE):
            degree = "exactly" if exact else "closely"
            return f"follows {driver or 'its feature'} {degree}"
        if self.random <= 0:
            return "nothing to compare"
        closer = round(100 * (1 - self.length / self.random))
        if not closer:
            return "neighbours as far apart as in a random order"
        return f"neighbours {abs(closer)}% {'closer' if closer > 0 else 'farther apart'} than in a random order"

    def details(self) -> str:
        """Return the rank correlation, and the length of the path in percent of random orders."""
        parts = [] if self.spearman is None else [f"Spearman {self.spearman:+.3f}"]
        if self.random > 0:
            parts.append(f"path {self.length / self.random:.0%} of random (best known {self.best / self.random:.0%})")
        return ", ".join(parts) or "nothing to compare"

    def __str__(self) -> str:
        return self.summary()


@dataclass(frozen=True)
class ImageSequence:
    """Images in an order, the value that drives the order, and how good the order is.

    Parameters
    ----------
    plan : str
        Name of the plan.
    table : FeatureTable
        The rows, in order.
    values : ndarray of shape (n,)
        Driving value of each image, float64, NaN where undefined.
    driver : FeatureInfo
        What `values` mean.
    criterion : Criterion
        How good the order is.
    cluster : str
        Name of the cluster that the images are; "" for a plan without clusters, and for its tour.
    seed : int
        Seed of the plan.
    by : str
        Name of the order, for display.
    sections : tuple of int
        First position of each cluster in a tour, beginning with 0.
    cluster_description : str
        What distinguishes the cluster, in words: "darker, warmer".
    profile : Profile, optional
        Profile of the cluster.
    profiles : tuple of Profile
        Profiles of all clusters of the plan, in the order of the tour.
    section_names : tuple of str
        Names of the clusters of a tour.
    note : str
        What the user should see about the order: "12 dates are only the time of the file".
    """

    plan: str
    table: FeatureTable
    values: np.ndarray
    driver: FeatureInfo
    criterion: Criterion
    cluster: str = ""
    seed: int = 0
    by: str = ""
    sections: tuple[int, ...] = ()
    cluster_description: str = ""
    profile: Profile | None = None
    profiles: tuple[Profile, ...] = ()
    section_names: tuple[str, ...] = ()
    note: str = ""

    @property
    def records(self) -> tuple[ImageRecord, ...]:
        """The images, in order."""
        return self.table.records

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the images, in order: their paths in the collection."""
        return self.table.names

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files of the images, in order."""
        return self.table.paths

    @property
    def title(self) -> str:
        """The plan's name, followed by the cluster's where there are clusters."""
        return f"{self.plan} · {self.cluster}" if self.cluster else self.plan

    @property
    def summary(self) -> str:
        """How good the order is, in plain words."""
        return self.criterion.summary(self.driver.name)

    def rng(self) -> np.random.Generator:
        """Return the generator for the random decisions of this sequence, seeded anew at each call.

        The seed is made of the plan's seed and name and the cluster's name, not of the images: music does not change
        completely when one image is added.
        """
        seed = f"{self.seed}\0{self.plan}\0{self.cluster}".encode()
        return np.random.default_rng(int.from_bytes(hashlib.blake2b(seed, digest_size=8).digest(), "big"))

    def __len__(self) -> int:
        return len(self.table)

    def to_pandas(self) -> Any:
        """Return a pandas DataFrame in order, with the columns "position" and "value" first.

        Raises
        ------
        MissingExtra
            If pandas is not installed; it is in the extra `notebook`.
        """
        frame = self.table.to_pandas()
        frame.insert(0, "value", dates_of(self.values) if self.driver.unit == "date" else self.values)
        frame.insert(0, "position", np.arange(1, len(self) + 1))
        return frame

    def plot(self, kind: str = "curve", ax: Any = None) -> Any:
        """Draw the sequence into a Matplotlib axis.

        Parameters
        ----------
        kind : {"curve", "images"}
            The driving value along the positions, with thumbnails; or the images in rows.
        ax : matplotlib.axes.Axes, optional
            Where to draw. None: in a new figure.

        Returns
        -------
        matplotlib.axes.Axes
        """
        return METHODS["plot sequence"](self, kind, ax)

    def __repr__(self) -> str:
        note = f" ({self.note})" if self.note else ""
        by = f"{self.by or self.driver.name}{note}"
        return f"<ImageSequence {self.title!r}: {len(self)} images by {by}; {self.summary}>"

    def _repr_html_(self) -> str:
        caption, render = repr(self)[1:-1].partition(" ")[2], thumbnail_renderer()
        shown = list(zip(self.records, [self.driver.format(float(v)) for v in self.values], strict=True))[:_SHOWN]
        if render is None:
            rows = [(str(position), record.name, value) for position, (record, value) in enumerate(shown, 1)]
            return html_table(caption, ("", "name", self.driver.name), rows, len(self))
        captions = [f"{position}. {value}" for position, (_, value) in enumerate(shown, 1)]
        drawn = figures([record for record, _ in shown], captions)
        return f"<p>{html.escape(caption)}</p>{drawn}{more(len(self) - len(shown))}"


@dataclass(frozen=True, repr=False)
class SearchResult(ImageSequence):
    """Images by their similarity to a phrase or an image, the most similar first; see `search` and `neighbours`."""

    def plot(self, kind: str = "images", ax: Any = None) -> Any:
        """Draw the images, or the curve of their values, into a Matplotlib axis; see `ImageSequence.plot`."""
        return METHODS["plot sequence"](self, kind, ax)

    def __repr__(self) -> str:
        return f"<SearchResult {self.plan}: {len(self)} images by {self.by}>"
