#!/usr/bin/python3
"""exporting.py REEVE - "export prometheus": every alert sentence is a rule that promtool takes, or a comment with the
reason; names stay while numbers change; words of the runbook are never a template. Runbooks of others are read where
they are (../shared beside the project)."""
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = os.environ['REEVE_SOURCE_ROOT']
REEVE = os.path.abspath(sys.argv[1])
PROMTOOL = shutil.which('promtool')
OURS = [os.path.join(ROOT, 'examples/acme/RUNBOOK.md'), os.path.join(ROOT, 'tests/fixtures/runbooks/harbour.md')]
THEIRS = [os.path.join(ROOT, '../shared/runbooks/production.md'), *sorted(glob.glob(os.path.join(ROOT, '../shared/corpus/*.md')))]
ODD = ('# Shop\n\n### Critical Alerts\n- Queue "{{ $labels.x }}" \\ depth > 5 for 90 seconds\n- Queue depth > 7\n'
       '- Queue depth > 9\n- 3 consecutive queue failures\n- Response time > 2x baseline\n- Queue length > 5 over 10 minutes\n')
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
    return subprocess.run(words, cwd=folder, text=True, timeout=60, stdin=subprocess.DEVNULL, capture_output=True)


def write(folder, name, text):
    with open(os.path.join(folder, name), 'w', encoding='utf-8') as file:
        file.write(text)


def alerts_of(folder, path):
    done = run(folder, REEVE, 'check', '--json', path)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return [line['meaning'] for line in lines if line.get('kind') == 'alert']


def binding(meaning):
    """A binding that suits what the sentence compares"""
    if meaning.get('mode') == 'slide':
        return '{ count: queue_failures_total }'
    return '{ histogram: queue_seconds }' if 'quantile' in meaning else '{ gauge: queue_depth }'


def configuration(alerts):
    """Binds everything that no usual name is known for"""
    text = 'runbook: RUNBOOK.md\nledger: state/reeve.db\nsignals:\n'
    known = ('error rate', 'response time', 'failed auth attempts', 'database connection pool', 'disk usage',
             'memory usage', 'cpu usage')
    names = {}
    for meaning in alerts:
        name = meaning.get('signal', meaning['metric'])
        if name not in known:
            names.setdefault(name.lower(), binding(meaning))
    for name, how in names.items():
        text += f'  {json.dumps(name)}: {how}\n'
    return text if names else text.replace('signals:\n', '')


def promtool(folder, name, text):
    if not PROMTOOL:
        skip(f'{name}: promtool takes it', 'promtool is not installed')
        return
    write(folder, 'rules.yml', text)
    done = run(folder, PROMTOOL, 'check', 'rules', 'rules.yml')
    case(done.returncode == 0, f'{name}: promtool takes it', done.stdout + done.stderr + text)


def whole(folder, path):
    """Each alert of a runbook is exported once everything is bound; without, it is a rule or a comment"""
    name = os.path.basename(path)
    alerts = alerts_of(folder, path)
    plain = run(folder, REEVE, 'export', 'prometheus', path)
    left_out = len(re.findall(r'^# Line \d+: ', plain.stdout, re.M))
    rules = len(re.findall(r'^      - alert: ', plain.stdout.split(': objectives"')[0], re.M))
    case(plain.returncode == 0 and rules <= len(alerts) <= rules + left_out,
         f'{name}: {len(alerts)} alerts are rules or comments', plain.stdout + plain.stderr)
    promtool(folder, name, plain.stdout)
    write(folder, 'bound.yaml', configuration(alerts))
    bound = run(folder, REEVE, 'export', 'prometheus', path, '--config', 'bound.yaml')
    done = len(re.findall(r'^      - alert: ', bound.stdout.split(': objectives"')[0], re.M))
    # A state has no limit until somebody says when it is reached: no binding of ours can.
    states = sum('state' in meaning and 'signal' not in meaning for meaning in alerts)
    case(done == len(alerts) - states and bound.stdout.count('the line names a state') == states,
         f'{name}: bound, all its alerts are rules ({states} a state without a number)',
         bound.stdout + bound.stderr)
    promtool(folder, name + ', bound', bound.stdout)


