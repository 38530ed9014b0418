"""zones.py OUT - writes the names of the time zones that the system's tzdata has as a C header, sorted.

Promises: names with a place only ("Europe/Dublin"); an empty list where there is no tzdata."""
import sys
import zoneinfo

names = sorted(name for name in zoneinfo.available_timezones() if '/' in name)
with open(sys.argv[1], 'w', encoding='ascii') as out:
    out.write('static const char *const zone_names[] = {\n')
    for name in names:
        out.write(f'    "{name}",\n')
    out.write('    NULL};\n')
    out.write(f'enum {{ ZONE_NAMES = {len(names)} }};\n')
