"""Data only moves to the right: who may import whom, as docs/architecture.md draws it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "imbatch2soundvisu"

BELOW = {
    "errors": "",
    "config": "errors",
    "partials": "",
    "ownership": "errors partials",
    "files": "ownership partials",
    "buffers": "",
    "images": "errors config",
    "records": "errors",
    "parallel": "",
    "store": "errors",
    "sample": "errors images ownership",
    "frames": "errors config records ownership",
    "downloads": "errors config files records images ownership",
    "datasets": "errors config images records ownership store frames sample downloads",
    "fingerprints": "",
    "features": "errors records images store fingerprints",
    "embeddings": "errors files records images store features",
    "likeness": "records",
    "measuring": "likeness errors config records images store datasets features embeddings parallel",
    "clustering": "errors records paths spaces",
    "polish": "",
    "paths": "errors polish",
    "spaces": "errors records embeddings",
    "criteria": "errors records paths spaces",
    "sorting": "errors records clustering paths spaces criteria",
    "sound": "errors config records files buffers",
    "cutting": "errors config records composing",
    "composing": "errors config records features classic sound",
    "soundtracks": "errors config files records store sound",
    "styles": "errors config records sound composing soundtracks",
    "gif": "errors config files",
    "lettering": "errors",
    "sheets": "errors config files records images lettering",
    "visuals": "errors config files records images gif sheets",
    "yuv": "",
    "h264": "",
    "video": "errors config files records images visuals buffers yuv h264",
    "plots": "errors files records images lettering",
    "pianoroll": "errors files records images lettering plots sound",
    "workshop": "errors files records sound visuals pianoroll",
    "plans": "errors config files ownership records images datasets likeness fingerprints features embeddings spaces"
    " clustering cutting sorting sound styles visuals video workshop reports",
    "pages": "files",
    "reports": "errors files records visuals plots pages spaces clustering",
    "overviews": "pages",
    "reasons": "pages records",
    "gallery": "errors config files records images pages overviews reasons",
    "pipeline": "errors config files ownership records store paths datasets measuring embeddings soundtracks plans"
    " gallery visuals",
    "classic": "features",
    "stages": "errors spaces config files records store datasets measuring embeddings clustering plots plans pipeline",
    "loading": "errors records",
    "session": "*",
    "terminal": "errors records pipeline",
    "__main__": "*",
    "__init__": "*",
}
# What records offer in notebooks reaches right, when it is called.
WHEN_CALLED = {"records": "visuals video measuring", "sound": "sound"}


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(tree: ast.AST) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            found |= {node.module.split(".")[0]} if node.module else {alias.name for alias in node.names}
    return found


def top_level(tree: ast.Module) -> ast.Module:
    kept = [node for node in tree.body if not isinstance(node, ast.FunctionDef | ast.ClassDef)]
    return ast.Module(kept, [])


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_only_move_data_to_the_right(path):
    name = room(path)
    assert name in BELOW, f"{path.name} has no place in the house: add it here and to docs/architecture.md"
    if BELOW[name] == "*":
        return
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inside = path.parent != PACKAGE
    allowed = set(BELOW[name].split())
    if inside:
        allowed |= {each.stem for each in path.parent.glob("*.py")}
    assert imports(top_level(tree)) <= allowed
    assert imports(tree) <= allowed | set(WHEN_CALLED.get(name, "").split())
