"""The examples of every docstring run."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import imbatch2soundvisu

MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(imbatch2soundvisu.__path__, f"{imbatch2soundvisu.__name__}.")
    if module.name.rpartition(".")[2] not in ("__main__", "session")
)


@pytest.mark.parametrize("name", [imbatch2soundvisu.__name__, *MODULES])
def test_examples_of_a_module_run(name):
    found = doctest.testmod(importlib.import_module(name), optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS)
    assert found.failed == 0


def test_many_functions_have_examples():
    finder = doctest.DocTestFinder(exclude_empty=True)
    examples = sum(len(test.examples) for name in MODULES for test in finder.find(importlib.import_module(name)))
    assert examples > 150
