# keyboard.py - a page as somebody uses it who has no mouse.
import json


def focus(tab, selector):
    """Moves by the tabulator until the element has the focus, which has to be visible."""
    for _ in range(300):
        if tab.value(f"document.activeElement.matches({json.dumps(selector)})"):
            style = tab.value("getComputedStyle(document.activeElement).outlineStyle")
            assert style != "none", f"the focus on {selector} is not visible"
            return
        tab.press("Tab")
    raise AssertionError(f"{selector} cannot be reached by the keyboard")


def fill(tab, selector, words):
    """In place of what stands there."""
    focus(tab, selector)
    tab.value("document.activeElement.select()")
    tab.type(words)


def press(tab, selector, key="Enter"):
    focus(tab, selector)
    tab.press(key)
