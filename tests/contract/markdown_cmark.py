"""What the other Markdown library makes of a document, in the form of Reeve's outline.

cmark-gfm says the tree as XML with places; here the tree becomes the same flat list of blocks that runbook/outline.h
promises: headings, paragraphs cut at hard breaks and at <br>, rows with their cells, code by its lines, HTML. As there, code
keeps its backticks, items are numbered on from the number of the first one, hard blanks are blanks, tags of HTML are gone
and placeholders are not, marks of footnotes are gone, and what has no words is no block."""
import re
import subprocess
import xml.etree.ElementTree
from typing import NamedTuple

NAMESPACE = '{http://commonmark.org/xml/1.0}'
BLANKS = ' \t\r\n'
COMMAND = ['cmark-gfm', '--to', 'xml', '--sourcepos', '-e', 'table', '-e', 'tasklist', '-e', 'strikethrough']


class Block(NamedTuple):
    kind: str
    line: int
    last_line: int
    level: int = 0
    in_list: int = 0
    ordered: int = 0
    number: int = 0
    box: int = 0
    first_in_item: int = 0
    bold: int = 0
    parent: int = 0  # line of the enclosing item's words
    head: int = 0    # line of the table's head
    fenced: int = 0
    language: str = ''
    text: str = ''
    cells: tuple = ()


# The tags that the documents here have; the reader knows more.
TAGS = ('a', 'b', 'br', 'code', 'em', 'kbd', 'span', 'sub', 'video')
BLOCK_TAGS = ('source', 'table', 'title')
FENCE = re.compile(r'`{3,}[^`]*$|~{3,}')


class Item:
    """A list item that the walk is inside of"""

    def __init__(self, ordered, number, box):
        self.ordered, self.number, self.box = ordered, number, box
        self.words = 0  # line of its words


class Spans:
    """The words of a block: parts between hard breaks, each with its lines and how much of it is bold"""

    def __init__(self, line):
        self.line = line
        self.parts = []
        self.begin()

    def begin(self):
        self.text, self.bold, self.first, self.last = '', 0, 0, 0

    def end(self):
        text = re.sub(r'^(\[\^[^\]]*\]):|(?<!\w`)\[\^[^\]]*\](?=[^`]*(?:`[^`]*`[^`]*)*$)', '', self.text.strip(BLANKS)).strip(BLANKS)
        if text:
            self.parts.append((text, self.first, self.last, int(self.bold > 0 and self.bold >= len(text))))
        self.begin()

    def add(self, text, strong):
        if text.strip(BLANKS) or self.first:
            self.first = self.first or self.line
            self.last = self.line
        self.text += text
        self.bold += len(text) if strong else 0

    def tag(self, said, strong):
        """What a tag does to the words; one that is none of HTML is a placeholder"""
        name = re.match(r'<(/?)([A-Za-z0-9]+)(?=[\s/>])|<[!?]', said)
        known = name and (not name[2] or name[2] in TAGS or (name[2] in BLOCK_TAGS and (name[1] or ' ' in said)))
        if not known:
            self.add(said, strong)
            return
        if self.first:
            self.last = self.line
        if name[2] == 'br':
            self.end()
        elif name[2] in ('code', 'kbd'):
            self.add('`', strong)

    def walk(self, node, strong=False):
        for child in node:
            tag = child.tag.removeprefix(NAMESPACE)
            said = child.text or ''
            if tag == 'linebreak':
                self.end()
                self.line += 1
            elif tag == 'softbreak':
                self.text += ' '
                self.bold += strong
                self.line += 1
            elif tag == 'code':
                self.add('`' + said + '`', strong)
                first, last = map(int, re.findall(r'(\d+):', child.get('sourcepos', '0:0-0:0')))
                self.line += last - first
                self.last = self.line
            elif tag == 'html_inline':
                self.tag(said, strong)
                self.line += said.count('\n')
            elif tag == 'text':
                self.add(said.replace('\u00a0', ' '), strong)
            elif tag == 'link' and ''.join(child.itertext()).strip().startswith('^'):
                pass  # the mark of a footnote that is only an address
            else:
                self.walk(child, strong or tag == 'strong')


