#!/usr/bin/python3
"""alert_tests.py REEVE - "alert test" on a file in promtool's form: what passes, what fails with what was expected and
got, and files that are none, each with its place. Where promtool is there it has the same opinion of the same file."""
import os
import shutil
import subprocess
import sys
import tempfile

REEVE = os.path.abspath(sys.argv[1])
RUNBOOK = '## Critical Alerts\n- Queue depth > 3 for 30 seconds\n- Failed logins > 10 in 1 minute\n'
CONFIG = ('runbook: RUNBOOK.md\nledger: state/reeve.db\nsignals:\n  queue depth: { gauge: queue_depth }\n'
          '  failed logins: { count: failed_logins_total }\n')
TESTS = '''rule_files: [rules.yml]
evaluation_interval: 15s
tests:
  - name: a queue fills
    interval: 15s
    input_series:
      - { series: 'queue_depth{queue="mail"}', values: '0x3 5x6' }
      - { series: 'failed_logins_total', values: '100+3x9' }
    alert_rule_test:
      - { eval_time: 1m15s, alertname: QueueDepthCritical }
      - eval_time: 1m30s
        alertname: QueueDepthCritical
        exp_alerts:
          - exp_labels: { severity: P1, level: critical }
            exp_annotations: { summary: Queue depth > 3 for 30 seconds, ANNOTATIONS }
      - { eval_time: 30s, alertname: FailedLoginsCritical }
      - { eval_time: 1m, alertname: FailedLoginsCritical, exp_alerts: [ { exp_labels: { severity: P1, level: critical },
          exp_annotations: { summary: Failed logins > 10 in 1 minute, OTHERS } } ] }
'''
number = 0
bad = 0


def case(good, name, words=''):
    global number, bad
    number += 1
    bad += not good
    print(('ok' if good else 'not ok') + f' {number} - {name}')
    if not good:
        print('\n'.join('# ' + line for line in str(words).splitlines()))


def run(folder, *words):
    done = subprocess.run(words, cwd=folder, text=True, timeout=60, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    return done.returncode, done.stdout


def write(folder, name, text):
    with open(os.path.join(folder, name), 'w', encoding='utf-8') as file:
        file.write(text)


def annotations(rules, alert):
    """The other annotations of an exported alert, as a flow map's middle."""
    part = rules.split(f'alert: "{alert}"')[1].split('annotations:\n')[1].split('\n\n')[0].splitlines()[:4]
    return ', '.join(line.strip() for line in part if not line.strip().startswith('summary'))


def refused(folder, text, words):
    write(folder, 'bad.yaml', text)
    code, said = run(folder, REEVE, 'alert', 'test', 'bad.yaml')
    case(code == 2 and words in said, f'refused: {words}', f'exit {code}\n{said}')


def main():
    with tempfile.TemporaryDirectory(prefix='reeve-alert-test-') as folder:
        write(folder, 'RUNBOOK.md', RUNBOOK)
        write(folder, 'reeve.yaml', CONFIG)
        _, rules = run(folder, REEVE, 'export', 'prometheus')
        write(folder, 'rules.yml', rules)
        tests = TESTS.replace('ANNOTATIONS', annotations(rules, 'QueueDepthCritical'))
        tests = tests.replace('OTHERS', annotations(rules, 'FailedLoginsCritical'))
        write(folder, 'tests.yaml', tests)
        code, said = run(folder, REEVE, 'alert', 'test', 'tests.yaml')
        case((code, said) == (0, '4 passed, 0 failed\n'), 'what fires as the file says passes', said)
        if shutil.which('promtool'):
            code, said = run(folder, 'promtool', 'test', 'rules', 'tests.yaml')
            case(code == 0, 'promtool says the same of the exported rules', said)
        else:
            print(f'ok {number + 1} - promtool says the same # SKIP promtool is not installed')
            globals()['number'] += 1
        write(folder, 'wrong.yaml', tests.replace('1m15s', '1m45s').replace('severity: P1, level', 'severity: P0, level', 1))
        code, said = run(folder, REEVE, 'alert', 'test', 'wrong.yaml')
        case(code == 1 and said == (
            'line 10: QueueDepthCritical at 1 min 45 s: it fires, and is not to\n'
            '  expected not firing; got firing, true: 5 (queue="mail")\n'
            'line 11: QueueDepthCritical at 1 min 30 s: severity is "P1", not "P0"\n'
            '  expected firing; got firing, true: 5 (queue="mail")\n'
            '2 passed, 2 failed\n'), 'what does not is shown with what was expected and got', f'exit {code}\n{said}')
        head = 'evaluation_interval: 15s\ntests:\n  - interval: 15s\n    '
        refused(folder, tests.replace('FailedLoginsCritical', 'FailedLogin', 1),
                'bad.yaml:16: No alert of the runbook is exported as "FailedLogin"')
        refused(folder, head + "input_series: [{ series: 'q{', values: '1' }]\n", 'bad.yaml:4:30: This is not how series are')
        refused(folder, head + "input_series: [{ series: 'q', values: '1+2' }]\n", 'This is not how values are written')
        refused(folder, head + "input_series: [{ series: q, values: 1 }, { series: q, values: 1 }]\n", 'stands twice in the test')
        refused(folder, head + 'alert_rule_test: [{ alertname: QueueDepthCritical }]\n', '"eval_time" is missing here')
        refused(folder, head + 'alert_rule_test: [{ eval_time: 5 min, alertname: QueueDepthCritical }]\n',
                'is no length of time as Prometheus writes them')
        refused(folder, head + 'alert_rule_test: [{ eval_time: 99y, alertname: QueueDepthCritical }]\n',
                'bad.yaml:3: the test looks and scrapes')
        refused(folder, head + 'alert_test: []\n', '"alert_test" is no key of promtool\'s unit tests here')
        refused(folder, 'evaluation_interval: 0s\ntests: []\n', 'is no length of time')
        refused(folder, 'tests: { a: 1 }\n', 'A list is wanted here.')
        refused(folder, 'rule_files: []\n', 'There are no "tests" in this file.')
        refused(folder, 'tests: [\n', 'The YAML is not valid here')
        code, said = run(folder, REEVE, 'alert', 'test', 'none.yaml')
        case(code == 2 and 'none.yaml' in said, 'a file that is not there', f'exit {code}\n{said}')
    print(f'1..{number}')
    sys.exit(bad > 0)


main()
