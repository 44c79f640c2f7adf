"""`Clip`: images and phrases in one space, by any model of open_clip."""

from __future__ import annotations

import functools
import json
import logging
import posixpath
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import numpy as np

from ..core import ImageRecord, Progress, silent
from ..core.errors import ConfigError, ImageError, unknown
from ..runtime import files, weights
from ..runtime.digests import file_digest
from ..runtime.extras import one_line
from . import inference
from .registry import EMBEDDINGS

_CONFIG = "open_clip_config.json"
_HUB_NAMES = ("open_clip_model.safetensors", "open_clip_pytorch_model.bin")
_FOLDER_NAMES = (
    "open_clip_model.safetensors", "open_clip_pytorch_model.safetensors", "open_clip_pytorch_model.bin",
    "open_clip_pytorch_model.pth", "model.safetensors", "pytorch_model.bin", "pytorch_model.pth", "model.pth",
)  # fmt: skip
_OR_LOOK = "; or use Look()"
_HUB, _FOLDER = "hf-hub:", "local-dir:"


@EMBEDDINGS.register("clip")
@dataclass(frozen=True)
class Clip:
    """CLIP vectors of length 1 of images and of phrases, by what images show.

    Images are decoded at full size, upright, in sRGB, over the background, and go through the model's own
    preprocessing; those of at least eight times its input size (1792 px for 224) are decoded at a half, a quarter or an
    eighth first, so that four times the input size remains. GPUs compute in half precision. Weights that were trained
    with QuickGELU get it, whatever the name of the model.

    Parameters
    ----------
    model : str
        A model of open_clip, or "hf-hub:owner/name", or "local-dir:/path/to/folder".
    pretrained : str or Path
        One of the model's tags, or a file of weights for it (.safetensors, .pt, .pth, .bin). Ignored for a hub or a
        folder, which have their own.
    batch_size : int
        Images per forward pass.
    device : str, optional
        "cuda", "mps" or "cpu"; None: the fastest available.

    References
    ----------
    Radford et al., "Learning transferable visual models from natural language supervision", 2021.
    Cherti et al., "Reproducible scaling laws for contrastive language-image learning" (open_clip), 2023.
    """

    model: str = "ViT-B-32"
    pretrained: str | Path = "laion2b_s34b_b79k"
    batch_size: int = 32
    device: str | None = None

    @property
    def name(self) -> str:
        if (self.model, str(self.pretrained)) == tuple(field.default for field in fields(self)[:2]):
            return "clip"
        if self.model.startswith((_HUB, _FOLDER)):
            place = self.model.partition(":")[2]
            if self.model.startswith(_HUB):
                return files.slug(f"clip-{place}")
            return f"{files.slug(f'clip-{Path(place).name}')}-{weights.place_digest(place)}"
        if weights.names_file(self.pretrained):
            named = files.slug(f"clip-{self.model}-{Path(self.pretrained).stem}")
            return f"{named}-{weights.place_digest(self.pretrained)}"
        return files.slug(f"clip-{self.model}-{self.pretrained}")

    @property
    def key(self) -> str:
        """Model and digests of its weights and settings, for the cache. Raises ConfigError where these are missing."""
        found = self._found(silent)
        parts = [self.model.rpartition("/")[2], found.tag or "file", file_digest(found.path), found.config]
        return "-".join(["clip-1", *filter(None, parts)])

    @property
    def n_dimensions(self) -> int | None:
        """How many numbers a vector has; None where only the weights say so."""
        open_clip = weights.library("open_clip", "Clip")
        if self.model.startswith(_FOLDER):
            described = _described(Path(self.model.removeprefix(_FOLDER)).expanduser())
        elif self.model.startswith(_HUB):
            path = weights.cached(self.model.removeprefix(_HUB), (_CONFIG,))
            described = {} if path is None else _described(path.parent)
        else:
            described = open_clip.get_model_config(self.model.replace("/", "-")) or {}
        return described.get("embed_dim")

    def prepare(self, progress: Progress = silent) -> None:
        """Find or download the weights, and check that the file holds nothing else.

        Raises
        ------
        MissingExtra, ConfigError
            When `embed` would not work.
        """
        weights.check(self._found(progress).path, "Clip")

    def embed(self, images: Sequence[np.ndarray]) -> np.ndarray:
        """Return a unit vector, (d,) float32, for each (h, w, 3) uint8 sRGB image."""
        return inference.embed(images, self._model().images, self.batch_size)

    def embed_text(self, phrases: Sequence[str]) -> np.ndarray:
        """Return the unit vectors of phrases in the space of the images, (n, d) float32. Long phrases are truncated.

        Raises
        ------
        ConfigError
            For anything but a list of phrases that are not empty.
        """
        if isinstance(phrases, str) or not all(isinstance(each, str) for each in phrases):
            raise ConfigError(f"embed_text() takes a list of phrases, not {phrases!r}")
        if not phrases or not all(phrase.strip() for phrase in phrases):
            raise ConfigError("embed_text() needs at least one phrase, and none of them empty")
        model, tokens = self._model(), self._tokenizer()(list(phrases))
        batches = [tokens[start : start + self.batch_size] for start in range(0, len(tokens), self.batch_size)]
        return np.concatenate([inference.vectors(batch, model.phrases) for batch in batches])

    def stream(
        self, records: Sequence[ImageRecord], progress: Progress = silent
    ) -> Iterator[list[tuple[ImageRecord, np.ndarray | ImageError]]]:
        """Yield batches of (record, (d,) float32 vector or the ImageError that says why it has none), in order."""
        if records:
            network = self._model().images
            yield from inference.stream(records, network, self.batch_size, f"embed {self.name}", progress)

    def _model(self) -> _Model:
        found = self._found(silent)
        device = weights.best_device(self.device, "Clip")
        weights.check(found.path, "Clip")
        with _loading:
            return _model(found, file_digest(found.path), device)

    def _found(self, progress: Progress) -> _Found:
        """The model and its file of weights; downloaded if necessary."""
        open_clip = weights.library("open_clip", "Clip")
        inference.check_batch_size(self.batch_size, "Clip")
        weights.best_device(self.device, "Clip")
        if not isinstance(self.model, str) or not isinstance(self.pretrained, str | Path):
            raise ConfigError(
                f"Clip takes the names of a model and of its weights, not {self.model!r}, {self.pretrained!r}"
            )
        kind, _, place = self.model.partition(":")
        if self.model.startswith(_FOLDER):
            return _in_folder(Path(place).expanduser())
        if self.model.startswith(_HUB):
            path = weights.from_hub(place, _HUB_NAMES, f"the model {self.model}", _as_folder(place), progress)
            config = weights.from_hub(place, (_CONFIG,), f"the model {self.model}", _as_folder(place), progress)
            return _Found(f"{_FOLDER}{path.parent}", path, config=file_digest(config))
        model = self.model.replace("/", "-")
        if model not in open_clip.list_models():
            near = get_close_matches(model, open_clip.list_models(), n=8, cutoff=0.3)
            raise unknown("model of open_clip", self.model, near or ["ViT-B-32"])
        tag = open_clip.get_pretrained_cfg(model, str(self.pretrained))
        if tag:
            repo, name = posixpath.split(tag["hf_hub"])
            names = (str(Path(name).with_suffix(".safetensors")), name) if name else _HUB_NAMES
            usual = asdict(open_clip.transform.PreprocessCfg())
            plain = not tag.get("quick_gelu") and all(usual[key] == value for key, value in _settings(tag).items())
            instead = f'Copy {names[0]} of {repo} to this computer and write Clip("{model}", "/path/to/{names[0]}")'
            instead += _OR_LOOK
            path = weights.from_hub(
                repo, names, f"CLIP {model} {self.pretrained}", instead if plain else _as_folder(repo), progress
            )
            return _Found(model, path, str(self.pretrained))
        if weights.names_file(self.pretrained):
            return _Found(model, weights.local_file(self.pretrained, "Clip"))
        tags = open_clip.list_pretrained_tags_by_model(model)
        if not tags:
            raise ConfigError(f'open_clip has no weights for {model}: give a file, pretrained="/path/to/weights.pt"')
        raise unknown(f"weights of {model}", str(self.pretrained), tags)

    def _tokenizer(self) -> Any:
        import open_clip

        model = self._found(silent).model
        described = _described(Path(model.removeprefix(_FOLDER))) if self.model.startswith(_HUB) else {}
        if "hf_tokenizer_name" in described.get("text_cfg", {}):
            model = self.model
        try:
            with _quiet():
                return open_clip.get_tokenizer(model)
        except Exception as error:
            raise ConfigError(f"the tokenizer of {self.model} is not available: {one_line(error)}") from error


