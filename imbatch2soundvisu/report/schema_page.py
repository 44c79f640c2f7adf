"""The JSON Schema of `run.json` as a page of the documentation.

`python -m imbatch2soundvisu.report.schema_page > docs/run-json.md` writes the page.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .manifest import schema

_OPENING = """# run.json

{description}

Its JSON Schema is `imbatch2soundvisu/report/run-schema.json` (`report.manifest.schema()` returns it), and the file of
every run is valid against it. This page is made from the schema:
`python -m imbatch2soundvisu.report.schema_page > docs/run-json.md`.

Keys in **bold** are always there.
"""


def schema_page() -> str:
    """Return the page in Markdown: one table for each object of the schema."""
    root = schema()
    sections = [_OPENING.format(description=root["description"]), _table(root)]
    for definition in root["$defs"].values():
        if "title" in definition:
            remark = f"{definition['description']}\n\n" if "description" in definition else ""
            sections.append(f"\n## {definition['title']}\n\n{remark}{_table(definition)}")
    return "\n".join(sections) + "\n"


def _table(definition: Mapping[str, Any]) -> str:
    required = definition.get("required", ())
    rows = ["| key | type | meaning |", "|---|---|---|"]
    for key, value in definition["properties"].items():
        name = f"**`{key}`**" if key in required else f"`{key}`"
        rows.append(f"| {name} | {_type_text(value)} | {value.get('description', '')} |")
    return "\n".join(rows)


def _type_text(value: Mapping[str, Any]) -> str:
    """The JSON type of a value in words."""
    if "$ref" in value:
        definition = schema()["$defs"][value["$ref"].rpartition("/")[2]]
        return "object" if "title" in definition else _type_text(definition)
    if "const" in value or "enum" in value:
        return " or ".join(str(each) for each in value.get("enum", (value.get("const"),)))
    if value.get("type") == "array":
        return f"array of {_type_text(value['items'])}" if "items" in value else "array"
    kinds = value.get("type", "any")
    return kinds if isinstance(kinds, str) else " or ".join(kinds)


if __name__ == "__main__":
    print(schema_page(), end="")
