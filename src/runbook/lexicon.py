"""lexicon.py DEF OUT - writes the hash slots of lexicon.def as a C header.

Promises: every word of the table is found by linear probing from its FNV-1a hash. Refuses a word that is there twice."""
import re
import sys

SLOTS = 4096
source, output = sys.argv[1:3]
words = [re.sub(r'\\x([0-9A-F]{2})', lambda m: chr(int(m.group(1), 16)), text).replace('\\"', '"')
         for text in re.findall(r'^LEXEME\(\w+, "((?:[^"\\]|\\.)*)"', open(source, encoding="ascii").read(), re.M)]
slots = [0] * SLOTS
if len(words) > SLOTS // 2 or len({word.lower() for word in words}) != len(words):
    sys.exit(f"{source}: too many words for {SLOTS} slots, or a word twice.")
for number, word in enumerate(words, 1):
    value = 2166136261
    for byte in word.encode("latin-1"):
        value = ((value ^ (byte + 32 if 65 <= byte <= 90 else byte)) * 16777619) & 0xFFFFFFFF
    slot = value % SLOTS
    while slots[slot]:
        slot = (slot + 1) % SLOTS
    slots[slot] = number
with open(output, "w", encoding="ascii") as out:
    out.write(f"enum {{ LEXICON_SLOTS = {SLOTS} }};\nstatic const uint16_t lexicon_slots[LEXICON_SLOTS] = {{\n")
    for at in range(0, SLOTS, 16):
        out.write(", ".join(map(str, slots[at:at + 16])) + ",\n")
    out.write("};\n")