def lines_of(text):
    return text.decode('utf-8').removeprefix('\ufeff').replace('\r\n', '\n').split('\n')


class Walk:
    def __init__(self, text):
        self.lines = lines_of(text)
        self.blocks = []
        self.items = []

    def emit(self, kind, first, last, **more):
        place = {}
        for item in reversed(self.items):
            if not place:
                place = {'in_list': 1, 'ordered': int(item.ordered), 'number': item.number}
                if not item.words and kind == 'text':
                    place.update(box=int(item.box), first_in_item=1)
                    item.words = first
                    continue
            if item.words:
                place['parent'] = item.words
                break
        self.blocks.append(Block(kind, first, last, **place, **more))

    def words(self, kind, node, first, **more):
        spans = Spans(first)
        spans.walk(node)
        spans.end()
        for text, begin, end, bold in spans.parts:
            self.emit(kind, begin, end, text=text, bold=bold, **more)

    def code(self, node, first):
        content = (node.text or '').split('\n')
        while content and not content[-1].strip():
            content.pop()
        column = int(node.get('sourcepos').split('-')[0].split(':')[1])
        # The tree does not say which: an indented block begins with its own first line, a fence with its mark.
        fenced = bool(FENCE.match(self.lines[first - 1][column - 1:])) and \
            (node.text or '').split('\n')[0] != self.lines[first - 1][column - 1:]
        begin = first + fenced
        language = re.match(r'[A-Za-z0-9+-]*', node.get('info', '')).group().lower()
        if content:
            self.emit('code', begin, begin + len(content) - 1, fenced=int(fenced), language=language)

    def table(self, node, first):
        head = 0
        for row in node:
            line = int(row.get('sourcepos').split(':')[0])
            cells = []
            for cell in row:
                spans = Spans(line)
                spans.walk(cell)
                spans.end()
                cells.append(' '.join(part[0] for part in spans.parts))
            if row.tag.endswith('table_header'):
                head = line = self.head_line(line)
                self.emit('head', line, line, cells=tuple(cells))
            else:
                if any(cells):
                    self.emit('row', line, line, cells=tuple(cells), head=head)

    def head_line(self, line):
        """cmark-gfm gives a table behind a paragraph the paragraph's line: its head is above the first line of dashes"""
        while line < len(self.lines) and not re.fullmatch(r'[\s>|:-]*-[\s|:-]*', self.lines[line]):
            line += 1
        return line

    def walk(self, node):
        for child in node:
            tag = child.tag.removeprefix(NAMESPACE)
            first, last = (int(part.split(':')[0]) for part in (child.get('sourcepos') or '0:0-0:0').split('-'))
            if tag == 'list':
                ordered = child.get('type') == 'ordered'
                start = int(child.get('start', '1'))
                for number, item in enumerate(child, start if 1 < start < 1000 else 1):
                    self.items.append(Item(ordered, number, item.tag.endswith('tasklist')))
                    self.walk(item)
                    self.items.pop()
            elif tag == 'heading':
                self.words('heading', child, first, level=int(child.get('level')))
            elif tag == 'paragraph':
                if not first:  # a paragraph cut off a table: it begins where the table says it does
                    table = list(node)[list(node).index(child) + 1]
                    first = int(table.get('sourcepos').split(':')[0])
                self.words('text', child, first)
            elif tag == 'code_block':
                self.code(child, first)
            elif tag == 'html_block':
                text = (child.text or '').rstrip()
                self.emit('html', first, first + text.count('\n'), text=text.strip())
            elif tag == 'table':
                self.table(child, first)
            elif tag == 'block_quote':
                self.walk(child)


def read(text):
    """The blocks of a document by cmark-gfm"""
    done = subprocess.run(COMMAND, input=text, stdout=subprocess.PIPE, check=True)
    # XML 1.0 has no control characters; cmark-gfm writes those of the text as they are.
    said = re.sub(r'[\x00-\x08\x0b\x0c\x0e-\x1f]', '\ufffd', done.stdout.decode('utf-8'))
    walk = Walk(text)
    walk.walk(xml.etree.ElementTree.fromstring(said))
    return walk.blocks
