#!/usr/bin/python3
"""tools/exceptions.txt may only shrink: runs every other check, and an exception that none of them needed is an
error. Its output is that of all checks together, so this is what "make check" runs."""
import os
import sys

sys.dont_write_bytecode = True
import common  # noqa: E402
import check_banned  # noqa: E402
import check_cocci  # noqa: E402
import check_fronts  # noqa: E402
import check_globals  # noqa: E402
import check_headers  # noqa: E402
import check_layers  # noqa: E402
import check_pure  # noqa: E402
import check_sizes  # noqa: E402
import check_spelling  # noqa: E402

CHECKS = {'layers': check_layers, 'pure': check_pure, 'sizes': check_sizes, 'banned': check_banned,
          'headers': check_headers, 'globals': check_globals, 'cocci': check_cocci, 'fronts': check_fronts,
          'spelling': check_spelling}


def main():
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    root = sys.argv[1] if len(sys.argv) > 1 else here
    build = sys.argv[2] if len(sys.argv) > 2 else os.path.join(root, 'build')
    listed, wrong = common.exceptions(root)
    count, used = 0, set()
    for name, module in CHECKS.items():
        failed, needed = common.report(name, module.find(root, build), root)
        count += failed
        used |= needed
    for item in listed:
        if item.check not in CHECKS:
            wrong.append(common.Finding(common.EXCEPTIONS, item.line, '', f'There is no check "{item.check}".'))
        elif item not in used:
            wrong.append(common.Finding(common.EXCEPTIONS, item.line, '',
                                        f'{item.check} no longer needs the exception for {item.place}; '
                                        'take the line out.'))
    for finding in wrong:
        print(f'{finding.file}:{finding.line}: {finding.text} [exceptions]')
    sys.exit(1 if count or wrong else 0)


if __name__ == '__main__':
    main()
