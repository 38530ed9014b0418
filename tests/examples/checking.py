#!/usr/bin/python3
"""checking.py REEVE - runbooks checked where code is: folders, JSON lines, SARIF, annotations, "diff", and the hooks of
docs/manual/checking.md and .pre-commit-hooks.yaml in a repository of their own."""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = os.environ['REEVE_SOURCE_ROOT']
REEVE = os.path.abspath(sys.argv[1])
GOOD = '# Shop\n\n### Critical Alerts\n- Error rate > 5% for 5 minutes\n'
BAD = GOOD + '- Response time > 2x baseline\n'
ENVIRONMENT = dict(os.environ, PATH=os.path.dirname(REEVE) + ':' + os.environ['PATH'], GIT_CONFIG_NOSYSTEM='1',
                   GIT_AUTHOR_NAME='A', GIT_AUTHOR_EMAIL='a@b.example', GIT_COMMITTER_NAME='A',
                   GIT_COMMITTER_EMAIL='a@b.example')
number = 0
bad = 0


def case(good, name, words=''):
    global number, bad
    number += 1
    bad += not good
    print(('ok' if good else 'not ok') + f' {number} - {name}')
    if not good:
        print('\n'.join('# ' + line for line in str(words).splitlines()))


def skip(name, reason):
    global number
    number += 1
    print(f'ok {number} - {name} # SKIP {reason}')


def run(folder, *words):
    return subprocess.run(words, cwd=folder, env=dict(ENVIRONMENT, HOME=folder), text=True, timeout=60,
                          stdin=subprocess.DEVNULL, capture_output=True)


def reeve(folder, *words):
    return run(folder, REEVE, *words)


def write(folder, name, text):
    path = os.path.join(folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'w', encoding='utf-8') as file:
        file.write(text)


def trees(folder):
    for name in ('z.md', 'docs/a.MARKDOWN', 'docs/b.md', '.hidden/c.md', 'node_modules/d.md', 'vendor/e.md', 'docs/f.txt'):
        write(folder, name, BAD)
    os.symlink('..', os.path.join(folder, 'docs/up'))
    done = reeve(folder, 'check', '.')
    places = re.findall(r'^(\S+?):\d+:\d+: error: ', done.stdout, re.M)
    case(places == ['docs/a.MARKDOWN', 'docs/b.md', 'z.md'], 'the files of a folder in order, the rest left out', done.stdout)
    case(done.returncode == 1 and done.stdout.count('lines with words') == 1 and '3 files: 12 lines' in done.stdout and
         '\n3 errors, ' in done.stdout, 'one summary over all files', done.stdout)
    case(done.stderr == 'reeve: docs/up: This symbolic link to a folder is not followed; name the folder itself.\n',
         'a link that would go round for ever is said', done.stderr)
    write(folder, 'open.md', '# A\n```bash\nls\n')
    os.symlink('loop.md', os.path.join(folder, 'loop.md'))
    done = reeve(folder, 'check', 'open.md', 'none.md', 'docs/b.md', 'loop.md')
    case(done.returncode == 2 and len(done.stderr.splitlines()) == 3 and 'open.md:2:1: ' in done.stderr and
         'none.md: ' in done.stderr and 'loop.md: ' in done.stderr and 'docs/b.md:5:' in done.stdout and
         '; 3 files not read.' in done.stdout, 'what cannot be read is said, the rest is checked', done.stderr + done.stdout)
    write(folder, 'empty/x.txt', '')
    case(reeve(folder, 'check', 'empty').returncode == 2, 'a folder without runbooks is no clean one')
    done = reeve(folder, 'check', *(['z.md'] * 1000))
    case('1000 files: ' in done.stdout and '\n1000 errors' in done.stdout, 'a thousand paths', done.stderr)


def json_lines(folder):
    done = reeve(folder, 'check', '--json', 'docs', 'z.md', 'open.md')
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    summaries = [line for line in lines if 'summary' in line]
    case(done.returncode == 2 and summaries == [lines[-1]] and lines[-1]['summary'] == {
        'structure': 6, 'alert': 3, 'unclear': 3, 'findings': lines[-1]['summary']['findings'], 'unread': 1} and
         lines[-1]['summary']['findings'] == sum(len(line['findings']) for line in lines[:-1]),
         'JSON lines end with one summary over all files', done.stdout)


