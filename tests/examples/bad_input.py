#!/usr/bin/python3
"""bad_input.py REEVE - what a person types or names wrongly gets one clear sentence: on stderr, with the place and what
to do, the documented exit code, nothing on stdout, and never a crash. Runs as nobody when it is started by root."""
import os
import shutil
import subprocess
import sys
import tempfile

REEVE = os.path.abspath(sys.argv[1])
GOOD = 'runbook: RUNBOOK.md\nledger: reeve.db\n'
RUNBOOK = '# Ours\n\n### Severity Levels\n- **P1 (High)**: Bad\n  - Response time: 15 minutes\n'

# Command line, exit code, words that the sentence must have.
COMMAND_LINES = [
    (['chekc'], 2, ['"chekc" is no command', '"check"', 'reeve --help']),
    (['incident'], 2, ['is no command', '"incident" stands one of: list, show']),
    (['check', '--nope'], 2, ['"nope"', 'reeve check --help']),
    (['diff', 'a.md', 'b.md', 'c.md'], 2, ['does not take "c.md"', 'reeve diff --help']),
    (['check', '--json', '--sarif', 'a.md'], 2, ['three forms']),
    (['check', '--strict=perhaps'], 2, ['strict', 'true or false']),
    (['--config'], 2, ['--config needs a file']),
    (['incident', 'show'], 2, ['number is missing', 'For example: reeve incident show 1']),
    (['incident', 'show', 'first'], 2, ['whole number', '"first"']),
    (['incident', 'show', '0'], 2, ['between 1 and 1000000000']),
    (['incident', 'show', '9' * 30], 2, ['whole number']),
    (['incident', 'show', '7'], 2, ['no ledger yet', 'reeve serve']),
    (['incident', 'ack', '7'], 2, ['incident 7']),
    (['incident', 'declare'], 2, ['title is missing', 'For example:']),
    (['incident', 'declare', 'x'], 2, ['3 to 200 bytes']),
    (['incident', 'declare', 'y' * 201], 2, ['3 to 200 bytes', '201']),
    (['incident', 'declare', 'Down', '--severity', 'P9'], 2, ['no severity "P9"', 'P1']),
    (['incident', 'declare', 'Down', '--severity'], 2, ['--severity needs a value']),
    (['page', 'test', 'nobody-here'], 2, ['nobody-here']),
    (['explain'], 2, ['sentence is missing', 'For example:']),
    (['explain', 'Error rate', '> 5%', '--nope'], 2, ['no argument "nope"']),  # an option after words is an option
    (['explain', ''], 2, ['1 to 4096 bytes']),
    (['explain', 'x' * 5000], 2, ['1 to 4096 bytes', '5000']),
    (['explain', b'caf\xe9'], 2, ['not UTF-8 at byte 4']),
    (['ledger', 'show', '--last', 'all'], 2, ['whole number', '"all"']),
    (['ledger', 'show', '--last', '0'], 2, ['between 1 and 1000000']),
    (['ledger', 'backup'], 2, ['to is missing', 'For example:']),
    (['ledger', 'verify', '--file', 'none.db'], 2, ['none.db', 'No such file', 'give the path']),
    (['ledger', 'verify', '--file', 'binary.md'], 2, ['binary.md', 'not a ledger']),
    (['ledger', 'verify', '--file', 'folder'], 2, ['folder', 'give']),
    (['--config', 'none.yaml', 'status'], 2, ['none.yaml', 'No such file', 'give']),
]

# File given to check, exit code, words.
RUNBOOKS = [
    ('none.md', 2, ['none.md', 'No such file', 'give the path']),
    ('binary.md', 2, ['binary.md:1:2', 'NUL byte', 'Name a Markdown file']),
    ('latin.md', 2, ['latin.md:2:4', 'not valid UTF-8', 'Save the file as UTF-8']),
    ('huge.md', 2, ['huge.md', '104857600 bytes', 'give a shorter one']),
    ('unclosed.md', 2, ['unclosed.md:3:1', 'fence opened here is never closed', 'Add a line of ~~~~ where it ends']),
    ('quote.md', 2, ['quote.md:2:1', 'not closed before its quote ends', 'Add a line of > ```']),
    ('comment.md', 2, ['comment.md:3:1', 'comment opened here is never closed', 'Add -->']),
    ('folder', 2, ['folder', 'no *.md or *.markdown file in this folder']),
    ('closed.md', 2, ['closed.md', 'Permission denied', 'give the path']),
    ('loop.md', 2, ['loop.md', 'give the path']),
    ('pipe', 2, ['pipe', 'not a file']),
]

