# migrate_fifty.py - fifty varied migrations, and a runner that is killed, cut off, or loses its server at each question of each of them: run again, all
# is there exactly once. Each file is tried on a copy of the database in which all before it are applied. All places with REEVE_LONG, else a share.
import os
import sys

sys.dont_write_bytecode = True
import rig as company  # noqa: E402
import runner  # noqa: E402
from fifty_files import FILES, STATE  # noqa: E402
from rig import Rig, case  # noqa: E402

LONG = bool(os.environ.get('REEVE_LONG'))
EACH = 1 if LONG else 71  # one place of so many


class Tried:
    """Places tried, what was wrong at them, and how many questions there were."""

    def __init__(self):
        self.places = self.questions = self.number = 0
        self.bad = []

    def picks(self):
        self.number += 1
        return (self.number * 7) % EACH == 0


def state(rig, database):
    try:
        return rig.sql(STATE, database=database)
    except AssertionError as why:
        return str(why)[-300:]


def copy(rig, source, name):
    rig.sql(f"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname IN ('{source}', '{name}')")
    rig.sql(f'DROP DATABASE IF EXISTS {name} WITH (FORCE)')
    rig.sql(f'CREATE DATABASE {name} OWNER app TEMPLATE {source} STRATEGY file_copy')


def look_again(rig, tried, what, folder, want, result):
    """One run more ends it, and everything is there once."""
    again = runner.perform(rig, folder, database='work')
    got = state(rig, 'work')
    tried.places += 1
    if again['outcome'] != 'done' or got != want:
        tried.bad.append((what, result['outcome'], again, [pair for pair in zip(want.splitlines(), got.splitlines()) if pair[0] != pair[1]]))


def cut_everywhere(rig, tried, before, folder, want):
    name = os.path.basename(folder)
    copy(rig, before, 'work')
    result, questions = runner.count_questions(rig, folder, database='work')
    assert result['outcome'] == 'done' and state(rig, 'work') == want, (name, result)
    tried.questions += questions
    for at in range(1, questions + 1):
        for after in (False, True):
            for cut in (False, True):
                if not tried.picks():
                    continue
                copy(rig, before, 'work')
                result, came = runner.perform_cut(rig, folder, at, after, cut, 0.2 if tried.number % 2 else 0, database='work')
                look_again(rig, tried, (name, at, after, cut, came), folder, want, result)


def server_goes(rig, tried, before, folder, want, at):
    copy(rig, before, 'work')
    result, came = runner.perform_cut(rig, folder, at, True, hook=lambda: rig.end(rig.process, 2 + at % 2), database='work')
    rig.start()
    look_again(rig, tried, (os.path.basename(folder), at, 'server', came), folder, want, result)


def main():
    if not company.programs():
        company.skip_all('postgresql-15 is not installed')
    with Rig(*sys.argv[1:3]) as rig:
        rig.make_shop()
        cuts, servers = Tried(), Tried()
        wrong = []
        so_far = {}
        rig.sql('CREATE DATABASE base0 OWNER app')
        for number, (name, text) in enumerate(FILES.items(), 1):
            so_far[f'{number:03}_{name}.sql'] = text
            folder = runner.write_folder(rig, f'upto{number:03}', so_far)
            copy(rig, f'base{number - 1}', f'base{number}')
            result = runner.perform(rig, folder, database=f'base{number}')
            want = state(rig, f'base{number}')
            if result['outcome'] != 'done' or len(result['output']['done']) != 1:
                wrong.append((name, result))
                break
            cut_everywhere(rig, cuts, f'base{number - 1}', folder, want)
            if LONG or number % 25 == 3:
                server_goes(rig, servers, f'base{number - 1}', folder, want, 9 + number % 5)
            rig.sql(f'DROP DATABASE base{number - 1}')
        once = [part.split()[1] for part in want.splitlines()[0].removeprefix('tally ').split(',')]
        case(not wrong and len(FILES) == 50 and set(once) == {'1'}, 'fifty files, each applied by itself, each row once', *wrong, want)
        case(cuts.places > 20 and not cuts.bad, f'killed or cut off at {cuts.places} places of {cuts.questions * 4}: run again, all is there once', *cuts.bad[:3])
        case(servers.places > 1 and not servers.bad, f'the server goes down in {servers.places} of them: run again, all is there once', *servers.bad[:3])
    company.end()


main()