def sarif(folder):
    write(folder, 'reeve.yaml', 'runbook: ours.md\nledger: state/reeve.db\nalerts: { critical: P0 }\n')
    write(folder, 'ours.md', GOOD)
    done = reeve(folder, 'check', '--sarif', 'docs', 'open.md', 'ours.md')
    log = json.loads(done.stdout)
    only = log['runs'][0]
    rules = [rule['id'] for rule in only['tool']['driver']['rules']]
    case(log['version'] == '2.1.0' and len(log['runs']) == 1 and only['tool']['driver']['name'] == 'reeve' and
         len(set(rules)) == len(rules) > 1, 'SARIF: version, one run, its tool and each rule once', done.stdout)
    good = bool(only['results'])
    for result in only['results']:
        place = result['locations'][0]['physicalLocation']
        good &= (result['ruleId'] in rules and result['level'] in ('error', 'warning', 'note') and
                 bool(result['message']['text']) and place['region']['startLine'] > 0 and
                 place['region']['startColumn'] > 0 and
                 place['artifactLocation']['uri'] in ('docs/a.MARKDOWN', 'docs/b.md', 'open.md', 'ours.md', 'reeve.yaml'))
    case(good, 'SARIF: each result has its rule, level, words and place', done.stdout)
    hidden = [result['suppressions'][0]['justification'] for result in only['results'] if 'suppressions' in result]
    case(hidden == ['alerts.critical: P0 (reeve.yaml:3)'], 'SARIF: what is decided is suppressed', hidden)
    case(only['invocations'] == [{'executionSuccessful': False}] and done.returncode == 2 and
         'unreadable' in rules, 'SARIF: a file that is not read is said', only['invocations'])


def annotations(folder):
    done = reeve(folder, 'check', '--annotations', 'docs/b.md', 'ours.md')
    wanted = '::error file=docs/b.md,line=5,col=3,title=reeve unclear::This looks like a rule'
    shown = [line for line in done.stdout.splitlines() if line.startswith('::')]
    form = re.compile(r'::(error|warning|notice) file=[^,]+,line=\d+,col=\d+,title=reeve [a-z-]+::.+')
    case(done.returncode == 1 and sum(line.startswith(wanted) for line in shown) == 1 and
         all(form.fullmatch(line) for line in shown), 'annotations', done.stdout)
    case(not any('file=ours.md' in line and 'which-severity' in line for line in shown),
         'no annotation for what is decided', done.stdout)


def resident_kb(folder, *words):
    """The most memory that the command had"""
    with open(os.devnull, 'w', encoding='utf-8') as nothing:
        child = subprocess.Popen([REEVE, *words], cwd=folder, stdout=nothing)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_maxrss


def memory(folder):
    with open(REEVE, 'rb') as file:
        if b'__asan_init' in file.read():
            skip('memory does not grow with the number of files', 'the sanitizer keeps what was freed')
            return
    with open(os.path.join(ROOT, 'tests/fixtures/runbooks/harbour.md'), encoding='utf-8') as file:
        text = file.read()
    for i in range(400):
        write(folder, f'many/{i % 20}/{i}.md', text)
    few = resident_kb(folder, 'check', '--json', 'many/1')
    many = resident_kb(folder, 'check', '--json', 'many')
    case(many < few + 1500, 'memory does not grow with the number of files', f'{few} kB for 20, {many} kB for 400')


def diff(folder):
    write(folder, 'new.md', GOOD.replace('5 minutes', '6 minutes'))
    write(folder, 'moved.md', '\nHello.\n\n' + GOOD)
    done = reeve(folder, 'diff', 'ours.md', 'new.md')
    case((done.returncode, done.stdout) == (1, 'Line 4: Error rate: window for 5 min becomes for 6 min.\n'),
         'diff: a change is exit 1', done.stdout)
    done = reeve(folder, 'diff', 'ours.md', 'moved.md')
    case((done.returncode, done.stdout) == (0, 'Nothing changes in policy.\n'), 'diff: no change is exit 0', done.stdout)
    lines = [json.loads(line) for line in reeve(folder, 'diff', '--json', 'ours.md', 'new.md').stdout.splitlines()]
    case([line.get('change') for line in lines] == ['changed', None] and
         lines[1] == {'summary': {'added': 0, 'removed': 0, 'changed': 1}}, 'diff: JSON lines', lines)
    done = reeve(folder, 'diff', 'ours.md', 'none.md')
    case(done.returncode == 2 and 'none.md' in done.stderr, 'diff: a file that is not there', done.stderr)


# A line of each fate; the summary says of every line with words what becomes of it.
FATES = """# Shop

## Severity Levels
- **P1 (High)**: Customers cannot pay
  - Response time: 15 minutes

## Alerts
- Error rate > 5% for 5 minutes
- Cart depth > 900 for 5 minutes
- Error rate > 5% unless deploying

## Service level objectives
- Availability: 99.9% over 30 days
- Recovery time: 4 hours

## Maintenance
- Time: Sunday 02:00-04:00 UTC
- The team likes it quiet

## Restart
1. Stop the shop
"""