def odd(folder):
    write(folder, 'odd.md', ODD)
    write(folder, 'odd.yaml', configuration(alerts_of(folder, 'odd.md')))
    done = run(folder, REEVE, 'export', 'prometheus', 'odd.md', '--config', 'odd.yaml')
    names = re.findall(r'^      - alert: "(.*)"$', done.stdout, re.M)
    case(len(names) == len(set(names)) >= 3 and {'QueueDepthCritical', 'QueueDepthCritical2'} <= set(names),
         'lines about the same have names of their own', done.stdout)
    case('        for: 90s\n' in done.stdout, 'a time that is no whole number of minutes', done.stdout)
    data = [line for line in done.stdout.splitlines() if re.match(r' +(summary|description): ', line)]
    case(any('{{\\"{{\\"}} $labels.x }}' in line for line in data) and
         not any('{{ $labels' in line for line in data), 'a template in the runbook stays text', done.stdout)
    case('# Line 8: Response time > 2x baseline\n#   This looks like a rule, but "2x baseline"' in done.stdout,
         'what is not understood is named with the reason', done.stdout)
    case('# Line 9: Queue length > 5 over 10 minutes\n#   the line counts or averages over a length of time' in done.stdout,
         'a window that the expression would drop is a reason', done.stdout)
    promtool(folder, 'odd.md', done.stdout)
    write(folder, 'odd.md', ODD.replace('> 7', '> 70').replace('> 9', '> 90').replace('> 5 for 90', '> 50 for 30'))
    again = run(folder, REEVE, 'export', 'prometheus', 'odd.md', '--config', 'odd.yaml')
    case(re.findall(r'^      - alert: "(.*)"$', again.stdout, re.M) == names, 'other numbers, the same names', again.stdout)


def same_as_explain(folder):
    write(folder, 'one.md', '# Shop\n\n### Critical Alerts\n- Error rate > 5% for 5 minutes\n')
    promql = json.loads(run(folder, REEVE, 'explain', '--json', 'Error rate > 5% for 5 minutes').stdout)['promql']
    done = run(folder, REEVE, 'export', 'prometheus', 'one.md')
    expr = json.loads(re.search(r'^        expr: (.*)$', done.stdout, re.M).group(1))
    case(expr.startswith(promql + ' and sum(increase(') and expr.endswith(' >= 20'),
         'the expression is that of explain, with the traffic it needs', expr)


def as_configured(folder):
    write(folder, 'ours.yaml', 'runbook: one.md\nledger: state/reeve.db\nalerts: { critical: P0 }\nsignals:\n'
          '  error rate: { failures: bad_total, of: all_total, at_least: 50 }\n')
    done = run(folder, REEVE, 'export', 'prometheus', '--config', 'ours.yaml')
    expr = json.loads(re.search(r'^        expr: (.*)$', done.stdout, re.M).group(1))
    case(expr == 'sum(increase(bad_total[1m])) / sum(increase(all_total[1m])) > 0.05 and '
         'sum(increase(all_total[1m])) >= 50' and '          severity: "P0"\n' in done.stdout,
         'metric, traffic and severity are those of the configuration', done.stdout)


OBJECTIVES = """# Shop

### Service Level Objectives
- Availability 99.9%
- p95 < 500 ms over 7 days
- Uptime 99.99%
"""


