#!/usr/bin/python3
"""Schedules of other products beside what "reeve import" makes of them: who is on is computed here from the export by the vendor's
documented rules (PagerDuty: the first layer that is on wins; Opsgenie: all rotations count together; Grafana OnCall: the highest
level that is on), with Python's zoneinfo, and asked of Reeve about the printed rows. Fixed exports and seeded ones; instants near a
change of a clock are left out, because no vendor says what holds there. Bad files: one sentence with the place."""
import datetime
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import zoneinfo

REEVE, ANSWERS = (os.path.abspath(path) for path in sys.argv[1:3])
FOLDER = os.path.join(os.environ['REEVE_SOURCE_ROOT'], 'tests/contract/import')
UTC = datetime.timezone.utc
SEEDS = 25
DAY = datetime.timedelta(days=1)
ZONES = ['Europe/Ljubljana', 'America/New_York', 'Asia/Kathmandu', 'UTC', 'America/Sao_Paulo']
OPSGENIE_DAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday']
GRAFANA_DAYS = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU']


def instant(text, zone=None):
    """An instant of RFC 3339, or a time on the wall of a zone"""
    at = datetime.datetime.fromisoformat(text.replace('Z', '+00:00'))
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)


def wall(at, zone):
    return at.astimezone(zone).replace(tzinfo=None)


def is_near_change(at, zone):
    return len({(at + DAY * i / 4).astimezone(zone).utcoffset() for i in range(-8, 9)}) > 1


def week_minute(local):
    return local.weekday() * 1440 + local.hour * 60 + local.minute + local.second / 60


def in_week(local, begin, length):
    return (week_minute(local) - begin) % 10080 < length


def mid_turn(begin, zone, anchor, length, at):
    """Is this before a beginning that is in the middle of a turn, where the rows may begin earlier?"""
    border = wall(begin, zone) - (wall(begin, zone) - anchor) % length
    return border < wall(begin, zone) and wall(begin, zone) - length <= wall(at, zone) < wall(begin, zone)


