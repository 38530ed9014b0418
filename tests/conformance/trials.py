"""trials.py - one run under random kills of core, workers and commands: what happened to its effects?

Promises: the same seed kills the same things in the same order (the moments are the machine's). A step that may not be
repeated has had its effect at most once without a person's word; a step that is called done has had it exactly once;
each run came to its end, or stands in doubt with a sentence. Refuses: helping the engine: a person only says what a
person can know from the record."""
import random
import time

STEPS = 5
KILLS_MOST = 6
ENDS_S = 90


def make_procedure(rng):
    """Each step appends its line, then takes its time."""
    steps = []
    for number in range(1, STEPS + 1):
        rest = rng.choice(['', '; sleep 0.05', '; sleep 0.3', '; sleep 0.3 & sleep 0.1'])
        before = rng.choice(['', 'sleep 0.1; ', 'sleep 0.3; '])
        run = f'{before}echo x >> {{dir}}/part{number}{rest}'
        steps.append({'kind': 'command', 'text': f'Part {number}', 'run': run})
    return {'name': 'Random', 'steps': steps}


def boot(engine, is_down):
    if is_down[0]:
        engine.ask('boot')
        is_down[0] = False


def hurt(engine, rng, is_down):
    kinds = [what for what in ('core', 'worker', 'command') if f'kill {what}' in engine.offers]
    what = rng.choice(kinds + ['core'])
    time.sleep(rng.random() * 0.6)
    if what == 'core' and not is_down[0]:
        engine.ask('kill', what='core')
        is_down[0] = True
        if rng.random() < 0.3:  # the machine as a whole
            engine.ask('kill', what='worker')
            engine.ask('kill', what='command')
        time.sleep(rng.random() * 0.4)
        boot(engine, is_down)
    else:
        engine.ask('kill', what=what)


def check_step(number, step, lines, excused, failed):
    """lines: before the state was read, and after: an intent comes before its effect, a result behind it."""
    if lines[1] > 1:
        raise failed(f'step {number} happened {lines[1]} times: {step}')
    if step['state'] == 'done' and number not in excused and lines[1] != 1:
        raise failed(f'step {number} is called done and happened {lines[1]} times')
    if step['state'] in ('failed', 'doubted') and not step['says'].strip():
        raise failed(f'step {number} is {step["state"]} without a sentence')
    if step['state'] in ('planned', 'ready', 'waiting') and lines[0] > 0:
        raise failed(f'step {number} is {step["state"]} and happened already')


def count_lines(engine):
    return [len(engine.lines(f'part{number}')) for number in range(1, STEPS + 1)]


def go_on(engine, run, excused, failed):
    """One look. True when the run is over. A person leaves out what failed or is in doubt."""
    before = count_lines(engine)
    state = engine.ask('state', run=run)
    if 'refused' in state:
        raise failed(f'the run is not known any more: {state}')
    for number, (step, *lines) in enumerate(zip(state['steps'], before, count_lines(engine)), 1):
        check_step(number, step, lines, excused, failed)
    if state['state'] == 'stopped':
        number = next(n for n, step in enumerate(state['steps'], 1) if step['state'] in ('failed', 'doubted'))
        excused.add(number)
        engine.ask('skip', run=run, step=number, reason='the trial goes on')
    return state['state'] == 'done'


def play(make_engine, argv, seed, failed):
    rng = random.Random(seed)
    engine = make_engine(argv)
    excused, is_down = set(), [False]
    try:
        if not {'commands', 'kill core', 'skip'} <= set(engine.offers):
            return 'skip', 'not offered: commands, kills, or leaving steps out'
        procedure = make_procedure(rng)
        for step in procedure['steps']:
            step['run'] = step['run'].replace('{dir}', engine.folder)
        engine.ask('open', procedures=[procedure])
        run = engine.ask('start', procedure='Random')['run']
        for _ in range(rng.randint(1, KILLS_MOST)):
            hurt(engine, rng, is_down)
            if go_on(engine, run, excused, failed):
                break
        until = time.monotonic() + ENDS_S
        while not go_on(engine, run, excused, failed):
            if time.monotonic() > until:
                raise failed(f'the run came to no end: {engine.ask("state", run=run)}')
            time.sleep(0.05)
        facts = engine.ask('facts', run=run)['facts']
        for number in range(1, STEPS + 1):
            starts = sum(fact['is'] == 'started' and fact['step'] == number for fact in facts)
            if starts > 1:
                raise failed(f'step {number} was started {starts} times by itself: {facts}')
        if (answer := engine.ask('sound')).get('refused'):
            raise failed(f'the record does not hold: {answer["refused"]}')
    except failed as words:
        return 'fail', '\n'.join([str(words), *engine.story])
    finally:
        engine.close()
    return None
