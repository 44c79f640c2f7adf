"""Public collections as folders of images, fetched by the clients of Kaggle, Hugging Face and torchvision.

Each function returns a folder of the cache, to be used as `DATA_ROOT`, with one folder inside for each class where the
set has classes. A folder that is whole is not fetched again, not even asked for; delete it to fetch anew. One that was
interrupted goes on where it stopped. What a set's licence allows is for the person who uses it to know.
"""

from __future__ import annotations

from .clients import huggingface, kaggle, torchvision

__all__ = ["huggingface", "kaggle", "torchvision"]
