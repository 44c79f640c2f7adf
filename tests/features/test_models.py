"""Model files: found in MODELS, in the cache, downloaded with what is said before, or refused with the command."""

from __future__ import annotations

import base64
import hashlib
import socket
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from imbatch2soundvisu import config
from imbatch2soundvisu.core.errors import ConfigError
from imbatch2soundvisu.features import models
from imbatch2soundvisu.features.passes import pass_version

BODY = b"weights of a model" * 1000


def model_at(url: str) -> models.ModelFile:
    return models.ModelFile("tiny.tflite", url, "Apache-2.0", "its makers", "measures nothing")


@dataclass(frozen=True)
class Tiny(models.UsesModel):
    """A pass with a model."""

    model: str | Path | None = field(default=None, metadata=models.PLACE)
    model_file: ClassVar[models.ModelFile] = model_at("http://127.0.0.1:9/tiny.tflite")
    input_size: ClassVar[int] = 64

    def measure(self, batch: Any) -> Any:
        return [np.zeros(1) for _ in batch]


@pytest.fixture
def settings(tmp_path):
    return config.resolve({"MODELS": tmp_path / "models", "CACHE": tmp_path / "cache"}, {})


@pytest.fixture
def server():
    """A server of one file; `.md5` may be replaced by a wrong one, `.cut` shortens what it sends."""

    class Handler(BaseHTTPRequestHandler):
        md5, cut = hashlib.md5(BODY).digest(), len(BODY)

        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Length", str(len(BODY)))
            self.send_header("x-goog-hash", f"crc32c=AAAA, md5={base64.b64encode(self.md5).decode()}")
            self.end_headers()
            self.wfile.write(BODY[: self.cut])

        def log_message(self, *args):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as httpd:
        threading.Thread(target=httpd.serve_forever, daemon=True).start()
        httpd.handler = Handler  # type: ignore[attr-defined]
        yield httpd
        httpd.shutdown()


def test_a_file_in_models_wins_over_the_cache(settings):
    for folder in (settings.cache / "models", settings.models):
        folder.mkdir(parents=True)
        (folder / "tiny.tflite").write_bytes(BODY)
    located = Tiny().located(settings)
    assert located.model == settings.models / "tiny.tflite"
    located.prepare()


def test_values_depend_on_the_content_of_the_file_not_on_its_place(settings, tmp_path):
    for name, body in (("a.tflite", BODY), ("b.tflite", BODY), ("c.tflite", BODY + b"x")):
        (tmp_path / name).write_bytes(body)
    a, b, c = (pass_version(Tiny(tmp_path / name).located(settings)) for name in ("a.tflite", "b.tflite", "c.tflite"))
    assert a == b != c


def test_a_given_file_that_is_not_there_is_refused(settings):
    with pytest.raises(ConfigError, match=r"Tiny\(model='no.tflite'\): there is no file no.tflite"):
        Tiny("no.tflite").located(settings)


def test_without_a_network_the_error_has_the_command(settings):
    with pytest.raises(ConfigError) as raised:
        Tiny().located(settings).prepare(lambda *args: None)
    message = str(raised.value)
    assert "Apache-2.0" in message
    assert f"curl -L --create-dirs -o {settings.cache / 'models' / 'tiny.tflite'} http://127.0.0.1:9/" in message


def test_the_command_works_in_folders_with_spaces(tmp_path):
    assert f"-o '{tmp_path / 'my models' / 'tiny.tflite'}' " in Tiny.model_file.command(tmp_path / "my models")


def test_what_answers_something_else_than_http_is_an_error_with_the_command(settings):
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer():
            connection, _ = listening.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(b"no web server\r\n\r\n")

        threading.Thread(target=answer, daemon=True).start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/x"
        with pytest.raises(ConfigError, match="curl"):
            models.download(model_at(url), settings.cache / "models" / "t", "Tiny()", lambda *args: None)


def test_a_download_says_size_checksum_and_licence_first(settings, server):
    path, said = settings.cache / "models" / "tiny.tflite", []
    models.download(
        model_at(f"http://127.0.0.1:{server.server_port}/x"), path, "Tiny()", lambda *args: said.append(args)
    )
    assert path.read_bytes() == BODY
    assert f"(0.0 MB, MD5 {hashlib.md5(BODY).hexdigest()}, Apache-2.0" in said[0][0]
    assert [each.name for each in path.parent.iterdir()] == ["tiny.tflite"]


@pytest.mark.parametrize(
    ("name", "value", "why"), [("md5", b"0" * 16, "the MD5"), ("cut", 500, "500 of 18000|Incomplete")]
)
def test_what_is_wrong_or_incomplete_is_not_kept(settings, server, name, value, why):
    setattr(server.handler, name, value)
    path = settings.cache / "models" / "tiny.tflite"
    with pytest.raises(ConfigError, match=why):
        models.download(model_at(f"http://127.0.0.1:{server.server_port}/x"), path, "Tiny()", lambda *args: None)
    assert not list(path.parent.iterdir())
