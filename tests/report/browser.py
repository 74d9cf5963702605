#!/usr/bin/env python3
"""browser.py [OPTION...] PAGE [STEP...]: opens PAGE, a file, in headless Chromium and takes steps.

A STEP is JavaScript, whose value is printed as a line of JSON; or "@key NAME", a key pressed; or
"@type TEXT", text typed into what has the focus.

--width N, --height N, --scheme light|dark, --media print: what the page finds.
--screenshot FILE: the page's top, --width by --height, once the steps are taken.
--pdf FILE: the page, printed.
--complaints: what the console is told is no failure.

Exit 1 where the console was told anything, an error happened, or anything but PAGE was asked for.
DevTools' protocol by a pipe: no port, no driver.
"""
import argparse
import base64
import json
import os
import pathlib
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time

PATIENCE = 60
KEYS = {"Enter": ("Enter", 13, "\r"), "Tab": ("Tab", 9, ""), "Space": (" ", 32, " ")}


class Browser:
    def __init__(self, profile):
        to_read, self.to = os.pipe()
        self.source, from_write = os.pipe()
        command = [
            find(), "--headless", "--remote-debugging-pipe", f"--user-data-dir={profile}",
            "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-extensions",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--hide-scrollbars", "--host-resolver-rules=MAP * ~NOTFOUND",
            "--no-sandbox",  # root has none, nor have containers; the page is ours
        ]

        def take_pipes():  # Chromium reads from 3 and writes to 4.
            read, write = os.dup(to_read), os.dup(from_write)
            while min(read, write) < 5:
                read, write = os.dup(read), os.dup(write)
            os.dup2(read, 3)
            os.dup2(write, 4)

        # The wrapper of Debian's makes directories in HOME.
        self.process = subprocess.Popen(
            command, preexec_fn=take_pipes, close_fds=False, start_new_session=True,
            env={**os.environ, "HOME": profile}, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_read)
        os.close(from_write)
        self.rest = b""
        self.number = 0
        self.session = None
        self.events = []

    def receive(self):
        deadline = time.monotonic() + PATIENCE
        while b"\0" not in self.rest:
            ready = select.select([self.source], [], [], max(0, deadline - time.monotonic()))[0]
            piece = os.read(self.source, 1 << 20) if ready else b""
            if not piece:
                raise SystemExit("browser.py: Chromium does not answer")
            self.rest += piece
        message, self.rest = self.rest.split(b"\0", 1)
        return json.loads(message)

    def ask(self, method, **params):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.receive()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise SystemExit(f"browser.py: {method}: {answer['error']['message']}")
                return answer["result"]
            self.events.append(answer)

    def await_event(self, method):
        while not any(event.get("method") == method for event in self.events):
            self.events.append(self.receive())

    def end(self):
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()


def find():
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if shutil.which(name):
            return name
    raise SystemExit("browser.py: no chromium")


def set_up(browser, options):
    target = browser.ask("Target.createTarget", url="about:blank")["targetId"]
    browser.session = browser.ask("Target.attachToTarget", targetId=target,
                                  flatten=True)["sessionId"]
    for domain in ("Page", "Runtime", "Log", "Network"):
        browser.ask(f"{domain}.enable")
    browser.ask("Emulation.setDeviceMetricsOverride", width=options.width, height=options.height,
                deviceScaleFactor=1, mobile=options.width < 600)
    browser.ask("Emulation.setEmulatedMedia", media=options.media,
                features=[{"name": "prefers-color-scheme", "value": options.scheme}])


def take(browser, step):
    if step.startswith("@type "):
        browser.ask("Input.insertText", text=step[6:])
    elif step.startswith("@key "):
        key, code, text = KEYS[step[5:]]
        about = {"key": key, "code": step[5:], "windowsVirtualKeyCode": code}
        browser.ask("Input.dispatchKeyEvent", type="keyDown", text=text, **about)
        browser.ask("Input.dispatchKeyEvent", type="keyUp", **about)
    else:
        result = browser.ask("Runtime.evaluate", expression=step, awaitPromise=True,
                             returnByValue=True)
        if "exceptionDetails" in result:
            raise SystemExit(f"browser.py: {step}: {result['exceptionDetails']}")
        print(json.dumps(result["result"].get("value"), ensure_ascii=False, separators=(",", ":")))


def complaints(events):
    for event in events:
        method, params = event.get("method"), event.get("params", {})
        if method == "Log.entryAdded":
            yield f"{params['entry']['level']}: {params['entry']['text']}"
        elif method in ("Runtime.consoleAPICalled", "Runtime.exceptionThrown"):
            yield f"{method}: {json.dumps(params)[:500]}"


def requests(events, page):
    """What was sent: not what the page's policy stopped before."""
    stopped = {event["params"]["requestId"] for event in events
               if event.get("method") == "Network.loadingFailed"
               and event["params"].get("blockedReason") == "csp"}
    for event in events:
        if event.get("method") == "Network.requestWillBeSent":
            url = event["params"]["request"]["url"]
            if (url != page and not url.startswith("data:")
                    and event["params"]["requestId"] not in stopped):
                yield url


def run(browser, options):
    page = pathlib.Path(options.page).resolve().as_uri()
    set_up(browser, options)
    browser.ask("Page.navigate", url=page)
    browser.await_event("Page.loadEventFired")
    for step in options.steps:
        take(browser, step)
    if options.screenshot:
        shot = browser.ask("Page.captureScreenshot", format="png")["data"]
        pathlib.Path(options.screenshot).write_bytes(base64.b64decode(shot))
    if options.pdf:
        pdf = browser.ask("Page.printToPDF", printBackground=False, paperWidth=8.27,
                          paperHeight=11.69)["data"]
        pathlib.Path(options.pdf).write_bytes(base64.b64decode(pdf))
    said = [] if options.complaints else list(complaints(browser.events))
    said += [f"asked for {url}" for url in requests(browser.events, page)]
    for line in said:
        print(f"browser.py: {line}", file=sys.stderr)
    return 1 if said else 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--width", type=int, default=1200)
    parser.add_argument("--height", type=int, default=800)
    parser.add_argument("--scheme", default="light")
    parser.add_argument("--media", default="")
    parser.add_argument("--screenshot")
    parser.add_argument("--pdf")
    parser.add_argument("--complaints", action="store_true")
    parser.add_argument("page")
    parser.add_argument("steps", nargs="*")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = Browser(profile)
        try:
            return run(browser, options)
        finally:
            browser.end()


sys.exit(main())
