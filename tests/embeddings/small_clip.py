"""Records, and what open_clip gives when it is called directly."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imbatch2soundvisu.core import ImageRecord
from imbatch2soundvisu.embeddings.clip import Clip

os.environ["HF_HUB_OFFLINE"] = "1"
torch = pytest.importorskip("torch")
open_clip = pytest.importorskip("open_clip")
huggingface_hub = pytest.importorskip("huggingface_hub")


def record_of(path: Path) -> ImageRecord:
    width, height = 0, 0
    try:
        with Image.open(path) as image:
            width, height = image.size
    except OSError:
        pass
    return ImageRecord(path, path.name, width, height, name=path.name)


def by_name(clip: Clip, records) -> dict:
    return {record.name: found for batch in clip.stream(records) for record, found in batch}


def seen_directly(direct, images) -> np.ndarray:
    model, preprocess = direct
    with torch.inference_mode():
        rows = [model.encode_image(preprocess(image)[None], normalize=True)[0] for image in images]
    return torch.stack(rows).numpy()
