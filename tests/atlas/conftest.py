"""The page of a map for tests in a browser."""

from __future__ import annotations

import pytest

from tests.atlas.pages import write_map
from tests.report.browser import served


@pytest.fixture(scope="module")
def map_folder(tmp_path_factory):
    """The viewer of 40 images with metadata, two layouts and a path with sound."""
    folder = tmp_path_factory.mktemp("viewer")
    write_map(tmp_path_factory.mktemp("images"), folder)
    return folder


@pytest.fixture(scope="module")
def map_server(map_folder):
    """Address of a static server of the viewer."""
    with served(map_folder) as address:
        yield f"{address}/index.html"


@pytest.fixture(params=["file", "server"])
def map_address(request, map_folder):
    """The page from disk, and from a server."""
    return (map_folder / "index.html").as_uri() if request.param == "file" else request.getfixturevalue("map_server")
