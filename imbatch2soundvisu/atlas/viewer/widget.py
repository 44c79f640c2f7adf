"""A map as a widget of a notebook: what is selected in it comes back to Python, which can change what it shows.

The widget has the page in a frame without an origin of its own; all files and messages go through the connection of
the notebook, so that it works wherever widgets do, also without a server that shows files.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import anywidget
import numpy as np
import traitlets

from ...core import Collection, FeatureTable
from ...core.errors import ConfigError, unknown
from .widget_filters import checked_filters

_SYNCED = {"sync": True}


class AtlasWidget(anywidget.AnyWidget):  # type: ignore[misc]
    """The page of a map. Its attributes change with the page, and the page with them; `observe` calls a function then.

    Parameters
    ----------
    page : Path
        `index.html` of a map.
    height : int
        In pixels.

    Attributes
    ----------
    selection : list of str
        Names of the selected images, as `include=` takes them.
    layout_name : str
        The layout that is shown: "grid", "t-SNE".
    filters : dict
        What is not faded: {"text": "ship", "tag": ["sea"], "category": [...], "cluster": [...], "luminance": (0, 0.5),
        "date": ("1890", "1910-06")}. Each is optional; any feature of the map may be named.
    shown : list of str
        Names of the images that match the filters; it follows them.
    """

    _esm = Path(__file__).with_name("widget.js")

    height = traitlets.Int(640).tag(**_SYNCED)
    selection = traitlets.List(traitlets.Unicode())
    layout_name = traitlets.Unicode()
    filters = traitlets.Dict()
    shown = traitlets.List(traitlets.Unicode())
    _selected = traitlets.List(traitlets.Int()).tag(**_SYNCED)
    _layout = traitlets.Int(0).tag(**_SYNCED)
    _filters = traitlets.Dict().tag(**_SYNCED)
    _shown = traitlets.List(traitlets.Int(), default_value=None, allow_none=True).tag(**_SYNCED)

    def __init__(self, page: Path, height: int = 640) -> None:
        self._folder = Path(page).resolve().parent
        super().__init__(height=height)
        self.layout_name = self.layouts[0]
        self.shown = list(self.names)
        self.on_msg(self._answer)

    def __repr__(self) -> str:
        return f"<AtlasWidget {self._manifest['title']}: {len(self.names)} images, {len(self.selection)} selected>"

    @property
    def layouts(self) -> tuple[str, ...]:
        """Names of the layouts of the map."""
        return tuple(each["name"] for each in self._manifest["layouts"])

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the images of the map."""
        count, chunk = self._manifest["count"], self._manifest["chunk"]
        texts = (self._data(f"texts-{number}") for number in range(-(-count // chunk)))
        return tuple(name for each in texts for name in each["names"])

    def selected(self, source: Any) -> Any:
        """Return the selected images of a collection or a table, in its order.

        Parameters
        ----------
        source : Collection or FeatureTable
            What the map was made of, as `discover` and `measure` return it.

        Raises
        ------
        ConfigError
            When it has not all of the selected images.
        """
        chosen = set(self.selection)
        names = [record.name for record in source.records]
        missing = sorted(chosen - set(names))
        if missing:
            raise ConfigError(f"{len(missing)} of the selected images are not in {source!r}, such as {missing[0]}")
        rows = [row for row, name in enumerate(names) if name in chosen]
        if isinstance(source, FeatureTable):
            return source.select(np.array(rows, int))
        if isinstance(source, Collection):
            return source.select(rows)
        raise ConfigError(f"selected() takes what discover or measure returns, not {source!r}")

    def select(self, images: Iterable[str] | Collection | FeatureTable) -> None:
        """Select images by their names, or those of a collection or table; the same as to set `selection`."""
        if isinstance(images, Collection | FeatureTable):
            images = [record.name for record in images.records]
        self.selection = list(images)

    @cached_property
    def _manifest(self) -> Mapping[str, Any]:
        return self._data("atlas")  # type: ignore[no-any-return]

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {name: row for row, name in enumerate(self.names)}

    @cached_property
    def _linked(self) -> frozenset[str]:
        """Addresses of the images that are shown from where they are."""
        return frozenset(self._data("originals")) - {""} if self._manifest.get("linked") else frozenset()

    def _data(self, name: str) -> Any:
        text = (self._folder / "data" / f"{name}.js").read_text(encoding="ascii")
        return json.loads(text.partition(",")[2].rpartition(")")[0])

    def _answer(self, _: Any, message: Any, __: Sequence[Any]) -> None:
        """Send a file of the map that the page has asked for: one in its folder, or an image that the map links."""
        asked = str(message["path"])
        path = (self._folder / (unquote(asked) if asked in self._linked else asked)).resolve()
        inside = (path.is_relative_to(self._folder) or asked in self._linked) and path.is_file()
        self.send({"view": message["view"], "id": message["id"]}, [path.read_bytes()] if inside else [])

    @traitlets.validate("selection")  # type: ignore[untyped-decorator]
    def _known_images(self, proposal: Any) -> list[str]:
        for name in proposal["value"]:
            if name not in self._rows:
                raise unknown("image", name, self.names)
        return sorted(set(proposal["value"]), key=self._rows.__getitem__)

    @traitlets.validate("layout_name")  # type: ignore[untyped-decorator]
    def _known_layout(self, proposal: Any) -> str:
        if proposal["value"] not in self.layouts:
            raise unknown("layout", proposal["value"], self.layouts)
        return str(proposal["value"])

    @traitlets.validate("filters")  # type: ignore[untyped-decorator]
    def _known_filters(self, proposal: Any) -> dict[str, Any]:
        return checked_filters(proposal["value"], self._manifest)

    @traitlets.observe("selection", "layout_name", "filters")  # type: ignore[untyped-decorator]
    def _to_page(self, change: Any) -> None:
        if change["name"] == "selection":
            self._selected = [self._rows[name] for name in self.selection]
        elif change["name"] == "layout_name":
            self._layout = self.layouts.index(self.layout_name)
        else:
            self._filters = dict(self.filters)

    @traitlets.observe("_selected", "_layout", "_filters", "_shown")  # type: ignore[untyped-decorator]
    def _from_page(self, change: Any) -> None:
        if change["name"] == "_selected":
            self.selection = [self.names[row] for row in self._selected]
        elif change["name"] == "_layout":
            self.layout_name = self.layouts[self._layout]
        elif change["name"] == "_filters":
            self.filters = dict(self._filters)
        else:
            self.shown = list(self.names if self._shown is None else (self.names[row] for row in self._shown))
