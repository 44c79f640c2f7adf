"""Scalar traits of images: a registry of small functions, and the pass that measures them all from one decode.

To add one, write a function from `Pixels` to a float under `@feature(...)`, here or in a session file. It is cached,
can be ordered by, and is shown like the others. A feature that depends on the record alone (size, date) says
`of="record"`.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from ..core import FeatureInfo, ImageRecord, seconds_of
from ..core.errors import ConfigError, unknown
from ..runtime.fingerprints import fingerprint

#: Sobel magnitude of OKLab lightness, per pixel, above which a pixel counts as an edge.
EDGE_THRESHOLD = 0.05
#: Mean OKLab chroma below which an image has no hue.
GREY_CHROMA = 0.015


_MARGIN = 6


class Pixels:
    """An image as features see it: about 128 px on its longer side, with the planes they share, each made once.

    rgb : (h, w, 3) uint8 sRGB. width, height : of the whole image, upright, px.
    """

    def __init__(self, rgb: np.ndarray, width: int = 0, height: int = 0) -> None:
        self.rgb = rgb.view()
        self.rgb.flags.writeable = False  # it is shared by all features of the image
        self.width, self.height = width or rgb.shape[1], height or rgb.shape[0]

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        return np.array(self.rgb, dtype=dtype) if copy else np.asarray(self.rgb, dtype=dtype)

    @functools.cached_property
    def oklab(self) -> np.ndarray:
        """(h, w, 3) float32: L [0, 1], a, b about [-0.4, 0.4]. Ottosson, "A perceptual color space", 2020."""
        return to_oklab(self.rgb)

    @functools.cached_property
    def lightness(self) -> np.ndarray:
        """(h, w) float32: OKLab L, [0, 1]."""
        return np.ascontiguousarray(self.oklab[..., 0])

    @functools.cached_property
    def tone(self) -> tuple[float, float]:
        """Mean and standard deviation of lightness."""
        mean, deviation = cv2.meanStdDev(self.lightness)
        return float(mean[0, 0]), float(deviation[0, 0])

    @functools.cached_property
    def chroma(self) -> np.ndarray:
        """(h/2, w/2) float32: OKLab chroma of every second pixel of every second row, [0, about 0.33] in sRGB."""
        return _magnitude(*self._opponents)

    @functools.cached_property
    def is_grey(self) -> bool:
        """Whether it has too little chroma for its hue to mean anything."""
        return cv2.mean(self.chroma)[0] < GREY_CHROMA

    @functools.cached_property
    def _opponents(self) -> tuple[np.ndarray, np.ndarray]:
        sparse = self.oklab[::2, ::2]
        return np.ascontiguousarray(sparse[..., 1]), np.ascontiguousarray(sparse[..., 2])

    @functools.cached_property
    def hue_weights(self) -> np.ndarray:
        """(360,) float64: chroma found at each degree of hue, summed over the pixels of `chroma`."""
        degrees = cv2.phase(*self._opponents, angleInDegrees=True).astype(np.int16).ravel() % 360
        return np.bincount(degrees, weights=self.chroma.ravel(), minlength=360)

    @functools.cached_property
    def gradient(self) -> np.ndarray:
        """(h, w) float32: Sobel magnitude of lightness, in lightness per pixel."""
        x = cv2.Sobel(self.lightness, cv2.CV_32F, 1, 0, scale=0.125)
        y = cv2.Sobel(self.lightness, cv2.CV_32F, 0, 1, scale=0.125)
        return _magnitude(x, y)

    @functools.cached_property
    def small(self) -> np.ndarray:
        """(48, 48, 3) float32: OKLab of the whole image, squeezed."""
        return cv2.resize(self.oklab, (48, 48), interpolation=cv2.INTER_AREA)

    @functools.cached_property
    def tiny(self) -> np.ndarray:
        """(24, 24, 3) float32: OKLab of the whole image, squeezed."""
        return cv2.resize(self.small, (24, 24), interpolation=cv2.INTER_AREA)

    @functools.cached_property
    def saliency(self) -> np.ndarray | None:
        """(48, 48) float32 summing to 1: spectral residual; None where the image is flat.

        Hou & Zhang, "Saliency detection: a spectral residual approach", CVPR 2007.
        """
        if self.tone[1] < 1e-3:
            return None
        # mirrored edges, since the spectrum takes the image for one tile of a pattern
        tile = cv2.copyMakeBorder(self.small[..., 0], m := _MARGIN, m, m, m, cv2.BORDER_REFLECT)
        spectrum = cv2.dft(tile, flags=cv2.DFT_COMPLEX_OUTPUT)
        amplitude = _magnitude(*cv2.split(spectrum)) + np.float32(1e-6)
        # exp(log A - blurred log A) / A = exp(-blurred log A)
        whitened = spectrum * cv2.exp(-cv2.blur(cv2.log(amplitude), (3, 3)))[..., None]
        rebuilt = cv2.dft(whitened, flags=cv2.DFT_INVERSE | cv2.DFT_SCALE | cv2.DFT_REAL_OUTPUT)
        smooth = cv2.GaussianBlur(rebuilt * rebuilt, (0, 0), 2.0)[_MARGIN:-_MARGIN, _MARGIN:-_MARGIN]
        return smooth / smooth.sum()


def _magnitude(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """sqrt(x² + y²), float32. cv2.magnitude is no faster here, and its last bit depends on where the memory lies."""
    return np.sqrt(x * x + y * y)


_LINEAR = np.where(
    np.arange(256) <= 10, np.arange(256) / 255 / 12.92, ((np.arange(256) / 255 + 0.055) / 1.055) ** 2.4
).astype(np.float32)
_TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    np.float32,
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ],
    np.float32,
)


def to_oklab(rgb: np.ndarray) -> np.ndarray:
    """(h, w, 3) uint8 sRGB to (h, w, 3) float32 OKLab (Ottosson 2020)."""
    linear = cv2.LUT(rgb, _LINEAR)
    return cv2.transform(cv2.pow(cv2.transform(linear, _TO_LMS), 1 / 3), _TO_LAB)


@dataclass(frozen=True)
class Feature:
    """A registered feature: what it means, the function, and what it is measured on."""

    info: FeatureInfo
    function: Callable[[Any], float]
    of: str
    module: str

    @property
    def version(self) -> str:
        """What its values depend on, as a digest: its code and, for pixels, that of `Pixels`, as they are now."""
        return fingerprint(self.function, *([Pixels] if self.of == "pixels" else []))


#: Every feature there is, by name.
FEATURES: dict[str, Feature] = {}


def feature(
    *,
    unit: str = "",
    low: float | None = None,
    high: float | None = None,
    circular: bool = False,
    of: str = "pixels",
    source: str = "",
    name: str | None = None,
) -> Callable[[Callable[[Any], float]], Callable[[Any], float]]:
    """Register a function `(Pixels) -> float`, or `(ImageRecord) -> float` with `of="record"`, as a feature.

    unit, low, high : what the numbers mean; a circular feature is in degrees [0, 360). NaN means undefined.
    The first line of its docstring describes it. A change of its code measures it anew.
    Raises ConfigError when the name belongs to a built-in feature.
    """
    if of not in ("pixels", "record"):
        raise ConfigError(f"a feature is measured of 'pixels' or of the 'record', not of {of!r}")

    def register(function: Callable[[Any], float]) -> Callable[[Any], float]:
        title = name or function.__name__
        known = FEATURES.get(title)
        if known and known.module == __name__ and function.__module__ != __name__:
            raise ConfigError(f"the feature {title!r} is built in; give yours another name")
        description = (inspect.getdoc(function) or "").split("\n", 1)[0]
        info = FeatureInfo(title, unit, low, high, circular, description, source)
        FEATURES[title] = Feature(info, function, of, function.__module__)
        return function

    return register


def resolve(names: Iterable[str] | None, where: str | None = None) -> dict[str, Feature]:
    """The features of these names; all when None. Raises ConfigError for a name there is not."""
    if names is None:
        return dict(FEATURES)
    chosen = {}
    for name in names:
        if name not in FEATURES:
            raise unknown("feature", name, FEATURES, where)
        chosen[name] = FEATURES[name]
    return chosen


@feature(unit="", low=0, high=1, source="Ottosson 2020 (OKLab)")
def luminance(pixels: Pixels) -> float:
    """How light the image is: mean OKLab lightness."""
    return pixels.tone[0]


@feature(unit="", low=0, high=0.5, source="Peli 1990 (RMS contrast)")
def contrast(pixels: Pixels) -> float:
    """How far light and dark lie apart: standard deviation of lightness."""
    return pixels.tone[1]


@feature(unit="degrees", low=0, high=360, circular=True, source="peak of the chroma-weighted OKLab hue histogram")
def hue(pixels: Pixels) -> float:
    """The dominant hue in degrees of the OKLab wheel (red 29, yellow 110, green 142, blue 264); none for greys."""
    weights = pixels.hue_weights
    if pixels.is_grey:
        return float("nan")
    around = np.concatenate((weights[-20:], weights, weights[:20]))
    peak = int(np.argmax(np.convolve(around, _WINDOW, mode="valid")))
    pull = around[peak : peak + 41] * _WINDOW
    return float((peak + 0.5 + (pull * np.arange(-20, 21)).sum() / pull.sum()) % 360)


_WINDOW = np.hanning(43)[1:-1]  # ±20° around the peak


@feature(unit="", low=0, high=1, source="Mardia & Jupp 2000 (circular variance)")
def hue_spread(pixels: Pixels) -> float:
    """One hue (0) or all of them (1): circular variance of hue, weighted by chroma; none for greys."""
    if pixels.is_grey:
        return float("nan")
    weights = pixels.hue_weights
    angles = np.deg2rad(np.arange(360) + 0.5)
    return float(1 - np.hypot((weights * np.cos(angles)).sum(), (weights * np.sin(angles)).sum()) / weights.sum())


@feature(unit="", low=0, high=1, source="Lübbe 2008, s = C / sqrt(C² + L²), in OKLab")
def saturation(pixels: Pixels) -> float:
    """How pure the colours are for their lightness: mean saturation."""
    both = _magnitude(pixels.chroma, np.ascontiguousarray(pixels.lightness[::2, ::2]))
    return float(np.divide(pixels.chroma, np.maximum(both, 1e-3)).mean())


@feature(unit="", low=0, high=200, source="Hasler & Süsstrunk 2003")
def colourfulness(pixels: Pixels) -> float:
    """How colourful people find it: spread and strength of the red-green and yellow-blue opponents."""
    mean, deviation = cv2.meanStdDev(cv2.transform(pixels.rgb[::2, ::2].astype(np.float32), _OPPONENTS))
    return float(np.hypot(*deviation[:, 0]) + 0.3 * np.hypot(*mean[:, 0]))


_OPPONENTS = np.array([[1.0, -1.0, 0.0], [0.5, 0.5, -1.0]], np.float32)  # red-green, yellow-blue


@feature(unit="", low=-0.3, high=0.3, source="warm-cool axis at a hue of 50°: Ou, Luo, Woodcock & Wright 2004")
def warmth(pixels: Pixels) -> float:
    """Cool blues (negative) to warm oranges (positive): mean OKLab colour along the warm axis."""
    _, a, b, _ = cv2.mean(pixels.oklab)
    return float(a * np.cos(np.deg2rad(50)) + b * np.sin(np.deg2rad(50)))


@feature(unit="share", low=0, high=1, source="Sobel magnitude of OKLab lightness above 0.05 per pixel")
def edge_density(pixels: Pixels) -> float:
    """How much of the image is edges: share of pixels with a steep change of lightness."""
    return int(np.count_nonzero(pixels.gradient > EDGE_THRESHOLD)) / pixels.gradient.size


@feature(unit="", low=0, high=0.7, source="mean Sobel magnitude above its 75th percentile")
def edge_strength(pixels: Pixels) -> float:
    """How hard its strongest quarter of edges is: mean Sobel magnitude above the 75th percentile."""
    magnitude = pixels.gradient[::2, ::2].ravel()
    strongest = np.partition(magnitude, int(0.75 * (magnitude.size - 1)))[int(0.75 * (magnitude.size - 1)) :]
    return float(strongest.mean())


@feature(unit="", low=0, high=2, source="Laplacian energy: Pech-Pacheco et al. 2000; its square root, of lightness")
def sharpness(pixels: Pixels) -> float:
    """Blurred (low) to crisp (high): standard deviation of the Laplacian of lightness."""
    return float(cv2.meanStdDev(cv2.Laplacian(pixels.lightness, cv2.CV_32F))[1][0, 0])


@feature(unit="bits", low=0, high=8, source="Shannon 1948, 256 bins of lightness")
def entropy(pixels: Pixels) -> float:
    """How varied its tones are: entropy of the lightness histogram."""
    tones = cv2.convertScaleAbs(pixels.lightness, alpha=255)
    counts = cv2.calcHist([tones], [0], None, [256], [0, 256]).ravel().astype(np.float64)
    shares = counts[counts > 0] / counts.sum()
    return float(-(shares * np.log2(shares)).sum() + 0.0)


@feature(
    unit="",
    low=0,
    high=0.5,
    source="median of the standard deviation of lightness in windows of 9 px, every second pixel",
)
def texture(pixels: Pixels) -> float:
    """Flat surfaces (0) to textured ones: the median local variation of lightness."""
    half = np.ascontiguousarray(pixels.lightness[::2, ::2])
    mean = cv2.blur(half, (5, 5))
    variance = cv2.sqrBoxFilter(half, cv2.CV_32F, (5, 5)) - mean * mean
    middle = variance.size // 2
    return float(np.sqrt(max(0.0, float(np.partition(variance.ravel(), middle)[middle]))))


@feature(unit="", low=-1, high=1, source="correlation with the mirrored image, at 24 × 24 px, in OKLab")
def symmetry(pixels: Pixels) -> float:
    """How alike its left and right halves are: 1 mirrored, 0 unrelated."""
    centred = pixels.tiny - np.array(cv2.mean(pixels.tiny)[:3], np.float32)
    energy = float(np.vdot(centred, centred))
    return 1.0 if energy < 1e-3 else float(np.vdot(centred, centred[:, ::-1])) / energy


@feature(unit="share", low=0, high=1, source="Chai & Ngan 1999, Cb in [77, 127] and Cr in [133, 173]")
def skin_share(pixels: Pixels) -> float:
    """How much of the image has the colour of skin, by a chrominance rule that wood and sand pass too."""
    ycrcb = cv2.cvtColor(np.ascontiguousarray(pixels.rgb[::2, ::2]), cv2.COLOR_RGB2YCrCb)
    return float(cv2.countNonZero(cv2.inRange(ycrcb, (40, 133, 77), (255, 173, 127)))) / ycrcb[..., 0].size


@feature(unit="share", low=0, high=1, source="spectral residual: Hou & Zhang 2007")
def saliency_x(pixels: Pixels) -> float:
    """Where the eye goes, left (0) to right (1): centre of the saliency map; none for flat images."""
    return float("nan") if pixels.saliency is None else float((pixels.saliency.sum(axis=0) * _CENTRES).sum())


@feature(unit="share", low=0, high=1, source="spectral residual: Hou & Zhang 2007")
def saliency_y(pixels: Pixels) -> float:
    """Where the eye goes, top (0) to bottom (1): centre of the saliency map; none for flat images."""
    return float("nan") if pixels.saliency is None else float((pixels.saliency.sum(axis=1) * _CENTRES).sum())


_CENTRES = (np.arange(48) + 0.5) / 48


@feature(unit="share", low=0.1, high=1, source="spectral residual: Hou & Zhang 2007; share in the strongest tenth")
def saliency_focus(pixels: Pixels) -> float:
    """One eye-catcher (high) or attention spread all over (low); none for flat images."""
    if pixels.saliency is None:
        return float("nan")
    strongest = pixels.saliency.size // 10
    return float(np.partition(pixels.saliency.ravel(), -strongest)[-strongest:].sum())


@feature(unit="share", low=0, high=1, source="colour distance from the borders, split by Otsu 1979")
def subject_scale(pixels: Pixels) -> float:
    """Wide shot (0) to close-up (1): share of the image that stands out from what its borders show."""
    distance = cv2.GaussianBlur(cv2.resize(_unlikeness(pixels.tiny), (48, 48)), (0, 0), 1.0)
    if distance.max() < 1.0:
        return 0.0
    eight_bit = cv2.convertScaleAbs(distance, alpha=255 / distance.max())
    threshold, _ = cv2.threshold(eight_bit, 0, 255, cv2.THRESH_OTSU)
    return int(np.count_nonzero(eight_bit > threshold)) / eight_bit.size


def _unlikeness(colours: np.ndarray) -> np.ndarray:
    """Mahalanobis distance of each pixel's colour from the border that is most like it. (n, n, 3) to (n, n)."""
    sides = (colours[:2], colours[-2:], colours[:, :2], colours[:, -2:])
    borders = np.stack([side.reshape(-1, 3) for side in sides])
    means = borders.mean(axis=1, keepdims=True)
    spread = borders - means
    covariances = spread.transpose(0, 2, 1) @ spread / borders.shape[1] + _NOISE
    whitening = np.linalg.inv(np.linalg.cholesky(covariances))
    origins = whitening @ means.transpose(0, 2, 1)
    white = whitening @ colours.reshape(-1, 3).T - origins
    return np.sqrt((white * white).sum(axis=1).min(axis=0)).reshape(colours.shape[:2])


_NOISE = np.eye(3, dtype=np.float32) * 9e-4  # borders vary by 0.03 in OKLab even when they look plain


@feature(unit="ratio", low=0, of="record")
def aspect(record: ImageRecord) -> float:
    """Portrait (below 1) to landscape (above 1): width divided by height."""
    return record.width / record.height


@feature(unit="", low=-1, high=1, of="record")
def orientation(record: ImageRecord) -> float:
    """-1 portrait, 0 square (within 2 %), 1 landscape."""
    ratio = record.width / record.height
    return 0.0 if 1 / 1.02 <= ratio <= 1.02 else float(np.sign(ratio - 1))


@feature(unit="date", of="record")
def date(record: ImageRecord) -> float:
    """When it was taken: EXIF, else the date in its name, else the file's own; seconds since 1970, local time."""
    return seconds_of(record.taken)
