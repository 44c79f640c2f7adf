"""The page of a map: one file with its style and modules, which opens from disk and from any server."""

from __future__ import annotations

import base64
import json
from functools import cache
from pathlib import Path

_HERE = Path(__file__).parent


@cache
def _imports() -> str:
    """The modules as data: addresses, since a browser does not load modules beside a page that is opened from disk."""
    modules = {}
    for path in sorted((_HERE / "js").glob("*.js")):
        named = path.read_bytes() + f"\n//# sourceURL=atlas/{path.name}\n".encode()  # for readable reports of errors
        text = base64.b64encode(named).decode("ascii")
        modules[f"atlas/{path.stem}"] = f"data:text/javascript;base64,{text}"
    return json.dumps({"imports": modules})


def page(title: str) -> str:
    """Return the HTML of a map.

    Parameters
    ----------
    title : str
        Of the page; escaped.
    """
    from jinja2 import Environment, FileSystemLoader
    from markupsafe import Markup

    environment = Environment(loader=FileSystemLoader(_HERE), autoescape=True)
    style = (_HERE / "page.css").read_text(encoding="utf-8")
    return environment.get_template("page.html.j2").render(title=title, style=Markup(style), imports=Markup(_imports()))
