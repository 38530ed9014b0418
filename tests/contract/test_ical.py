#!/usr/bin/python3
"""Calendar files beside an independent expansion: seeded calendars are read by reeve-ics, and the times that it names are
held against python3-dateutil's recurrences and Python's zoneinfo, over changes of the clock. REEVE_ICAL_SEEDS says how many
calendars; each has some events with rules, RDATE, EXDATE and overrides, in zones of the machine, zones that only the file
describes, UTC, floating and of whole days; folded anywhere, with CRLF or LF."""
import datetime
import os
import random
import re
import subprocess
import sys
import zoneinfo

try:
    from dateutil import rrule
except ImportError:
    print('TAP version 13\n1..1\nok 1 - calendar files # SKIP python3-dateutil is not installed')
    sys.exit(0)

ICS = sys.argv[1]
SEEDS = int(os.environ.get('REEVE_ICAL_SEEDS', '300'))
UTC = datetime.timezone.utc
EPOCH = datetime.datetime(1970, 1, 1)
DAY = datetime.timedelta(days=1)
FROM = datetime.datetime(2025, 10, 1)
UNTIL = datetime.datetime(2028, 2, 1)
ZONES = ['Europe/Ljubljana', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'America/Sao_Paulo', 'Europe/Dublin']
DAYS = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU']
# Two that no machine has: a name of a company, with the rules of zones that zoneinfo knows.
OWN = {'Company Time': ('Europe/Ljubljana', """BEGIN:VTIMEZONE
TZID:Company Time
BEGIN:DAYLIGHT
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
TZNAME:CEST
DTSTART:19960331T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
END:DAYLIGHT
BEGIN:STANDARD
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
TZNAME:CET
DTSTART:19961027T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
END:STANDARD
END:VTIMEZONE"""), 'W. Coast Standard Time': ('America/Los_Angeles', """BEGIN:VTIMEZONE
TZID:W. Coast Standard Time
BEGIN:STANDARD
DTSTART:20071104T020000
RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU
TZOFFSETFROM:-0700
TZOFFSETTO:-0800
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:20070311T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU
TZOFFSETFROM:-0800
TZOFFSETTO:-0700
END:DAYLIGHT
END:VTIMEZONE""")}
RULES = {}


def seconds(zone, wall):
    """RFC 5545, 3.3.5: what is skipped is read by the clock of before it, what comes twice is the first"""
    return int((wall.replace(tzinfo=zone, fold=0) - datetime.datetime(1970, 1, 1, tzinfo=UTC)).total_seconds())


def stamp(wall):
    return wall.strftime('%Y%m%dT%H%M%S')


