"""The differences between Reeve's outline and the other library's reading that are meant or known, each with its reason.

REPAIRS do to a source what runbook/repair.c does (docs/decisions/0010), said once more in another way: after them the other
library must read the same blocks. KNOWN are differences that stay; each says of two runs of blocks whether it explains them."""
import re

FENCE = re.compile(r'^([\s>]*(?:(?:[-*+]|\d{1,9}[.)])\s+)*)(`{3,}(?=[^`]*$)|~{3,})\s*(.*)$')
ITEM = re.compile(r'^( *)([-*+]|\d{1,9}[.)])( +)\S')
SEPARATOR = re.compile(r'^[\s>]*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$')


def columns_before(lines, at):
    """Column of the words of the item that a line stands in, or 0"""
    indent = len(lines[at][0]) - len(lines[at][0].lstrip(' '))
    for line, _ in reversed(lines[:at]):
        item = ITEM.match(line)
        if item and len(item[1]) < indent:
            return item.end() - 1
        if line.strip() and not line.startswith(' '):
            break
    return 0


def outside(lines):
    """Says of each line whether it stands outside of fences and comments"""
    fence, comment = '', False
    for line, _ in lines:
        mark = FENCE.match(line)
        if fence:
            yield False
            if mark and mark[2].startswith(fence) and not mark[3] and not mark[1].strip('> \t'):
                fence = ''
        elif comment or line.lstrip().startswith('<!--'):
            comment = '-->' not in line
            yield False
        else:
            fence = mark[2] if mark else ''
            yield not mark
            continue


def front_matter(lines):
    """Front matter is no text of the runbook: it is left out"""
    ends = {'---': ('---', '...'), '+++': ('+++',)}.get(lines[0][0].strip(), ())
    for end in range(2, len(lines)):
        if lines[end][0].strip() in ends:
            return [('', origin) for _, origin in lines[:end + 1]] + lines[end + 1:]
    return lines


def boxes(lines):
    """"!!! note" and what is indented below it: the mark is a line of its own, the words are no code"""
    out, column = [], -1
    for (line, origin), free in zip(lines, outside(lines)):
        mark = re.match(r'( *)(!!!|\?\?\?\+?) [A-Za-z-]+( "[^"]*")?\s*$', line) if free else None
        if mark:
            out += [('', 0), (line, origin), ('', 0)]
            column = len(mark[1])
        elif column >= 0 and line.strip() and len(line.expandtabs(4)) - len(line.expandtabs(4).lstrip()) < column + 4:
            out += [('', 0), (line, origin)]
            column = -1
        else:
            out.append((line[1:] if column >= 0 and line[:1] == '\t' else line[4:] if column >= 0 else line, origin))
    return out


def lines_alone(lines):
    """"[!NOTE]", ":::", tags of templates: each is a line of its own"""
    out = []
    for (line, origin), free in zip(lines, outside(lines)):
        mark = re.match(r'([\s>]*)(\[![A-Z]+\]|:::.*|\{%.*%\}|\{\{<.*>\}\})\s*$', line) if free else None
        out += [(mark[1], 0), (line, origin), (mark[1], 0)] if mark else [(line, origin)]
    return out


def headings(lines):
    """"##Deploy": a heading whose blank was forgotten"""
    return [(re.sub(r'^( {0,3}#{2,6})([^\W\d_]|[^\x00-\x7f])', r'\1 \2', line) if free else line, origin)
            for (line, origin), free in zip(lines, outside(lines))]


def list_marks(lines):
    """Bullets of other programs are bullets, "a." and digits in keys are numbers where they count"""
    out, last, column = [], 0, -1
    for at, ((line, origin), free) in enumerate(zip(lines, outside(lines))):
        indent, number = len(line) - len(line.lstrip(' ')), count_of(line)
        beyond = re.match(r'     *', line) and not any(ITEM.match(above) for above, _ in out)
        follows = [count_of(below) for below, _ in lines[at + 1:at + 21] if below.strip() and len(below) - len(below.lstrip(' ')) == indent]
        if not free or number is None or beyond:
            out.append((line, origin))
            continue
        if number == 0 or (number == last + 1 > 1 and indent == column) or (number == 1 and follows[:1] == [2]):
            line = re.sub(r'\S+', f'{number}.' if number else '-', line, count=1)
            last, column = number, indent
        out.append((line, origin))
    return out


def count_of(line):
    """The number that the mark of a list says, 0 for a bullet, None when there is none"""
    mark = re.match(r' *(?:([\u2022\u2023\u25e6\u25aa\u25cf\xb7])|(\d)\ufe0f?\u20e3|([a-z])[.)])[ \t]', line)
    return None if not mark else 0 if mark[1] else int(mark[2]) if mark[2] else ord(mark[3]) - 96


def nesting(lines):
    """An item two columns to the right of a number, yet not as far as its words, is meant to stand below it"""
    out, above = [], []  # above: (indent, column of the words, blanks put in, columns of the items that follow)
    for line, origin in lines:
        indent = len(line) - len(line.lstrip(' '))
        item = ITEM.match(line)
        if line.strip():
            while above and indent <= above[-1][0]:
                above.pop()
        pad = above[-1][2] if above else 0
        if item:
            left = above and above[-1][0] + 2 <= indent < above[-1][1]
            if left and (item[2] in '-*+' or item[2][:-1] == '1' or indent in above[-1][3]):
                pad += above[-1][1] - indent
                above[-1][3].add(indent)
            above.append((indent, item.end() - 1, pad, set()))
        out.append((' ' * pad + line if line.strip() else line, origin))
    return out


