#!/usr/bin/python3
"""Time zones beside Python's zoneinfo: every zone of the system, instants from 1800 to 2200, and times on the wall around
each clock change and far from them. Where a time comes twice Python's fold 0 is the first, as here; where a clock change
skips it, the moment after the gap is expected, found by halving the gap with Python's own offsets."""
import datetime
import os
import random
import subprocess
import sys
import zoneinfo

ANSWERS = sys.argv[1]
ROOT = '/usr/share/zoneinfo'
NAMED = ['Europe/Dublin', 'America/New_York', 'America/Los_Angeles', 'Asia/Kolkata', 'Asia/Tokyo', 'Australia/Lord_Howe',
         'Africa/Casablanca', 'America/Sao_Paulo', 'Pacific/Chatham', 'UTC']
EPOCH = datetime.datetime(1970, 1, 1)
UTC = datetime.timezone.utc
FIRST, LAST = -5364662400, 7258118400  # 1800 and 2200
YEAR = 31556952


def offset(zone, at):
    """What Python's clock in the zone is set to at an instant, in seconds"""
    shown = (EPOCH + datetime.timedelta(seconds=at)).replace(tzinfo=UTC).astimezone(zone)
    return int(shown.utcoffset().total_seconds())


def changes(zone, first, last, step):
    """Instants at which the offset changes, to the second; changes closer to each other than step may be missed"""
    before = offset(zone, first)
    for at in range(first + step, last, step):
        after = offset(zone, at)
        if after != before:
            low, high = at - step, at
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if offset(zone, middle) == before else (low, middle)
            yield high
        before = after


def expected(zone, wall):
    """The instant of a time on the wall, and how it fits"""
    seconds = int((wall - EPOCH).total_seconds())
    first, second = (int(wall.replace(tzinfo=zone, fold=fold).utcoffset().total_seconds()) for fold in (0, 1))
    if first == second:
        return seconds - first, 0
    if first > second:
        return seconds - first, 2
    low, high = seconds - second - 1, seconds - first
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if offset(zone, middle) == first else (low, middle)
    return high, 1


def questions(name, zone, chance):
    """Lines to ask, with the answers"""
    named = name in NAMED
    moments = [chance.randrange(FIRST, LAST) for _ in range(4000 if named else 100)]
    begin, end = (0, 2 * LAST // 3) if named else (1500000000, 1900000000)
    around = list(changes(zone, begin, end, 86400 * (3 if named else 14)))
    for at in moments + [at + delta for at in around for delta in (-1, 0, 1)]:
        yield f'i {at}', str(offset(zone, at))
    walls = [EPOCH + datetime.timedelta(seconds=at) for at in moments]
    for at in around:
        shown = EPOCH + datetime.timedelta(seconds=at + offset(zone, at))
        walls += [shown + datetime.timedelta(seconds=delta) for delta in (-7201, -3601, -1800, -1, 0, 1, 1800, 3599, 7200)]
    for wall in walls:
        at, fit = expected(zone, wall)
        yield wall.strftime('w %Y %m %d %H %M %S'), f'{at} {fit}'


def compare(name, chance):
    """How many answers were the same; the first that was not, or None"""
    asked, wanted = zip(*questions(name, zoneinfo.ZoneInfo(name), chance))
    done = subprocess.run([ANSWERS, os.path.join(ROOT, name), name], input='\n'.join(asked) + '\n', stdout=subprocess.PIPE,
                          text=True, check=False)
    got = done.stdout.splitlines()
    if done.returncode or len(got) != len(asked):
        return 0, f'{name}: exit {done.returncode} after {len(got)} answers'
    for line, answer, want in zip(asked, got, wanted):
        if (answer.split()[0] if line[0] == 'i' else answer) != want:
            return 0, f'{name}: {line}: {answer}, Python says {want}'
    return len(asked), None


def main():
    zoneinfo.reset_tzpath([ROOT])
    chance = random.Random(8536)
    names = NAMED + sorted(name for name in zoneinfo.available_timezones() - set(NAMED)
                           if os.path.exists(os.path.join(ROOT, name)))
    groups = [(name, [name]) for name in NAMED] + [(f'{len(names) - len(NAMED)} other zones', names[len(NAMED):])]
    print(f'TAP version 13\n1..{len(groups)}')
    failed = 0
    for number, (title, members) in enumerate(groups, 1):
        results = [compare(name, chance) for name in members]
        wrong = [text for _, text in results if text]
        print(f'{"not ok" if wrong or not members else "ok"} {number} - {title}: {sum(count for count, _ in results)} answers',
              flush=True)
        for text in wrong[:20]:
            print(f'# {text}')
        failed += bool(wrong)
    sys.exit(failed > 0)


main()
