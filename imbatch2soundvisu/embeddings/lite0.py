"""EfficientNet-Lite0 on images: 1,280 pooled features as unit vectors, the same on any number of cores.

On a CPU each image goes through the network alone, in one thread of one core, and several images at the same time: in
batches on many threads the sums would have other last digits, and on two cores it took no less time.
"""

from __future__ import annotations

import contextlib
import functools
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from ..core import ImageRecord, Progress
from ..core.errors import ImageError
from ..runtime.executors import cores
from . import inference
from .lite0_weights import arrays

Item = TypeVar("Item")
Result = TypeVar("Result")

#: Width and height of the input: the central part of an image whose shorter side is reduced to SHORT_SIDE_PX. The whole
#: image, stretched or with margins, gives worse neighbours (docs/guide/embeddings.md).
INPUT_PX, SHORT_SIDE_PX = 224, 256
#: Longer images are compressed to this ratio of sides: at their own they could fill the memory.
_LONGEST_RATIO = 16
#: (value - MEAN) / SCALE of the 8-bit channels, as the network was trained (lite_model of tensorflow/tpu).
MEAN, SCALE = 127.0, 128.0
#: Digits behind the point of a component; what lies beyond depends on the machine.
DIGITS = 6
_EPSILON = 1e-3
_BLOCKS = 16
#: Blocks that halve the size.
_HALVING = (1, 3, 5, 11)

Layer = tuple[Any, Any]  # weight and bias of a convolution, batch normalisation included


def embed(images: Sequence[np.ndarray], path: Path, device: str) -> np.ndarray:
    """Return the unit vectors of (h, w, 3) uint8 images, (n, 1280) float32."""
    network = load(path, device)
    with _pool() as pool:
        found = list(pool.map(lambda rgb: _vector(_scaled(rgb), network), images))
    return np.stack(found) if found else np.zeros((0, 0), np.float32)


def stream(
    records: Sequence[ImageRecord], path: Path, device: str, batch_size: int, stage: str, progress: Progress
) -> Iterator[list[tuple[ImageRecord, np.ndarray | ImageError]]]:
    """Yield lists of (record, (1280,) float32 unit vector, or the ImageError that says why it has none), in order."""
    network = load(path, device)

    def outcome(record: ImageRecord) -> np.ndarray | ImageError:
        from ..datasets import images

        try:
            return _vector(images.open_scaled(record, scaled_size), network)
        except ImageError as error:
            return error

    progress(stage, done := 0, len(records))
    batch: list[tuple[ImageRecord, np.ndarray | ImageError]] = []
    with _pool() as pool:
        for pair in zip(records, _in_order(pool, outcome, records, 2 * cores() + batch_size), strict=True):
            batch.append(pair)
            if len(batch) == batch_size or done + len(batch) == len(records):
                yield batch
                progress(stage, done := done + len(batch), len(records))
                batch = []


def scaled_size(width: int, height: int) -> tuple[int, int]:
    """Return the size at which the central part of an image is the network's input.

    Examples
    --------
    >>> scaled_size(640, 512), scaled_size(10, 1000)
    ((320, 256), (256, 4096))
    """
    scale = SHORT_SIDE_PX / min(width, height)
    return tuple(min(_LONGEST_RATIO * SHORT_SIDE_PX, round(side * scale)) for side in (width, height))  # type: ignore


def _scaled(rgb: np.ndarray) -> np.ndarray:
    """An (h, w, 3) uint8 image at its `scaled_size`."""
    from PIL import Image

    from ..datasets.colours import to_array

    size = scaled_size(rgb.shape[1], rgb.shape[0])
    return to_array(Image.fromarray(rgb), size, Image.Resampling.BILINEAR, (0, 0, 0))