def fences(lines):
    """Lines of a fence that are indented less than its mark belong to it; its marks count however far they are indented"""
    out, fence, column, far = [], '', 0, 0
    for at, (line, origin) in enumerate(lines):
        mark = FENCE.match(line)
        if fence and far and not line[:far].strip():
            line = line[far:]
        if fence and '>' not in line[:column]:
            closes = mark and mark[2].startswith(fence) and not mark[3] and not mark[1].strip()
            line = ' ' * column + line.lstrip() if closes else ' ' * (column - len(line) + len(line.lstrip())) + line
            fence = '' if closes else fence
        elif fence:
            fence = '' if mark and mark[2].startswith(fence) and not mark[3] else fence
        elif mark:
            before = len(mark[1]) - columns_before(lines, at)
            far = before if before >= 4 and not mark[1].strip() else 0
            fence, column, line = mark[2], len(mark[1]) - far, line[far:]
        out.append((line, origin))
    return out


def tables(lines):
    """A table may follow an item without an empty line, its head decides how many columns it has, and words without a bar
    are no head"""
    out = list(lines)
    free = list(outside(lines))
    for at in range(len(lines) - 2, -1, -1):
        head, separator = lines[at][0], lines[at + 1][0]
        if free[at] and head.strip() and '|' not in head and '|' in separator.strip(' >|') and SEPARATOR.match(separator):
            out[at + 1] = ('', lines[at + 1][1])
        inside = at and SEPARATOR.match(lines[at - 1][0]) and '|' in lines[at - 1][0]
        if not (free[at] and '|' in head and '|' in separator and SEPARATOR.match(separator)) or SEPARATOR.match(head) or inside:
            continue
        if any(SEPARATOR.match(lines[k][0]) and '|' in lines[k][0] for k in rows_above(lines, at)):
            continue  # a row of a table
        quotes = re.match(r'[\s>]*', separator)[0]
        columns = len(re.sub(r'`[^`]*`|\\.', '', head).strip(' >').strip('|').split('|'))
        had = [cell.strip() for cell in separator[len(quotes):].strip().strip('|').split('|')]
        wide = (had + ['---'] * columns)[:columns]
        out[at + 1] = (quotes + '|' + '|'.join(wide) + '|', lines[at + 1][1])
        if at and lines[at - 1][0].strip('> ') and not ITEM.match(head):
            out.insert(at, (re.match(r'[\s>]*', head)[0].rstrip(' '), 0))
    return out


def rows_above(lines, at):
    while at and '|' in lines[at - 1][0]:
        at -= 1
        yield at


REPAIRS = [front_matter, boxes, lines_alone, headings, list_marks, nesting, fences, tables]


def place_behind_definition(ours, theirs, lines):
    """cmark-gfm counts a link's definition above a paragraph as the paragraph's first lines"""
    return len(ours) == len(theirs) == 1 and ours[0].kind == theirs[0].kind == 'text' and ours[0].line > theirs[0].line and \
        ours[0].text == theirs[0].text and re.match(r'\s*\[[^\]]+\]:', lines[theirs[0].line - 1]) is not None


def place_in_link(ours, theirs, lines):
    """cmark-gfm does not count line ends between the brackets and the target of a link"""
    return len(ours) == len(theirs) == 1 and ours[0] == theirs[0]._replace(last_line=theirs[0].last_line + 1) and \
        any(line.endswith('](') for line in lines[ours[0].line - 1:ours[0].last_line])


def tab_before_closing_marks(ours, theirs, lines):
    """A heading's closing marks behind a tab are words for md4c"""
    return len(ours) == len(theirs) == 1 and ours[0].kind == 'heading' and lines[ours[0].line - 1].rstrip('#').endswith('\t') and \
        ours[0].text.rstrip('#').rstrip() == theirs[0].text


def bar_in_code(ours, theirs, lines):
    """A bar inside of a code span parts no cells for md4c, which is what an author who forgot the backslash means"""
    return len(ours) == len(theirs) and all(a.kind == b.kind == 'row' and a.line == b.line for a, b in zip(ours, theirs)) and all(
        re.search(r'`[^`]*(?<!\\)\|[^`]*`', lines[a.line - 1]) for a in ours)


def tag_alone(ours, theirs, _):
    """For md4c a tag that stands alone on its line begins no block of HTML directly below an item's words or a table"""
    return all(a.kind in ('text', 'row') for a in ours) and any(
        b.kind == 'html' and re.match(r'</?(a|b|em|i|kbd|span|sub|sup|u)\b', b.text) for b in theirs)


def indented_row(ours, theirs, lines):
    """For md4c a row that is indented by four blanks still belongs to the table above it"""
    return len(ours) > 0 and len(theirs) == 1 and theirs[0].kind == 'code' and all(
        a.kind == 'row' and lines[a.line - 1].startswith('    ') for a in ours)


KNOWN = [tag_alone, indented_row, place_behind_definition, place_in_link, tab_before_closing_marks, bar_in_code]
