"""prometheus_models.py - what Prometheus 2.42 and Reeve each ought to say of series that were written down.

Two models that share nothing but the series: `Prometheus` computes as its documentation and source say (lookback,
ranges closed at both ends, extrapolation, interpolation inside buckets, `for`), `Exact` counts as Reeve promises
(increments between scrapes, unknown where nothing was measured, quiet times). test_promtool.py holds each program
against its own model; where the programs differ, the models tell why, by switching off one thing at a time."""
import bisect
import collections

LOOKBACK = 300
STALE = 'stale'
GAUGES = ('queue_depth', 'disk_used_bytes', 'disk_size_bytes')


class Series:
    """values: one a step of interval seconds; None: not shown; STALE: it has ended."""

    def __init__(self, name, labels, values, interval):
        self.name, self.labels, self.values, self.interval = name, labels, values, interval
        self.samples = [(k * interval, v) for k, v in enumerate(values) if v is not None]
        self.times = [at for at, _ in self.samples]
        self.points = [(at, v) for at, v in self.samples if v != STALE]
        self.point_times = [at for at, _ in self.points]

    def at(self, step):
        value = self.values[step] if step < len(self.values) else None
        return None if value == STALE else value

    def ends(self, step):
        """Of a gauge: there is nothing to read from here on."""
        return self.name in GAUGES and step < len(self.values) and self.values[step] == STALE

    def text(self):
        return self.name + '{' + ','.join(f'{k}="{v}"' for k, v in sorted(self.labels.items())) + '}'

    def notation(self):
        return ' '.join('_' if v is None else v if v == STALE else repr(v) for v in self.values)


def holds(cmp, value, limit):
    return {'>': value > limit, '>=': value >= limit, '<': value < limit, '<=': value <= limit}[cmp]


# ---- Prometheus

SWITCHES = {
    'extrapolation': 'increase() stretches what it saw to the ends of its range',
    'newborn': 'the first value of a new series is no increase',
    'lookback': 'a series that is not shown counts with its last value for 5 min',
    'gap': 'increments over a long gap are counted at its end',
    'reach': 'a range ends now and is as long as it is; a window ends with the newest scrape and holds whole intervals',
    'rates': 'rates are rounded',
    'unknown': 'Reeve says that it does not know',
}


