"""Chromium over the DevTools protocol, for tests of pages."""

from __future__ import annotations

import base64
import contextlib
import fcntl
import functools
import http.server
import json
import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
in_browser = pytest.mark.skipif(CHROMIUM is None, reason="no chromium, chromium-browser or google-chrome here")


class Browser:
    """Chromium over the DevTools protocol: messages end with a zero byte, on file descriptors 3 and 4."""

    def __init__(self, profile: Path) -> None:
        to_browser, self._out = _high_pipe()
        self._in, from_browser = _high_pipe()

        def place() -> None:
            os.dup2(to_browser, 3)
            os.dup2(from_browser, 4)

        held = [os.open(os.devnull, os.O_RDONLY) for _ in range(8)]
        options = "headless no-sandbox disable-gpu disable-quic no-first-run disable-background-networking "
        options += "disable-component-update disable-sync mute-audio remote-debugging-pipe"
        self._process = subprocess.Popen(
            [str(CHROMIUM), *(f"--{option}" for option in options.split()), f"--user-data-dir={profile}"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            close_fds=False, preexec_fn=place,
        )  # fmt: skip
        for descriptor in (*held, to_browser, from_browser):
            os.close(descriptor)
        self._buffer, self._last, self.events = b"", 0, []  # type: ignore[var-annotated]

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            received = os.read(self._in, 1 << 16)
            if not received:
                raise EOFError("the browser is gone")
            self._buffer += received
        message, self._buffer = self._buffer.split(b"\0", 1)
        return json.loads(message)

    def send(self, method: str, session: str | None = None, **params: Any) -> dict[str, Any]:
        self._last += 1
        message = {"id": self._last, "method": method, "params": params} | ({"sessionId": session} if session else {})
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while (answer := self._read()).get("id") != self._last:
            self.events.append(answer)
        assert "error" not in answer, answer
        return answer["result"]

    def wait_for(self, method: str, session: str) -> None:
        while not any(e.get("method") == method and e.get("sessionId") == session for e in self.events):
            self.events.append(self._read())

    def open(self, page: Path | str, width: int = 1200, dark: bool = False) -> Tab:
        """Show a page: a file, or an address."""
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        tab = Tab(self, session)
        tab.send("Page.enable")
        tab.send("Runtime.enable")
        tab.send("Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=width < 500)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        tab.send("Emulation.setEmulatedMedia", features=[scheme, {"name": "prefers-reduced-motion", "value": "reduce"}])
        tab.send("Page.navigate", url=page if isinstance(page, str) else page.resolve().as_uri())
        self.wait_for("Page.loadEventFired", session)
        return tab

    def close(self) -> None:
        self.send("Browser.close")
        os.close(self._out)
        os.close(self._in)
        self._process.wait(20)


class Tab:
    def __init__(self, browser: Browser, session: str) -> None:
        self.browser, self.session = browser, session
        self.send: Callable[..., dict[str, Any]] = functools.partial(self._send)

    def _send(self, method: str, **params: Any) -> dict[str, Any]:
        return self.browser.send(method, self.session, **params)

    def run(self, script: str) -> Any:
        """The value of a script, awaited, as if a user had clicked."""
        wanted = {"expression": script, "awaitPromise": True, "returnByValue": True, "userGesture": True}
        answer = self.send("Runtime.evaluate", **wanted)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def press(self, key: str) -> None:
        text = key if len(key) == 1 else {"Enter": "\r"}.get(key, "")
        codes = {" ": 32, "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40}
        code = (codes | {"Tab": 9, "Enter": 13, "Escape": 27}).get(key, 0)
        common = {"key": key, "windowsVirtualKeyCode": code}
        self.send("Input.dispatchKeyEvent", type="keyDown", text=text, **common)
        self.send("Input.dispatchKeyEvent", type="keyUp", **common)

    def click(self, selector: str, across: float = 0.5) -> None:
        self.run(f"document.querySelector({selector!r}).scrollIntoView({{block: 'center', behavior: 'instant'}})")
        box = self.run(f"document.querySelector({selector!r}).getBoundingClientRect().toJSON()")
        at = {"x": box["x"] + across * box["width"], "y": box["y"] + box["height"] / 2}
        for kind in ("mousePressed", "mouseReleased"):
            self.send("Input.dispatchMouseEvent", type=kind, button="left", clickCount=1, **at)

    def screenshot(self) -> bytes:
        return base64.b64decode(self.send("Page.captureScreenshot", format="png")["data"])

    def now(self, number: int = 1) -> dict[str, str]:
        return self.run(
            f"Object.fromEntries([...document.querySelectorAll('#result-{number} [data-now]')]"
            ".map(element => [element.dataset.now, element.textContent]))"
        )

    def complaints(self) -> list[dict[str, Any]]:
        """Exceptions and dialogs so far."""
        methods = ("Runtime.exceptionThrown", "Page.javascriptDialogOpening")
        return [e for e in self.browser.events if e.get("method") in methods and e["sessionId"] == self.session]


@contextlib.contextmanager
def served(folder: Path, missing: list[str] | None = None) -> Iterator[str]:
    """The address of a static server of a folder. missing : gets what was asked for and is not there."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

        def send_error(self, code: int, *texts: Any) -> None:
            if missing is not None and "favicon" not in self.path:
                missing.append(f"{code} {self.path}")
            super().send_error(code, *texts)

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=folder)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def _high_pipe() -> tuple[int, int]:
    """A pipe whose ends are out of the way of descriptors 3 and 4."""
    low = os.pipe()
    high = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 20) for end in low]
    for end in low:
        os.close(end)
    return high[0], high[1]


SEEK = """new Promise(done => {
  const video = document.querySelector('#result-1 video');
  video.addEventListener('seeked', () => requestAnimationFrame(() => done(video.currentTime)), {once: true});
  video.currentTime = %s;
})"""


def width_of(image: str) -> str:
    """A script: the width of an image, once it is decoded."""
    return f"(image => image.decode().then(() => image.naturalWidth))(document.querySelector({image!r}))"
