"""The documents that the tests of the Markdown structure run over: (name, bytes)."""
import glob
import os

HERE = os.path.dirname(os.path.abspath(__file__))

# What a text file with one document after the other cannot hold.
ODD = {
    'no line end': b'words',
    'empty': b'',
    'only line ends': b'\n\n\n',
    'carriage returns': b'# One\r\n\r\n- two\r\n  three\r\n\r\n```sh\r\nls\r\n```\r\n\r\n| a | b |\r\n|---|---|\r\n| 1 | 2 |\r\n',
    'carriage returns and a hard break': b'one  \r\ntwo\\\r\nthree\r\n',
    'byte-order mark': b'\xef\xbb\xbf# One\n\n- two\n',
    'byte-order mark before front matter': b'\xef\xbb\xbf---\ntitle: x\n---\n# One\n',
    'tab behind a mark': b'-\tone\n-\ttwo\n',
    'tab behind a number': b'1.\tone\n\n\tmore of one\n2.\ttwo\n',
    'tab before an item': b'- one\n\t- two\n\t\t- three\n',
    'tab before code': b'words\n\n\tls\n\tpwd\n',
    'tab before a fence in an item': b'1. one\n\n\t```sh\n\tls\n\t```\n2. two\n',
    'tab in a heading': b'#\tOne\n##\tTwo\t##\n',
    'tab in a table': b'|\ta\t|\tb\t|\n|---|---|\n|\t1\t|\t2\t|\n',
    'tab in a quote': b'>\tone\n> \ttwo\n',
    'tab in words': b'one\ttwo\n',
    'tabs of a rule': b'*\t*\t*\t\n',
    'hard blank before a mark': b'\xc2\xa0- one\n\xc2\xa0# two\n',
    'hard blank behind a mark': b'-\xc2\xa0one\n#\xc2\xa0two\n',
    'hard blanks in words': b'Response time:\xc2\xa015\xc2\xa0minutes\n',
    'wide blank': b'\xe3\x80\x80one\xe3\x80\x80two\n',
    'blank of no width': b'one\xe2\x80\x8btwo\n',
    'line separator': b'one\xe2\x80\xa8two\n',
    'joined letters': 'e\u0301 \U0001f469\u200d\U0001f692 \U0001f1ee\U0001f1ea\n'.encode(),
    'right to left': '# \u0645\u0631\u062d\u0628\u0627\n\n- \u05e9\u05dc\u05d5\u05dd\n'.encode(),
    'emoji of keys': '1\ufe0f\u20e3 one\n2\ufe0f\u20e3 two\n'.encode(),
    'emoji before bold': '\U0001f6a8 **One** two\n- \u2705 **three**\n'.encode(),
    'mis-encoded emoji': '## \u00fc\u00f6\u00ae Incidents\n\n- \u00fc\u00ee\u00eb one\n'.encode(),
    'mis-encoded dash': 'one \u00e2\u0080\u0093 two\n'.encode(),
    'letters for private use': '\ue000 one\n'.encode(),
    'thirty quotes': b'> ' * 30 + b'one\n',
    'nested twenty deep': b''.join(b'  ' * n + b'- item\n' for n in range(20)),
    'long line': b'word ' * 4000 + b'\n',
    'long table': b'| a | b |\n|---|---|\n' + b'| 1 | 2 |\n' * 500,
    'many stars': b'*' * 200 + b' one ' + b'_' * 200 + b'\n',
    'many brackets': b'[' * 60 + b'one' + b']' * 60 + b'\n',
}


def examples():
    """Our own, each after a line "%% name" """
    for path in sorted(glob.glob(os.path.join(HERE, 'markdown', '*.txt'))):
        with open(path, encoding='utf-8', newline='') as opened:
            parts = opened.read().split('%% ')
        for part in parts[1:]:
            name, _, text = part.partition('\n')
            yield f'{os.path.basename(path)[:-4]}: {name}', text.encode()
    for name, text in ODD.items():
        yield f'odd: {name}', text


def files(root, *patterns):
    for pattern in patterns:
        for path in sorted(glob.glob(os.path.join(root, pattern))):
            with open(path, 'rb') as opened:
                yield os.path.relpath(path, root), opened.read()


def ours(root):
    """The documents of the project itself"""
    return files(root, 'examples/acme/RUNBOOK.md', 'tests/fixtures/runbooks/*.md', '*.md', 'docs/*.md', 'docs/decisions/*.md')


def theirs(root):
    """Runbooks of others, where they are"""
    return files(root, '../shared/runbooks/*.md', '../shared/corpus/*.md')
