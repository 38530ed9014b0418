# html_tree.py - a page's HTML as a tree that tests ask for an element by id, tag or class.
#
# Promises: text() is what people read, blanks run together. Refuses HTML that closes what is not
# open, and two elements with one id.
import html.parser

EMPTY = {"meta", "link", "input", "br", "hr", "img"}
CLOSED_BY_ITSELF = {"li", "p", "dt", "dd", "tr", "td", "th", "option"}


class Element:
    def __init__(self, tag, attributes, parent):
        self.tag, self.attributes, self.parent = tag, dict(attributes), parent
        self.children = []

    def text(self):
        words = [one if isinstance(one, str) else one.text() for one in self.children]
        return " ".join(" ".join(words).split())

    def walk(self):
        for child in self.children:
            if isinstance(child, Element):
                yield child
                yield from child.walk()

    def find_all(self, tag=None, name=None, **attributes):
        """Elements below with this tag, this class and these attributes."""
        return [one for one in self.walk()
                if tag in (None, one.tag)
                and (name is None or name in (one.attributes.get("class") or "").split())
                and all(one.attributes.get(key) == value for key, value in attributes.items())]

    def get(self, tag=None, name=None, **attributes):
        """The one such element; an AssertionError when there is none or more than one."""
        found = self.find_all(tag, name, **attributes)
        wanted = (tag, name, attributes)
        assert len(found) == 1, f"{len(found)} elements are {wanted} in: {self.text()[:2000]}"
        return found[0]


class Builder(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.root = self.at = Element("document", {}, None)
        self.ids = set()

    def handle_starttag(self, tag, attributes):
        element = Element(tag, attributes, self.at)
        self.at.children.append(element)
        key = element.attributes.get("id")
        assert key is None or key not in self.ids, f"two elements have the id {key}"
        self.ids.add(key)
        if tag not in EMPTY:
            self.at = element

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in EMPTY:
            self.at = self.at.parent

    def handle_endtag(self, tag):
        while self.at.tag != tag and self.at.tag in CLOSED_BY_ITSELF:
            self.at = self.at.parent
        assert self.at.tag == tag, f"</{tag}> closes <{self.at.tag}>"
        self.at = self.at.parent

    def handle_data(self, data):
        self.at.children.append(data)


def read(text):
    """The document of an HTML text."""
    builder = Builder()
    builder.feed(text)
    builder.close()
    return builder.root
