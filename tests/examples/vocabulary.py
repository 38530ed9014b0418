#!/usr/bin/python3
"""vocabulary.py REEVE - a company's own phrases: what "check", "explain", "diff" and "export" make of them, and what is refused."""
import json
import os
import subprocess
import sys
import tempfile

REEVE = os.path.abspath(sys.argv[1])
RUNBOOK = """# Shop

### Severity Levels
- **P1 (High)**: Some customers cannot buy
  - Escalation: After 1 hour to the wardens

### Critical Alerts
- Checkout failures > 5% for 5 minutes
- Cart p95 > 2 seconds for 5 minutes
- Eror rate > 5% for 5 minutes

### Deployment Steps
1. Flip the switch
2. Paint the walls
3. **Afterwards**
   - Run migrations

### Database best practices
- We tidy the shelves
"""
CONFIGURATION = """runbook: RUNBOOK.md
signals:
  basket time: { histogram: basket_seconds }
people:
  ana: { email: ana@shop.example, roles: [security] }
vocabulary:
  signals:   { checkout failures: error rate, "cart p95": basket time }
  parties:   { the wardens: security }
  actions:   { flip the switch: "maintenance:on" }
  practices: { tidy the shelves: "database:index" }
"""
number = 0
bad = 0


def case(good, name, words=''):
    global number, bad
    number += 1
    bad += not good
    print(('ok' if good else 'not ok') + f' {number} - {name}')
    if not good:
        print('\n'.join('# ' + line for line in str(words).splitlines()))


def reeve(folder, *arguments):
    return subprocess.run([REEVE, *arguments], cwd=folder, text=True, timeout=30, stdin=subprocess.DEVNULL,
                          capture_output=True)


def write(folder, name, text):
    with open(os.path.join(folder, name), 'w', encoding='utf-8') as file:
        file.write(text)


def bindings(folder):
    """Line of the runbook → what it is bound to, of all lines that could be"""
    found = {}
    for line in map(json.loads, reeve(folder, 'check', '--json', 'RUNBOOK.md').stdout.splitlines()):
        if line.get('bound') is None:
            continue
        meaning = line['meaning']
        name = next((meaning[key] for key in ('signal', 'role', 'action', 'check') if key in meaning), None)
        found[line['line']] = name if line['bound'] else False
        if (name is not None) != line['bound']:
            found[line['line']] = f'bound is {line["bound"]}, but the meaning has {name}'
    return found


def without_and_with(folder):
    write(folder, 'RUNBOOK.md', RUNBOOK)
    said = bindings(folder)
    case(said == {5: False, 8: False, 9: False, 10: False, 13: False, 14: False, 16: 'db:migrate'},
         'without a vocabulary the phrases are bound to nothing, and a title has nothing to bind', said)
    shown = reeve(folder, 'check').stdout
    write(folder, 'reeve.yaml', CONFIGURATION)
    said = bindings(folder)
    case(said == {5: 'security', 8: 'error rate', 9: 'basket time', 10: False, 13: 'maintenance:on', 14: False,
                  16: 'db:migrate', 19: 'database:index'}, 'with one each is what it stands for', said)
    shown = reeve(folder, 'check').stdout
    case('"Eror rate" is no signal known by name; did you mean "error rate"? Measure it under signals: in reeve.yaml, or '
         'say under vocabulary: which one it is.' in shown, 'an unknown signal gets the nearest known one', shown)
    case('decided: "wardens" is told as "security": somebody must have this role under people: in reeve.yaml.' in shown and
         'people.ana.roles: security (reeve.yaml:5)' in shown, 'a party is answered by its role', shown)