@dataclass(frozen=True)
class _Found:
    """What to load. model : as open_clip takes it. tag : "" for a file or folder.

    config : digest of the folder's description of model and preprocessing, so that a changed one is loaded again.
    """

    model: str
    path: Path
    tag: str = ""
    config: str = ""


@dataclass(frozen=True)
class _Model:
    """The image and the text encoder of a model."""

    images: inference.Network
    phrases: inference.Network


_loading = threading.Lock()


@functools.lru_cache(maxsize=2)
def _model(found: _Found, digest: str, device: str) -> _Model:
    """The model, loaded. digest : of its weights, so that a changed file is loaded again."""
    import open_clip

    tag = open_clip.get_pretrained_cfg(found.model, found.tag) if found.tag else {}
    try:
        with _quiet():
            model, _, preprocess = open_clip.create_model_and_transforms(
                found.model,
                pretrained=str(found.path),
                device=device,
                force_quick_gelu=bool(tag.get("quick_gelu")),
                pretrained_text=False,
                **{f"image_{key}": value for key, value in _settings(tag).items()},
            )
    except Exception as error:
        raise ConfigError(f"{found.path} does not fit the model {found.model}: {one_line(error)}") from error
    model.eval()
    size = model.visual.image_size
    input_px = max(size) if isinstance(size, tuple | list) else int(size)
    return _Model(
        inference.Network(model.encode_image, preprocess, input_px, device),
        inference.Network(model.encode_text, preprocess, input_px, device),
    )