def objectives(folder):
    """Each measured objective: its shares once a window, and an alert over two of them each"""
    write(folder, 'slo.md', OBJECTIVES)
    write(folder, 'slo.yaml', 'runbook: slo.md\nledger: state/reeve.db\nsignals:\n'
          '  error rate: { failures: bad_total, of: all_total }\n'
          '  response time: { histogram: took_seconds }\nalerts: { burn page: { keeps_firing: 10 min } }\n')
    done = run(folder, REEVE, 'export', 'prometheus', '--config', 'slo.yaml')
    records = re.findall(r'record: "reeve:objective_bad_share:(\d+m)"\n +expr: (.*)\n +labels:\n +objective: "(\w+)"', done.stdout)
    case(len(records) == len({(window, of) for window, _, of in records}) >= 8,
         'each window of an objective is recorded once', done.stdout + done.stderr)
    exprs = {window: json.loads(expr) for window, expr, of in records if 'bad_total' in expr}
    case(exprs.get('60m') == 'sum(increase(bad_total[60m])) / sum(increase(all_total[60m]))' and
         set(exprs) == {'5m', '30m', '60m', '120m', '360m', '1440m', '4320m'}, 'the shares of failures', str(exprs))
    slow = [json.loads(expr) for _, expr, _ in records if 'took_seconds' in expr]
    case(slow and slow[0].startswith('1 - sum(increase(took_seconds_bucket{le=~"0\\\\.5"}['),
         'the share above a limit, by the edge that is there', str(slow))
    names = re.findall(r'^      - alert: "(.*)"$', done.stdout, re.M)
    case(len(names) == len(set(names)) >= 6 and 'AvailabilityP1Burn' in names, 'each alert has a name', str(names))
    case('Line 6: Uptime 99.99%\n#   not measured: no signal is named "Uptime"' in done.stdout,
         'what nothing measures is named with the reason', done.stdout)
    promtool(folder, 'slo.md', done.stdout)
    burns(folder, done.stdout)


def burns(folder, rules):
    """A tenth of the requests fails: 100 times as fast as 0.1 % allows. Too few requests do not count."""
    if not PROMTOOL:
        skip('the first alert of an objective fires in promtool', 'promtool is not installed')
        return
    write(folder, 'rules.yml', rules)
    page = {'eval_time': '70m', 'alertname': 'AvailabilityP1Burn'}
    fires = [{'exp_labels': {'severity': 'P1', 'level': 'P1', 'objective': re.search(
        r'objective: "(\w+)"', rules).group(1)}, 'exp_annotations': json.loads('{' + ', '.join(
            f'"{key}": {value}' for key, value in re.findall(
                r'^          (summary|description|runbook|statement): (.*)$',
                rules[rules.index('- alert: "AvailabilityP1Burn"'):], re.M)[:4]) + '}')}]
    for name, all_step, bad_step, expected in (('a tenth fails', 100, 10, fires), ('none fails', 100, 0, []),
                                               ('one of ten, once an hour', 0.1, 0.01, [])):
        write(folder, 'slo_test.yml', json.dumps({'rule_files': ['rules.yml'], 'evaluation_interval': '1m', 'tests': [{
            'interval': '1m', 'input_series': [{'series': 'all_total', 'values': f'0+{all_step}x80'},
                                               {'series': 'bad_total', 'values': f'0+{bad_step}x80'}],
            'alert_rule_test': [{**page, 'exp_alerts': expected}]}]}))
        done = run(folder, PROMTOOL, 'test', 'rules', 'slo_test.yml')
        case(done.returncode == 0, f'{name}: promtool says what Reeve would', done.stdout + done.stderr)


LEFT = """runbook: left.md
ledger: state/reeve.db
baselines: { baseline: last 24 hours }
signals:
  queue depth: { gauge: queue_depth }
  disk space free: { free: fs_free, of: fs_size }
  pool idle: { used: pool_used, limit: pool_size }
  error rate: { failures: 'http_requests_total{status=~"5\\\\d\\\\d",m="a\\nb"}', of: '{"http_requests_total", m=~`a[^x]b`}' }
"""


