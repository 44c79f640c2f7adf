"""Generate the settings page from config.py."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

_CONFIG = Path(__file__).parents[1] / "imbatch2soundvisu" / "config.py"


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Replace the marker of the settings page by a table of all settings."""
    return markdown.replace("<!-- settings -->", "\n".join(_rows())) if "<!-- settings -->" in markdown else markdown


def _rows() -> list[str]:
    source = _CONFIG.read_text(encoding="utf-8")
    lines, tree = source.splitlines(), ast.parse(source)
    settings = next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Settings")
    names = {node.target.id.upper() for node in settings.body if isinstance(node, ast.AnnAssign)}  # type: ignore[union-attr]
    rows = ["| setting | default | meaning |", "|---|---|---|"]
    for node in tree.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id in names:
            value = " ".join(ast.unparse(node.value).split()) if node.value else ""
            rows.append(f"| `{node.target.id}` | `{value}` | {_comment(lines, node.lineno)} |".replace("\n", " "))
    return rows


def _comment(lines: list[str], line: int) -> str:
    """The `#:` lines above a setting."""
    found: list[str] = []
    for text in reversed(lines[: line - 1]):
        if not text.startswith("#:"):
            break
        found.insert(0, text[2:].strip())
    return " ".join(found).replace("|", "\\|")