class Prometheus:
    """off: the names of what is switched off of it; a gap is longer than stale seconds."""

    def __init__(self, off=(), stale=0):
        self.off, self.stale = frozenset(off), stale
        self.tied = False  # the last value was its limit but for the order in which it was added up

    def instant(self, series, now):
        at = bisect.bisect_right(series.times, now) - 1
        longest = series.interval if 'lookback' in self.off else LOOKBACK
        if at < 0 or series.samples[at][1] == STALE or series.samples[at][0] <= now - longest:
            return None
        return series.samples[at][1]

    def steps(self, points):
        """The sum of the increments from point to point."""
        more = 0.0
        for (before, previous), (at, value) in zip(points, points[1:]):
            if 'gap' not in self.off or at - before <= self.stale:
                more += value - previous if value >= previous else value
        return more

    def increase(self, series, now, length):
        """extrapolatedRate of promql/functions.go for a counter. Without extrapolation: the increments whose end lies
        inside the range; without newborn: a series that begins inside the range began at zero."""
        begin = bisect.bisect_left(series.point_times, now - length)
        end = bisect.bisect_right(series.point_times, now)
        if 'extrapolation' in self.off:
            begin = max(0, bisect.bisect_right(series.point_times, now - length) - 1)
        points = series.points[begin:end]
        born = 0.0
        if 'newborn' in self.off and points and begin == 0 and now - length < points[0][0] > 0:
            born = points[0][1]
        elif len(points) < 2:
            return None
        if 'extrapolation' in self.off:
            return self.steps(points) + born
        first, last = points[0], points[-1]
        if len(points) < 2:
            return born
        more, previous = last[1] - first[1], 0.0
        for _, value in points:
            if value < previous:
                more += previous
            previous = value
        to_start, to_end = first[0] - (now - length), now - last[0]
        sampled = last[0] - first[0]
        average = sampled / (len(points) - 1)
        if more > 0 and first[1] >= 0:
            to_start = min(to_start, sampled * (first[1] / more))
        reach = sampled
        reach += to_start if to_start < average * 1.1 else average / 2
        reach += to_end if to_end < average * 1.1 else average / 2
        return more * (reach / sampled) + born

    def range(self, rule, series, now):
        """(end, length) of what is looked at: Reeve's window ends with the newest reading of a target that is not
        silent, and holds the increments that lie in it with their greater half."""
        target = series.labels['instance']
        times = sorted({at for s in rule.parts[0] if s.labels['instance'] == target for at in s.point_times if at <= now})
        if 'reach' not in self.off or not times:
            return now, rule.length
        scrapes = sorted({at for s in rule.everything if s.labels['instance'] == target for at in s.point_times})
        quiet = now - times[-1] > self.stale
        newest, first = now if quiet else times[-1], len(times) - (0 if quiet else 1)

        def before(at):
            return scrapes[max(0, bisect.bisect_left(scrapes, at) - 1)]
        while first > 0 and self.middle(before(times[first - 1]), times[first - 1]) > newest - rule.length:
            first -= 1
        return newest, newest - before(times[first]) if first < len(times) else rule.length

    def middle(self, before, at):
        return at if at - before > self.stale else (before + at) / 2

    def total(self, rule, all_series, now):
        grown = [self.increase(s, *self.range(rule, s, now)) for s in all_series]
        grown = [one for one in grown if one is not None]
        return sum(grown) if grown else None

    def quantile(self, rule, now):
        edges = {}
        for series in rule.parts[0]:
            grown = self.increase(series, *self.range(rule, series, now))
            if grown is not None:
                edge = float(series.labels['le'].replace('+Inf', 'inf'))
                edges[edge] = edges.get(edge, 0.0) + (grown if 'rates' in self.off else grown / rule.length)
        buckets, highest = [], 0.0
        for edge, count in sorted(edges.items()):
            highest = max(highest, count)
            buckets.append((edge, highest))
        if len(buckets) < 2 or buckets[-1][0] != float('inf') or buckets[-1][1] == 0:
            return None
        rank = rule.quantile * buckets[-1][1]
        at = next((i for i, (_, count) in enumerate(buckets[:-1]) if count >= rank), len(buckets) - 1)
        if at == len(buckets) - 1:
            return buckets[-2][0]
        low, below = buckets[at - 1] if at > 0 else (0.0, 0.0)
        return low + (buckets[at][0] - low) * ((rank - below) / (buckets[at][1] - below))

    def truth(self, rule, now):
        if rule.kind == 'gauge':
            values = [v for v in (self.instant(s, now) for s in rule.parts[0]) if v is not None]
        elif rule.kind == 'share':
            pairs = [(self.instant(s, now), self.instant(rule.whole_of(s), now)) for s in rule.parts[0]]
            values = [a / b for a, b in pairs if a is not None and b is not None]
        else:
            return self.counted(rule, now)
        if not values:
            return False
        return holds(rule.cmp, max(values) if rule.cmp[0] == '>' else min(values), rule.limit)

    def compare(self, rule, value):
        self.tied = value is not None and abs(value - rule.limit) <= 1e-9 * abs(rule.limit)
        return value is not None and holds(rule.cmp, value, rule.limit)

    def counted(self, rule, now):
        self.tied = False
        if rule.kind == 'count':
            return self.compare(rule, self.total(rule, rule.parts[0], now))
        of = self.total(rule, rule.parts[1], now)
        if of is None or of < rule.at_least or of == 0:
            self.tied = of is not None and of >= rule.at_least - 1e-9
            return False
        if rule.kind == 'ratio':
            part = self.total(rule, rule.parts[0], now)
            return self.compare(rule, None if part is None else part / of)
        return self.compare(rule, self.quantile(rule, now))


def prometheus_fires(truths, times, hold):
    """Firing at each time: the state machine of rules/alerting.go for a rule of one alert."""
    active, said = None, []
    for now, true in zip(times, truths):
        active = (now if active is None else active) if true else None
        said.append(active is not None and now - active >= hold)
    return said


# ---- Reeve