def left_and_escaped(folder):
    """What is left, and values with escapes: promtool decides as `reeve alert test` does"""
    write(folder, 'left.md', '# Shop\n\n### Critical Alerts\n- Disk space < 10% free\n- Pool idle < 10%\n- Error rate > 5%\n'
          '- Queue depth > 2x baseline\n')
    write(folder, 'left.yaml', LEFT)
    done = run(folder, REEVE, 'export', 'prometheus', '--config', 'left.yaml')
    exprs = dict(re.findall(r'alert: "(\w+)"\n +expr: (.*)\n', done.stdout))
    exprs = {name: json.loads(expr) for name, expr in exprs.items()}
    case(exprs.get('DiskSpaceFreeCritical') == 'min(fs_free / (fs_size > 0)) < 0.1' and
         exprs.get('PoolIdleCritical') == 'min(1 - pool_used / (pool_size > 0)) < 0.1', 'shares of what is left',
         done.stdout + done.stderr)
    case('http_requests_total{status=~"5\\\\d\\\\d",m="a\\nb"}[1m]' in exprs.get('ErrorRateCritical', ''),
         'a backslash and the end of a line stay what they are', done.stdout)
    case('Line 7: Queue depth > 2x baseline\n#   Reeve watches it, but its limit is a multiple' in done.stdout,
         'why a limit relative to a baseline has no PromQL', done.stdout)
    promtool(folder, 'left.md', done.stdout)
    write(folder, 'rules.yml', done.stdout)
    counter = 'http_requests_total{status="%d",m="a\\nb"}'
    for name, free, failed, fires in (('little is left', 5, 10, True), ('much is left', 95, 1, False)):
        series = [{'series': series, 'values': f'{begin}+{step}x40'} for series, begin, step in (
            ('fs_free', free, 0), ('fs_size', 100, 0), ('pool_used', 100 - free, 0), ('pool_size', 100, 0),
            (counter % 500, 0, failed), (counter % 200, 0, 90))]
        test = {'interval': '15s', 'input_series': series}
        head = {'rule_files': ['rules.yml'], 'evaluation_interval': '15s'}
        ours = [{'eval_time': '5m', 'alertname': alert, 'exp_alerts': [{'exp_labels': {}}] if fires else []}
                for alert in ('DiskSpaceFreeCritical', 'PoolIdleCritical', 'ErrorRateCritical')]
        write(folder, 'left_test.yml', json.dumps({**head, 'tests': [{**test, 'alert_rule_test': ours}]}))
        told = run(folder, REEVE, 'alert', 'test', 'left_test.yml', '--config', 'left.yaml')
        case(told.returncode == 0 and '3 passed, 0 failed' in told.stdout, f'{name}: all three, or none',
             told.stdout + told.stderr)
        if not PROMTOOL:
            skip(f'{name}: promtool says the same', 'promtool is not installed')
            continue
        theirs = [{'eval_time': '5m', 'expr': 'count(ALERTS{alertstate="firing"}) or vector(0)',
                   'exp_samples': [{'labels': '{}', 'value': 3 if fires else 0}]}]
        write(folder, 'left_test.yml', json.dumps({**head, 'tests': [{**test, 'promql_expr_test': theirs}]}))
        told = run(folder, PROMTOOL, 'test', 'rules', 'left_test.yml')
        case(told.returncode == 0, f'{name}: promtool says the same', told.stdout + told.stderr)


def keeps_firing(folder):
    write(folder, 'keep.yaml', 'runbook: one.md\nledger: state/reeve.db\n'
          'alerts: { error rate: { keeps_firing: 10 min } }\n')
    done = run(folder, REEVE, 'export', 'prometheus', '--config', 'keep.yaml')
    case('        for: 5m\n        keep_firing_for: 10m\n' in done.stdout, 'how long it keeps firing', done.stdout)
    promtool(folder, 'keep.yaml', done.stdout)


