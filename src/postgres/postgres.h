/* postgres.h - what reeve-work does with a PostgreSQL server; each performs one order
 * (run/order.h).
 *
 * Promises: nothing is changed on the server; an address is never repeated with its password; the
 * output is JSON of at most ORDER_OUTPUT_BYTES and says what was left out.
 * Refuses: to be linked into the core: it is libpq's, and libpq waits. */
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

enum { QUERY_ROWS_MAX = 1000, QUERY_ROWS_COUNTED = 10000, QUERY_COLUMNS_MAX = 100 };
enum { QUERY_CELL_BYTES = 8 * 1024 };
enum { POSTGRES_CONNECT_MS = 10 * 1000 }; /* one connection, with TLS and log-in */

#endif
