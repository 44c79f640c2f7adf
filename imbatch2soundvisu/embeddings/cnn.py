"""What a network trained to name things sees: the features before its last layer, by any model of timm."""

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
from ..runtime import files
from . import inference, weights

_HUB_NAMES = ("model.safetensors", "pytorch_model.bin")


@dataclass(frozen=True)
class Cnn:
    """What a network that learnt to name things sees in an image, just before it names it.

    The features are those that enter the classifier, pooled: 2048 of resnet50 (He et al. 2016), 4096 of vgg16 (the
    second fully connected layer; Simonyan and Zisserman 2015), 1280 of mobilenetv3_large_100 (after the layer that
    widens the 960 pooled ones; Howard et al. 2019). Vectors are float32 of length 1.

    model : a name of timm, with a tag or without ("resnet50", "vit_base_patch16_224.dino"). pretrained : True for the
    weights timm knows, or a file of weights for that model (.safetensors, .pt, .pth, .bin), of any number of classes.
    device, decoding and GPUs: as for `Clip`, with timm's own preprocessing for that model.
    """

    model: str = "resnet50"
    pretrained: bool | str | Path = True
    batch_size: int = 32
    device: str | None = None

    @property
    def name(self) -> str:
        if (self.model, self.pretrained) == ("resnet50", True):
            return "cnn"
        if self.pretrained is True:
            return files.slug(f"cnn-{self.model}")
        wish = str(self.pretrained)
        return f"{files.slug(f'cnn-{self.model}-{Path(wish).stem}')}-{weights.place(wish)}"

    @property
    def key(self) -> str:
        """Names the model and the content of its weights. Raises ConfigError when these cannot be had."""
        return f"cnn-1-{self.model}-{weights.digest(self._found(silent))}"

    def prepare(self, progress: Progress = silent) -> None:
        """Find the weights, or fetch them, and look that they are nothing but weights.

        Raises MissingExtra or ConfigError when `embed` would not work.
        """
        weights.check(self._found(progress), "Cnn")

    def embed(self, images: Sequence[np.ndarray]) -> np.ndarray:
        """(h, w, 3) uint8 sRGB images -> (n, d) float32 of length 1."""
        return inference.embed(images, self._network(), self.batch_size)

    def stream(
        self, records: Sequence[ImageRecord], progress: Progress = silent
    ) -> Iterator[list[tuple[ImageRecord, np.ndarray | ImageError]]]:
        """Yield each image with its vector, (d,) float32, or why it has none, a batch at a time, in order."""
        if records:
            yield from inference.stream(records, self._network(), self.batch_size, f"embed {self.name}", progress)

    def _network(self) -> inference.Network:
        path = self._found(silent)
        device = inference.best_device(self.device, "Cnn")
        with _one_at_a_time:
            return _network(self.model, path, weights.digest(path), device)

    def _found(self, progress: Progress) -> Path:
        """The file of weights, fetched where it is not here."""
        timm = weights.library("timm", "Cnn")
        inference.check_batch_size(self.batch_size, "Cnn")
        inference.best_device(self.device, "Cnn")
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
                f'no hub has timm\'s weights for {self.model}: give a file, pretrained="/path/to/weights.pt"'
            )
        names = (known.hf_hub_filename,) if known.hf_hub_filename else _HUB_NAMES
        instead = f'Bring {names[0]} of {known.hf_hub_id} here and write Cnn("{self.model}", "/path/to/{names[0]}")'
        return weights.from_hub(known.hf_hub_id, names, f"the network {self.model}", instead, progress)


_one_at_a_time = threading.Lock()


@functools.lru_cache(maxsize=2)
def _network(model: str, path: Path, digest: str, device: str) -> inference.Network:
    """The model, loaded. digest : of its weights, so that a changed file is loaded anew."""
    import timm

    network = _filled(model, path).eval().to(device)
    config = timm.data.resolve_model_data_config(network)

    def forward(batch: Any) -> Any:
        return network.forward_head(network.forward_features(batch), pre_logits=True)

    preprocess = timm.data.create_transform(**config, is_training=False)
    return inference.Network(forward, preprocess, max(config["input_size"][1:]), device)


def _filled(model: str, path: Path) -> Any:
    """The model with its weights, every one of them in its place: with as many classes as the file has."""
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
    raise ConfigError(f"{path} does not fit the model {model}: {weights.one_line(reason or ValueError())}") from reason
