"""Inference: images are decoded ahead in threads while the network computes, in batches, on the fastest device."""

from __future__ import annotations

import contextlib
import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core import ImageRecord, Progress
from ..core.errors import ConfigError, ImageError, MakeError

if TYPE_CHECKING:
    from PIL import Image

#: An image is decoded at a half, a quarter or an eighth where its shorter side then still has this many times the
#: pixels of the network's input; any other at its full size.
SPARE = 4
#: Images with a larger ratio of sides are cropped to it: scaled to the input they would fill the memory.
LONGEST_RATIO = 16


@dataclass(frozen=True)
class Network:
    """A loaded network in evaluation mode on its device.

    forward : (n, 3, h, w) float32 tensor, or (n, length) tokens -> (n, d) tensor.
    preprocess : PIL image -> (3, h, w) float32 tensor. input_px : the longer side of its input.
    device : "cpu", "cuda", "cuda:1", "mps".
    """

    forward: Callable[[Any], Any]
    preprocess: Callable[[Image.Image], Any]
    input_px: int
    device: str

    def steps(self) -> tuple[list[Callable[[Any], Any]], list[Callable[[Any], Any]]]:
        """Return the steps of the preprocessing in the decoding threads, and those in the computing thread.

        On a CPU, tensors are made in the computing thread: elsewhere they would start threads that slow it down.
        """
        steps = list(getattr(self.preprocess, "transforms", [self.preprocess]))
        if self.device != "cpu":
            return steps, []
        first = next((i for i, step in enumerate(steps) if "ToTensor" in type(step).__name__), 0)
        return steps[:first], steps[first:]


def check_batch_size(batch_size: object, wanted_by: str) -> None:
    """Raise ConfigError for anything but a whole number from 1."""
    if not isinstance(batch_size, int) or isinstance(batch_size, bool) or batch_size < 1:
        raise ConfigError(f"{wanted_by}: batch_size is a whole number from 1, not {batch_size!r}")


def stream(
    records: Sequence[ImageRecord], network: Network, batch_size: int, stage: str, progress: Progress
) -> Iterator[list[tuple[ImageRecord, np.ndarray | ImageError]]]:
    """Yield batches of (record, unit vector (d,) float32, or the ImageError that says why it has none).

    Threads decode at most two batches ahead, so memory does not grow with the number of images.
    """
    todo = iter(records)
    waiting: deque[tuple[ImageRecord, Future[Any]]] = deque()
    workers = decoders()
    pool = ThreadPoolExecutor(workers, thread_name_prefix="decode")

    def refill() -> None:
        while len(waiting) < 2 * batch_size + workers and (record := next(todo, None)) is not None:
            waiting.append((record, pool.submit(_ready, record, network)))

    try:
        progress(stage, done := 0, len(records))
        refill()
        while waiting:
            batch: list[tuple[ImageRecord, Any]] = []
            while waiting and len(batch) < batch_size:
                record, future = waiting.popleft()
                batch.append((record, future.result()))
                refill()
            yield _embedded(batch, network)
            progress(stage, done := done + len(batch), len(records))
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def embed(images: Sequence[np.ndarray], network: Network, batch_size: int) -> np.ndarray:
    """Return the unit vectors of (h, w, 3) uint8 images, (n, d) float32."""
    batches = [images[start : start + batch_size] for start in range(0, len(images), batch_size)]
    found = [vectors([tensor(shrunk(rgb, network), network) for rgb in batch], network) for batch in batches]
    return np.concatenate(found) if found else np.zeros((0, 0), np.float32)


def vectors(inputs: Sequence[Any], network: Network) -> np.ndarray:
    """Return the unit vectors of one batch of preprocessed images or tokens, (n, d) float32.

    A GPU computes in half precision; a batch in which that overflows is computed again in single precision.
    Raises MakeError when the output is not finite.
    """
    import torch

    batch = torch.stack(list(inputs)).to(network.device)
    for half in (True, False) if network.device != "cpu" else (False,):
        kind = network.device.partition(":")[0]
        with torch.inference_mode(), torch.autocast(kind, torch.float16) if half else contextlib.nullcontext():
            raw = network.forward(batch)
        if np.isfinite(found := _unit(raw)).all():
            return found
    raise MakeError(_NOT_FINITE)


def normalised(raw: Any) -> np.ndarray:
    """Return a tensor's rows as unit vectors, (n, d) float32. Raises MakeError when they are not finite."""
    if not np.isfinite(found := _unit(raw)).all():
        raise MakeError(_NOT_FINITE)
    return found


_NOT_FINITE = "the network gives vectors that are not finite: its weights are damaged"


def _unit(raw: Any) -> np.ndarray:
    import torch

    found: np.ndarray = torch.nn.functional.normalize(raw.float().flatten(1), dim=-1).cpu().numpy()
    return found


def shrunk(rgb: np.ndarray, network: Network) -> Any:
    """Return an (h, w, 3) uint8 image after the first steps of the network's own preprocessing."""
    from PIL import Image

    height, width = rgb.shape[:2]
    if max(height, width) > LONGEST_RATIO * min(height, width):
        long = LONGEST_RATIO * min(height, width)
        top, left = max(0, height - long) // 2, max(0, width - long) // 2
        rgb = np.ascontiguousarray(rgb[top : top + min(height, long), left : left + min(width, long)])
    return _through(network.steps()[0], Image.fromarray(rgb))


def tensor(image: Any, network: Network) -> Any:
    """Return the (3, h, w) float32 tensor of what `shrunk` returned, by the other steps."""
    return _through(network.steps()[1], image)


def _through(steps: Sequence[Callable[[Any], Any]], value: Any) -> Any:
    for step in steps:
        value = step(value)
    return value


def decoders() -> int:
    """Return how many threads decode: one for each core, also where the CPU computes; half of them were slower."""
    return min(16, os.cpu_count() or 1)


def _ready(record: ImageRecord, network: Network) -> Any:
    """The image as `shrunk` returns it, or the ImageError that says why it cannot be decoded."""
    from ..datasets import images

    try:
        return shrunk(images.open_image(record, _long_side(record, network.input_px)), network)
    except ImageError as error:
        return error


def _long_side(record: ImageRecord, input_px: int) -> int | None:
    """How large to decode: None for full size."""
    size = record.width, record.height
    if not all(size):
        from ..datasets import images

        header = images.read_header(record.path)
        size = header.width, header.height
    steps = next((steps for steps in (8, 4, 2) if min(size) >= steps * SPARE * input_px), 1)
    return None if steps == 1 else max(size) // steps


def _embedded(
    batch: Sequence[tuple[ImageRecord, Any]], network: Network
) -> list[tuple[ImageRecord, np.ndarray | ImageError]]:
    inputs = [tensor(ready, network) for _, ready in batch if not isinstance(ready, ImageError)]
    found = iter(vectors(inputs, network) if inputs else ())
    return [(record, ready if isinstance(ready, ImageError) else next(found)) for record, ready in batch]