def _vector(rgb: np.ndarray, network: Lite0) -> np.ndarray:
    if min(rgb.shape[:2]) < INPUT_PX:  # the intact part of a damaged image
        rgb = _scaled(rgb)
    top, left = ((side - INPUT_PX) // 2 for side in rgb.shape[:2])
    features = network(rgb[top : top + INPUT_PX, left : left + INPUT_PX])
    return np.round(inference.normalised(features)[0], DIGITS).astype(np.float32)


class Lite0:
    """The network with its weights on a device.

    Parameters
    ----------
    weights : mapping of str to ndarray
        Of `lite0_weights.arrays`.
    device : str
        "cpu", "cuda", "mps".

    References
    ----------
    Tan & Le 2019, "EfficientNet"; its variant for mobile processors, without squeeze-and-excitation and with ReLU6:
    https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet/lite
    """

    def __init__(self, weights: dict[str, np.ndarray], device: str) -> None:
        folded = functools.partial(_folded, weights, device)
        self.device = device
        self._stem, self._head = folded("_conv_stem", "_bn0"), folded("_conv_head", "_bn1")
        self._blocks: list[tuple[Layer | None, Layer, Layer, int]] = []
        for number in range(_BLOCKS):
            block = f"_blocks.{number}."
            wider = folded(f"{block}_expand_conv", f"{block}_bn0") if number else None
            spatial = folded(f"{block}_depthwise_conv", f"{block}_bn1")
            narrower = folded(f"{block}_project_conv", f"{block}_bn2")
            self._blocks.append((wider, spatial, narrower, 2 if number in _HALVING else 1))

    def __call__(self, rgb: np.ndarray) -> Any:
        """Return the features before the classifier of a (224, 224, 3) uint8 image, a (1, 1280) tensor."""
        import torch

        with torch.inference_mode():
            pixels = torch.from_numpy(rgb.astype(np.float32)).to(self.device)[None].permute(0, 3, 1, 2)
            return self.features((pixels - MEAN) / SCALE)

    def features(self, x: Any) -> Any:
        """Return the (n, 1280) features of an (n, 3, h, w) float32 tensor in the network's scale, h and w even."""
        x = _relu6(_convolved(x, self._stem, stride=2))
        for wider, spatial, narrower, stride in self._blocks:
            y = x if wider is None else _relu6(_convolved(x, wider))
            y = _convolved(_relu6(_convolved(y, spatial, stride, groups=y.shape[1])), narrower)
            x = x + y if x.shape == y.shape else y
        return _relu6(_convolved(x, self._head)).mean((2, 3))


def _folded(weights: dict[str, np.ndarray], device: str, convolution: str, normalisation: str) -> Layer:
    """A convolution and the batch normalisation after it, as one."""
    import torch

    scale, shift, mean, variance = (
        weights[f"{normalisation}.{each}"].astype(np.float64)
        for each in ("weight", "bias", "running_mean", "running_var")
    )
    factor = scale / np.sqrt(variance + _EPSILON)
    kernel = (weights[f"{convolution}.weight"] * factor[:, None, None, None]).astype(np.float32)
    bias = (shift - mean * factor).astype(np.float32)
    return (
        torch.from_numpy(kernel).to(device, memory_format=torch.channels_last),
        torch.from_numpy(bias).to(device),
    )


def _convolved(x: Any, layer: Layer, stride: int = 1, groups: int = 1) -> Any:
    """A convolution to 1 / stride of the size; the odd row and column of padding are last, as in TensorFlow."""
    from torch.nn import functional

    kernel, bias = layer
    size = kernel.shape[-1]
    if stride == 1:
        return functional.conv2d(x, kernel, bias, 1, size // 2, 1, groups)
    before, after = (size - stride) // 2, (size - stride + 1) // 2
    return functional.conv2d(functional.pad(x, (before, after) * 2), kernel, bias, stride, 0, 1, groups)


def _relu6(x: Any) -> Any:
    return x.clamp_(0.0, 6.0)


_loading = threading.Lock()


def load(path: Path, device: str) -> Lite0:
    """Return the network of a file of weights, loaded once. Raises ConfigError for another file."""
    with _loading:
        return _loaded(path, device)


@functools.lru_cache(maxsize=2)
def _loaded(path: Path, device: str) -> Lite0:
    return Lite0(arrays(path), device)


@contextlib.contextmanager
def _pool() -> Iterator[ThreadPoolExecutor]:
    """A thread for each core, in each of which torch computes alone; its number of threads is as before afterwards."""
    import torch

    before = torch.get_num_threads()
    pool = ThreadPoolExecutor(cores(), "embed", functools.partial(torch.set_num_threads, 1))
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        torch.set_num_threads(before)


def _in_order(
    pool: ThreadPoolExecutor, function: Callable[[Item], Result], items: Iterable[Item], ahead: int
) -> Iterator[Result]:
    """Yield the results in the order of the items, of which `ahead` at most are begun, so that memory is bounded."""
    waiting: deque[Future[Result]] = deque()
    for item in items:
        waiting.append(pool.submit(function, item))
        if len(waiting) > ahead:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()
