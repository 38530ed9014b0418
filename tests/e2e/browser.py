# browser.py - a headless Chromium driven over its debugging pipe, with Python's standard library.
#
# Promises: the browser and its folder are gone when the context ends. Refuses: everything but what
# the tests of the page need: open, evaluate, press keys, click, set the width, take pictures.
import base64
import copy
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
        self.pipe = {"number": 0, "buffer": b""}  # shared by all windows
        self.problems = []
        self.attach()
        return self

    def attach(self, **options):
        """Opens a window and speaks to it from now on."""
        self.session = None
        target = self.call("Target.createTarget", url="about:blank", **options)["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target,
                                 flatten=True)["sessionId"]
        self.call("Runtime.enable")
        self.call("Log.enable")

    def other(self):
        """A window of somebody else: with cookies of its own. It ends with the first."""
        one = copy.copy(self)
        one.session = None
        context = one.call("Target.createBrowserContext")["browserContextId"]
        one.attach(browserContextId=context)
        return one

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait(20)
        os.close(self.write_fd)
        os.close(self.read_fd)
        self.folder.cleanup()

    def call(self, method, **params):
        self.pipe["number"] += 1
        message = {"id": self.pipe["number"], "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.write_fd, json.dumps(message).encode() + b"\0")
        while True:
            while b"\0" not in self.pipe["buffer"]:
                part = os.read(self.read_fd, 1 << 20)
                assert part, "the browser ended"
                self.pipe["buffer"] += part
            line, self.pipe["buffer"] = self.pipe["buffer"].split(b"\0", 1)
            answer = json.loads(line)
            if answer.get("method") == "Runtime.exceptionThrown":
                self.problems.append(json.dumps(answer["params"]["exceptionDetails"])[:400])
            elif answer.get("method") == "Log.entryAdded" and \
                    "Content Security Policy" in answer["params"]["entry"]["text"]:
                self.problems.append(answer["params"]["entry"]["text"])
            elif answer.get("id") == self.pipe["number"]:
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

    def click(self, selector):
        """With the mouse, in the middle of the first such element."""
        place = self.value(f"""(() => {{
            const one = document.querySelector({json.dumps(selector)});
            one.scrollIntoView({{block: "center"}});
            const box = one.getBoundingClientRect();
            return [box.x + box.width / 2, box.y + box.height / 2];
        }})()""")
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=place[0], y=place[1], button="left",
                      clickCount=1)

    def picture(self, path):
        """The whole page as a PNG, from its top."""
        place = self.value("scrollY")
        self.value("scrollTo(0, 0)")
        shot = self.call("Page.captureScreenshot", captureBeyondViewport=True)
        with open(path, "wb") as file:
            file.write(base64.b64decode(shot["data"]))
        self.value(f"scrollTo(0, {place})")

    def print(self, path):
        """The page as it is printed, as a PDF."""
        pdf = base64.b64decode(self.call("Page.printToPDF", printBackground=False)["data"])
        with open(path, "wb") as file:
            file.write(pdf)
        return pdf