def quoted(folder):
    """One name in quotes makes an older promtool refuse the whole file: it is left out unless asked for"""
    write(folder, 'quoted.md', '# Shop\n\n### Critical Alerts\n- Kafka lag > 10\n- Queue depth > 7\n- Route errors > 5\n')
    write(folder, 'quoted.yaml', 'runbook: quoted.md\nledger: state/reeve.db\nsignals:\n'
          '  kafka lag: { gauge: \'{"kafka.lag"}\' }\n  queue depth: { gauge: queue_depth }\n'
          '  route errors: { gauge: \'errors{"http.route"="/"}\' }\n')
    done = run(folder, REEVE, 'export', 'prometheus', '--config', 'quoted.yaml')
    case(done.stdout.count('its metric or a label of it has a name in quotes, which Prometheus reads since 3.0') == 2 and
         re.findall(r'^      - alert: "(.*)"$', done.stdout, re.M) == ['QueueDepthCritical'],
         'rules with names in quotes are left out with the reason', done.stdout + done.stderr)
    promtool(folder, 'quoted.md', done.stdout)
    done = run(folder, REEVE, 'export', 'prometheus', '--quoted', '--config', 'quoted.yaml')
    case('max({\\"kafka.lag\\"}) > 10' in done.stdout and done.stdout.count('- alert: ') == 3, 'and written when asked for',
         done.stdout + done.stderr)
    write(folder, 'quoted.md', '# Shop\n\n### Service Level Objectives\n- Availability 99.9%\n')
    write(folder, 'quoted.yaml', 'runbook: quoted.md\nledger: state/reeve.db\nsignals:\n'
          '  error rate: { failures: \'{"bad.total"}\', of: all_total }\n')
    done = run(folder, REEVE, 'export', 'prometheus', '--config', 'quoted.yaml')
    case('groups: []\n' in done.stdout and '# Line 4: Availability 99.9%\n#   its metric or a label' in done.stdout,
         'an objective too', done.stdout + done.stderr)
    promtool(folder, 'an objective with a name in quotes', done.stdout)


def severities(folder):
    """What alerts: says of severity stands in the description as well"""
    write(folder, 'slo.yaml', 'runbook: slo.md\nledger: state/reeve.db\nsignals:\n'
          '  error rate: { failures: bad_total, of: all_total }\nalerts: { error rate: { severity: P2 } }\n')
    write(folder, 'slo.md', OBJECTIVES + '\n### Critical Alerts\n- Error rate > 5%\n')
    done = run(folder, REEVE, 'export', 'prometheus', '--config', 'slo.yaml')
    said = re.findall(r'level: "(\w+)"\n +annotations:\n +summary: .*\n +description: "fires as (\w+) ', done.stdout)
    case(len(said) >= 4 and all(level == told for level, told in said) and ('P2', 'P2') in said,
         'each alert fires as what its labels say', str(said) + done.stdout)


def routes(folder):
    write(folder, 'routes.md', '# Shop\n\n### Severity Levels\n- **P0 (Critical)**: All is down\n  - Response time: 15 '
          'minutes\n  - Escalation: Immediate to CTO\n- **P1 (High)**: Much is down\n  - Escalation: After 1 hour to CTO\n'
          '\n### Contacts\n- CTO: cto@shop.example\n')
    done = run(folder, REEVE, 'export', 'prometheus', '--alertmanager', 'routes.md')
    receivers = re.findall(r'^  - name: "(.*)"$', done.stdout, re.M)
    routed = re.findall(r'^    - matchers: \["severity=\\"(.*)\\""\]\n      receiver: "(.*)"$', done.stdout, re.M)
    case(receivers == ['P0', 'P1'] and routed == [('P0', 'P0'), ('P1', 'P1')], 'a route and a receiver each', done.stdout)
    case(done.stdout.count('- to: "cto@shop.example"') == 1 and 'smtp_smarthost' in done.stdout,
         'told at once is who has a mail address', done.stdout)
    case('escalation after 1 h to CTO: not expressible' in done.stdout, 'what Alertmanager cannot do is said', done.stdout)
    try:
        import yaml
    except ImportError:
        skip('the routes are YAML', 'python3-yaml is not installed')
        return
    read = yaml.safe_load(done.stdout)
    case(read['route']['receiver'] in receivers and [one['name'] for one in read['receivers']] == receivers,
         'the routes are YAML', read)


def main():
    folder = tempfile.mkdtemp(prefix='reeve-exporting-')
    try:
        odd(folder)
        same_as_explain(folder)
        as_configured(folder)
        left_and_escaped(folder)
        keeps_firing(folder)
        objectives(folder)
        quoted(folder)
        severities(folder)
        routes(folder)
        for path in OURS + [one for one in THEIRS if os.path.exists(one)]:
            whole(folder, path)
        if not os.path.exists(THEIRS[0]):
            skip('runbooks of others', 'they are not beside the project')
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f'1..{number}')
    sys.exit(1 if bad else 0)


main()
