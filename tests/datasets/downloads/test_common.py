"""What all downloads share: missing clients, and the folder of the cache."""

from __future__ import annotations

import re
import sys

import pytest

from imbatch2soundvisu import datasets
from imbatch2soundvisu.core.errors import ConfigError, MissingExtra
from tests.datasets.downloads.stand_ins import beans


@pytest.mark.parametrize(
    ("call", "package"),
    [
        (lambda: datasets.kaggle("a/b"), "kagglehub"),
        (lambda: datasets.huggingface("a"), "datasets"),
        (lambda: datasets.torchvision("A"), "torchvision"),
    ],
)
def test_a_missing_client_says_what_to_install(monkeypatch, call, package):
    for name in list(sys.modules):
        if name.split(".")[0] == package:
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.setattr(sys, "meta_path", [])
    with pytest.raises(MissingExtra) as error:
        call()
    assert repr(package) in str(error.value)
    assert re.search(r'pip install .*\[datasets\]"', str(error.value))


def test_a_folder_with_the_name_of_a_client_is_refused(monkeypatch, tmp_path):
    (tmp_path / "datasets").mkdir()
    monkeypatch.delitem(sys.modules, "datasets", raising=False)
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    with pytest.raises(ConfigError, match="in place of the package 'datasets'"):
        datasets.huggingface("beans")
    monkeypatch.delitem(sys.modules, "datasets", raising=False)


def test_data_sets_are_kept_in_the_cache_of_the_settings(hub, tmp_path, monkeypatch):
    hub.sets["beans"] = beans()
    monkeypatch.setenv("IMBATCH2SOUNDVISU_CACHE", str(tmp_path / "mine"))
    assert datasets.huggingface("beans").is_relative_to(tmp_path / "mine")
