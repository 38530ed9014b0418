"""fifty_files.py - fifty migrations, each wrapped, locked or undone by PostgreSQL in another way.

Whatever inserts a row into tally does so once. Promises: each file can be applied when all before it are, as a user who owns the database and no more."""

FILES = {
    'tally': "CREATE TABLE tally (what text, n int);\nINSERT INTO tally VALUES ('1', 1);",
    'many_rows': "INSERT INTO tally SELECT '2.' || g, g FROM generate_series(1, 3000) g;\nUPDATE tally SET n = n + 1 WHERE what LIKE '2.%';",
    'index': "-- transaction:false\nINSERT INTO tally VALUES ('3.1');\nCREATE INDEX CONCURRENTLY tally_n ON tally (n);\nINSERT INTO tally VALUES ('3.2');",
    'two_sections': "-- migrate:up\nINSERT INTO tally VALUES ('4.1');\n-- migrate:down\nDELETE FROM tally;\n-- migrate:up\nINSERT INTO tally VALUES ('4.2');\n"
                    'ALTER TABLE tally ADD at int;\n',
    'enum': "-- migrate:up\nCREATE TYPE mood AS ENUM ('good');\nCREATE TABLE moods (m mood);\n-- migrate:up\nALTER TYPE mood ADD VALUE 'bad';\n"
            "-- migrate:up\nINSERT INTO moods VALUES ('bad');\nINSERT INTO tally VALUES ('5');\n",
    'enum_outside': "-- transaction:false\nALTER TYPE mood ADD VALUE 'so' BEFORE 'bad';\nINSERT INTO moods VALUES ('so');\nINSERT INTO tally VALUES ('6');",
    'enum_renamed': "ALTER TYPE mood RENAME VALUE 'so' TO 'fair';\nALTER TYPE mood RENAME TO temper;\nINSERT INTO tally VALUES ('7');",
    'functions': "CREATE FUNCTION seven() RETURNS int LANGUAGE plpgsql AS $f$ BEGIN RETURN 7; -- ; $$\nEND; $f$;\n"
                 'CREATE FUNCTION one_two() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END;\n'
                 "DO $$ BEGIN INSERT INTO tally VALUES ('8', seven()); END $$;",
    'procedure': "CREATE PROCEDURE note(w text) LANGUAGE sql AS $$ INSERT INTO tally VALUES (w) $$;\nCALL note('9');",
    'reindex': '-- transaction:false\nREINDEX INDEX CONCURRENTLY tally_n;\nDROP INDEX CONCURRENTLY tally_n;\nVACUUM tally;',
    'own_transactions': "BEGIN;\nINSERT INTO tally VALUES ('11.1');\nSAVEPOINT a;\nINSERT INTO tally VALUES ('x');\nROLLBACK TO a;\nCOMMIT;\n"
                        "INSERT INTO tally VALUES ('11.2');\nSTART TRANSACTION ISOLATION LEVEL SERIALIZABLE;\nINSERT INTO tally VALUES ('11.3');\nCOMMIT;",
    'detach': '-- migrate:up\nCREATE TABLE p (a int) PARTITION BY LIST (a);\nCREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);\n'
              "-- migrate:up transaction:false\nALTER TABLE p DETACH PARTITION p1 CONCURRENTLY;\nINSERT INTO tally VALUES ('12');\n",
    'attach': "INSERT INTO p1 VALUES (1);\nALTER TABLE p1 ADD CHECK (a = 1);\nALTER TABLE p ATTACH PARTITION p1 FOR VALUES IN (1);\nINSERT INTO tally VALUES ('13');",
    'path': '-- migrate:up\nCREATE SCHEMA depot;\nCREATE TABLE depot.t (a int);\n-- migrate:up transaction:false\nSET search_path = depot, public;\n'
            "CREATE UNIQUE INDEX CONCURRENTLY \"T_a\" ON t (a);\nINSERT INTO t VALUES (1);\nINSERT INTO tally VALUES ('14');\n",
    'empty': '-- migrate:up\n-- nothing\n-- migrate:down\n',
    'deferred': 'CREATE TABLE q (a int PRIMARY KEY, b int REFERENCES q DEFERRABLE INITIALLY DEFERRED);\n'
                "SET LOCAL work_mem = '8MB';\nINSERT INTO q VALUES (1, 2);\nINSERT INTO q VALUES (2, 1);\nINSERT INTO tally VALUES ('16');",
    'if_not_exists': 'CREATE INDEX CONCURRENTLY IF NOT EXISTS tally_what ON tally (what);',
    'identity': "CREATE TABLE people (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL UNIQUE, low text GENERATED ALWAYS AS (lower(name)) STORED);\n"
                "INSERT INTO people (name) VALUES ('Ana'), ('Ben');\nINSERT INTO tally VALUES ('18');",
    'sequence': "CREATE SEQUENCE counted START 10 INCREMENT 5;\nSELECT setval('counted', 100);\nINSERT INTO tally VALUES ('19', nextval('counted'));",
    'views': "CREATE VIEW names AS SELECT name FROM people;\nCREATE MATERIALIZED VIEW kept AS SELECT id, name FROM people;\n"
             "CREATE UNIQUE INDEX kept_id ON kept (id);\nINSERT INTO tally VALUES ('20');",
    'refresh': "REFRESH MATERIALIZED VIEW kept;\nREFRESH MATERIALIZED VIEW CONCURRENTLY kept;\nINSERT INTO tally SELECT '21', count(*) FROM kept;",
    'view_replaced': "DROP VIEW names;\nALTER TABLE people RENAME name TO called;\nCREATE OR REPLACE VIEW names AS SELECT called AS name FROM people;\n"
                     "COMMENT ON VIEW names IS 'It''s; not -- the end';\nINSERT INTO tally VALUES ('22');",
    'trigger': "CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.n := coalesce(NEW.n, 0) + 1000; RETURN NEW; END $$;\n"
               "CREATE TRIGGER stamps BEFORE INSERT ON tally FOR EACH ROW EXECUTE FUNCTION stamp();\nINSERT INTO tally VALUES ('23', 1);\n"
               'ALTER TABLE tally DISABLE TRIGGER stamps;',
    'policies': "ALTER TABLE people ENABLE ROW LEVEL SECURITY;\nCREATE POLICY own ON people USING (called = current_user);\n"
                "GRANT SELECT ON people TO reader;\nREVOKE ALL ON tally FROM PUBLIC;\nINSERT INTO tally VALUES ('24');",
    'not_valid': "-- migrate:up\nCREATE TABLE orders (id int, person bigint, total numeric);\nINSERT INTO orders VALUES (1, 1, 5);\n"
                 'ALTER TABLE orders ADD CONSTRAINT buyer FOREIGN KEY (person) REFERENCES people NOT VALID;\n'
                 "-- migrate:up\nALTER TABLE orders VALIDATE CONSTRAINT buyer;\nINSERT INTO tally VALUES ('25');\n",
    'key_by_index': '-- migrate:up transaction:false\nCREATE UNIQUE INDEX CONCURRENTLY orders_id ON orders (id);\n'
                    "-- migrate:up\nALTER TABLE orders ADD CONSTRAINT orders_key PRIMARY KEY USING INDEX orders_id;\nINSERT INTO tally VALUES ('26');\n",
    'exclude': "CREATE TABLE rooms (during tstzrange, EXCLUDE USING gist (during WITH &&));\nINSERT INTO rooms VALUES ('[2026-01-01,2026-01-02)');\n"
               "INSERT INTO tally VALUES ('27');",
    'domain': "CREATE DOMAIN cents AS bigint CHECK (VALUE >= 0);\nCREATE TYPE price AS (amount cents, unit text);\nALTER TABLE orders ADD due price;\n"
              "UPDATE orders SET due = ROW(100, 'EUR');\nINSERT INTO tally VALUES ('28');",
    'quotes': "CREATE TABLE \"Odd; name\" (\"a\"\"b\" text, \"ä\" text);\nINSERT INTO \"Odd; name\" VALUES ('it''s; -- no', E'a\\'b;\\n'), ($x$ $$ ; $x$, U&'\\00e4');\n"
              "/* a /* nested; */ comment; */ INSERT INTO tally VALUES ('29'); -- the end;",
    'rewrite': "ALTER TABLE orders ALTER total TYPE bigint USING (total * 100)::bigint, ADD made timestamptz DEFAULT '2026-01-01', ALTER person SET NOT NULL;\n"
               "INSERT INTO tally VALUES ('30');",
    'dropped': "ALTER TABLE orders DROP made, DROP due;\nDROP TYPE price;\nDROP DOMAIN cents;\nINSERT INTO tally VALUES ('31');",
    'drop_quiet': "DROP TABLE IF EXISTS never_there;\nDROP INDEX IF EXISTS nor_this;\nINSERT INTO tally VALUES ('32');",
    'unlogged': "CREATE UNLOGGED TABLE fast AS SELECT g FROM generate_series(1, 10) g;\nALTER TABLE fast SET LOGGED;\nINSERT INTO tally SELECT '33', count(*) FROM fast;",
    'statistics': "CREATE STATISTICS two (ndistinct) ON id, person FROM orders;\nALTER TABLE orders ALTER id SET STATISTICS 50;\nANALYZE orders;\nINSERT INTO tally VALUES ('34');",
    'cluster': "CLUSTER orders USING orders_key;\nINSERT INTO tally VALUES ('35');",
    'vacuum_full': "-- transaction:false\nVACUUM FULL fast;\nVACUUM (ANALYZE) tally;\nINSERT INTO tally VALUES ('36');",
    'merge': "MERGE INTO orders USING (VALUES (1, 7), (2, 8)) AS new (id, total) ON orders.id = new.id WHEN MATCHED THEN UPDATE SET total = new.total\n"
             "WHEN NOT MATCHED THEN INSERT (id, person, total) VALUES (new.id, 2, new.total);\nINSERT INTO tally VALUES ('37');",
    'moving': "WITH gone AS (DELETE FROM fast WHERE g > 5 RETURNING g) INSERT INTO tally SELECT '38', sum(g) FROM gone;",
    'batches': "DO $$ DECLARE done int; BEGIN LOOP UPDATE tally SET at = 1 WHERE ctid IN (SELECT ctid FROM tally WHERE what LIKE '2.%' AND at IS NULL LIMIT 500);\n"
               "GET DIAGNOSTICS done = ROW_COUNT; EXIT WHEN done = 0; END LOOP; END $$;\nINSERT INTO tally VALUES ('39');",
    'caught': "DO $$ BEGIN INSERT INTO people (called) VALUES ('Ana'); EXCEPTION WHEN unique_violation THEN INSERT INTO tally VALUES ('40'); END $$;",
    'prepared': "PREPARE add (text) AS INSERT INTO tally VALUES ($1);\nEXECUTE add('41.1');\nEXECUTE add('41.2');\nDEALLOCATE add;",
    'deallocated': "INSERT INTO tally VALUES ('42.1');\nDEALLOCATE ALL;\nINSERT INTO tally VALUES ('42.2');",
    'cursor': "DECLARE c CURSOR FOR SELECT n FROM tally ORDER BY n;\nFETCH 3 FROM c;\nCLOSE c;\nINSERT INTO tally VALUES ('43');",
    'temporary': "CREATE TEMP TABLE scratch ON COMMIT DROP AS SELECT 44 AS n;\nINSERT INTO tally SELECT '44', n FROM scratch;",
    'locked': "LOCK TABLE tally IN SHARE ROW EXCLUSIVE MODE;\nINSERT INTO tally SELECT '45', count(*) FROM tally WHERE what LIKE '2.%';",
    'notify': "LISTEN news;\nNOTIFY news, 'one; two';\nUNLISTEN news;\nINSERT INTO tally VALUES ('46');",
    'large': "SELECT lo_from_bytea(47001, 'large');\nINSERT INTO tally VALUES ('47');",
    'truncated': "TRUNCATE rooms;\nINSERT INTO tally SELECT '48', count(*) FROM rooms;",
    'extension': "CREATE EXTENSION citext;\nALTER TABLE people ADD mail citext;\nINSERT INTO tally VALUES ('49');",
    'mixed': "-- migrate:up\nALTER TABLE depot.t RENAME TO shelf;\nINSERT INTO tally VALUES ('50.1');\n-- migrate:up transaction:false\n"
             "CREATE INDEX CONCURRENTLY shelf_low ON depot.shelf ((a % 10)) WHERE a > 0;\nDROP INDEX CONCURRENTLY tally_what;\n"
             "-- migrate:up\nALTER SCHEMA depot RENAME TO store;\nINSERT INTO tally VALUES ('50.2');\n",
}
# What of the database the files are about; twice anywhere shows here.
STATE = """SELECT 'tally ' || string_agg(what || ' ' || c || ' ' || s, ',' ORDER BY what) FROM (SELECT what, count(*) AS c, coalesce(sum(n), 0) AS s FROM tally
 WHERE what NOT LIKE '2.%' GROUP BY what) x
 UNION ALL SELECT 'rows ' || count(*) || ' ' || sum(n) FROM tally WHERE what LIKE '2.%'
 UNION ALL SELECT 'relations ' || string_agg(concat_ws(' ', n.nspname, c.relname, c.relkind, c.relpersistence, c.relrowsecurity, i.indisvalid,
 CASE WHEN c.relkind = 'i' THEN pg_get_indexdef(c.oid) END, obj_description(c.oid)), ',' ORDER BY n.nspname, c.relname) FROM pg_class c
 JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_index i ON i.indexrelid = c.oid WHERE n.nspname IN ('public', 'depot', 'store')
 UNION ALL SELECT 'columns ' || string_agg(concat_ws(' ', attrelid::regclass, attname, format_type(atttypid, atttypmod), attnotnull, attnum), ',' ORDER BY
 attrelid::regclass::text, attnum) FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid WHERE attnum > 0 AND NOT attisdropped AND c.relkind IN ('r', 'v', 'm')
 AND relnamespace::regnamespace::text IN ('public', 'depot', 'store')
 UNION ALL SELECT 'constraints ' || string_agg(conname || ' ' || convalidated, ',' ORDER BY conname) FROM pg_constraint WHERE connamespace::regnamespace::text
 IN ('public', 'depot', 'store')
 UNION ALL SELECT 'labels ' || string_agg(enumlabel, ',' ORDER BY enumsortorder) FROM pg_enum
 UNION ALL SELECT 'functions ' || string_agg(proname || md5(prosrc), ',' ORDER BY proname) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
 AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = pg_proc.oid AND d.deptype = 'e')
 UNION ALL SELECT 'others ' || concat_ws(' ', (SELECT count(*) FROM pg_policy), (SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal),
 (SELECT count(*) FROM pg_largeobject_metadata), (SELECT count(*) FROM pg_inherits), (SELECT count(*) FROM pg_statistic_ext),
 (SELECT string_agg(extname, ' ' ORDER BY extname) FROM pg_extension))
 UNION ALL SELECT 'history ' || count(*) FILTER (WHERE state = 'done') || '/' || count(*) FROM reeve.migration_statement"""