def pagerduty(schedule, at):
    """Those who are on, or None where the rows may differ"""
    zone = zoneinfo.ZoneInfo(schedule['time_zone'])
    local = wall(at, zone)
    for layer in schedule['schedule_layers']:
        begin = instant(layer['start'])
        anchor = wall(instant(layer['rotation_virtual_start']), zone)
        length = datetime.timedelta(seconds=layer['rotation_turn_length_seconds'])
        if mid_turn(begin, zone, anchor, length, at):
            return None
    for layer in schedule['schedule_layers']:
        anchor = wall(instant(layer['rotation_virtual_start']), zone)
        length = datetime.timedelta(seconds=layer['rotation_turn_length_seconds'])
        if at < instant(layer['start']) or (layer['end'] and at >= instant(layer['end'])):
            continue
        on = not layer['restrictions']
        for limit in layer['restrictions']:
            hour, minute, _ = map(int, limit['start_time_of_day'].split(':'))
            days = [limit['start_day_of_week'] - 1] if limit['type'] == 'weekly_restriction' else range(7)
            on = on or any(in_week(local, day * 1440 + hour * 60 + minute, limit['duration_seconds'] / 60) for day in days)
        if on:
            user = layer['users'][(local - anchor) // length % len(layer['users'])]['user']
            return {user['id']}
    return set()


def opsgenie(schedule, at):
    zone = zoneinfo.ZoneInfo(schedule['timezone'])
    local = wall(at, zone)
    on = set()
    for rotation in schedule['rotations']:
        if any(p['type'] != 'user' for p in rotation['participants']):
            continue
        begin = instant(rotation['startDate'])
        if at < begin or (rotation.get('endDate') and at >= instant(rotation['endDate'])):
            continue
        limit = rotation.get('timeRestriction')
        held = limit is None
        if limit and limit['type'] == 'time-of-day':
            one = limit['restriction']
            first, last = one['startHour'] * 60 + one['startMin'], one['endHour'] * 60 + one['endMin']
            held = (local.hour * 60 + local.minute - first) % 1440 < (last - first) % 1440
        for one in limit.get('restrictions', []) if limit else []:
            first = OPSGENIE_DAYS.index(one['startDay']) * 1440 + one['startHour'] * 60 + one['startMin']
            last = OPSGENIE_DAYS.index(one['endDay']) * 1440 + one['endHour'] * 60 + one['endMin']
            held = held or in_week(local, first, (last - first) % 10080)
        if held:
            length = {'hourly': DAY / 24, 'daily': DAY, 'weekly': DAY * 7}[rotation['type']] * rotation.get('length', 1)
            turn = (local - wall(begin, zone)) // length
            on.add(rotation['participants'][turn % len(rotation['participants'])]['id'])
    return on


def grafana_shift(shift, zone, at):
    """The people of the event that goes on, or None"""
    zone = zoneinfo.ZoneInfo(shift['time_zone']) if shift.get('time_zone') else zone
    local = wall(at, zone)
    start = datetime.datetime.fromisoformat(shift['start'])
    duration = datetime.timedelta(seconds=shift['duration'])
    until = datetime.datetime.fromisoformat(shift['until']) if shift.get('until') else datetime.datetime.max
    lists = shift.get('rolling_users') or [shift['users']]
    first = shift.get('start_rotation_from_user_index') or 0
    if shift['type'] == 'single_event':
        return set(lists[0]) if start <= local < start + duration else None
    period = {'hourly': DAY / 24, 'daily': DAY, 'weekly': DAY * 7}[shift['frequency']] * shift['interval']
    days = shift.get('by_day')
    step = DAY if days else period
    begun = start + (local - start) // step * step
    for event in (begun, begun - step):
        if not start <= event <= min(local, until) or local >= event + duration:
            continue
        if days and GRAFANA_DAYS[event.weekday()] not in days:
            continue
        if days:
            first_day = GRAFANA_DAYS.index(shift['week_start'])
            week = [(d - datetime.timedelta(days=(d.weekday() - first_day) % 7)).date() for d in (start, event)]
            turn = (week[1] - week[0]).days // 7
        else:
            turn = (event - start) // period
        return set(lists[(turn + first) % len(lists)])
    return None


def grafana(schedule, shifts, at):
    zone = zoneinfo.ZoneInfo(schedule['time_zone'])
    on = [(shifts[i]['level'], grafana_shift(shifts[i], zone, at)) for i in schedule['shifts'] if shifts[i]['type'] != 'override']
    on = [(level, people) for level, people in on if people]
    top = max((level for level, _ in on), default=None)
    return {p for level, people in on if level == top for p in people}


class Seeded:
    """Exports of a kind that people make, by chance"""

    def __init__(self, seed):
        self.chance = random.Random(seed)
        self.people = [f'U{i}' for i in range(5)]

    def begin(self, zone):
        c = self.chance
        at = datetime.datetime(2026, c.randint(1, 2), c.randint(1, 28), c.randrange(24), c.choice([0, 30]), tzinfo=zoneinfo.ZoneInfo(zone))
        return at.astimezone(UTC)

    def pagerduty(self):
        c = self.chance
        schedules = []
        for number in range(3):
            zone = c.choice(ZONES)
            layers = []
            for level in range(c.randint(1, 4)):
                virtual = self.begin(zone)
                start = virtual + c.choice([0, 0, 1, 9, 40]) * DAY + datetime.timedelta(hours=c.choice([0, 0, 5]))
                limits = []
                if c.random() < 0.6:
                    limit = {'type': 'daily_restriction', 'start_time_of_day': f'{c.randrange(24):02}:{c.choice([0, 30]):02}:00',
                             'duration_seconds': c.randint(1, 47) * 1800}
                    if c.random() < 0.5:
                        limit.update(type='weekly_restriction', start_day_of_week=c.randint(1, 7), duration_seconds=c.randint(1, 335) * 1800)
                    limits.append(limit)
                layers.append({'id': f'L{level}', 'name': f'layer {level}', 'start': start.isoformat(),
                               'end': (start + c.randint(50, 300) * DAY).isoformat() if c.random() < 0.3 else None,
                               'rotation_virtual_start': virtual.isoformat(),
                               'rotation_turn_length_seconds': c.choice([86400, 604800, 604800, 1209600, 259200, 43200]),
                               'users': [{'user': {'id': p, 'summary': p}} for p in c.sample(self.people, c.randint(1, 4))],
                               'restrictions': limits})
            schedules.append({'id': f'S{number}', 'name': f'Schedule {number}', 'time_zone': zone, 'schedule_layers': layers})
        users = [{'id': p, 'type': 'user', 'name': p, 'email': f'{p.lower()}@acme.example'} for p in self.people]
        return [{'schedules': schedules}, {'users': users}], {s['name']: (lambda at, s=s: pagerduty(s, at)) for s in schedules}

    def opsgenie(self):
        c = self.chance
        schedules = []
        for number in range(3):
            zone = c.choice(ZONES)
            rotations = []
            for index in range(c.randint(1, 3)):
                begin = self.begin(zone)
                rotation = {'id': f'r{number}{index}', 'name': f'rotation {index}', 'startDate': begin.isoformat().replace('+00:00', 'Z'),
                            'type': c.choice(['daily', 'weekly']), 'length': c.randint(1, 3),
                            'participants': [{'type': 'user', 'id': p} for p in c.sample(self.people, c.randint(1, 4))]}
                if c.random() < 0.3:
                    rotation['endDate'] = (begin + c.randint(50, 300) * DAY).isoformat().replace('+00:00', 'Z')
                first = c.randrange(7)
                hours = {'startHour': c.randrange(24), 'startMin': 0, 'endHour': c.randrange(24), 'endMin': 30}
                if c.random() < 0.4:
                    rotation['timeRestriction'] = {'type': 'time-of-day', 'restriction': hours}
                elif c.random() < 0.6:
                    rotation['timeRestriction'] = {'type': 'weekday-and-time-of-day', 'restrictions': [
                        dict(hours, startDay=OPSGENIE_DAYS[first], endDay=OPSGENIE_DAYS[(first + c.randint(0, 5)) % 7])]}
                rotations.append(rotation)
            schedules.append({'id': f'S{number}', 'name': f'Schedule {number}', 'timezone': zone, 'enabled': True, 'rotations': rotations})
        users = [{'id': p, 'username': f'{p.lower()}@acme.example', 'fullName': p} for p in self.people]
        return {'data': schedules + users}, {s['name']: (lambda at, s=s: opsgenie(s, at)) for s in schedules}

    def grafana(self):
        c = self.chance
        shifts, schedules = {}, []
        for number in range(3):
            zone = c.choice(ZONES)
            for level in range(c.randint(1, 3)):
                begin = wall(self.begin(zone), zoneinfo.ZoneInfo(zone))
                lists = [c.sample(self.people, c.randint(1, 2)) for _ in range(c.randint(1, 4))]
                frequency, interval = c.choice([('daily', 1), ('weekly', 1), ('daily', 3), ('weekly', 2)])
                most = {'daily': 86400, 'weekly': 604800}[frequency] * interval
                shift = {'id': f'O{number}{level}', 'name': f'shift {level}', 'level': level, 'start': begin.isoformat(),
                         'type': 'rolling_users', 'rolling_users': lists, 'start_rotation_from_user_index': c.randrange(len(lists)),
                         'frequency': frequency, 'interval': interval, 'duration': most, 'time_zone': None}
                if interval == 1 and c.random() < 0.5:
                    shift['duration'] = c.randrange(1800, most, 1800)
                if frequency == 'weekly' and interval == 1 and c.random() < 0.5:
                    shift.update(by_day=c.sample(GRAFANA_DAYS, 3), week_start=c.choice(['MO', 'SU']), duration=c.randint(1, 47) * 1800)
                if c.random() < 0.3:
                    shift['until'] = (begin + c.randint(50, 300) * DAY + datetime.timedelta(hours=3)).isoformat()
                shifts[shift['id']] = shift
            schedules.append({'id': f'S{number}', 'name': f'Schedule {number}', 'type': 'web', 'time_zone': zone,
                              'shifts': [s for s in shifts if s.startswith(f'O{number}')]})
        users = [{'id': p, 'username': p, 'email': f'{p.lower()}@acme.example'} for p in self.people]
        return ([{'results': list(shifts.values())}, schedules, {'results': users}],
                {s['name']: (lambda at, s=s: grafana(s, shifts, at)) for s in schedules})


def fixed(vendor):
    with open(os.path.join(FOLDER, f'{vendor}.json'), encoding='utf-8') as file:
        export = json.load(file)
    if vendor == 'pagerduty':
        return export, {e['schedule']['name']: (lambda at, s=e['schedule']: pagerduty(s, at)) for e in export if 'schedule' in e}
    if vendor == 'opsgenie':
        schedules = [o for o in export['data'] if o.get('rotations')]
        return export, {s['name']: (lambda at, s=s: opsgenie(s, at)) for s in schedules}
    shifts = {s['id']: s for e in export for s in e.get('on_call_shifts', [])}
    schedules = [s for e in export for s in e.get('schedules', []) if s.get('shifts')]
    return export, {s['name']: (lambda at, s=s: grafana(s, shifts, at)) for s in schedules}


def names_of(export):
    """Ids of the vendor to the names in the rows, which are those of the mail addresses or of the full names"""
    names = {}

    def visit(node):
        if isinstance(node, list):
            for item in node:
                visit(item)
        elif isinstance(node, dict):
            mail = node.get('email') or node.get('username') or ''
            if 'id' in node and '@' in mail:
                names[node['id']] = mail.split('@')[0]
            elif 'id' in node and 'summary' in node and str(node.get('type', '')).startswith('user'):
                names.setdefault(node['id'], re.sub(r'[^a-z0-9]+', '-', node['summary'].lower()))
            for item in node.values():
                visit(item)
    visit(export)
    return names


def take_over(folder, vendor, export):
    path = os.path.join(folder, 'export.json')
    with open(path, 'w', encoding='utf-8') as file:
        json.dump(export, file)
    done = subprocess.run([REEVE, 'import', vendor, path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    with open(os.path.join(folder, 'RUNBOOK.md'), 'w', encoding='utf-8') as file:
        file.write('# Runbook\n\n## Alerts\n\n- Error rate > 5% for 5 minutes\n')
    config = os.path.join(folder, 'reeve.yaml')
    with open(config, 'w', encoding='utf-8') as file:
        file.write('runbook: RUNBOOK.md\nledger: state/reeve.db\nsmtp: { url: "smtp://127.0.0.1:25", from: reeve@acme.example }\n' +
                   done.stdout)
    shown = subprocess.run([REEVE, '--config', config, 'config', 'show'], capture_output=True, text=True, check=False)
    assert shown.returncode == 0, shown.stderr + done.stdout
    checked = subprocess.run([REEVE, '--config', config, 'check'], capture_output=True, text=True, cwd=folder, check=False)
    assert not re.search(r'reeve\.yaml:\d+:\d+: error', checked.stdout), checked.stdout + done.stdout
    assert checked.returncode == 0, checked.stdout + checked.stderr
    return config, done.stdout


def compare(folder, vendor, export, schedules, chance):
    config, rows = take_over(folder, vendor, export)
    names = names_of(export)
    rotas = re.findall(r'^  ([a-z0-9-]+): # (.+)$', rows.split('\non_call:\n')[-1], re.M)
    questions, wanted = [], []
    taken = 0
    for title, who in schedules.items():
        mine = [rota for rota, of in rotas if of == title or of.startswith(title + ' ')]
        if not mine:
            assert f'"{title}"' in rows and 'not taken over' in rows, f'{title} is neither written nor named:\n{rows}'
            continue
        taken += 1
        zones = [zoneinfo.ZoneInfo(z) for z in ZONES]
        for _ in range(120):
            at = datetime.datetime(2026, 1, 1, tzinfo=UTC) + chance.randrange(420 * 24 * 12) * datetime.timedelta(minutes=5)
            people = None if any(is_near_change(at, z) for z in zones) else who(at)
            if people is None:
                continue
            questions.append([f'who {rota} {int(at.timestamp())}' for rota in mine])
            wanted.append((title, at, {names[p] for p in people}))
    asked = '\n'.join(q for group in questions for q in group) + '\n'
    lines = iter(subprocess.run([ANSWERS, config], input=asked, capture_output=True, text=True, check=True).stdout.split('\n'))
    for group, (title, at, people) in zip(questions, wanted):
        answers = {p for _ in group for p in next(lines).split(',') if p != '-'}
        assert answers == people, f'{vendor} {title} at {at}: {sorted(answers)}, the vendor says {sorted(people)}\n{rows}\n{json.dumps(export)}'
    return taken, len(wanted)


def bad_files(folder):
    path = os.path.join(folder, 'bad.json')
    cases = [('', ':1:1: '), ('{"data": [', ':1:11: '), ('{"data": []}', ':1:1: Nothing of Opsgenie'), ('[' * 100, ':1:65: '),
             ('"text"', ':1:1: Nothing of'), ('{"schedules": [{"id": 3}]}', ':1:1: Nothing of')]
    for text, says in cases:
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text)
        done = subprocess.run([REEVE, 'import', 'opsgenie', path], capture_output=True, text=True, check=False)
        assert done.returncode == 2 and done.stdout == '' and says in done.stderr and done.stderr.count('\n') == 1, (text, done.stderr)
    for words, says in [(['import', 'pagertree', path], 'possible are opsgenie'), (['import', 'grafana', path + 'x'], 'bad.jsonx')]:
        done = subprocess.run([REEVE] + words, capture_output=True, text=True, check=False)
        assert done.returncode == 2 and says in done.stderr, done.stderr


def main():
    number = 0
    good = True
    print(f'TAP version 13\n1..{3 * 2 + 1}')
    with tempfile.TemporaryDirectory() as folder:
        for vendor in ('opsgenie', 'pagerduty', 'grafana'):
            for kind in ('a written export', f'{SEEDS} seeded exports'):
                number += 1
                taken = compared = 0
                try:
                    for seed in range(1 if kind.startswith('a') else SEEDS):
                        export, schedules = fixed(vendor) if kind.startswith('a') else getattr(Seeded(seed), vendor)()
                        counts = compare(folder, vendor, export, schedules, random.Random(seed))
                        taken, compared = taken + counts[0], compared + counts[1]
                    print(f'ok {number} - {vendor}: {kind}: {taken} schedules taken over, the same people at {compared} instants')
                except AssertionError as failure:
                    good = False
                    print(f'not ok {number} - {vendor}: {kind}\n# ' + str(failure).replace('\n', '\n# '))
        number += 1
        try:
            bad_files(folder)
            print(f'ok {number} - files that are no export are refused in one sentence with the place')
        except AssertionError as failure:
            good = False
            print(f'not ok {number} - bad files\n# ' + str(failure).replace('\n', '\n# '))
    return 0 if good else 1


sys.exit(main())
