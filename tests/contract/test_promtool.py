#!/usr/bin/python3
"""test_promtool.py REEVE [TESTS [SEED]] - random series and rules, played by `promtool test rules` on the rules that
`reeve export prometheus` writes, and by `reeve alert test`, which reads the same file.

Each program is held against its own model (prometheus_models.py) at every look. Where the two programs differ, the
difference is explained by computing it: with the one thing switched off that it is said to come from, the difference
is gone. What is left over fails the test. Gauges, and ratios whose ranges begin and end at scrapes, must fire at the
same instants. TESTS: how many random tests, each with nine rules (112; REEVE_LONG: 2,004)."""
import collections
import itertools
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile

from prometheus_models import STALE, SWITCHES, Exact, Prometheus, Series, prometheus_fires, reeve_states

REEVE = os.path.abspath(sys.argv[1])
TESTS = int(sys.argv[2]) if len(sys.argv) > 2 else 2004 if os.environ.get('REEVE_LONG') else 108
SEED = int(sys.argv[3]) if len(sys.argv) > 3 else 20260601
BATCH, LOOKS = 12, 40
EDGES = ('0.1', '0.25', '0.5', '1', '2.5', '+Inf')
CONFIG = """runbook: RUNBOOK.md
ledger: state/reeve.db
signals:
  queue depth: { gauge: queue_depth }
  disk usage: { used: disk_used_bytes, of: disk_size_bytes }
  error rate: { failures: 'http_requests_total{status=~"5.."}', of: http_requests_total }
  failed auth attempts: { count: auth_failures_total }
  response time: { histogram: http_request_duration_seconds }
"""


class Rule:
    def __init__(self, kind, sentence, cmp, limit, hold=0, length=60, quantile=0.0):
        self.kind, self.sentence, self.cmp, self.limit = kind, sentence, cmp, limit
        self.hold, self.length, self.quantile, self.at_least = hold, length, quantile, 20
        self.edges = [float(e) for e in EDGES[:-1]]
        self.parts, self.everything = [], []

    def bind(self, everything):
        """The series of one test that the rule looks at."""
        names = {'gauge': ['queue_depth'], 'share': ['disk_used_bytes'], 'count': ['auth_failures_total'],
                 'ratio': ['http_requests_total'] * 2,
                 'quantile': ['http_request_duration_seconds_bucket', 'http_request_duration_seconds_count']}[self.kind]
        self.everything = everything
        self.parts = [[s for s in everything if s.name == name] for name in names]
        if self.kind == 'ratio':
            self.parts[0] = [s for s in self.parts[0] if s.labels['status'].startswith('5')]
        self.wholes = {tuple(sorted(s.labels.items())): s for s in everything if s.name == 'disk_size_bytes'}
        self.ours = {id(s): i for i in (1, 0) for s in (self.parts + [[]])[i]}

    def whole_of(self, series):
        return self.wholes[tuple(sorted(series.labels.items()))]

    def keys(self, series):
        """What the increments of a series are added to."""
        if id(series) not in self.ours or self.kind in ('gauge', 'share'):
            return []
        if self.kind == 'quantile':
            le = series.labels.get('le')
            return [] if le is None else ['of'] if le == '+Inf' else [float(le)]
        if self.kind == 'count':
            return ['part']
        return ['part', 'of'] if self.ours[id(series)] == 0 else ['of']

    def read(self, shown, step, waiting, only=None):
        """The reading of a scrape, or of one series in it; None: it shows nothing of the signal."""
        ours = [s for s in shown if id(s) in self.ours and (only is None or s is only) and s.at(step) is not None]
        if self.kind == 'gauge':
            values = [s.at(step) for s in ours]
        elif self.kind == 'share':
            wholes = [(s, self.whole_of(s).at(step)) for s in ours]
            values = [s.at(step) / whole for s, whole in wholes if whole is not None]
        else:
            return dict(waiting) if ours else None
        return {'high': max(values), 'low': min(values)} if values else None


