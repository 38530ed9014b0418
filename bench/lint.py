#!/usr/bin/python3
"""lint.py REEVE SQUAWK - the lint beside squawk-cli: one line a case with the rules that each of them names.

The statements were written for this comparison from what each rule is about: one that it is for, and one near it that
it is not for. Reeve is asked with --offline --all-rules, so that both know the same: the text alone. Exit 1 when a case
differs that DIFFERS does not name, or one named there no longer differs."""
import json
import os
import subprocess
import sys
import tempfile

# (what is looked at, SQL, is it run as one transaction?)
CASES = [
    ('require-concurrent-index-creation', 'CREATE INDEX orders_day ON orders (day);', False),
    ('require-concurrent-index-creation', 'CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_day ON orders (day);', False),
    ('require-concurrent-index-creation', 'CREATE TABLE fresh (a text); CREATE INDEX fresh_a ON fresh (a);', True),
    ('require-concurrent-index-creation', 'CREATE UNIQUE INDEX orders_code ON shop.orders (code);', True),
    ('require-concurrent-index-deletion', 'DROP INDEX IF EXISTS orders_day;', False),
    ('require-concurrent-index-deletion', 'DROP INDEX CONCURRENTLY IF EXISTS orders_day;', False),
    ('require-concurrent-reindex', 'REINDEX TABLE orders;', False),
    ('require-concurrent-reindex', 'REINDEX INDEX orders_day;', False),
    ('require-concurrent-reindex', 'REINDEX TABLE CONCURRENTLY orders;', False),
    ('require-concurrent-reindex', 'REINDEX (CONCURRENTLY) INDEX orders_day;', False),
    ('require-concurrent-partition-detach', 'ALTER TABLE orders DETACH PARTITION orders_2019;', False),
    ('require-concurrent-partition-detach', 'ALTER TABLE orders DETACH PARTITION orders_2019 CONCURRENTLY;', False),
    ('constraint-missing-not-valid', 'ALTER TABLE orders ADD CONSTRAINT paid CHECK (total >= 0);', True),
    ('constraint-missing-not-valid', 'ALTER TABLE orders ADD CONSTRAINT paid CHECK (total >= 0) NOT VALID;', True),
    ('constraint-missing-not-valid', 'ALTER TABLE orders ADD CONSTRAINT paid CHECK (total >= 0) NOT VALID;'
     ' ALTER TABLE orders VALIDATE CONSTRAINT paid;', True),
    ('constraint-missing-not-valid', 'ALTER TABLE orders VALIDATE CONSTRAINT paid;', True),
    ('constraint-missing-not-valid',
     'CREATE TABLE fresh (a text); ALTER TABLE fresh ADD CONSTRAINT b CHECK (a <> \'\');',
     True),
    ('adding-foreign-key-constraint',
     'ALTER TABLE orders ADD CONSTRAINT buyer FOREIGN KEY (person) REFERENCES people (id);',
     True),
    ('adding-foreign-key-constraint',
     'ALTER TABLE orders ADD CONSTRAINT buyer FOREIGN KEY (person) REFERENCES people (id)'
     ' NOT VALID;', True),
    ('adding-foreign-key-constraint', 'ALTER TABLE orders ADD COLUMN person bigint REFERENCES people (id);', True),
    ('adding-foreign-key-constraint', 'CREATE TABLE fresh (person bigint REFERENCES people (id));', True),
    ('adding-field-with-default', 'ALTER TABLE orders ADD COLUMN state text DEFAULT \'new\';', True),
    ('adding-field-with-default', 'ALTER TABLE orders ADD COLUMN seen timestamptz DEFAULT now();', True),
    ('adding-field-with-default', 'ALTER TABLE orders ADD COLUMN luck double precision DEFAULT random();', True),
    ('adding-field-with-default', 'ALTER TABLE orders ADD COLUMN key uuid DEFAULT gen_random_uuid();', True),
    ('adding-field-with-default', 'ALTER TABLE orders ADD COLUMN tag text DEFAULT shop_tag();', True),
    ('adding-field-with-default', 'ALTER TABLE orders ADD COLUMN pair text GENERATED ALWAYS AS (a || b) STORED;', True),
    ('adding-field-with-default', 'ALTER TABLE orders ADD COLUMN list text[] DEFAULT ARRAY[]::text[];', True),
    ('adding-required-field', 'ALTER TABLE orders ADD COLUMN state text NOT NULL;', True),
    ('adding-required-field', 'ALTER TABLE orders ADD COLUMN state text NOT NULL DEFAULT \'new\';', True),
    ('adding-required-field', 'ALTER TABLE orders ADD COLUMN state text;', True),
    ('adding-not-nullable-field', 'ALTER TABLE orders ALTER COLUMN state SET NOT NULL;', True),
    ('adding-not-nullable-field',
     'ALTER TABLE orders ADD CONSTRAINT has CHECK (state IS NOT NULL) NOT VALID; COMMIT; BEGIN;'
     ' ALTER TABLE orders VALIDATE CONSTRAINT has; ALTER TABLE orders ALTER COLUMN state SET NOT NULL;', True),
    ('adding-serial-primary-key-field', 'ALTER TABLE orders ADD COLUMN id bigserial PRIMARY KEY;', True),
    ('adding-serial-primary-key-field', 'ALTER TABLE orders ADD PRIMARY KEY (id);', True),
    ('adding-serial-primary-key-field',
     'ALTER TABLE orders ADD CONSTRAINT orders_key PRIMARY KEY USING INDEX orders_id;',
     True),
    ('adding-field-with-default', 'ALTER TABLE orders ADD COLUMN n bigint GENERATED ALWAYS AS IDENTITY;', True),
    ('changing-column-type', 'ALTER TABLE orders ALTER COLUMN total TYPE bigint;', True),
    ('changing-column-type', 'ALTER TABLE orders ALTER COLUMN name TYPE text USING name::text;', True),
    ('renaming-column', 'ALTER TABLE orders RENAME COLUMN total TO sum;', True),
    ('renaming-column', 'ALTER TABLE orders RENAME CONSTRAINT a TO b;', True),
    ('renaming-table', 'ALTER TABLE orders RENAME TO purchases;', True),
    ('renaming-table', 'ALTER INDEX orders_day RENAME TO purchases_day;', True),
    ('disallowed-unique-constraint', 'ALTER TABLE orders ADD CONSTRAINT code_once UNIQUE (code);', True),
    ('disallowed-unique-constraint', 'ALTER TABLE orders ADD CONSTRAINT code_once UNIQUE USING INDEX orders_code;',
     True),
    ('disallowed-unique-constraint', 'ALTER TABLE orders ADD COLUMN code text UNIQUE;', True),
    ('disallowed-unique-constraint', 'CREATE TABLE fresh (code text UNIQUE);', True),
    ('ban-drop-database', 'DROP DATABASE old;', False),
    ('ban-drop-database', 'CREATE DATABASE new;', False),
    ('ban-drop-table', 'DROP TABLE IF EXISTS orders;', True),
    ('ban-drop-table', 'DROP VIEW IF EXISTS orders_now;', True),
    ('ban-drop-column', 'ALTER TABLE orders DROP COLUMN total;', True),
    ('ban-drop-column', 'ALTER TABLE orders DROP CONSTRAINT IF EXISTS paid;', True),
    ('ban-drop-not-null', 'ALTER TABLE orders ALTER COLUMN total DROP NOT NULL;', True),
    ('ban-drop-not-null', 'ALTER TABLE orders ALTER COLUMN total DROP DEFAULT;', True),
    ('ban-truncate-cascade', 'TRUNCATE orders CASCADE;', True),
    ('ban-truncate-cascade', 'TRUNCATE orders, lines;', True),
    ('ban-char-field', 'CREATE TABLE fresh (code char(3));', True),
    ('ban-char-field', 'CREATE TABLE fresh (code character varying);', True),
    ('ban-char-field', 'ALTER TABLE orders ADD COLUMN code bpchar;', True),
    ('ban-create-domain-with-constraint', 'CREATE DOMAIN positive AS bigint CHECK (value > 0);', True),
    ('ban-create-domain-with-constraint', 'CREATE DOMAIN plain AS bigint;', True),
    ('ban-alter-domain-with-add-constraint', 'ALTER DOMAIN positive ADD CONSTRAINT small CHECK (value < 9);', True),
    ('ban-alter-domain-with-add-constraint', 'ALTER DOMAIN positive DROP CONSTRAINT small;', True),
    ('ban-alter-domain-with-add-constraint', 'ALTER DOMAIN positive ADD CONSTRAINT small CHECK (value < 9) NOT VALID;',
     True),
    ('ban-concurrent-index-creation-in-transaction', 'BEGIN; CREATE INDEX CONCURRENTLY IF NOT EXISTS a ON orders (day);'
     ' COMMIT;', False),
    ('ban-concurrent-index-creation-in-transaction', 'CREATE INDEX CONCURRENTLY IF NOT EXISTS a ON orders (day);'
     ' COMMENT ON INDEX a IS \'x\';', True),
    ('ban-uncommitted-transaction', 'BEGIN; CREATE TABLE fresh (a text);', False),
    ('ban-uncommitted-transaction', 'BEGIN; CREATE TABLE fresh (a text); COMMIT;', False),
    ('transaction-nesting', 'BEGIN; BEGIN; SELECT 1; COMMIT;', False),
    ('transaction-nesting', 'SELECT 1; COMMIT;', False),
    ('ban-duplicate-column-assignments', 'UPDATE orders SET a = 1, b = 2, a = 3;', True),
    ('ban-duplicate-column-assignments', 'UPDATE orders SET a = 1, b = 2;', True),
    ('ban-duplicate-column-assignments', 'INSERT INTO orders (a, b, a) VALUES (1, 2, 3);', True),
    ('prefer-bigint-over-int', 'CREATE TABLE fresh (n integer);', True),
    ('prefer-bigint-over-int', 'CREATE TABLE fresh (n bigint);', True),
    ('prefer-bigint-over-int', 'ALTER TABLE orders ADD COLUMN n int4;', True),
    ('prefer-bigint-over-smallint', 'CREATE TABLE fresh (n smallint);', True),
    ('prefer-bigint-over-smallint', 'CREATE TABLE fresh (n smallserial);', True),
    ('prefer-identity', 'CREATE TABLE fresh (id bigserial);', True),
    ('prefer-identity', 'CREATE TABLE fresh (id bigint GENERATED BY DEFAULT AS IDENTITY);', True),
    ('prefer-repack', 'VACUUM FULL orders;', False),
    ('prefer-repack', 'VACUUM (FULL, ANALYZE) orders;', False),
    ('prefer-repack', 'CLUSTER orders USING orders_day;', False),
    ('prefer-repack', 'VACUUM orders;', False),
    ('prefer-text-field', 'CREATE TABLE fresh (name varchar(40));', True),
    ('prefer-text-field', 'CREATE TABLE fresh (name varchar);', True),
    ('prefer-timestamp-tz', 'CREATE TABLE fresh (at timestamp);', True),
    ('prefer-timestamp-tz', 'CREATE TABLE fresh (at timestamp with time zone);', True),
    ('prefer-robust-stmts', 'CREATE INDEX CONCURRENTLY orders_day ON orders (day);', False),
    ('prefer-robust-stmts', 'DROP INDEX CONCURRENTLY orders_day;', False),
    ('prefer-robust-stmts', 'CREATE TABLE IF NOT EXISTS fresh (a text);', False),
    ('prefer-robust-stmts', 'ALTER TABLE orders ADD COLUMN a text;', False),
    ('require-lock-timeout', 'ALTER TABLE orders ADD COLUMN a text;', True),
    ('require-lock-timeout', 'SET lock_timeout = 0; ALTER TABLE orders ADD COLUMN a text;', True),
    ('require-statement-timeout', 'ALTER TABLE orders ADD COLUMN a text;', True),
    ('require-statement-timeout', 'SET statement_timeout = \'5s\'; ALTER TABLE orders ADD COLUMN a text;', True),
    ('require-enum-value-ordering', 'ALTER TYPE mood ADD VALUE \'glad\';', True),
    ('require-enum-value-ordering', 'ALTER TYPE mood ADD VALUE \'glad\' BEFORE \'sad\';', True),
    ('require-table-schema', 'CREATE TABLE fresh (a text);', True),
    ('require-table-schema', 'CREATE TABLE shop.fresh (a text);', True),
    ('identifier-too-long', f'CREATE TABLE fresh ({"a" * 64} text);', True),
    ('identifier-too-long', f'CREATE TABLE fresh ({"a" * 63} text);', True),
    ('syntax-error', 'ALTER orders ADD a int;', True),
]
# (rule, the SQL's beginning): why the two differ.
DIFFERS = {
    ('adding-foreign-key-constraint', 'ALTER TABLE orders ADD COLUMN person'):
        'a new column without a default holds NULLs only, and PostgreSQL does not check them (postgres-lint sees it)',
    ('ban-alter-domain-with-add-constraint', 'ALTER DOMAIN positive ADD CONSTRAINT small CHECK (value < 9) NOT VALID'):
        'NOT VALID checks no row; that is what both advise',
    ('ban-concurrent-index-creation-in-transaction', 'BEGIN; CREATE INDEX CONCURRENTLY'):
        'refused by the reader of migrations, with the place and the remedy, also without the lint',
    ('ban-concurrent-index-creation-in-transaction',
     'CREATE INDEX CONCURRENTLY IF NOT EXISTS a ON orders (day); COMMENT'):
        'the same',
    ('ban-uncommitted-transaction', 'BEGIN; CREATE TABLE fresh (a text);'): 'the same',
    ('transaction-nesting', 'BEGIN; BEGIN; SELECT 1; COMMIT;'): 'the same',
    ('transaction-nesting', 'SELECT 1; COMMIT;'): 'the same',
    ('prefer-repack', 'VACUUM FULL'): 
        'squawk says it from PostgreSQL 19 on, which has REPACK; the lock is the same in all',
    ('prefer-repack', 'VACUUM (FULL, ANALYZE)'): 'the same',
    ('prefer-repack', 'CLUSTER'): 'the same',
    ('prefer-robust-stmts', 'ALTER TABLE orders ADD COLUMN a text;'):
        'each statement is done with its row of the history or not at all; nothing is done twice',
    ('require-lock-timeout', 'ALTER TABLE orders ADD COLUMN a text;'):
        'the runner sets lock_timeout (4 s), lets others pass and tries again',
    ('require-lock-timeout', 'SET lock_timeout = 0;'):
        'that takes the limit off, which squawk counts as having one',
}
REFUSED = 'refused'  # the reader of migrations takes the file as a whole for wrong


