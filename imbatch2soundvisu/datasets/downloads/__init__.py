"""Public data sets as folders of images, downloaded by the clients of Kaggle, Hugging Face and torchvision.

Each function returns a folder of the cache that can be used as `DATA_ROOT`, with one folder for each class where the
set has classes. A complete folder is not downloaded again; delete it to do so. An interrupted download continues where
it stopped. Whether the licence of a data set permits your use is for you to check.
"""

from .huggingface_client import huggingface
from .kaggle_client import kaggle
from .torchvision_client import torchvision

__all__ = ["huggingface", "kaggle", "torchvision"]