# A configuration, place, words.
CONFIGURATIONS = [
    ('runbok: RUNBOOK.md\n', ':1:1:', ['"runbok"', 'did you mean "runbook"']),
    (GOOD + 'ledger: other.db\n', ':3:1:', ['"ledger"', 'line 2 already', 'keep one']),
    (GOOD + 'listen: [1, 2]\n', ':3:', ['listen']),
    (GOOD + 'listen: 127.0.0.1\n', ':3:', ['port']),
    (GOOD + 'heartbeat: { to: "http://127.0.0.1:1/", every: soon }\n', ':3:48:', ['"soon"', 'length of time like 5 s']),
    (GOOD + 'targets: { name: shop }\n', ':3:', ['targets', 'list']),
    (GOOD + 'targets:\n  - { name: shop }\n', ':4:', ['url']),
    (GOOD + 'people: { ana: { email: nowhere } }\n', ':3:25:', ['"nowhere"', 'mail address like']),
    (GOOD + 'on_call: { primary: zoe }\n', ':3:', ['zoe']),
    (GOOD + 'smtp: { url: "smtp://h:25", from: a@b.example, password: hunter2 }\n', ':3:', ['env:']),
    (GOOD + 'a: [\n', ':', ['reeve.yaml']),
    (GOOD + 'people: &x { ana: *x }\n', ':3:', []),
    ('\0\1\2', 'reeve.yaml', []),
    ('ledger: caf\udce9\n', 'reeve.yaml', ['UTF-8']),
]
number = 0
bad = 0


def case(name, arguments, folder, code, words):
    global number, bad
    done = subprocess.run([REEVE, *arguments], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, timeout=30)
    out, said = done.stdout.decode('utf-8', 'replace'), done.stderr.decode('utf-8', 'replace')
    faults = []
    if done.returncode != code:
        faults.append(f'exit {done.returncode}, wanted {code}')
    if out:
        faults.append('something on stdout: ' + out)
    if not said.startswith('reeve: ') or said.count('\n') != 1 or not said.endswith(('.\n', '?\n')) and \
            'For example: ' not in said:
        faults.append('not one whole sentence')
    faults += [f'the sentence lacks: {word}' for word in words if word not in said]
    number += 1
    bad += bool(faults)
    print(('not ok' if faults else 'ok') + f' {number} - {name}')
    for line in (faults + [said] if faults else []):
        print('# ' + line.rstrip().replace('\n', '\n# '))


def short(word):
    text = word.decode('latin-1') if isinstance(word, bytes) else word
    return text if 0 < len(text) < 30 else f'({len(text)} bytes)'


def write(folder, name, data):
    with open(os.path.join(folder, name), 'wb') as file:
        file.write(data)


def prepare(folder):
    write(folder, 'reeve.yaml', GOOD.encode())
    write(folder, 'RUNBOOK.md', RUNBOOK.encode())
    write(folder, 'binary.md', b'x\0y\1')
    write(folder, 'latin.md', b'# Ours\ncaf\xe9\n')
    write(folder, 'huge.md', b'')
    os.truncate(os.path.join(folder, 'huge.md'), 100 * 1024 * 1024)
    write(folder, 'unclosed.md', b'# Ours\n\n~~~~sh\nls\n~~~\n## Alerts\n- Error rate > 5%\n')
    write(folder, 'quote.md', b'# Ours\n> ```sh\n> ls\n\n## Alerts\n')
    write(folder, 'comment.md', b'# Ours\n\n<!-- later\n\n## Alerts\n- Error rate > 5%\n')
    write(folder, 'closed.md', b'# closed\n')
    os.chmod(os.path.join(folder, 'closed.md'), 0)
    os.mkdir(os.path.join(folder, 'folder'))
    os.symlink('loop.md', os.path.join(folder, 'loop.md'))
    os.mkfifo(os.path.join(folder, 'pipe'))


def main():
    global REEVE
    if os.getuid() == 0:
        os.setgroups([])
        own = tempfile.mkdtemp(prefix='reeve-bad-')
        REEVE = shutil.copy(REEVE, own)
        os.chmod(own, 0o755)
        os.chown(own, 65534, 65534)
        os.setgid(65534)
        os.setuid(65534)
    else:
        own = tempfile.mkdtemp(prefix='reeve-bad-')
    try:
        folder = os.path.join(own, 'company')
        os.mkdir(folder)
        prepare(folder)
        for arguments, code, words in COMMAND_LINES:
            case('reeve ' + ' '.join(map(short, arguments)), arguments, folder, code, words)
        for name, code, words in RUNBOOKS:
            case(f'reeve check {name}', ['check', name], folder, code, words)
        for text, place, words in CONFIGURATIONS:
            write(folder, 'reeve.yaml', text.encode('utf-8', 'surrogateescape'))
            name = ascii(text.removeprefix(GOOD))[1:-1]
            case('reeve.yaml: ' + name, ['config', 'show'], folder, 2, [place, *words])
    finally:
        shutil.rmtree(own, ignore_errors=True)
    print(f'1..{number}')
    sys.exit(1 if bad else 0)


main()
