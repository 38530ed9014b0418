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
    ('mac.md', 2, ['mac.md:1:', 'carriage returns alone', 'Save the file']),
    ('huge.md', 2, ['huge.md', '104857600 bytes', 'give a shorter one']),
    ('unclosed.md', 2, ['unclosed.md:3:1', 'fence opened here is never closed', 'Add a line of ~~~~ where it ends']),
    ('quote.md', 2, ['quote.md:2:1', 'not closed before its quote ends', 'Add a line of > ```']),
    ('comment.md', 2, ['comment.md:3:1', 'comment opened here is never closed', 'Add -->']),
    ('folder', 2, ['folder', 'no *.md or *.markdown file in this folder']),
    ('closed.md', 2, ['closed.md', 'Permission denied', 'give the path']),
    ('loop.md', 2, ['loop.md', 'give the path']),
    ('pipe', 2, ['pipe', 'not a file']),
]

LEVELS = '### Severity Levels\n- **P0 (Critical)**: Everything is down\n'
# What is wrong in a runbook that can be read: its text, exit code, and each finding as place, level, code, words.
FINDINGS = [
    (LEVELS + '- **P0 (Critical)**: A page is slow\n', 1, [(3, 5, 'error', 'conflict', ['line 2', 'Keep one'])]),
    ('### Severity Levels\n\n| Level | Meaning |\n|---|---|\n| P0 | Down |\n| P0 | Slow |\n', 1,
     [(6, 3, 'error', 'conflict', ['line 5', 'Keep one'])]),
    (LEVELS + '  - Response time: 5 minutes\n  - Response time: 9 minutes\n', 1,
     [(4, 5, 'error', 'conflict', ['line 3', 'Keep one'])]),
    (LEVELS + '- P3: respond within 1 hour\n', 1, [(3, 3, 'error', 'undefined-level', ['P3', 'P0', 'Define'])]),
    ('### Maintenance\n- Time: Sunday 25-26 AM UTC\n', 1, [(2, 3, 'error', 'impossible', ['25-26 AM', '02:00-04:00'])]),
    ('### Maintenance\n- Time: Sunday 2-4 AM\n', 0, [(2, 3, 'open decision', 'no-zone', ['UTC'])]),
    ('### Maintenance\n- Time: Sunday 2-4 AM XYZ\n', 1, [(2, 3, 'error', 'unknown-zone', ['XYZ', 'Europe/Dublin'])]),
    (LEVELS + '  - Escalation: After -3 hours to Ana\n', 1, [(3, 5, 'error', 'impossible', ['-3 hours', 'without the minus'])]),
    ('### Steps\n1. Revoke the key after -3 hours\n', 1, [(2, 4, 'error', 'impossible', ['-3 hours'])]),
    ('### P1 Alerts\n- Error rate > 101% for 5 minutes\n', 1, [(2, 3, 'error', 'impossible', ['101 %', '100 %'])]),
    ('### Fail over\n1. Run the Restore procedure\n\n### Restore\n1. Follow "Fail over"\n', 1,
     [(2, 4, 'error', 'cycle', ['line 2', 'line 5', 'Take one'])]),
    ('### Start\n1. Run the cleanup procedure\n\n### Cleanup\n1. Stop it\n\n### Cleanup\n1. Stop it\n', 0,
     [(2, 4, 'open decision', 'ambiguous-reference', ['line 4', 'line 7'])]),
    ('### Contacts\n\n| Service | Contact | Method |\n|---|---|---|\n| Host | [NAME] | [PHONE] |\n', 0,
     [(5, 3, 'open decision', 'unfilled', ['Host', 'Write who'])]),
    ('### Alerts\n- The team looks at it\n- Taxa de erros acima de 5% por 10 minutos\n', 1,
     [(3, 3, 'error', 'language', ['Portuguese', 'English'])]),
    ('```bash\nrm -rf /srv/cache\n```\n', 0, [(2, 1, 'hint', 'destructive', ['rm -rf', 'confirms'])]),
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


def findings(text, folder, code, wanted):
    """Each finding once, with its place, and nothing else."""
    global number, bad
    write(folder, 'found.md', text.encode())
    done = subprocess.run([REEVE, 'check', 'found.md'], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, timeout=30,
                          text=True)
    found = [line for line in done.stdout.splitlines() if line.startswith('found.md:') and line.endswith(']')]
    faults = [f'exit {done.returncode}, wanted {code}'] if done.returncode != code else []
    faults += [f'on stderr: {done.stderr}'] if done.stderr else []
    faults += [f'{len(found)} findings, wanted {len(wanted)}'] if len(found) != len(wanted) else []
    for line, (row, column, level, name, words) in zip(found, wanted):
        if not line.startswith(f'found.md:{row}:{column}: {level}: ') or not line.endswith(f' [{name}]'):
            faults.append(f'wanted {row}:{column} {level} {name}: {line}')
        faults += [f'lacks {word}: {line}' for word in words if word not in line]
    number += 1
    bad += bool(faults)
    print(('not ok' if faults else 'ok') + f' {number} - found once: {wanted[0][3]} in {ascii(text)[1:-1]}')
    for line in (faults + [done.stdout] if faults else []):
        print('# ' + line.rstrip().replace('\n', '\n# '))


def same_heading(folder):
    """Two runbooks with one title: said where the second one has it."""
    global number, bad
    write(folder, 'first.md', b'# Shop\n\n## Rollback\n1. Undo it\n')
    write(folder, 'second.md', b'\n# Shop\n\n## Rollback\n1. Undo it\n')
    done = subprocess.run([REEVE, 'check', 'first.md', 'second.md'], cwd=folder, stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=30, text=True)
    said = [line for line in done.stdout.splitlines() if line.endswith(']')]
    good = (done.returncode == 0 and len(said) == 1 and said[0].startswith('second.md:2:3: hint: ') and
            'first.md as well (line 1)' in said[0] and said[0].endswith('[same-heading]'))
    number += 1
    bad += not good
    print(('ok' if good else 'not ok') + f' {number} - two runbooks with the same heading')
    if not good:
        print('# ' + done.stdout.replace('\n', '\n# '))


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
    write(folder, 'mac.md', b'# Ours\r\r- one\r')
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
        for text, code, wanted in FINDINGS:
            findings(text, folder, code, wanted)
        same_heading(folder)
        for text, place, words in CONFIGURATIONS:
            write(folder, 'reeve.yaml', text.encode('utf-8', 'surrogateescape'))
            name = ascii(text.removeprefix(GOOD))[1:-1]
            case('reeve.yaml: ' + name, ['config', 'show'], folder, 2, [place, *words])
    finally:
        shutil.rmtree(own, ignore_errors=True)
    print(f'1..{number}')
    sys.exit(1 if bad else 0)


main()
