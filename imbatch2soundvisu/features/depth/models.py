"""Networks that estimate depth: any of transformers' `...ForDepthEstimation`, from the hub or a folder."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import inspect
import json
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np

from ...config import Settings
from ...core import Progress, silent
from ...core.errors import ConfigError
from ...runtime import weights
from ...runtime.digests import file_digest
from ...runtime.extras import one_line
from ..models import PLACE
from .maps import from_distance

#: Depth Anything V2 Small: 99 MB, Apache-2.0. The larger ones may not be used commercially.
DEFAULT = "depth-anything/Depth-Anything-V2-Small-hf"
_CONFIG, _PREPROCESSOR = "config.json", "preprocessor_config.json"
_WEIGHTS = ("model.safetensors", "pytorch_model.bin")
_METRIC = ("chmv2", "depth_pro", "glpn", "zoedepth")  # types of model that give metres


class DepthModel(Protocol):
    """Estimates depth. A frozen dataclass.

    It may also have `located(settings)`, `prepare(progress)` and `key`, as a `Pass` has.
    """

    def disparity(self, images: Sequence[np.ndarray]) -> Sequence[np.ndarray]:
        """Return the disparity, 1 / distance in any unit, of (h, w, 3) uint8 images: (h', w') float32 of any size."""
        ...


@dataclass(frozen=True)
class HubDepth:
    """A network of transformers for depth, such as Depth Anything, DPT (MiDaS), ZoeDepth or Depth Pro.

    Parameters
    ----------
    model : str or Path
        A repository of the hub, "owner/name"; a folder, also by its name in MODELS, as `save_pretrained` writes it; or
        a file of weights beside its `config.json` and `preprocessor_config.json`.
    device : str, optional
        "cuda", "mps" or "cpu"; None: the fastest available.

    References
    ----------
    Yang et al. 2024, "Depth Anything V2". Ranftl et al. 2021, "Vision transformers for dense prediction".
    """

    model: str | Path = field(default=DEFAULT, metadata=PLACE)
    device: str | None = field(default=None, metadata=PLACE)

    def __post_init__(self) -> None:
        if not isinstance(self.model, str | Path) or not str(self.model).strip():
            raise ConfigError(f"Depth(model={self.model!r}) must be a model of the hub, a folder or a file of weights")

    def located(self, settings: Settings) -> HubDepth:
        """Return the model with the path of its folder or file, where it is one.

        Raises
        ------
        ConfigError
            When it is neither on this machine nor the name of a repository.
        """
        given = Path(self.model).expanduser()
        places = (given, settings.models / given, settings.models / given.name)
        found = next((each.resolve() for each in places if each.exists()), None)
        if found is None and not self._is_repository:
            raise ConfigError(
                f"Depth(model={str(self.model)!r}): there is no such folder or file, and none of this name in MODELS "
                f"({settings.models}); a model of the hub is named as {DEFAULT}"
            )
        return self if found is None else dataclasses.replace(self, model=found)

    def prepare(self, progress: Progress = silent) -> None:
        """Find or download the network, and check that its file holds nothing but weights.

        Raises
        ------
        MissingExtra, ConfigError
            When `disparity` would not work.
        """
        weights.require("transformers", "Depth", "depth")
        weights.best_device(self.device, "Depth")
        files = self._files(progress)
        weights.check(files.weights, "Depth")
        _architecture(files.config)

    @property
    def key(self) -> str:
        """Digests of weights and settings; the name alone of a model of the hub that is not on this machine."""
        try:
            files = self._files_here()
        except ConfigError:
            return str(self.model)
        return " ".join(file_digest(each) for each in files) if files else str(self.model)

    def disparity(self, images: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Return the disparity of each image, (h, w, 3) uint8, in its size; those of one size in one forward pass."""
        files, device = self._files(silent), weights.best_device(self.device, "Depth")
        with _loading:
            network = _network(files, tuple(map(file_digest, files)), device)
        found: dict[int, np.ndarray] = {}
        for shape in dict.fromkeys(image.shape for image in images):
            rows = [row for row, image in enumerate(images) if image.shape == shape]
            found |= dict(zip(rows, network.disparity([images[row] for row in rows]), strict=True))
        return [found[row] for row in range(len(images))]

    @property
    def _is_repository(self) -> bool:
        parts = str(self.model).split("/")
        return isinstance(self.model, str) and len(parts) == 2 and all(parts) and not self.model.startswith((".", "~"))

    def _files_here(self) -> _Files | None:
        """The files on this machine; None for a repository of which there are not all in the hub's cache."""
        path = Path(self.model)
        if path.exists():
            return _in_folder(path)
        if not self._is_repository:
            raise ConfigError(f"Depth finds no model at {path}")
        found = [weights.cached(str(self.model), names) for names in ((_CONFIG,), (_PREPROCESSOR,), _WEIGHTS)]
        return None if None in found else _Files(*found)  # type: ignore[arg-type]

    def _files(self, progress: Progress) -> _Files:
        if (here := self._files_here()) is not None:
            return here
        from ... import config

        repository = str(self.model)
        folder = config.resolve().models / repository.partition("/")[2]
        what = f"the depth model {repository}"
        instead = f"Run `hf download {repository} --local-dir {folder}` where there is one, and copy the folder here"
        found = [
            weights.from_hub(repository, names, what, instead, progress)
            for names in (_WEIGHTS, (_CONFIG,), (_PREPROCESSOR,))
        ]
        return _Files(found[1], found[2], found[0])