class Event:
    """One event, and the times that it names"""

    def __init__(self, chance, number, floating):
        self.chance = chance
        self.uid = f'{number}@test'
        self.kind = chance.choice(['zone', 'zone', 'zone', 'own', 'utc', 'floating', 'date'])
        self.tzid = chance.choice(ZONES) if self.kind == 'zone' else chance.choice(sorted(OWN)) if self.kind == 'own' else ''
        name = self.tzid if self.kind == 'zone' else OWN[self.tzid][0] if self.kind == 'own' else floating
        self.zone = UTC if self.kind == 'utc' else zoneinfo.ZoneInfo(name)
        self.written = chance.choice(['', '/mozilla.org/20050126_1/']) + self.tzid if self.kind == 'zone' else self.tzid
        self.start = datetime.datetime(2025, 1, 1) + DAY * chance.randrange(700)
        if self.kind != 'date':
            self.start += datetime.timedelta(minutes=chance.choice([0, 30, 60, 90, 120, 150, 180, 540, 1020, 1439]))
        self.lines = []
        self.length()
        self.walls = {self.start}
        if chance.random() < 0.8:
            self.rule()
        if chance.random() < 0.3:
            self.dates()
        if chance.random() < 0.4 and self.walls:
            self.exceptions()
        self.turns = [(seconds(self.zone, wall), self.end(wall)) for wall in sorted(self.walls)]
        self.others = []
        if chance.random() < 0.4 and self.turns:
            self.override()

    def when(self, key, wall):
        if self.kind == 'date':
            return f'{key};VALUE=DATE:{wall:%Y%m%d}'
        if self.kind == 'utc':
            return f'{key}:{stamp(wall)}Z'
        return f'{key}{";TZID=" + self.quoted() if self.written else ""}:{stamp(wall)}'

    def quoted(self):
        return f'"{self.written}"' if self.chance.random() < 0.3 else self.written

    def length(self):
        """DTEND keeps both times on the wall, DURATION has days on the wall and hours that pass"""
        chance = self.chance
        self.days = chance.choice([0, 0, 1, 2, 7]) if self.kind != 'date' else chance.choice([1, 1, 2, 7])
        self.hours = datetime.timedelta(hours=0 if self.kind == 'date' else chance.choice([0, 8, 12]))
        if not self.days and not self.hours:
            self.hours = datetime.timedelta(hours=1)
        self.exact = self.kind != 'date' and chance.random() < 0.4
        if self.kind == 'date' and self.days == 1 and chance.random() < 0.5:
            return
        if self.exact:
            hours = int(self.hours.total_seconds()) // 3600
            self.lines.append(f'DURATION:P{f"{self.days}D" if self.days else ""}{f"T{hours}H" if hours else ""}')
        else:
            self.lines.append(self.when('DTEND', self.start + DAY * self.days + self.hours))

    def end(self, wall):
        if self.exact:
            return seconds(self.zone, wall + DAY * self.days) + int(self.hours.total_seconds())
        return seconds(self.zone, wall + DAY * self.days + self.hours)

    def rule(self):
        chance = self.chance
        freq = chance.choice(['DAILY', 'WEEKLY', 'WEEKLY', 'MONTHLY', 'YEARLY'] + ['HOURLY'] * (self.kind != 'date'))
        parts = [f'FREQ={freq}']
        if chance.random() < 0.5:
            parts.append(f'INTERVAL={chance.randint(1, 4)}')
        if freq == 'HOURLY':
            parts.append(chance.choice(['BYDAY=SA;BYHOUR=0,6,18', 'BYMONTHDAY=-1', 'BYMONTH=2;BYHOUR=9;BYMINUTE=0,45', 'BYHOUR=2,3;BYDAY=SU']))
        if freq == 'WEEKLY' and chance.random() < 0.6:
            parts.append('BYDAY=' + ','.join(chance.sample(DAYS, chance.randint(1, 4))))
            if chance.random() < 0.5:
                parts.append('WKST=' + chance.choice(DAYS))
        if freq == 'DAILY' and chance.random() < 0.3:
            parts.append(chance.choice(['BYDAY=MO,TU,WE,TH,FR', 'BYMONTH=1,3,10', 'BYMONTHDAY=1,15,-1']))
        if freq == 'MONTHLY':
            parts.append(chance.choice(['BYMONTHDAY=1', 'BYMONTHDAY=31', 'BYMONTHDAY=-1,15', 'BYDAY=1MO', 'BYDAY=-1FR',
                                        'BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1', 'BYDAY=2SU,4SU', 'BYDAY=SA,SU;BYSETPOS=1,3',
                                        f'BYMONTHDAY={self.start.day}']))
        if freq == 'YEARLY':
            parts.append(chance.choice(['BYMONTH=3;BYDAY=-1SU', 'BYMONTH=10,11;BYDAY=1SU', 'BYYEARDAY=1,100,-1', 'BYWEEKNO=1,20;BYDAY=MO',
                                        'BYMONTH=2;BYMONTHDAY=29', f'BYMONTH={self.start.month}']))
        if self.kind != 'date' and freq != 'HOURLY' and chance.random() < 0.15:
            parts.append('BYHOUR=2,9;BYMINUTE=0,30')
        bound = chance.choice(['', '', 'count', 'until'])
        count = chance.randint(1, 40)
        last = self.start + DAY * chance.randrange(1, 500)
        if bound == 'count':
            parts.append(f'COUNT={count}')
        chance.shuffle(parts)
        try:
            rule = rrule.rrulestr(';'.join(parts), dtstart=self.start)
        except ValueError:  # it says of rules that never come true at once that they are none
            return
        walls = rule.between(self.start, UNTIL + DAY * 3, inc=True)
        if bound == 'until':  # as an instant, or as it stands on the wall, both are written
            if self.kind in ('zone', 'own', 'utc'):
                end = seconds(self.zone, last)
                parts.append(f'UNTIL={stamp(EPOCH + datetime.timedelta(seconds=end))}Z')
                walls = [wall for wall in walls if seconds(self.zone, wall) <= end]
            else:
                parts.append(f'UNTIL={last:%Y%m%d}' if self.kind == 'date' else f'UNTIL={stamp(last)}')
                walls = [wall for wall in walls if wall <= last]
        self.lines.append('RRULE:' + ';'.join(parts))
        self.walls |= set(walls)
        RULES[freq] = RULES.get(freq, 0) + 1

    def dates(self):
        dates = [self.start + DAY * self.chance.randrange(1, 600) for _ in range(self.chance.randint(1, 4))]
        self.walls |= set(dates)
        if self.kind == 'date':
            self.lines.append('RDATE;VALUE=DATE:' + ','.join(f'{one:%Y%m%d}' for one in dates))
        else:
            for one in dates:
                self.lines.append(self.when('RDATE', one))

    def exceptions(self):
        gone = self.chance.sample(sorted(self.walls), min(len(self.walls), self.chance.randint(1, 5)))
        for one in gone:
            self.lines.append(self.when('EXDATE', one))
        moments = {seconds(self.zone, one) for one in gone}  # two times on the wall may be one, where the clock skips an hour
        self.walls = {wall for wall in self.walls if seconds(self.zone, wall) not in moments}

    def override(self):
        """One time of it is at another hour, or does not come"""
        wall = self.chance.choice(sorted(self.walls))
        self.turns = [turn for turn in self.turns if turn[0] != seconds(self.zone, wall)]
        self.cancelled = self.chance.random() < 0.3
        moved = wall + datetime.timedelta(hours=self.chance.choice([1, 5, 30]))
        begin = seconds(UTC, moved)
        self.others = [f'BEGIN:VEVENT\nUID:{self.uid}\n{self.when("RECURRENCE-ID", wall)}\nDTSTART:{stamp(moved)}Z\n'
                       f'DURATION:PT3H\nSUMMARY:instead of {self.uid}\n{"STATUS:CANCELLED" if self.cancelled else "SEQUENCE:1"}\nEND:VEVENT']
        self.instead = [] if self.cancelled else [(begin, begin + 3 * 3600)]

    def text(self):
        lines = self.lines + [self.when('DTSTART', self.start), f'SUMMARY:{self.uid}', f'UID:{self.uid}',
                              'DESCRIPTION:ein Ärgernis\\, das länger ist']
        self.chance.shuffle(lines)
        alarm = 'BEGIN:VALARM\nTRIGGER:-PT15M\nDURATION:PT5M\nSUMMARY:nobody\nEND:VALARM'
        return '\n'.join(['BEGIN:VEVENT', *lines, alarm, 'END:VEVENT', *self.others])


