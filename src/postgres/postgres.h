/* postgres.h - what reeve-work does with a PostgreSQL server; each performs one order
 * (run/order.h).
 *
 * Promises: nothing is changed on the server, but that postgres.end ends what it names; an address
 * is never repeated with its password; the output is JSON of at most ORDER_OUTPUT_BYTES and says
 * what was left out. Refuses: to be linked into the core: it is libpq's, and libpq waits. */
#ifndef POSTGRES_POSTGRES_H
#define POSTGRES_POSTGRES_H

#include "run/work.h"

/* Connects directly and by the pooler, when there is one. DONE: all answer; FAILED: one does not,
 * the detail says why in one sentence; REFUSED: an address cannot be read. Output:
 *   {"links":[{"name":"direct","place":"…","database":"…","user":"…","ok":true,"connect_ms":1.9,
 *     "query_ms":0.2,"tls":{"version":"TLSv1.3","cipher":"…","bits":256},"verified":"no",
 *     "address":"127.0.0.1","server_version":"15.18","standby":false,"pooler":"no","notes":[…]},
 *    {"name":"pooler",…,"ok":false,"failure":{"kind":"refused","sqlstate":"","sentence":"…",
 *     "said":"…"}}]}
 * tls is null without TLS; verified is "full" (chain and name), "chain" or "no". */
void postgres_ping_perform(const struct work *work, struct order_result *out_result);

/* Runs the statements of a block, one after the other, in one READ ONLY transaction that is rolled
 * back. A statement that fails does not stop the next one. DONE: all went well; REFUSED: one wants
 * to do more than read; FAILED: one failed, or there was no connection. Output:
 *   {"database":"…","place":"…","user":"…","server_version":"…","notes":[…],"results":[
 *     {"line":2,"columns":[{"name":"calls","number":true}],"rows":[["7"],[null]],"count":2,
 *      "more":false,"cut":"","ms":0.8,"notes":[…]},
 *     {"line":9,"error":{"sqlstate":"42P01","message":"…","detail":"…","hint":"…","line":9,
 *      "column":15,"repair":"…"},"notes":[…]}]}
 * A result that is wrong though it went well has "repair", too, and a note. Passwords in values are
 * "(secret)". Or {"failure":{…}} as above without a connection.
 * Values are texts as PostgreSQL writes them. At most QUERY_ROWS_MAX rows of a result are kept,
 * counted are QUERY_ROWS_COUNTED; "more" says that there are still more. */
void postgres_query_perform(const struct work *work, struct order_result *out_result);

/* Takes one look (look.h): asks its questions in one READ ONLY transaction that is rolled back,
 * each behind a savepoint and limited by timeout_ms and by a lock_timeout of a second. Body:
 * "look", the name of a look; "timeout_ms"; "before" (optional): what the look kept the last time.
 * DONE: it was taken, whatever it found; FAILED: no connection, or it was lost; REFUSED: the server
 * is too old, or there is no such look. Output:
 *   {"look":"locks","place":"…","database":"…","user":"…","server_version":"…","standby":false,
 *    "at_us":N,"results":[{"title":"…","columns":[{"name":"wait_s","number":true}],
 *    "rows":[["…"],…],"count":N,"more":false,"cut":""}],"findings":[{"kind":"blocked",
 *    "place":"…","value":9,"unit":"sessions","sentence":"…"}],"more_findings":0,
 *    "unknown":[{"kind":"sessions","sentence":"…","grant":"GRANT …"}],"more_unknown":0,
 *    "notes":["…"]} and what the look adds; or {"failure":{…}}. */
void postgres_look_perform(const struct work *work, struct order_result *out_result);

/* Ends what exactly one session does, or ("terminate":true) the session. Body: "pid", "session"
 * (start.pid in hex; "": only one that waits or is waited for is meant by its pid alone). DONE: it
 * was seen to be over; REFUSED: another session, none, or no right to: nothing was signalled;
 * FAILED: the same, for the outside failed; DOUBTED: it was signalled and goes on, or was lost from
 * sight. No output; the detail says it in one sentence. */
void postgres_end_perform(const struct work *work, struct order_result *out_result);
/* db:migrate, db:rollback, db:status: the order's body says which (run/order.h). Everything that is
 * done is in the history (schema reeve of the database) before the next thing is begun, so that it
 * may be killed at any moment and run again. SIGINT and SIGTERM cancel the statement and end it in
 * order. DONE; FAILED: the server refused, or was lost; REFUSED: files, history or use; DOUBTED: a
 * statement that stands in no transaction was begun and nothing shows whether it was done. Output:
 *   {"place":"…","database":"…","user":"…","server_version":"15.18","pooled":false,"folder":"…",
 *    "migrations":[{"version":"1","name":"1_a.sql","state":"applied","done":2,"statements":2,
 *     "at":"…","edited":true,"late":true,"gone":true,"no_way_back":true,"begun":{…}}],"applied":1,
 *    "pending":0,"half":0,                                     (status)
 *    "would":[{"version":"…","name":"…","steps":[{"transaction":true,"statements":[{"place":
 *     "1_a.sql:1:1","sql":"…","cut":false}]}]}],               (dry)
 *    "done":[{"version":"…","name":"…","statements":2,"ms":3.1}],
 *    "findings":[{"place":"…","text":"…","stops":true}],"finding_count":1,
 *    "failure":{"text":"…","place":"1_a.sql:3:8","line":"…","column":8,"detail":"","hint":"",
 *     "sqlstate":"42703"}} */
void postgres_migrate_perform(const struct work *work, struct order_result *out_result);

/* db:export: one file with all of the database, as of one snapshot (dump/dump.h). It is there whole
 * and on disk, or not. DONE; FAILED: the server, pg_dump or the disk; REFUSED: rights, use. Output
 * only when DONE: {"file":"…","bytes":N,"dump_bytes":N,"place":"…","database":"…","at":"…",
 *   "snapshot":"…","pg_dump":"15.14","tables":N,"rows":N,"large_objects":N,"encrypted":BOOL,
 *   "ms":N,"uncovered":["…"]} */
void postgres_export_perform(const struct work *work, struct order_result *out_result);
/* db:import and db:verify: the archive is proved whole before the database is touched. DONE: also
 * when what came out differs; FAILED, REFUSED as above. Output only when DONE:
 *   {"file":"…","bytes":N,"encrypted":BOOL,"of":"…","at":"…","server_version":150014,"tables":N,
 *    "rows":N,"large_objects":N,"ms":N,"uncovered":["…"]}, and of an import "database":"…",
 *   "equal":BOOL,"difference_count":N,"differences":["…"],"kept":"…"(optional). */
void postgres_import_perform(const struct work *work, struct order_result *out_result);

enum { QUERY_ROWS_MAX = 1000, QUERY_ROWS_COUNTED = 10000, QUERY_COLUMNS_MAX = 100 };
enum { QUERY_CELL_BYTES = 8 * 1024 };
enum { POSTGRES_CONNECT_MS = 10 * 1000 }; /* one connection, with TLS and log-in */

#endif
