# browser.py - a headless Chromium driven over its debugging pipe, with Python's standard library.
#
# Promises: the browser and its folder are gone when the context ends. Refuses: everything but what
# the tests of the page need: open, evaluate, press keys, set the width.
import json
import os
import shutil
import subprocess
import tempfile

KEYS = {"Enter": (13, "\r"), "Escape": (27, ""), "Tab": (9, ""), " ": (32, " ")}


def program():
    """The Chromium that is installed, or None."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


class Browser:
    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        to_browser, self.write_fd = os.pipe()
        self.read_fd, from_browser = os.pipe()

        def place_pipes():
            high = [os.dup(to_browser), os.dup(from_browser)]  # 3 and 4 may be either of them
            os.dup2(high[0], 3)
            os.dup2(high[1], 4)

        self.process = subprocess.Popen(
            [program(), "--headless=new", "--remote-debugging-pipe", "--disable-gpu",
             "--no-first-run", *(["--no-sandbox"] if os.geteuid() == 0 else []),
             f"--user-data-dir={self.folder.name}", "about:blank"],
            preexec_fn=place_pipes, close_fds=False, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_browser)
        os.close(from_browser)
        self.number = 0
        self.buffer = b""
        self.session = None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target,
                                 flatten=True)["sessionId"]
        self.problems = []
        self.call("Runtime.enable")
        self.call("Log.enable")
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait(20)
        os.close(self.write_fd)
        os.close(self.read_fd)
        self.folder.cleanup()

    def call(self, method, **params):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.write_fd, json.dumps(message).encode() + b"\0")
        while True:
            while b"\0" not in self.buffer:
                part = os.read(self.read_fd, 1 << 20)
                assert part, "the browser ended"
                self.buffer += part
            line, self.buffer = self.buffer.split(b"\0", 1)
            answer = json.loads(line)
            if answer.get("method") == "Runtime.exceptionThrown":
                self.problems.append(json.dumps(answer["params"]["exceptionDetails"])[:400])
            elif answer.get("method") == "Log.entryAdded" and \
                    "Content Security Policy" in answer["params"]["entry"]["text"]:
                self.problems.append(answer["params"]["entry"]["text"])
            elif answer.get("id") == self.number:
                assert "error" not in answer, (method, answer)
                return answer["result"]

    def open(self, url):
        self.call("Page.navigate", url=url)

    def value(self, expression):
        """What the expression gives in the page; promises are awaited."""
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True,
                           awaitPromise=True)
        assert "exceptionDetails" not in result, (expression, result["exceptionDetails"])
        return result["result"].get("value")

    def press(self, key):
        code, text = KEYS.get(key) or (ord(key.upper()), key)
        common = {"key": key, "code": key, "windowsVirtualKeyCode": code}
        self.call("Input.dispatchKeyEvent", type="keyDown", text=text, **common)
        self.call("Input.dispatchKeyEvent", type="keyUp", **common)

    def type(self, words):
        self.call("Input.insertText", text=words)

    def size(self, width, height):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height,
                  deviceScaleFactor=1, mobile=False)
