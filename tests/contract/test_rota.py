#!/usr/bin/python3
"""Who is on call beside a second implementation, written from docs/manual/on-call.md alone, with Python's zoneinfo: seeded
rotas with layers, restrictions, leave, swaps and overrides, over three years with their clock changes; asked at each border and one minute
before it. REEVE_ROTA_ALL=1 asks everything (200 rotas in each of 9 zones), else a fixed share of it."""
import bisect
import calendar
import datetime
import os
import random
import subprocess
import sys
import tempfile
import zoneinfo

ANSWERS = sys.argv[1]
ALL = os.environ.get('REEVE_ROTA_ALL') == '1'
ZONES = ['Europe/Ljubljana', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'Africa/Casablanca', 'Pacific/Apia', 'UTC',
         'Asia/Tehran', 'America/Sao_Paulo']
SCHEDULES = 200
ASKED = 1200 if ALL else 400  # borders of one rota
DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']
PEOPLE = ['ana', 'ben', 'cai', 'dee', 'eli', 'fay']
EPOCH = datetime.datetime(1970, 1, 1)
MONDAY = datetime.datetime(2001, 1, 1)
UTC = datetime.timezone.utc


def shown(zone, at):
    """What the wall clock shows at an instant in seconds"""
    return (EPOCH + datetime.timedelta(seconds=at)).replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None)


def moment(zone, wall):
    """The first moment, in seconds, at which the clock shows that time or a later one"""
    first = int((wall.replace(tzinfo=zone, fold=0) - datetime.datetime(1970, 1, 1, tzinfo=UTC)).total_seconds())
    if shown(zone, first) == wall:
        return first
    low, high = first - 2 * 86400, first + 2 * 86400  # skipped: before the gap less is shown, behind it more
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if shown(zone, middle) >= wall else (middle, high)
    return high


