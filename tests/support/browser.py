"""A headless Chromium that is controlled over its DevTools protocol, through pipes: one process for many pages."""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Self

import pytest

from tests.support.patience import PATIENCE_SECONDS

WIDTH, HEIGHT = 1200, 900
"""Size of the window in pixels."""
_SCREENSHOTS = 8
_DOWNLOAD = "net::ERR_ABORTED"
_QUIET = "quic background-networking component-update sync gpu default-apps extensions".split()
_DIFFERENT = """(async (one, other, tolerance, limit) => {
  const data = async (png) => {
    const image = new Image(); image.src = 'data:image/png;base64,' + png; await image.decode();
    const canvas = new OffscreenCanvas(image.width, image.height), context = canvas.getContext('2d');
    context.drawImage(image, 0, 0);
    return context.getImageData(0, 0, image.width, image.height);
  };
  const [a, b] = [await data(one), await data(other)];
  if (a.width !== b.width || a.height !== b.height) return 1;
  const pixels = a.width * (limit ?? a.height);
  let different = 0;
  for (let i = 0; i < pixels * 4; i += 4)
    for (let c = i; c < i + 3; c++) if (Math.abs(a.data[c] - b.data[c]) > tolerance) { different++; break; }
  return different / pixels;
})"""


class Chromium:
    """A browser. Use it in a `with` block; skips the test if there is none on the machine.

    Scripts of pages are off in the tabs that `open` returns. All requests go through `proxy`, except those to `direct`.
    """

    def __init__(self, profile: Path, *, proxy: str, direct: str = "") -> None:
        program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
        if program is None:
            pytest.skip("there is no Chromium on this machine")
        to_browser, self._write = os.pipe()
        self._read, from_browser = os.pipe()
        command = [program, "--headless", "--no-sandbox", "--no-first-run", "--hide-scrollbars", "--mute-audio"]
        # Large images would be shown some frames after the rest of a page.
        command += [f"--disable-{name}" for name in (*_QUIET, "checker-imaging")]
        command += [f"--user-data-dir={profile}", f"--window-size={WIDTH},{HEIGHT}", "--remote-debugging-pipe"]
        # A frame in a process of its own would run its scripts.
        command += [
            "--disable-site-isolation-trials",
            "--disable-features=IsolateOrigins,site-per-process,IsolateSandboxedIframes",
        ]
        # Without <-loopback>, no proxy is used for servers on this machine.
        command += [f"--proxy-server={proxy}", f"--proxy-bypass-list=<-loopback>;{direct}"]
        # The browser reads from descriptor 3 and writes to 4.
        shell = f'exec "$@" 3<&{to_browser} 4>&{from_browser}'
        self._process = subprocess.Popen(
            ["/bin/bash", "-c", shell, "chromium", *command],
            pass_fds=(to_browser, from_browser),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_browser)
        os.close(from_browser)
        self._buffer = b""
        self._last_id = 0
        self._events: list[dict[str, Any]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._write)
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._read)

    def open(self, urls: Iterable[str]) -> list[Tab]:
        """Open each URL in a tab of its own, without scripts, and return when all have loaded everything that they request."""
        tabs = [self.begin(url) for url in urls]
        for tab in tabs:
            tab.wait_until_loaded()
        return tabs

    def begin(self, url: str, *, scripts: bool = False) -> Tab:
        """Begin to load a URL in a tab of its own and return at once."""
        tab = Tab(self, scripts=scripts)
        tab.navigate(url)
        return tab

    def difference(self, one: bytes, other: bytes, *, tolerance: int, rows: int | None = None) -> float:
        """Return the share of pixels, from 0 to 1, that differ between two PNG images; 1 if their sizes differ.

        Args:
            one: An image.
            other: An image.
            tolerance: The largest difference of a channel, of 255, that counts as equal.
            rows: The number of rows at the top that are compared; None for all.
        """
        tab = Tab(self, scripts=True)
        images = [json.dumps(base64.b64encode(png).decode()) for png in (one, other)]
        share = tab.evaluate(f"{_DIFFERENT}({images[0]}, {images[1]}, {tolerance}, {json.dumps(rows)})")
        tab.close()
        return float(share)

    def call(self, method: str, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        """Call a method of the protocol and return its result."""
        self._last_id += 1
        message: dict[str, Any] = {"id": self._last_id, "method": method, "params": parameters}
        if session is not None:
            message["sessionId"] = session
        _write_all(self._write, json.dumps(message).encode() + b"\0")
        answer = self._wait(lambda received: received.get("id") == message["id"])
        if "error" in answer:
            raise AssertionError(f"{method}: {answer['error']}")
        result: dict[str, Any] = answer["result"]
        return result

    def event(self, method: str, session: str, matches: Callable[[Mapping[str, Any]], bool]) -> None:
        """Wait for an event of a tab, or return at once if it was already received."""

        def is_it(received: Mapping[str, Any]) -> bool:
            same = received.get("method") == method and received.get("sessionId") == session
            return same and matches(received["params"])

        if not any(map(is_it, self._events)):
            self._wait(is_it)

    def events(self, method: str, session: str) -> list[Mapping[str, Any]]:
        """Return the parameters of the events of a tab that were received so far."""
        return [
            event["params"] for event in self._events if event["method"] == method and event.get("sessionId") == session
        ]

    def _wait(self, matches: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            while b"\0" not in self._buffer:
                if not select.select([self._read], [], [], max(0, deadline - time.monotonic()))[0]:
                    raise TimeoutError("Chromium did not answer")
                arrived = os.read(self._read, 1 << 20)
                if not arrived:
                    raise AssertionError("Chromium ended")
                self._buffer += arrived
            text, _, self._buffer = self._buffer.partition(b"\0")
            received: dict[str, Any] = json.loads(text)
            if "method" in received:
                self._events.append(received)
            if matches(received):
                return received


class Tab:
    """A tab of a browser."""

    def __init__(self, browser: Chromium, *, scripts: bool) -> None:
        self._browser = browser
        self._target: str = browser.call("Target.createTarget", url="about:blank")["targetId"]
        self._session: str = browser.call("Target.attachToTarget", targetId=self._target, flatten=True)["sessionId"]
        self._loader: str | None = ""
        self._scripts = scripts
        if scripts:
            self._call("Runtime.enable")
            self._call("Debugger.enable")
        else:
            self._call("Emulation.setScriptExecutionDisabled", value=True)
        self._call("Emulation.setDeviceMetricsOverride", width=WIDTH, height=HEIGHT, deviceScaleFactor=1, mobile=False)
        self._call("Page.enable")
        self._call("Page.setLifecycleEventsEnabled", enabled=True)

    def navigate(self, url: str) -> None:
        """Begin to load a page; a download is none, and leaves the tab empty."""
        self._earlier = {event["loaderId"] for event in self._browser.events("Page.lifecycleEvent", self._session)}
        answer = self._call("Page.navigate", url=url)
        assert answer.get("errorText", _DOWNLOAD) == _DOWNLOAD, (url, answer["errorText"])
        self._loader = None if "errorText" in answer else answer["loaderId"]

    def wait_until_loaded(self) -> None:
        """Return when the page is loaded and nothing was requested for half a second. A tab in the background may not get there."""
        self._wait_for("load", "networkIdle")

    def wait_until_painted(self) -> None:
        """Return when the page is loaded and was painted, at which its background images are requested."""
        self._wait_for("load")
        self._call("Page.captureScreenshot", clip={"x": 0, "y": 0, "width": 1, "height": 1, "scale": 1})

    def _wait_for(self, *names: str) -> None:
        self._call("Page.bringToFront")
        for name in names if self._loader is not None else ():
            self._browser.event(
                "Page.lifecycleEvent",
                self._session,
                lambda event, name=name: event["name"] == name and self._is_shown(event),
            )

    def _is_shown(self, event: Mapping[str, Any]) -> bool:
        """Return whether an event is about the page that was navigated to, or one that it led to by a script or a Refresh field."""
        if not self._scripts:
            return bool(event["loaderId"] == self._loader)
        return event["frameId"] == self._target and event["loaderId"] not in self._earlier

    def screenshot(self) -> bytes:
        """Return a PNG image of what the window shows, once it is the same twice."""
        self._call("Page.bringToFront")
        clip = {"x": 0, "y": 0, "width": WIDTH, "height": HEIGHT, "scale": 1}
        last = ""
        for _ in range(_SCREENSHOTS):
            shown = self._call("Page.captureScreenshot", format="png", clip=clip)["data"]
            if shown == last:
                break
            last = shown
        return base64.b64decode(last)

    def evaluate(self, expression: str) -> Any:
        """Return the value of an expression, also where scripts of the page are off."""
        answer = self._call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def scripts(self) -> list[str]:
        """Return the URLs of the scripts of the page and its frames that were compiled so far, handlers and javascript: URLs included."""
        return [str(event["url"]) for event in self._browser.events("Debugger.scriptParsed", self._session)]

    def logged(self) -> list[list[Any]]:
        """Return the arguments of each call of a function of `console` by the page or its frames so far."""
        calls = self._browser.events("Runtime.consoleAPICalled", self._session)
        return [[argument.get("value") for argument in call["args"]] for call in calls]

    def click(self, selector: str) -> None:
        """Click each element of the page that a selector matches; "" matches none. What that begins goes on after the return."""
        if selector:
            click = "e => e.dispatchEvent(new MouseEvent('click', {bubbles: true, cancelable: true}))"
            self.evaluate(f"document.querySelectorAll({json.dumps(selector)}).forEach({click})")

    def close(self) -> None:
        self._browser.call("Target.closeTarget", targetId=self._target)

    def _call(self, method: str, **parameters: Any) -> dict[str, Any]:
        return self._browser.call(method, self._session, **parameters)


def _write_all(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]
