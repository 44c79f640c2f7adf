"""Sizes of functions, and words that have a plainer one."""

from __future__ import annotations

import ast
import re
import statistics
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "imbatch2soundvisu"
_MOST_LINES, _MEDIAN_LINES, _MOST_PARAMETERS = 45, 8, 7

#: Words of an older vocabulary.
_LISTED = (
    "wish", "wishes", "wished", "told", "heard", "sown", "seated", "whim", "gravity", "at once", "of one's own",
    "families", "traits",
)  # fmt: skip
_WORDS = re.compile(rf"\b({'|'.join(_LISTED)})\b", re.IGNORECASE)
#: Where a word is the field's own term or a fact of the world.
_ALLOWED: dict[str, set[str]] = {"tests/test_style.py": set(_LISTED)}


def functions() -> list[tuple[str, ast.FunctionDef]]:
    """Every function of the package, with its file and name."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                found.append((f"{path.relative_to(PACKAGE)}:{node.lineno} {node.name}", node))
    return found


def lines_of(node: ast.FunctionDef) -> int:
    """Lines of code from `def` to the end, without the docstring."""
    docstring = node.body[0] if ast.get_docstring(node) is not None else None
    length = (node.end_lineno or node.lineno) - node.lineno + 1
    return length - ((docstring.end_lineno or 0) - docstring.lineno + 1 if docstring is not None else 0)


def test_functions_are_short():
    sizes = {name: lines_of(node) for name, node in functions()}
    assert {name: size for name, size in sizes.items() if size > _MOST_LINES} == {}
    assert statistics.median(sizes.values()) <= _MEDIAN_LINES


def test_functions_have_few_parameters():
    long = {}
    for name, node in functions():
        arguments = node.args
        names = [each.arg for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
        count = len([each for each in names if each not in ("self", "cls")])
        if count > _MOST_PARAMETERS and node.name != "__init__":
            long[name] = count
    assert long == {}


def test_words_are_those_of_the_field():
    found = {}
    for pattern in ("imbatch2soundvisu/**/*", "tests/**/*", "benchmarks/*", "docs/**/*.md", "examples/*", "README.md"):
        for path in sorted(ROOT.glob(pattern)):
            if path.suffix in (".py", ".pyi", ".md", ".j2", ".js", ".css", ".txt", ".ipynb") and path.is_file():
                name = path.relative_to(ROOT).as_posix()
                words = {match[0].lower() for match in _WORDS.finditer(path.read_text(encoding="utf-8"))}
                if words - _ALLOWED.get(name, set()):
                    found[name] = sorted(words - _ALLOWED.get(name, set()))
    assert found == {}


def test_the_readme_is_short():
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 170
