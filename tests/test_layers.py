"""Data moves to the right only: who may import whom, in the order of docs/architecture.md, and without cycles."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "imbatch2soundvisu"

#: A module or package imports only what stands before it.
ORDER = (
    "core", "runtime", "config", "datasets", "features", "embeddings", "measurement", "clustering", "sorting", "music",
    "visuals", "mosaic", "atlas", "faces", "plans", "report", "pipeline", "cli", "__init__", "__main__", "session",
)  # fmt: skip
#: config uses only the errors of core; runtime may not read settings.
FILES = sorted(PACKAGE.rglob("*.py"))
_MOST_ENTRIES, _MOST_LINES_OF_PIPELINE = 21, 150


def module_of(path: Path) -> tuple[str, ...]:
    """The dotted name of a file below the package, as parts; that of the package for an __init__."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts


def imported(path: Path) -> set[tuple[str, ...]]:
    """The modules of this package that a file imports anywhere: at its top, in functions, under TYPE_CHECKING."""
    own = module_of(path)
    base = own if path.name == "__init__.py" and own != ("__init__",) else own[:-1]
    found: set[tuple[str, ...]] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            found |= _targets(node, base)
        elif isinstance(node, ast.Import):
            names = [alias.name.split(".") for alias in node.names]
            found |= {tuple(name[1:]) for name in names if name[0] == PACKAGE.name and len(name) > 1}
    return found


def _targets(node: ast.ImportFrom, base: tuple[str, ...]) -> set[tuple[str, ...]]:
    module = tuple(node.module.split(".")) if node.module else ()
    if node.level:
        start = (*base[: len(base) - node.level + 1], *module)
    elif module[:1] == (PACKAGE.name,):
        start = module[1:]
    else:
        return set()
    return {_file_of((*start, alias.name)) or start for alias in node.names}


def _file_of(parts: tuple[str, ...]) -> tuple[str, ...] | None:
    """The module that a dotted name is, or None where its last part is a name within a module."""
    path = PACKAGE.joinpath(*parts)
    return parts if path.with_suffix(".py").is_file() or (path / "__init__.py").is_file() else None


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_imports_point_to_the_left(path):
    own = module_of(path)[0]
    if own in ("__init__", "session"):
        return
    allowed = ORDER[: ORDER.index(own) + 1]
    wrong = sorted({".".join(target) for target in imported(path) if target and target[0] not in allowed})
    assert not wrong, f"{path.relative_to(PACKAGE)} imports {', '.join(wrong)}, which stands after {own}"


def test_there_are_no_cycles():
    graph: dict[tuple[str, ...], set[tuple[str, ...]]] = {}
    for path in FILES:
        own = module_of(path)
        if own not in (("__init__",), ("session",)):
            graph[own] = {target for target in imported(path) if target in {module_of(each) for each in FILES}} - {own}
    packages = {own for own in graph if (PACKAGE.joinpath(*own) / "__init__.py").is_file()}
    for own in graph:  # `from . import x` within a package does not depend on what its __init__ exports
        graph[own] -= {each for each in packages if own[: len(each)] == each}
    cycle = _cycle(graph)
    assert cycle is None, "import cycle: " + " -> ".join(".".join(each) for each in cycle)


def _cycle(graph: dict[tuple[str, ...], set[tuple[str, ...]]]) -> list[tuple[str, ...]] | None:
    done: set[tuple[str, ...]] = set()
    for start in sorted(graph):
        stack = [(start, iter(sorted(graph[start])))]
        path = [start]
        while stack:
            node, targets = stack[-1]
            target = next(targets, None)
            if target is None:
                stack.pop()
                done.add(path.pop())
            elif target in path:
                return [*path[path.index(target) :], target]
            elif target not in done:
                path.append(target)
                stack.append((target, iter(sorted(graph.get(target, ())))))
    return None


def test_the_package_is_read_in_one_look():
    entries = [path for path in PACKAGE.iterdir() if path.name not in ("__pycache__", "py.typed", "__init__.pyi")]
    assert len(entries) <= _MOST_ENTRIES, sorted(path.name for path in entries)
    lines = (PACKAGE / "pipeline.py").read_text(encoding="utf-8").splitlines()
    assert len(lines) < _MOST_LINES_OF_PIPELINE


def test_the_architecture_page_names_every_package():
    page = (PACKAGE.parent / "docs" / "architecture.md").read_text(encoding="utf-8")
    packages = [path.name for path in PACKAGE.iterdir() if (path / "__init__.py").is_file()]
    assert [name for name in packages if f"`{name}/`" not in page] == []