def shown_elsewhere(folder):
    shown = reeve(folder, 'explain', 'Cart p95 > 2 seconds for 5 minutes').stdout
    case('bound to    "basket time" under signals: in reeve.yaml' in shown and 'basket_seconds' in shown,
         'explain measures a phrase by the signal it stands for', shown)
    shown = reeve(folder, 'explain', '--heading', 'Steps', 'Flip the switch').stdout
    case('kind        step: people do it, Reeve shows it\n' in shown and 'bound to    maintenance:on, done by the command that actions:' in shown,
         'explain says what a step is bound to', shown)
    shown = reeve(folder, 'explain', '--heading', 'Steps', 'Add some paint').stdout
    case('bound to    nothing: its words stand in no vocabulary' in shown, 'and that it is bound to nothing', shown)
    shown = reeve(folder, 'export', 'prometheus').stdout
    case('basket_seconds_bucket' in shown, 'export has the signal of a phrase', shown)
    write(folder, 'OLD.md', RUNBOOK.replace('to the wardens', 'to the CTO').replace('Flip the switch', 'Flip the big switch'))
    shown = reeve(folder, 'diff', 'OLD.md', 'RUNBOOK.md').stdout
    case('to CTO becomes wardens; role cto becomes security.' in shown and 'action maintenance:on is new' in shown,
         'diff shows the role and the action that change', shown)


def a_bound_signal_comes_before_a_known_phrase(folder):
    write(folder, 'RUNBOOK.md', '# Shop\n\n### Critical Alerts\n- App error rate > 5% for 5 minutes\n- Error rate > 9% for 5 minutes\n')
    write(folder, 'reeve.yaml', 'runbook: RUNBOOK.md\nsignals:\n  app error rate: { failures: app_failed_total, of: app_done_total }\n')
    shown = reeve(folder, 'explain', 'App error rate > 5% for 5 minutes').stdout
    case('bound to    "app error rate" under signals: in reeve.yaml' in shown and 'app_failed_total' in shown,
         'a signal that is bound is what its words mean', shown)
    shown = reeve(folder, 'check').stdout
    said = ('RUNBOOK.md:4:1: hint: "App error rate" is measured by the signal "app error rate" of reeve.yaml:3, not by "error rate", for '
            'which these words stand where no configuration says otherwise. [own-signal]')
    case(said in shown and shown.count('own-signal') == 1, 'check says which binding the line took', shown)
    write(folder, 'RUNBOOK.md', '# Shop\n\n### Critical Alerts\n- Low stock < 5 for 1 minute\n- The high water mark > 5 for 1 minute\n'
          '- High error rate > 9% for 5 minutes\n- High stock > 9 for 1 minute\n')
    write(folder, 'reeve.yaml', 'runbook: RUNBOOK.md\nsignals:\n  low stock: { gauge: stock }\n  high water mark: { gauge: hwm }\n')
    shown = reeve(folder, 'check').stdout
    case('does nothing' not in shown and shown.count('no-signal') == 1 and '"stock" is no signal known by name' in shown
         and 'alert 1 on line 7\n' in shown, 'a bound name may begin with a word that is else left out', shown)
    shown = reeve(folder, 'explain', 'Low stock < 5 for 1 minute').stdout
    case('bound to    "low stock" under signals: in reeve.yaml' in shown, 'and explain says what it is bound to', shown)


def refused(folder):
    for text, sentence in [
            ('signals: { a: eror rate }', 'reeve.yaml:2:17: "eror rate" is no signal known by name; did you mean "error rate"?'),
            ('parties: { us: the moon }', 'reeve.yaml:2:18: "the moon" is no role known by name; docs/language.md lists them, '
             'and the roles of people: add others.'),
            ('actions: { Go there: "db:ping", go there: "db:ping" }', 'reeve.yaml:2:35: The phrase "go there" stands here twice'),
            ('practices: { the: "database:index" }', 'reeve.yaml:2:16: The phrase "the" says nothing;')]:
        write(folder, 'reeve.yaml', f'vocabulary:\n  {text}\n')
        done = reeve(folder, 'check')
        case(done.returncode == 2 and sentence in done.stderr, f'refused: {text}', done.stderr)


with tempfile.TemporaryDirectory(prefix='reeve-vocabulary-') as place:
    without_and_with(place)
    shown_elsewhere(place)
    a_bound_signal_comes_before_a_known_phrase(place)
    refused(place)
print(f'1..{number}')
sys.exit(1 if bad else 0)
