#!/usr/bin/python3
"""Writes the files of this folder as C arrays: embed.py OUTPUT NAME=FILE ..."""
import sys


def main():
    out = ['/* Written by embed.py from the files of src/face/assets. */',
           '#ifndef FACE_ASSET_DATA_H', '#define FACE_ASSET_DATA_H']
    for pair in sys.argv[2:]:
        name, path = pair.split('=', 1)
        with open(path, 'rb') as file:
            data = file.read() + b'\0'
        signed = (byte - 256 if byte > 127 else byte for byte in data)
        out.append(f'static const char {name}[] = {{{",".join(map(str, signed))}}};')
    out.append('#endif')
    with open(sys.argv[1], 'w', encoding='ascii') as file:
        file.write('\n'.join(out) + '\n')


main()