class Layer:
    """One layer as the page describes it, and the times at which it changes between two instants"""

    def __init__(self, chance, zone_name, years):
        self.zone_name = zone_name
        self.zone = zoneinfo.ZoneInfo(zone_name)
        form = chance.choice(['weekly', 'daily', 'every', 'every', 'people', 'monthly', 'months'])
        minute = datetime.timedelta(minutes=chance.choice([0, 30, 60, 90, 120, 150, 540, 1020, 1435]))
        weekday = chance.randrange(7)
        names = chance.sample(PEOPLE, chance.randint(2, 5))
        self.slots = [[name] for name in names]
        if chance.random() < 0.4:
            self.slots[0] = sorted(chance.sample(PEOPLE, 2))
        self.length = None
        self.months = 0
        fields = []
        if form == 'people':
            self.slots = self.slots[:1]
        elif form == 'every':
            unit, most = chance.choice([('hour', 36), ('day', 10), ('week', 3)])
            number = chance.randint(1 if unit != 'hour' else 4, most)
            self.length = datetime.timedelta(**{unit + 's': number})
            fields.append(f'every: {number} {unit}{"s" if number > 1 else ""}')
        elif form in ('monthly', 'months'):
            self.months = 1 if form == 'monthly' else chance.randint(2, 7)
            if form == 'months':
                fields.append(f'every: {self.months} months')
        else:
            self.length = datetime.timedelta(days=7 if form == 'weekly' else 1)
        slots = ', '.join(s[0] if len(s) == 1 else f'[{", ".join(s)}]' for s in self.slots)
        fields.append(f'{"people" if form in ("every", "months") else form}: [{slots}]')
        self.handover(chance, form, minute, weekday, fields)
        self.begin, self.end = self.limits(chance, years, minute, fields)
        self.windows = self.restrictions(chance, fields)
        self.text = '{ ' + ', '.join(fields) + ' }'

    def handover(self, chance, form, minute, weekday, fields):
        """The first hand-over where nothing else is said, and how far it is from the next time like it"""
        self.has_handover = (self.length is not None or self.months > 0) and chance.random() < 0.7
        whole_weeks = self.length is not None and self.length % datetime.timedelta(days=7) == datetime.timedelta(0)
        named = whole_weeks and (form == 'weekly' or chance.random() < 0.5)
        self.minute = minute if self.has_handover else datetime.timedelta(hours=9)
        self.first = MONDAY + self.minute
        self.step = datetime.timedelta(days=1)
        if self.months:
            self.monthly(chance, weekday, fields)
        elif self.has_handover:
            time = f'{minute.seconds // 3600:02}:{minute.seconds // 60 % 60:02}'
            if named:
                self.first += datetime.timedelta(days=weekday)
                self.step = datetime.timedelta(days=7)
            elif self.length % self.step:
                self.step = self.length
            fields.append(f'handover: {DAYS[weekday] + " " if named else ""}{time} {self.zone_name}')
        else:
            fields.append(f'zone: {self.zone_name}')

    def monthly(self, chance, weekday, fields):
        """On which day of the month shifts change: (which such weekday or None, weekday, day); counted from January 2001"""
        self.day = (None, 0, 1)
        self.zero = 2001 * 12
        if not self.has_handover:
            fields.append(f'zone: {self.zone_name}')
            return
        if chance.random() < 0.5:
            which = chance.choice(['first', 'second', 'third', 'fourth', 'last'])
            self.day = (which, weekday, 0)
            words = f'{which} {DAYS[weekday]}'
        else:
            day = chance.choice([1, 2, 3, 15, 28, 29, 30, 31])
            self.day = (None, 0, day)
            end = {1: 'st', 2: 'nd', 3: 'rd', 31: 'st'}.get(day, 'th')
            words = chance.choice([f'{day}{end}', f'the {day}{end}']) if day < 31 else chance.choice(['31st', 'last day'])
        minutes = self.minute // datetime.timedelta(minutes=1)
        fields.append(f'handover: {words} {minutes // 60:02}:{minutes % 60:02} {self.zone_name}')

    def month_border(self, month):
        """The hand-over of a month, counted in months of years, on the wall"""
        days = calendar.Calendar().itermonthdates(month // 12, month % 12 + 1)
        days = [day for day in days if day.month == month % 12 + 1]
        which, weekday, number = self.day
        if which:
            such = [day for day in days if day.weekday() == weekday]
            day = such[-1] if which == 'last' else such[['first', 'second', 'third', 'fourth'].index(which)]
        else:
            day = days[min(number, len(days)) - 1]
        return datetime.datetime.combine(day, datetime.time()) + self.minute

    def month_begin(self, begin):
        month = begin.year * 12 + begin.month - 1
        if not self.has_handover:
            self.day = (None, 0, begin.day)
            self.minute = begin - datetime.datetime.combine(begin.date(), datetime.time())
        self.zero = month if self.month_border(month) <= begin else month - 1

    def limits(self, chance, years, minute, fields):
        """[begin, end) on the wall"""
        begin = end = None
        quiet = datetime.timedelta(0) if self.length is None and not self.months else self.minute
        if chance.random() < 0.4:
            day = datetime.datetime(years[0], 1, 1) + datetime.timedelta(days=chance.randrange(500))
            timed = chance.random() < 0.5
            begin = day + (minute if timed else quiet)
            fields.append(f'starts: {begin:%Y-%m-%d %H:%M}' if timed else f'starts: {day:%Y-%m-%d}')
            if self.months:
                self.month_begin(begin)
                quiet = self.minute
            elif self.has_handover:
                self.first += (begin - self.first) // self.step * self.step
            elif self.length is not None:
                self.first = begin
                if timed:
                    quiet = minute
        if chance.random() < 0.3:
            day = datetime.datetime(years[0], 1, 1) + datetime.timedelta(days=501 + chance.randrange(500))
            end = day + quiet
            fields.append(f'until: {day:%Y-%m-%d}')
        return begin, end

    def restrictions(self, chance, fields):
        """[(weekdays, from minute, to minute)], Monday is 0"""
        windows, texts = [], []
        for _ in range(chance.choice([0, 0, 1, 1, 2])):
            first, last = chance.randrange(7), chance.randrange(7)
            days = {(first + k) % 7 for k in range((last - first) % 7 + 1)}
            start, stop = chance.choice([(540, 1020), (0, 1440), (1320, 360), (120, 150), (90, 180), (1410, 30)])
            text = f'{DAYS[first]}-{DAYS[last]}' if first != last else DAYS[first]
            texts.append(f'{text} {start // 60:02}:{start % 60:02}-{stop // 60:02}:{stop % 60:02}')
            windows.append((days, start, stop))
        if texts:
            fields.append(f'only: [{", ".join(texts)}]' if len(texts) > 1 else f'only: {texts[0]}')
        return windows

    def prepare(self, low, high):
        """All borders between two instants, and a bit around"""
        around = datetime.timedelta(days=400 * 1 if self.length is None else 3) + (self.length or datetime.timedelta(0)) * 2
        wall_low, wall_high = shown(self.zone, low) - around, shown(self.zone, high) + around
        self.turns, self.numbers = [], []
        if self.length is not None:
            number = (wall_low - self.first) // self.length
            while self.first + number * self.length < wall_high:
                self.turns.append(moment(self.zone, self.first + number * self.length))
                self.numbers.append(number)
                number += 1
        for turn in range((wall_low.year * 12 - self.zero) // self.months - 1, (wall_high.year * 12 + 12 - self.zero) // self.months + 1) if self.months else []:
            self.turns.append(moment(self.zone, self.month_border(self.zero + turn * self.months)))
            self.numbers.append(turn)
        self.spans = []
        day = datetime.datetime.combine(shown(self.zone, low).date(), datetime.time()) - datetime.timedelta(days=3)
        while self.windows and day < shown(self.zone, high) + datetime.timedelta(days=3):
            for days, start, stop in self.windows:
                if day.weekday() in days:
                    until = day + datetime.timedelta(minutes=stop + (1440 if stop <= start else 0))
                    span = (moment(self.zone, day + datetime.timedelta(minutes=start)), moment(self.zone, until))
                    if span[0] < span[1]:
                        self.spans.append(span)
            day += datetime.timedelta(days=1)
        self.spans.sort()
        self.starts = [span[0] for span in self.spans]
        self.from_s = moment(self.zone, self.begin) if self.begin else None
        self.until_s = moment(self.zone, self.end) if self.end else None
        ends = [at for at in (self.from_s, self.until_s) if at is not None]
        return self.turns + [at for span in self.spans for at in span] + ends

    def is_on(self, at):
        if (self.from_s is not None and at < self.from_s) or (self.until_s is not None and at >= self.until_s):
            return False
        if not self.windows:
            return True
        last = bisect.bisect_right(self.starts, at)
        return any(span[0] <= at < span[1] for span in self.spans[max(0, last - 12):last])

    def slot(self, at):
        if self.length is None and not self.months:
            return 0
        return self.numbers[bisect.bisect_right(self.turns, at) - 1] % len(self.slots)


class Rota:
    """Layers with changes, as the page describes them"""

    def __init__(self, seed, zone_name):
        chance = random.Random(seed)
        self.years = (chance.choice([2009, 2010, 2024, 2026, 2036]),)
        self.low = int((datetime.datetime(self.years[0], 1, 1) - EPOCH).total_seconds())
        self.high = self.low + 3 * 365 * 86400
        zones = [zone_name] + [chance.choice([zone_name, *ZONES]) for _ in range(chance.choice([0, 0, 1, 2]))]
        self.layers = [Layer(chance, zone, self.years) for zone in zones]
        self.leaves, self.swaps, self.overrides, self.lines = [], [], [], []
        for _ in range(chance.choice([0, 0, 3, 8])):
            self.add(chance)

    def add(self, chance):
        start = self.low + chance.randrange(3 * 365 * 24 * 60) * 60
        stop = start + chance.choice([60, 8 * 3600, 5 * 86400, 40 * 86400])
        kind = chance.choice(['leave', 'leave', 'swap', 'override'])
        a, b = chance.sample(PEOPLE, 2)
        if kind == 'leave' and not any(n == a and s < stop and start < e for n, s, e in self.leaves):
            self.leaves.append((a, start, stop))
            self.lines.append(f'leave {a} {start} {stop}')
        elif kind == 'swap' and not any({a, b} & {m, n} and s < stop and start < e for m, n, s, e in self.swaps):
            self.swaps.append((a, b, start, stop))
            self.lines.append(f'swap primary {a} {b} {start} {stop}')
        elif kind == 'override' and not any(s < stop and start < e for _, s, e in self.overrides):
            self.overrides.append((a, start, stop))
            self.lines.append(f'override primary {a} {start} {stop}')

    def away(self, name, at):
        return any(n == name and start <= at < stop for n, start, stop in self.leaves)

    def there(self, slot, at):
        found = []
        for name in slot:
            for a, b, start, stop in self.swaps:
                if start <= at < stop and name in (a, b):
                    name = b if name == a else a
                    break
            if not self.away(name, at) and name not in found:
                found.append(name)
        return found

    def who(self, at):
        for name, start, stop in self.overrides:
            if start <= at < stop and not self.away(name, at):
                return name
        for layer in reversed(self.layers):
            if not layer.is_on(at):
                continue
            first = layer.slot(at)
            for k in range(len(layer.slots)):
                found = self.there(layer.slots[(first + k) % len(layer.slots)], at)
                if found:
                    return ','.join(found)
        return '-'

    def borders(self):
        found = {at for layer in self.layers for at in layer.prepare(self.low, self.high)}
        found.update(at for change in self.leaves + self.swaps + self.overrides for at in change[-2:])
        return sorted(at for at in found if self.low <= at < self.high)

    def config(self):
        people = ', '.join(f'{name}: {{ email: {name}@acme.example }}' for name in PEOPLE)
        layers = ''.join(f'      - {layer.text}\n' for layer in self.layers)
        return f'people: {{ {people} }}\non_call:\n  primary:\n    layers:\n{layers}'


def compare(folder, seed, zone):
    """The number of questions, and the first that is answered otherwise"""
    rota = Rota(seed, zone)
    borders = rota.borders()
    chance = random.Random(seed)
    if len(borders) > ASKED:
        borders = sorted(chance.sample(borders, ASKED))
    times = [at for border in borders for at in (border - 60, border - 1, border)]
    path = os.path.join(folder, 'reeve.yaml')
    with open(path, 'w', encoding='utf-8') as file:
        file.write(rota.config())
    lines = rota.lines + [f'who primary {at}' for at in times]
    done = subprocess.run([ANSWERS, path], input=''.join(line + '\n' for line in lines), capture_output=True, text=True, timeout=300, check=False)
    answers = done.stdout.splitlines()
    if done.returncode != 0 or len(answers) != len(times):
        return len(times), f'seed {seed}, {zone}: {done.stderr.strip()} ({len(answers)} answers)\n{rota.config()}'
    for at, answer in zip(times, answers):
        if answer != rota.who(at):
            return len(times), (f'seed {seed}, {zone}: at {at} ({EPOCH + datetime.timedelta(seconds=at)} UTC) {answer}, '
                                f'expected {rota.who(at)}\n{rota.config()}' + '\n'.join(rota.lines))
    return len(times), ''


def main():
    print(f'TAP version 13\n1..{len(ZONES)}')
    bad = 0
    with tempfile.TemporaryDirectory(prefix='reeve-rota-') as folder:
        for number, zone in enumerate(ZONES, 1):
            asked, wrong = 0, ''
            for seed in range(SCHEDULES) if ALL else range(number, SCHEDULES, len(ZONES)):
                count, wrong = compare(folder, seed, zone)
                asked += count
                if wrong:
                    break
            bad += bool(wrong)
            print(f'{"not ok" if wrong else "ok"} {number} - {zone}: {asked} answers', flush=True)
            for line in wrong.splitlines():
                print(f'# {line}')
    sys.exit(bad > 0)


main()
