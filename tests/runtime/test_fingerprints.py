"""A fingerprint changes with everything that a function computes from, and with nothing else."""

from __future__ import annotations

import copyreg
import importlib.util
import pickle
from dataclasses import dataclass
from pathlib import Path

import pytest

from imbatch2soundvisu.runtime.fingerprints import fingerprint


def loaded(path: Path, source: str):
    path.write_text(source)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("def f(p):\n    return below()\ndef below():\n    return 1\n", "return 2"),
        ("LIMITS = [1, 2]\ndef f(p):\n    return LIMITS[0]\n", "[1, 3]"),
        (
            "import functools\ndef g(a, b):\n    return a\nh = functools.partial(g, 1)\ndef f(p):\n    return h(p)\n",
            "g, 2",
        ),
        ("class C:\n    def m(self):\n        return 1\ndef f(p):\n    return C().m()\n", "return 2"),
        ("def f(p, k=1):\n    return k\n", "k=2"),
    ],
)
def test_a_fingerprint_depends_on_everything_a_function_uses(tmp_path, before, after):
    old = {"return 2": "return 1", "[1, 3]": "[1, 2]", "g, 2": "g, 1", "k=2": "k=1"}[after]
    prints = [
        fingerprint(loaded(tmp_path / f"m{number}.py", source).f)
        for number, source in enumerate((before, before.replace(old, after), before))
    ]
    assert prints[0] == prints[2] != prints[1]


def test_code_without_source_is_distinguished_by_what_it_calls():
    first, second = {}, {}
    exec("def f(p):\n    return p.mean()", first)
    exec("def f(p):\n    return p.max()", second)
    assert fingerprint(first["f"]) != fingerprint(second["f"])


def test_a_fingerprint_changes_with_the_code_and_nothing_else(tmp_path):
    base = "K = 2\ndef helper(x):\n    return x * K\ndef f(pixels):\n    '''Text.'''\n    return helper(1.0)\n"
    variants = {
        "same": base,
        "comment": base.replace("return helper", "# why\n    return helper").replace("Text.", "Other text."),
        "constant": base.replace("K = 2", "K = 3"),
        "helper": base.replace("x * K", "x + K"),
        "body": base.replace("helper(1.0)", "helper(2.0)"),
    }
    prints = {name: fingerprint(loaded(tmp_path / f"{name}.py", source).f) for name, source in variants.items()}
    assert prints["same"] == prints["comment"]
    assert len({prints["same"], prints["constant"], prints["helper"], prints["body"]}) == 4


@dataclass(frozen=True, slots=True)
class Slotted:
    """A class to which pickle adds an attribute."""

    number: int = 0


def test_pickling_an_instance_does_not_change_the_fingerprint_of_its_class():
    before = fingerprint(Slotted)
    assert pickle.loads(pickle.dumps(Slotted(3), protocol=2)) == Slotted(3)
    copyreg._slotnames(Slotted)  # what pickle calls for classes without __getstate__
    assert fingerprint(Slotted) == before