class Maker:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def rules(self):
        r = self.random

        def hold():
            return r.choice([0, 0, 30, 45, 60, 90, 120])

        def times(seconds):
            return f' for {seconds} seconds' if seconds else ''
        made = []
        for cmp, word in (('>', 'above'), ('<', 'below')):
            limit, seconds = r.randint(3, 7), hold()
            made.append(Rule('gauge', f'Queue depth {cmp if r.random() < .5 else word} {limit}{times(seconds)}', cmp,
                             limit, seconds))
        percent, seconds = r.choice([50, 75, 80, 90]), hold()
        made.append(Rule('share', f'Disk usage > {percent}%{times(seconds)}', '>', percent / 100, seconds))
        percent, seconds = r.choice([1, 5, 10, 25]), hold()
        made.append(Rule('ratio', f'Error rate > {percent}%{times(seconds)}', '>', percent / 100, seconds))
        percent, minutes = r.choice([2, 5, 20]), r.choice([2, 3, 5])
        made.append(Rule('ratio', f'Error rate > {percent}% over {minutes} minutes', '>', percent / 100,
                         length=60 * minutes))
        limit, minutes = r.choice([5, 10, 20, 40]), r.choice([1, 2, 5])
        made.append(Rule('count', f'Failed auth attempts > {limit} in {minutes} minutes', '>', limit,
                         length=60 * minutes))
        limit, seconds = r.choice([3, 10, 15]), hold() or 60
        made.append(Rule('count', f'Failed auth attempts > {limit}{times(seconds)}', '>', limit, seconds))
        edge, seconds = r.choice(EDGES[1:4]), hold()
        made.append(Rule('quantile', f'Response time p95 > {edge} s{times(seconds)}', '>', float(edge), seconds,
                         quantile=0.95))
        made.append(Rule('quantile', 'Response time p50 > 0.731 s', '>', 0.731, quantile=0.5))
        return made

    def walk(self, steps):
        """A gauge that wanders, with ties at whole numbers."""
        value, walk = float(self.random.randint(0, 10)), []
        for _ in range(steps):
            value = min(10.0, max(0.0, value + self.random.choice([-2, -1, -0.5, 0, 0, 0.5, 1, 2])))
            walk.append(value)
        return walk

    def counter(self, steps, most, resets):
        """A counter of quiet and busy times; an exporter may have counted before."""
        value, busy, values = float(self.random.choice([0, 0, self.random.randint(1, 500)])), self.random.random() < .5, []
        for _ in range(steps):
            values.append(value)
            busy ^= self.random.random() < .1
            value += self.random.randint(0, most if busy else max(1, most // 8))
            if resets and self.random.random() < .04:
                value = float(self.random.randint(0, most))
        return values

    def histogram(self, steps, labels, interval):
        counts = {edge: 0.0 for edge in EDGES}
        columns, slow = collections.defaultdict(list), self.random.random()
        for _ in range(steps):
            for edge in EDGES:
                columns[edge].append(counts[edge])
            slow = min(1.0, max(0.0, slow + self.random.choice([-.3, -.1, 0, .1, .3])))
            for _ in range(self.random.randint(0, 25)):
                took = self.random.expovariate(1) * (0.1 + 1.5 * slow)
                for edge in EDGES:
                    counts[edge] += took <= float(edge.replace('+Inf', 'inf'))
        name = 'http_request_duration_seconds'
        made = [Series(name + '_bucket', {**labels, 'le': edge}, columns[edge], interval) for edge in EDGES]
        return made + [Series(name + '_count', labels, columns['+Inf'], interval)]

    def test(self, evaluation):
        """(series, interval, what is not plain about it)"""
        r = self.random
        interval = r.choice([evaluation] * 3 + [5, 7, 10, 15, 20])
        steps = LOOKS * evaluation // interval + 1
        shape = r.choice(['plain', 'plain', 'plain', 'resets', 'births', 'gaps', 'ends'])
        made = []
        for instance in ['a', 'b'][:r.randint(1, 2)]:
            labels = {'instance': instance}

            def add(name, values, **more):
                made.append(Series(name, {**labels, **more}, values, interval))
            for queue in range(r.randint(1, 3)):
                add('queue_depth', self.walk(steps), queue=str(queue))
            for disk in range(r.randint(1, 2)):
                size = float(r.choice([8, 10, 20]))
                add('disk_used_bytes', [v * size / 10 for v in self.walk(steps)], disk=str(disk))
                add('disk_size_bytes', [size] * steps, disk=str(disk))
            resets = shape == 'resets'
            add('http_requests_total', self.counter(steps, 60, resets), status='200')
            add('http_requests_total', self.counter(steps, r.choice([2, 6, 20]), resets), status='500')
            add('auth_failures_total', self.counter(steps, r.choice([2, 5, 12]), resets))
            made += self.histogram(steps, labels, interval)
        self.spoil(made, steps, shape)
        return [Series(s.name, s.labels, s.values, interval) for s in made], interval, shape

    def spoil(self, made, steps, shape):
        """Series that begin late, are not shown for a while, or end."""
        r = self.random
        if shape == 'births':
            for series in made:
                if series.name in ('queue_depth', 'http_requests_total', 'auth_failures_total') and r.random() < .5:
                    born = r.randint(1, steps - 1)
                    series.values = [None] * born + series.values[:steps - born]
        if shape == 'gaps':
            target = r.choice([s.labels['instance'] for s in made])
            begin, length = r.randint(2, steps - 3), r.choice([1, 2, 3, 6, 12])
            for series in made:
                if series.labels['instance'] == target:
                    series.values = [None if begin <= k < begin + length else v for k, v in enumerate(series.values)]
        if shape == 'ends':
            for series in made:
                if series.name in ('queue_depth', 'auth_failures_total') and r.random() < .5:
                    end = r.randint(2, steps - 1)
                    series.values = series.values[:end] + [STALE] + [None] * (steps - end - 1)


def write_company(folder, rules):
    with open(os.path.join(folder, 'RUNBOOK.md'), 'w', encoding='utf-8') as file:
        file.write('## Critical Alerts\n' + ''.join(f'- {rule.sentence}\n' for rule in rules))
    with open(os.path.join(folder, 'reeve.yaml'), 'w', encoding='utf-8') as file:
        file.write(CONFIG)


def alert_names(folder):
    """The rules file, and the name of each sentence's alert in it."""
    exported = subprocess.run([REEVE, 'export', 'prometheus'], cwd=folder, text=True, stdout=subprocess.PIPE,
                              check=True).stdout
    with open(os.path.join(folder, 'rules.yml'), 'w', encoding='utf-8') as file:
        file.write(exported)
    return {line: name for line, name in re.findall(r'# Line (\d+): [^\n]*\n(?: +#[^\n]*\n)* +- alert: "(\w+)"', exported)}


def write_tests(folder, tests, names, evaluation):
    lines = ['rule_files: [rules.yml]', f'evaluation_interval: {evaluation}s', 'tests:']
    for number, (series, interval, _) in enumerate(tests):
        lines += [f'  - name: t{number}', f'    interval: {interval}s', '    input_series:']
        lines += [f"      - {{ series: '{s.text()}', values: '{s.notation()}' }}" for s in series]
        lines.append('    alert_rule_test:')
        lines += [f'      - {{ eval_time: {k * evaluation}s, alertname: {name} }}'
                  for k in range(LOOKS + 1) for name in names]
    with open(os.path.join(folder, 'tests.yml'), 'w', encoding='utf-8') as file:
        file.write('\n'.join(lines) + '\n')


def seconds(text):
    return sum(int(n) * {'h': 3600, 'm': 60, 's': 1}[unit] for n, unit in re.findall(r'(\d+)([hms])', text))


def promtool_fires(folder):
    """{(test, alert): times at which it fires}: what promtool complains of, for nothing is expected."""
    said = subprocess.run(['promtool', 'test', 'rules', 'tests.yml'], cwd=folder, text=True, capture_output=True)
    fires = collections.defaultdict(set)
    for test, alert, at, got in re.findall(r'name: (t\d+),\s+alertname: (\w+), time: (\w+),\s+exp:\[\],\s+got:\[\s*(.)',
                                           said.stdout + said.stderr):
        assert got != ']', said.stderr
        fires[test, alert].add(seconds(at))
    assert fires or said.returncode == 0, (said.stdout + said.stderr)[-3000:]
    return fires


def reeve_says(folder):
    """{(test, alert): the checks in the order of time}"""
    said = subprocess.run([REEVE, 'alert', 'test', 'tests.yml', '--json'], cwd=folder, text=True, capture_output=True)
    assert said.returncode in (0, 1), said.stderr
    checks = collections.defaultdict(list)
    for check in json.loads(said.stdout)['checks']:
        checks[check['test'], check['alertname']].append(check)
    return checks


def model_of(prometheus, rule, times, fires):
    """(true at each time, firing at each time). Where a value is its limit but for rounding, both are right: of the
    ways to decide them, the one that the program took, if it took one."""
    whole, ties = [], []
    for at, now in enumerate(times):
        whole.append(prometheus.truth(rule, now))
        ties += [at] if prometheus.tied else []
    ways = [whole]
    for at in ties[:6]:
        ways += [way[:at] + [not way[at]] + way[at + 1:] for way in ways]
    models = [(way, prometheus_fires(way, times, rule.hold)) for way in ways]
    return next((one for one in models if one[1] == [now in fires for now in times]), models[0])


class Differences:
    def __init__(self):
        self.pairs, self.looks = collections.Counter(), collections.Counter()
        self.same = collections.Counter()  # pairs that had to be the same
        self.failures = []

    def fail(self, what, rule, number, detail):
        self.failures.append(f'{what}: "{rule.sentence}" of test {number}: {detail}')

    def compare(self, rule, number, test, evaluation, fires, checks):
        series, interval, shape = test
        rule.bind(series)
        times = [k * evaluation for k in range(LOOKS + 1)]
        steps = len(series[0].values)
        exact = Exact(rule, steps, interval)
        truths = [exact.truth(now) for now in times]
        states = reeve_states(truths, times, rule.hold, [exact.lost(now) for now in times])
        prometheus = Prometheus()
        whole, model = model_of(prometheus, rule, times, fires)
        got = [(c['truth'], c['state'], c['calmed']) for c in checks]
        want = [(truth, *state) for (truth, _), state in zip(truths, states)]
        if got != want:
            at = next(i for i in range(len(want)) if i >= len(got) or got[i] != want[i])
            return self.fail('Reeve is not exact', rule, number,
                             f'at {times[at]} s {got[at:at + 1]} {checks[at]["words"]!r}, not {want[at]} ({shape})')
        if [now in fires for now in times] != model:
            at = next(i for i, now in enumerate(times) if (now in fires) != model[i])
            return self.fail('The model of Prometheus is wrong', rule, number, f'at {times[at]} s ({shape})')
        self.explain(rule, number, (interval, shape, evaluation), times, truths, states, model, whole)

    def explain(self, rule, number, about, times, truths, states, model, whole):
        interval, shape, evaluation = about
        aligned = rule.length % interval == 0 and evaluation % interval == 0
        kind = rule.kind + ('' if rule.kind in ('gauge', 'share') else ', aligned' if aligned else ', not aligned')
        mine = [state == 'firing' and not calm for state, calm in states]
        seek = Reasons(rule, interval, times, truths, model)
        each = {now: seek.reason(at) for at, now in enumerate(times) if mine[at] != model[at]}
        reasons = set(each.values())
        self.pairs[kind, 'compared'] += 1
        self.pairs[kind, 'equal'] += not reasons
        self.looks[kind, 'compared'] += len(times)
        self.looks[kind, 'equal'] += sum(a == b for a, b in zip(mine, model))
        for reason in reasons:
            self.pairs[kind, reason] += 1
            if reason is None:
                self.fail('Nobody knows why they differ', rule, number, f'{about}')
        if shape in ('plain', 'resets') and (rule.kind in ('gauge', 'share') or (aligned and rule.kind != 'quantile')):
            self.check_same(rule, number, times, truths, whole, each)

    def check_same(self, rule, number, times, truths, whole, reasons):
        """No excuse: once a range lies behind the first scrape, what is true is true in both, and when what was
        pending or quiet before then is over, they fire at the same instants but for the quiet time."""
        first = 0 if rule.kind in ('gauge', 'share') else rule.length
        for now, (truth, _), true in zip(times, truths, whole):
            if now >= first and (truth == 'true') != true:
                return self.fail('They must agree', rule, number, f'at {now} s: Reeve {truth}, Prometheus {true}')
        settled = first + rule.hold + 60 if first else 0
        left = {now: reason for now, reason in reasons.items() if now >= settled and reason != 'quiet time'}
        if left:
            self.fail('They must fire at the same instants', rule, number, str(left))
        self.same[rule.kind] += 1
        return None


class Reasons:
    """Why Reeve and Prometheus differ at a look: what has to be switched off of Prometheus for them to agree."""

    def __init__(self, rule, interval, times, truths, model):
        self.rule, self.times, self.truths, self.model = rule, times, truths, model
        self.stale = max(3 * interval, 5)
        self.mine = [truth == 'true' for truth, _ in truths]
        self.replayed = prometheus_fires(self.mine, times, rule.hold)
        # Reeve as it would be if unknown were false: what is left then is its quiet time.
        sighted = [('false' if truth == 'unknown' else truth, idle) for truth, idle in truths]
        self.sighted = [state == 'firing' and not calm for state, calm in reeve_states(sighted, times, rule.hold)]
        self.known = {}

    def without(self, off):
        if off not in self.known:
            theirs = Prometheus(off, self.stale)
            self.known[off] = [theirs.truth(self.rule, now) and not ('unknown' in off and truth == 'unknown')
                               for now, (truth, _) in zip(self.times, self.truths)]
        return self.known[off]

    def reason(self, at):
        """The fewest switches that make both the same over all looks that the state at this one depends on; None:
        there are none."""
        if self.replayed[at] == self.model[at]:
            return 'quiet time' if self.sighted[at] != self.model[at] else 'unknown holds still'
        first = next(i for i in range(at + 1) if self.times[i] >= self.times[at] - self.rule.hold)
        usable = ['lookback', 'unknown'] if self.rule.kind in ('gauge', 'share') else \
            ['extrapolation', 'newborn', 'gap', 'reach', 'unknown'] + ['rates'] * (self.rule.kind == 'quantile')
        for count in range(1, len(usable) + 1):
            for off in itertools.combinations(usable, count):
                if self.without(off)[first:at + 1] == self.mine[first:at + 1]:
                    return ' + '.join(off)
        return None


def play(differences, batch):
    """One runbook with its rules, and BATCH tests of it."""
    maker = Maker(SEED + batch)
    rules, evaluation = maker.rules(), maker.random.choice([5, 10, 15, 15, 20])
    tests = [maker.test(evaluation) for _ in range(min(BATCH, TESTS - batch * BATCH))]
    with tempfile.TemporaryDirectory(prefix='reeve-promtool-') as folder:
        write_company(folder, rules)
        names = alert_names(folder)
        assert len(names) == len(rules), f'{len(names)} of {len(rules)} rules are exported: {[r.sentence for r in rules]}'
        write_tests(folder, tests, names.values(), evaluation)
        fires, checks = promtool_fires(folder), reeve_says(folder)
    for number, test in enumerate(tests):
        for line, rule in enumerate(rules, 2):
            where = f't{number}', names[str(line)]
            differences.compare(rule, batch * BATCH + number, test, evaluation, fires[where], checks[where])


def report(differences):
    kinds = sorted({kind for kind, _ in differences.pairs})
    for kind in kinds:
        count = {what: n for (k, what), n in differences.pairs.items() if k == kind}
        looks = differences.looks[kind, 'equal'], differences.looks[kind, 'compared']
        said = ', '.join(f'{n} by {what}' for what, n in sorted(count.items(), key=lambda i: -i[1])
                         if what not in ('compared', 'equal'))
        print(f"# {kind}: {count['equal']} of {count['compared']} equal at every look ({looks[0]} of {looks[1]} looks)"
              + (f'; explained: {said}' if said else ''))
    for name in sorted({switch for _, what in differences.pairs if what for switch in what.split(' + ')} & set(SWITCHES)):
        print(f'#   {name}: {SWITCHES[name]}')


def main():
    cases = [f'{TESTS} tests of nine rules each (seed {SEED}): both programs are as their models, no difference without '
             'a reason', 'gauges, and aligned ratios and counts, fire at the same instants']
    print(f'TAP version 13\n1..{len(cases)}')
    if not shutil.which('promtool'):
        for number, case in enumerate(cases, 1):
            print(f'ok {number} - {case} # SKIP promtool is not installed')
        return 0
    differences = Differences()
    for batch in range((TESTS + BATCH - 1) // BATCH):
        play(differences, batch)
    report(differences)
    must = [f for f in differences.failures if f.startswith('They must')]
    other = [f for f in differences.failures if f not in must]
    compared = sum(differences.same.values())
    for number, (case, failures) in enumerate(zip(cases, (other, must)), 1):
        good = not failures and compared > TESTS
        print(('ok' if good else 'not ok') + f' {number} - {case}' + (f' ({compared} pairs)' if number == 2 else ''))
        for failure in failures[:20]:
            print(f'# {failure}')
    return bool(differences.failures)


if __name__ == '__main__':
    sys.exit(main())