def _settings(tag: dict[str, Any]) -> dict[str, Any]:
    """The settings of preprocessing that a tag has."""
    return {key: value for key, value in tag.items() if key in ("mean", "std", "interpolation", "resize_mode")}


def _as_folder(repo: str) -> str:
    place = f"{_FOLDER}/path/to/their/folder"
    return f'Copy {_HUB_NAMES[0]} and {_CONFIG} of {repo} here and write Clip("{place}"){_OR_LOOK}'


def _described(folder: Path) -> dict[str, Any]:
    """The architecture that the description of a folder has; {} where there is none."""
    try:
        found = json.loads((folder / _CONFIG).read_text(encoding="utf-8"))
    except OSError:
        return {}
    described: dict[str, Any] = found.get("model_cfg", found)
    return described


def _in_folder(folder: Path) -> _Found:
    if not (folder / _CONFIG).is_file():
        raise ConfigError(f"Clip finds no {_CONFIG} in {folder}")
    path = next((folder / name for name in _FOLDER_NAMES if (folder / name).is_file()), None)
    if path is None:
        raise ConfigError(f"Clip finds no weights in {folder}; they are named {', '.join(_FOLDER_NAMES)}")
    return _Found(f"{_FOLDER}{folder}", path, config=file_digest(folder / _CONFIG))


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep open_clip from adding a handler to the root logger, which would print the messages of every library."""
    guard = logging.NullHandler()
    logging.root.addHandler(guard)
    try:
        yield
    finally:
        logging.root.removeHandler(guard)