class Exact:
    """The readings of one signal, target by target, from scrapes."""

    def __init__(self, rule, steps, interval):
        self.rule, self.interval, self.stale = rule, interval, max(3 * interval, 5)
        self.readings = {}  # target: [(at, since, {what: amount})]
        self.ended = collections.defaultdict(list)  # target: when it said that there is nothing to read of a gauge
        for target in sorted({s.labels['instance'] for s in rule.everything}):
            self.readings[target] = list(self.scrape(target, steps))

    def scrape(self, target, steps):
        ours = [s for s in self.rule.everything if s.labels['instance'] == target]
        last, since = {}, None
        waiting = {}
        for step in range(steps):
            now = step * self.interval
            shown = [s for s in ours if s.at(step) is not None]
            ends = any(s.ends(step) for s in ours)
            if not shown and not ends:
                continue
            fresh = since is None or now - since > self.stale
            if fresh:
                since, waiting = None, {}
            for series in shown:
                value = series.at(step)
                before = last.get(series.text())
                more = 0 if fresh else value if before is None or value < before else value - before
                last[series.text()] = value
                for key in self.rule.keys(series):
                    waiting[key] = waiting.get(key, 0.0) + more
            reading = self.rule.read(shown, step, waiting)
            if reading is not None:
                yield now, since, reading
                waiting = {}
            elif ends and any(s.ends(step) for s in self.rule.parts[0] if s.labels['instance'] == target):
                self.ended[target].append(now)
            since = now

    def ask(self, now):
        """(live, silent, covered seconds, the readings in the window, the newest of each live target, what of the
        window's readings may lie before it, and what beside them may lie in it)"""
        live, silent, covered, newest, window, before, within = 0, 0, self.rule.length, [], [], [], []
        tolerance = self.rule.length / 100 + .1
        for target, readings in self.readings.items():
            seen = [r for r in readings if r[0] <= now]
            if not seen:
                continue
            # The window ends with the newest reading, that of a target that is silent now; what lies in it with its
            # greater half is in it.
            quiet = now - seen[-1][0] > self.stale or self.has_ended(target, seen[-1][0], now)
            first = (now if quiet else seen[-1][0]) - self.rule.length
            chosen = [r for r in seen if (r is seen[-1] and not quiet)
                      or r[0] + (r[0] if r[1] is None else r[1]) > 2 * first]
            window += [r[2] for r in chosen]
            before += [r[2] for r in chosen[:1] if (r[0] if r[1] is None else r[1]) < first - tolerance]
            within += [r[2] for r in seen[:len(seen) - len(chosen)][-1:] if r[0] > first + tolerance]
            if quiet:
                silent += 1
                continue
            live += 1
            begin, end = None, None
            for at, since, _ in seen:
                start = at if since is None else since
                if end is None or start - end > self.stale:
                    begin = start
                end = at
            known = end - begin
            covered = min(covered, self.rule.length if known > 0 and known + tolerance >= self.rule.length else known)
            newest.append(seen[-1][2])
        return live, silent, covered, window, newest, before, within

    def has_ended(self, target, read, now):
        return any(read < at <= now for at in self.ended[target])

    def lost(self, now):
        """For how long each series of a gauge is away that was beyond the limit, of targets that are not silent."""
        away = []
        for target, readings in self.readings.items():
            times = [r[0] for r in readings if r[0] <= now]
            if self.rule.kind not in ('gauge', 'share') or not times or now - times[-1] > self.stale or \
                    self.has_ended(target, times[-1], now):
                continue
            for series in (s for s in self.rule.everything if s.labels['instance'] == target):
                values = [(at, self.rule.read([series], at // self.interval, {}, series))
                          for at in times]
                values = [(at, value['high']) for at, value in values if value]
                if not values or values[-1][0] == times[-1] or not holds(self.rule.cmp, values[-1][1], self.rule.limit):
                    continue
                gone = [at for at in times if at >= values[-1][0]]
                away.append(sum(min(b - a, self.stale) for a, b in zip(gone, gone[1:])))
        return away

    def truth(self, now):
        """('true', 'false', 'unknown' or 'too little traffic'; is it for want of traffic)"""
        live, silent, covered, window, newest, *edge = self.ask(now)
        if live == 0:
            return 'unknown', False
        said, idle = self.judge(covered, window, newest, edge)
        sums_up = self.rule.kind == 'count' and self.rule.cmp[0] != '>'  # who is silent would only add
        return ('unknown', False) if silent and (said != 'true' or sums_up) else (said, idle)

    def judge(self, covered, window, newest, edge):
        rule = self.rule
        if rule.kind in ('gauge', 'share'):
            high = rule.cmp[0] == '>'
            worst = max(r['high'] for r in newest) if high else min(r['low'] for r in newest)
            return ('true' if holds(rule.cmp, worst, rule.limit) else 'false'), False

        def sum_of(key):
            return sum(r.get(key, 0.0) for r in window)
        if rule.kind == 'count':
            before, within = (sum(r.get('part', 0.0) for r in one) for one in edge)
            least = holds(rule.cmp, sum_of('part') - before, rule.limit)
            most = holds(rule.cmp, sum_of('part') + within if covered >= rule.length else float('inf'), rule.limit)
            return ('unknown' if least != most else 'true' if least else 'false'), False
        if covered <= 0:
            return 'unknown', False
        of = sum_of('of')
        if of <= 0:
            return 'false', True
        if of < rule.at_least:
            return 'too little traffic', True
        if rule.kind == 'ratio':
            return ('true' if holds(rule.cmp, sum_of('part') / of, rule.limit) else 'false'), False
        return self.judge_quantile(sum_of, of), False

    def judge_quantile(self, sum_of, of):
        low = 0.0
        for edge in self.rule.edges:
            if sum_of(edge) >= self.rule.quantile * of:
                high = edge
                if edge == self.rule.limit and sum_of(edge) - self.rule.quantile * of <= 1e-9 * of:
                    return 'true' if holds(self.rule.cmp, edge, self.rule.limit) else 'false'
                break
            low = edge
        else:
            high = float('inf')
        if low >= self.rule.limit:
            return 'true' if self.rule.cmp[0] == '>' else 'false'
        if high <= self.rule.limit:
            return 'false' if self.rule.cmp[0] == '>' else 'true'
        return 'unknown'


FLAP_CHANGES, FLAP_WITHIN, FLAP_QUIET = 6, 1800, 600


class Flap:
    """What fired and resolved six times in half an hour goes on firing until it has been quiet for ten minutes."""

    def __init__(self):
        self.changes, self.swung, self.on = [], 0, False

    def change(self, now):
        self.changes = (self.changes + [now])[-12:]

    def look(self, now, true, calm):
        """Of a firing rule, before anything else is decided."""
        if self.on and true and calm is None and now - self.swung >= FLAP_QUIET:
            self.__init__()
        if not self.on and sum(now - one <= FLAP_WITHIN for one in self.changes) >= FLAP_CHANGES:
            self.on = True

    def resolve(self, now):
        if self.on:
            self.__init__()
        else:
            self.change(now)


def reeve_states(truths, times, hold, lost=None):
    """(state, in its quiet time) at each time: the table at the head of src/alert/alert.h. lost: of each time what
    Exact.lost says; what is unknown because of it becomes so in truths."""
    state, since, calm, frozen, dark, flap, fired = 'inactive', 0, None, 0, None, Flap(), 0
    said = []
    for i, now in enumerate(times):
        truth, idle = truths[i]
        kept, begin = (86400, fired - hold - 60) if state == 'firing' else (600, since - 60)
        if lost and truth == 'false' and state != 'inactive' and \
                any(away <= kept and now - away >= begin for away in lost[i]):
            truth = 'unknown'
            truths[i] = (truth, idle)
        if truth == 'unknown':
            if dark is None:
                dark, calm, flap.swung = now, None, now
            said.append((state, False))
            continue
        if dark is not None:
            frozen, dark = frozen + now - dark, None
        true = truth == 'true'
        if state == 'inactive' and true:
            state, since, frozen, calm, flap.swung = 'pending', now, 0, None, now
        elif state == 'pending' and not true:
            state, frozen, flap.swung = 'inactive', 0, now
        elif state == 'firing':
            flap.look(now, true, calm)
            if true and calm is not None:
                calm, flap.swung = None, now
            elif not true and calm is None:
                calm = flap.swung = now
        quiet = 300 if idle else FLAP_QUIET if flap.on else min(max(hold, 15), 60)
        if state == 'firing' and calm is not None and now - calm >= quiet:
            state, calm, frozen = 'inactive', None, 0
            flap.resolve(now)
        if state == 'pending' and now - since - frozen >= hold:
            state, calm, frozen, flap.swung, fired = 'firing', None, 0, now, now
            flap.change(now)
            flap.look(now, true, calm)
        said.append((state, calm is not None))
    return said