def ask_reeve(reeve, path):
    done = subprocess.run([reeve, 'db:lint', '--offline', '--all-rules', '--json', path], capture_output=True,
                          text=True)
    said = json.loads(done.stdout)
    rules = {one['rule'] for one in said['lint']}
    return rules | ({REFUSED} if said['findings'] else set())


def ask_squawk(squawk, path, one):
    words = [squawk, '--reporter', 'json', '--pg-version', '15.0', '--include', 'require-table-schema',
             '--assume-in-transaction' if one else '--no-assume-in-transaction', path]
    done = subprocess.run(words, capture_output=True, text=True)
    return {found['rule_name'] for found in json.loads(done.stdout or '[]')}


def main(reeve, squawk):
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for number, (rule, sql, one) in enumerate(CASES):
            path = os.path.join(folder, f'{number}.sql')
            with open(path, 'w', encoding='utf-8') as file:
                file.write(('' if one else '-- transaction:false\n') + sql + '\n')
            rows.append((rule, sql, ask_reeve(reeve, path), ask_squawk(squawk, path, one)))
    wrong, agree, used = 0, 0, set()
    for rule, sql, ours, theirs in rows:
        same = (rule in ours) == (rule in theirs)
        key = next((key for key in DIFFERS if key[0] == rule and sql.startswith(key[1]) and not same), None)
        agree += same
        used.add(key)
        wrong += not same and key is None
        word = ('found ' if rule in ours else 'quiet ') if same else 'argued' if key else 'DIFFER'
        print(f'{word} {rule} | {sql[:100]}')
        if not same:
            for name, said in (('reeve', ours), ('squawk', theirs)):
                print(f'         {name + ":":8}', ' '.join(sorted(said)) or '-')
            print('         why:    ', DIFFERS.get(key, '?'))
    stale = [key for key in DIFFERS if key not in used]
    for key in stale:
        print('STALE ', *key)
    print(f'{len(rows)} cases: {agree} alike, {len(rows) - agree - wrong} argued, {wrong} not argued')
    return 1 if wrong or stale else 0


if __name__ == '__main__':
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