class _Files(NamedTuple):
    config: Path
    preprocessor: Path
    weights: Path


def _in_folder(path: Path) -> _Files:
    """The files of a model in a folder, or beside a file of weights."""
    folder = path if path.is_dir() else path.parent
    for name in (_CONFIG, _PREPROCESSOR):
        if not (folder / name).is_file():
            raise ConfigError(f"Depth finds no {name} in {folder}; save_pretrained() of model and processor write it")
    given = [weights.local_file(path, "Depth")] if path.is_file() else [folder / name for name in _WEIGHTS]
    found = next((each for each in given if each.is_file()), None)
    if found is None:
        raise ConfigError(f"Depth finds no weights in {folder}; they are named {' or '.join(_WEIGHTS)}")
    return _Files(folder / _CONFIG, folder / _PREPROCESSOR, found)


def _architecture(config: Path) -> str:
    """The class of a network. Raises ConfigError for what is not one for depth."""
    try:
        named = json.loads(config.read_text(encoding="utf-8"))["architectures"][0]
    except (OSError, ValueError, KeyError, IndexError, TypeError) as error:
        raise ConfigError(f"Depth: {config} names no architecture of transformers") from error
    if not str(named).endswith("ForDepthEstimation"):
        raise ConfigError(f"Depth: the model of {config} is a {named}, not one for depth (...ForDepthEstimation)")
    return str(named)


@dataclass(frozen=True)
class _Network:
    """A loaded network in evaluation mode, and the preprocessing of its images."""

    model: Any
    processor: Any
    device: str
    is_metric: bool

    def disparity(self, images: Sequence[np.ndarray]) -> list[np.ndarray]:
        import torch
        from PIL import Image

        sizes = [image.shape[:2] for image in images]
        inputs = self.processor(images=[Image.fromarray(each) for each in images], return_tensors="pt")
        inputs = inputs.to(self.device)
        with torch.inference_mode():
            outputs = self.model(**inputs)
        finish = self.processor.post_process_depth_estimation
        known = {"target_sizes": sizes, "source_sizes": sizes}
        found = finish(outputs, **{name: known[name] for name in known if name in inspect.signature(finish).parameters})
        maps = [each["predicted_depth"].float().cpu().numpy() for each in found]
        return [from_distance(each) if self.is_metric else each for each in maps]


_loading = threading.Lock()


@functools.lru_cache(maxsize=1)
def _network(files: _Files, digests: tuple[str, ...], device: str) -> _Network:
    """The network, loaded. digests : of its files, so that changed ones are loaded again."""
    transformers = weights.library("transformers", "Depth", "depth")
    kind = getattr(transformers, _architecture(files.config), None)
    if kind is None:
        raise ConfigError(f"Depth: transformers {transformers.__version__} has no {_architecture(files.config)}")
    state = weights.read(files.weights, "Depth")
    try:
        with _quiet(transformers):
            config = transformers.AutoConfig.from_pretrained(files.config.parent, local_files_only=True)
            processor = transformers.AutoImageProcessor.from_pretrained(
                files.preprocessor.parent, local_files_only=True
            )
            model, report = kind.from_pretrained(None, config=config, state_dict=state, output_loading_info=True)
    except Exception as error:
        raise ConfigError(f"{files.weights} does not fit {files.config}: {one_line(error)}") from error
    if missing := sorted(report["missing_keys"]):
        raise ConfigError(f"{files.weights} does not fit {files.config}: it lacks {', '.join(missing[:3])}")
    metric = config.model_type in _METRIC or getattr(config, "depth_estimation_type", "relative") == "metric"
    return _Network(model.eval().to(device), processor, device, metric)


@contextlib.contextmanager
def _quiet(transformers: Any) -> Iterator[None]:
    """Keep transformers from printing progress bars and reports."""
    logging = transformers.utils.logging
    verbosity, shows_bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity(logging.CRITICAL)
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if shows_bars:
            logging.enable_progress_bar()
