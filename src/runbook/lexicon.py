"""lexicon.py DEF OUT - writes the keys of lexicon.def as a C header, with a hash in which no two of them meet.

Promises: a word of the table is found in one look: its bucket says by how much its slot is moved (hash and displace);
lexicon.c computes the same hash. Refuses a word that is there twice or has more than 24 bytes."""
import re
import sys

BUCKET_BITS = 9
ROUNDS = 1000
ALL_BITS = (1 << 64) - 1
source, output = sys.argv[1:3]
rows = re.findall(r'^LEXEME\(\w+, "((?:[^"\\]|\\.)*)", (.*)\)$', open(source, encoding="ascii").read(), re.M)
words = [re.sub(r'\\x([0-9A-F]{2})', lambda m: chr(int(m.group(1), 16)), text).replace('\\"', '"') for text, _ in rows]
if len({word.lower() for word in words}) != len(words):
    sys.exit(f"{source}: a word stands there twice.")
SLOT_BITS = (len(words) * 3 // 2).bit_length()
keys = [([0, 0, 0], "0", 0)]
for number, word in enumerate(words, 1):
    raw = bytes(byte + 32 if 65 <= byte <= 90 else byte for byte in word.encode("latin-1"))
    if len(raw) > 24:
        sys.exit(f"{source}: \"{word}\" has more than 24 bytes.")
    parts = [int.from_bytes(raw[at:at + 8], "little") for at in (0, 8, 16)]
    keys.append((parts, rows[number - 1][1], len(raw)))


def place(factors):
    """The slots and the moves of the buckets with these factors, or None when two words always meet."""
    buckets = [[] for _ in range(1 << BUCKET_BITS)]
    for number, (parts, _, _) in enumerate(keys[1:], 1):
        mixed = sum(part * factor for part, factor in zip(parts, factors)) & ALL_BITS
        at = mixed >> 64 - BUCKET_BITS - SLOT_BITS & (1 << SLOT_BITS) - 1
        buckets[mixed >> 64 - BUCKET_BITS].append((number, at))
    slots, moves = [0] * (1 << SLOT_BITS), [0] * len(buckets)
    for bucket in sorted(range(len(buckets)), key=lambda at: -len(buckets[at])):
        for move in range(len(slots)):
            wanted = {at ^ move for _, at in buckets[bucket]}
            if len(wanted) == len(buckets[bucket]) and not any(slots[slot] for slot in wanted):
                break
        else:
            return None
        moves[bucket] = move
        for number, at in buckets[bucket]:
            slots[at ^ move] = number
    return slots, moves


factors = [0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9]
for _ in range(ROUNDS):
    placed = place(factors)
    if placed:
        break
    factors = [factor * 0x5851F42D4C957F2D & ALL_BITS for factor in factors]
else:
    sys.exit(f"{source}: no place is found for all words; give the hash more buckets.")
slots, moves = placed


def write_numbers(out, name, numbers):
    out.write(f"const uint16_t {name}[{len(numbers)}] = {{\n")
    for at in range(0, len(numbers), 16):
        out.write(", ".join(map(str, numbers[at:at + 16])) + ",\n")
    out.write("};\n")


with open(output, "w", encoding="ascii") as out:
    out.write(f'_Static_assert(SLOT_BITS == {SLOT_BITS} && BUCKET_BITS == {BUCKET_BITS}, "lexicon_look.h has the bits");\n')
    out.write("const uint64_t lexicon_factors[LEXICON_PARTS] = {" + ", ".join(f"{f:#x}u" for f in factors) + "};\n")
    out.write("const struct lexeme lexicon_lexemes[] = {\n")
    for number, (parts, classes, size) in enumerate(keys):
        out.write("{{" + ", ".join(f"{part:#x}u" for part in parts) + f"}}, {classes}, {size}, {number}}},\n")
    out.write("};\n")
    write_numbers(out, "lexicon_moves", moves)
    write_numbers(out, "lexicon_slots", slots)