def folded(chance, text):
    """Lines of at most some octets, also within a character, as the RFC allows"""
    out = b''
    for line in text.encode().split(b'\n'):
        room = chance.choice([75, 75, 20, 9])
        out += line[:room]
        for at in range(room, len(line), room - 1):
            out += b'\n' + chance.choice([b' ', b'\t']) + line[at:at + room - 1]
        out += b'\n'
    return out


def calendar(seed):
    chance = random.Random(seed)
    floating = chance.choice(ZONES)
    events = [Event(chance, number, floating) for number in range(chance.randint(1, 6))]
    zones = [text for _, text in OWN.values()]
    parts = [event.text() for event in events] + zones
    chance.shuffle(parts)
    text = '\n'.join(['BEGIN:VCALENDAR', 'VERSION:2.0', 'X-WR-CALNAME:on call', *parts, 'END:VCALENDAR'])
    data = folded(chance, text)
    expected = set()
    low, high = seconds(UTC, FROM), seconds(UTC, UNTIL)
    for event in events:
        wanted = [(event.uid, *turn) for turn in event.turns]
        wanted += [(f'instead of {event.uid}', *turn) for turn in (event.instead if event.others else [])]
        expected |= {one for one in wanted if one[1] < one[2] and one[2] > low and one[1] < high}
    return floating, data.replace(b'\n', b'\r\n') if chance.random() < 0.7 else data, expected


def answered(zone, data):
    low, high = seconds(UTC, FROM), seconds(UTC, UNTIL)
    done = subprocess.run([ICS, zone, str(low * 1000000), str(high * 1000000)], stdin=open_file(data), capture_output=True, timeout=60,
                          check=True)
    lines = done.stdout.decode().splitlines()
    assert lines[0] == 'agenda 1' and lines[-1].startswith('.'), lines
    found, summary = set(), ''
    for line in lines:
        fields = line.split('\t')
        if fields[0] == 'E':
            summary = fields[3]
        elif fields[0] == 'T':
            found.add((summary, int(fields[1]) // 1000000, int(fields[2]) // 1000000))
    return found


def open_file(data):
    fd = os.memfd_create('calendar')
    os.write(fd, data)
    os.lseek(fd, 0, 0)
    return fd


def main():
    first = int(os.environ.get('REEVE_ICAL_FIRST', '0'))
    times = wrong = 0
    for seed in range(first, first + SEEDS):
        zone, data, expected = calendar(seed)
        try:
            found = answered(zone, data)
        except AssertionError as error:
            found = {(str(error), 0, 0)}
        times += len(expected)
        if found != expected:
            wrong += 1
            if wrong <= 3:
                print(f'# calendar {seed} in {zone}:', file=sys.stderr)
                for one in sorted(found ^ expected)[:6]:
                    print('#', 'ours' if one in found else 'theirs', one[0], datetime.datetime.fromtimestamp(one[1], UTC),
                          datetime.datetime.fromtimestamp(one[2], UTC), file=sys.stderr)
                print('# ' + re.sub(r'\r?\n[ \t]', '', data.decode(errors='replace')).replace('\n', '\n# '), file=sys.stderr)
    print('TAP version 13\n1..1')
    print(f'{"not " if wrong or not times else ""}ok 1 - {SEEDS} calendars with {sum(RULES.values())} rules name {times} times; {wrong} differ')
    return 1 if wrong or not times else 0


sys.exit(main())
