"""vocabulary.py DEF OUT - writes the index of vocabulary.def as a C header: words and phrases as hashes, found by probing.

Promises: the same words as phrase.c makes of a sentence (tests/unit/runbook/test_vocabulary.c asks for every row).
Refuses a word or a phrase that is there twice, one that stands for a word that stands for another, and too many of them."""
import re
import sys

WORD_SLOTS, ROW_SLOTS, WORDS_MAX = 512, 8192, 12
# What binding.c looks for: it stands for itself.
SAID = ('after', 'for', 'within', 'immediately', 'now', 'if', 'as', 'needed', 'necessary', 'required', 'applicable', 'possible')
ROLES = {'SAME': 1, 'PASSED': 2, 'TURNS': 3, 'JOINS': 4, 'LENGTH': 5}
KINDS = ['SIGNAL', 'PARTY', 'SERVICE', 'ACTION', 'CHECK', 'PRACTICE']
MANY, MASK = 1, 2 ** 64 - 1
source, output = sys.argv[1:3]


def stem(word):
    """The hash of a word without its plural, as phrase.c's phrase_word()"""
    word = word.removesuffix("'s")
    if len(word) > 2 and word.endswith('s') and not word.endswith('ss'):
        word = word[:-1]
    if len(word) > 2 and word.endswith('e'):
        word = word[:-1]
    if len(word) > 2 and word.endswith('y'):
        word = word[:-1] + 'i'
    value = 0
    raw = word.lower().encode('ascii')
    for at in range(0, len(raw), 8):
        value = (value ^ int.from_bytes(raw[at:at + 8], 'little')) * 0x9E3779B97F4A7C15 & MASK
        value ^= value >> 32
    return value


def refuse(what):
    sys.exit(f'{source}: {what}.')


text = open(source, encoding='ascii').read()
words, rows = {}, []
for macro, arguments in re.findall(r'^([A-Z_]+)\((.*)\)$', text, re.M):
    quoted = re.findall(r'"([^"]*)"', arguments)
    kind = arguments.split(',')[0]
    if macro in ROLES:
        if stem(quoted[0]) in words:
            refuse(f'the word "{quoted[0]}" is there twice')
        words[stem(quoted[0])] = (stem(quoted[-1]), ROLES[macro])
    elif macro == 'SIGNAL':
        rows.append(('SIGNAL', '', quoted[0]))
    elif macro == 'PHRASE':
        rows.append((kind, '', quoted[0]))
    elif macro == 'PHRASE_UNDER':
        rows.append((kind, quoted[0], quoted[1]))
    else:
        refuse(f'{macro} is no macro of it')


def known(word):
    """What a word stands for, or None when it is passed over"""
    to, role = words.get(stem(word), (stem(word), 0))
    return None if role == ROLES['PASSED'] else to


for to, role in words.values():
    if role == ROLES['SAME'] and words.get(to, (0, 0))[1] == ROLES['SAME']:
        refuse('a word stands for one that stands for another')
for word in SAID:
    if known(word) != stem(word):
        refuse(f'"{word}" stands for itself in binding.c')
met, starts, flat, under, slots, following = {}, [0], [], [], [0] * ROW_SLOTS, []
for kind, heading, phrase in rows:
    if not re.fullmatch(r"[a-z0-9_' *]+", phrase):
        refuse(f'"{phrase}" is not lower-case words parted by blanks')
    hashes = [MANY if word == '*' else known(word) for word in phrase.split()]
    hashes = [value for value in hashes if value is not None]
    if hashes and hashes[-1] == MANY and not phrase.endswith('*'):
        refuse(f'nothing is left of "{phrase}" but its beginning')
    key = (kind, heading, *hashes)
    if key in met:
        refuse(f'the {kind} "{phrase}" is there twice: "{met[key]}"')
    if not hashes or hashes[0] == MANY or len(hashes) > WORDS_MAX:
        refuse(f'"{phrase}" begins with no word or has too many')
    met[key] = phrase
    second = hashes[1] if len(hashes) > 1 and hashes[1] != MANY else 0
    slot = (hashes[0] + second * 3 + KINDS.index(kind) * 131) % ROW_SLOTS
    flat += hashes
    starts.append(len(flat))
    under.append(known(heading) if heading else 0)
    following.append(slots[slot])
    slots[slot] = len(following)
table = [(0, 0, 0)] * WORD_SLOTS
if len(words) > WORD_SLOTS // 2 or len(rows) > ROW_SLOTS // 2:
    refuse('too many words or phrases')
for value, (to, role) in words.items():
    slot = value % WORD_SLOTS
    while table[slot][0]:
        slot = (slot + 1) % WORD_SLOTS
    table[slot] = (value, to, role)


def array(kind, name, values):
    lines = [', '.join(map(str, values[at:at + 6])) + ',' for at in range(0, len(values), 6)]
    return f'static const {kind} {name}[] = {{\n' + '\n'.join(lines) + '\n};\n'


with open(output, 'w', encoding='ascii') as out:
    if output.endswith('words.h'):
        out.write(f'enum {{ WORD_SLOTS = {WORD_SLOTS} }};\n')
        out.write(array('uint64_t', 'known_words', [f'{a}U' for a, _, _ in table]))
        out.write(array('struct known_word', 'known_meanings', [f'{{{b}U, {c}}}' for _, b, c in table]))
    else:
        out.write(f'enum {{ ROW_SLOTS = {ROW_SLOTS} }};\n')
        out.write(array('uint64_t', 'row_words', [f'{value}U' for value in flat]))
        out.write(array('uint64_t', 'row_under', [f'{value}U' for value in under]))
        out.write(array('uint16_t', 'row_starts', starts))
        out.write(array('uint16_t', 'row_slots', slots))
        out.write(array('uint16_t', 'row_next', following))