def summary(folder):
    write(folder, 'fates.md', FATES)
    done = reeve(folder, 'check', 'fates.md')
    said = done.stdout[done.stdout.find('fates.md: 16'):]
    want = """fates.md: 16 lines with words:
     4  enforced by Reeve, given a reeve.yaml: severity 1, response 1, alert 1, objective 1
     1  waiting for a name in reeve.yaml: alert 1 on line 9
     1  for people, and for runs of procedures: step 1
     2  understood, but this version does not act on it: objective 1, schedule 1
     1  not understood: unclear 1
     1  words for people: guidance 1
     6  in between: structure 6
"""
    case(said.startswith(want), 'the summary says what becomes of every line', said)
    write(folder, 'again.md', FATES)
    done = reeve(folder, 'check', 'fates.md', 'again.md')
    case('\n     2  waiting for a name in reeve.yaml: alert 2\n' in done.stdout and '2 files: 32 lines' in done.stdout,
         'the summary of two files adds them up, without lines', done.stdout)


def begin_repository(folder):
    os.mkdir(folder)
    run(folder, 'git', 'init', '-q', '.')


def commit(folder):
    run(folder, 'git', 'add', '-A')
    return run(folder, 'git', 'commit', '-q', '-m', 'A change')


def git_hook(folder):
    with open(os.path.join(ROOT, 'docs/manual/checking.md'), encoding='utf-8') as file:
        hook = re.search(r'<!-- hook pre-commit -->\n```sh\n(.*?)^```$', file.read(), re.S | re.M).group(1)
    begin_repository(folder)
    write(folder, '.git/hooks/pre-commit', hook)
    os.chmod(os.path.join(folder, '.git/hooks/pre-commit'), 0o755)
    write(folder, 'readme.txt', 'x')
    case(commit(folder).returncode == 0, 'git hook: a commit without a runbook passes')
    write(folder, 'docs/Runbook shop.md', BAD)
    done = commit(folder)
    case(done.returncode != 0 and 'docs/Runbook shop.md:5:' in done.stdout + done.stderr,
         'git hook: a bad runbook is refused with its place', done.stdout + done.stderr)
    write(folder, 'docs/Runbook shop.md', GOOD)
    run(folder, 'git', 'add', '-A')
    write(folder, 'docs/Runbook shop.md', BAD)
    done = run(folder, 'git', 'commit', '-q', '-m', 'What is staged is good')
    case(done.returncode == 0, 'git hook: what is staged counts, not what lies in the folder', done.stdout + done.stderr)


def framework_hook(folder):
    with open(os.path.join(ROOT, '.pre-commit-hooks.yaml'), encoding='utf-8') as file:
        fields = dict(re.findall(r'^(?:- |  )(\w+): (.*)$', file.read(), re.M))
    begin_repository(folder)
    for name in ('RUNBOOK.md', 'ops/db-playbook.markdown', 'notes.md', 'runbooks/x.txt'):
        write(folder, name, BAD)
    run(folder, 'git', 'add', '-A')
    staged = run(folder, 'git', 'ls-files').stdout.splitlines()
    taken = [name for name in staged if re.search(fields['files'], name)]
    case(taken == ['RUNBOOK.md', 'ops/db-playbook.markdown'], 'pre-commit: the files that are taken', taken)
    done = run(folder, *fields['entry'].split(), *taken)
    case(fields['id'] == 'reeve-check' and done.returncode == 1 and 'RUNBOOK.md:5:' in done.stdout,
         'pre-commit: its command refuses them', done.stdout + done.stderr)
    if not shutil.which('pre-commit'):
        skip('pre-commit: the framework itself', 'pre-commit is not installed')
        return
    done = run(folder, 'pre-commit', 'try-repo', ROOT, 'reeve-check', '--all-files')
    case(done.returncode == 1 and 'RUNBOOK.md:5:' in done.stdout, 'pre-commit: the framework itself', done.stdout)


def main():
    own = tempfile.mkdtemp(prefix='reeve-checking-')
    try:
        folder = os.path.join(own, 'tree')
        os.mkdir(folder)
        for part in (trees, json_lines, sarif, annotations, diff, summary, memory):
            part(folder)
        if shutil.which('git'):
            git_hook(os.path.join(own, 'hook'))
            framework_hook(os.path.join(own, 'framework'))
        else:
            skip('the hooks', 'git is not installed')
    finally:
        shutil.rmtree(own, ignore_errors=True)
    print(f'1..{number}')
    sys.exit(1 if bad else 0)


main()
