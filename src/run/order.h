/* order.h - what a worker can be told, and what it answers.
 *
 * An order is one JSON object on the worker's standard input:
 *   {"body":{…},"deadline_ms":N,"id":"page-12-1","kind":"page.smtp","secrets":{"password":"…"}}
 * The answer is one JSON object on its standard output, written whole before it exits:
 *   {"detail":"250 2.0.0 accepted","outcome":"done"}
 * Orders that ask for something (order_has_output) may add "output": a text, which is JSON itself,
 * of at most ORDER_OUTPUT_BYTES, and one that failed "wait_ms". Whoever makes it says inside it
 * what was left out. Secrets come from the keeper, only for the order that names them, and are
 * never in body.
 *
 * Bodies:
 *   page.smtp       {"url":"smtp://host:port","from":"…","to":"…","subject":"…","text":"…",
 *                    "message_id":"…","user":"…"(optional),"tls":"none|starttls|tls"}
 *                   secret: password
 *   page.webhook    {"url":"https://…","body":"…json text…","event_id":"…"}  secret: key
 *   page.way        {"method":"sms","to":"…","title":"…","text":"…","link":"…","key":"…","rank":N,
 *                    "over":BOOL,"providers":[{"kind":"twilio","name":"…","url":"…",…},…]}
 *                   secrets: token0, token1, … of the providers; to, where the address is one
 *   heartbeat       {"url":"https://…"}                                      secret: -
 *   postgres.ping   {}                                  secrets: url, pooler (optional)
 *   postgres.query  {"sql":"…","timeout_ms":N}          secret: url
 *   postgres.look   {"look":"locks,connections","timeout_ms":N,"before":{…}(optional)}
 *                   secret: url
 *   postgres.end    {"pid":N,"session":"…","terminate":BOOL}               secret: url
 *   backup.status   {"program":"pgbackrest","stanza":"main","config":"PATH"(optional),
 *                    "encrypted":BOOL,"newest_ms":N,"wal_ms":N}  secret: url (optional)
 *   backup.drill    {"program":"pgbackrest","stanza":"main","config":"PATH"(optional),
 *                    "scratch":"PATH","user":"postgres","target":"INSTANT"(optional),
 *                    "check":"SQL"(optional),"database":"…"(optional),"rto_ms":N,
 *                    "rpo_ms":N (optional)}                      secret: url (optional)
 *   postgres.migrate {"command":"migrate|rollback|status|lint","folder":"…","runner":"…",
 *                    "lock_timeout_ms":N,"patience_ms":N, and as wanted "lease_ms":N,
 * "target":"…","settle":"…", "dry":true,"progress":true,"take_over":true,"out_of_order":true,
 *                    "accept_edited":true,"lint":true,"all_rules":true,"large_rows":N,
 *                    "large_bytes":N; of lint "files":["PATH"],"offline":true,
 *                    "server_version":N}  secret: url, unless offline. It may take a day.
 *   postgres.export {"file":"…"(""; a name of its own),"jobs":N,"json":BOOL}
 *                   secrets: url; export_key (optional). It may take a day.
 *   postgres.import {"file":"…","jobs":N,"json":BOOL,"plain":BOOL,"into":"…","overwrite":"…",
 *                    "no_owner":BOOL,"scratch":"FOLDER"}, or with "verify":true only file, jobs,
 *                    json and plain  secrets: url, unless verify; export_key (optional)
 *   probe           {"kind":"host","paths":["/"]} | {"kind":"http","url":"…","status":N(optional),
 *                    "contains":"…"(optional),"ca":"PATH"(optional)} | {"kind":"postgres"} |
 *                    {"kind":"pgbouncer"} | {"kind":"redis","ca":"PATH"(optional),
 *                    "certificate":"PATH"(optional)} | {"kind":"status_page","url":"…",
 *                    "components":["…"],"etag":"…"(optional)} | {"kind":"openai","url":"…",
 *                    "limit":N,"token_limit":N}
 *                   secret: url, of a server; key, of openai and of redis (optional)
 *   ask             {"ca":"PATH"(optional),"questions":["…"],"tenant":"…"(optional),"time_us":N
 *                    (optional),"timeout_ms":N,"url":"…","user":"…"(optional),"version":BOOL}
 *                   secrets: token or password (optional)
 *   password.hash   {}   secret: password. DONE with the Argon2id hash as its detail.
 *   password.check  {}   secrets: password, hash. DONE when they belong together, else REFUSED.
 * Webhooks are signed as in the Standard Webhooks specification (webhook-id, webhook-timestamp,
 * webhook-signature: v1,BASE64(HMAC-SHA256(key, id.timestamp.body))). */
#ifndef RUN_ORDER_H
#define RUN_ORDER_H

#include "base/json.h"

enum order_kind {
    ORDER_PAGE_SMTP,
    ORDER_PAGE_WEBHOOK,
    ORDER_PAGE_WAY,
    ORDER_HEARTBEAT,
    ORDER_POSTGRES_PING,
    ORDER_POSTGRES_QUERY,
    ORDER_BACKUP_STATUS,
    ORDER_BACKUP_DRILL,
    ORDER_POSTGRES_LOOK,
    ORDER_POSTGRES_END,
    ORDER_POSTGRES_MIGRATE,
    ORDER_POSTGRES_EXPORT,
    ORDER_POSTGRES_IMPORT,
    ORDER_PROBE,
    ORDER_ASK,
    ORDER_PASSWORD_HASH,
    ORDER_PASSWORD_CHECK,
    ORDER_KINDS
};

enum {
    ORDER_DETAIL_BYTES = 2 * 1024,
    ORDER_OUTPUT_BYTES = 256 * 1024,
    ORDER_LINE_BYTES = 16 * 1024, /* of a result without output */
    ORDER_SECRETS_MAX = 6,
    ORDER_LONG_LINE_BYTES = ORDER_LINE_BYTES + 6 * ORDER_OUTPUT_BYTES /* and with it, escaped */
};

enum order_outcome {
    ORDER_DONE,
    ORDER_FAILED,  /* certainly did not happen; may be tried again */
    ORDER_REFUSED, /* certainly did not happen; trying again does not help */
    ORDER_DOUBTED  /* may or may not have happened */
};

struct order {
    enum order_kind kind;
    struct str id;
    struct str body_json; /* canonical JSON object */
    int64_t deadline_ms;
    /* Names of secrets that the keeper gives to this order: parallel arrays. */
    const char *secret_fields[ORDER_SECRETS_MAX];
    struct str secret_names[ORDER_SECRETS_MAX];
    size_t secret_count;
};

struct order_result {
    enum order_outcome outcome;
    struct str detail; /* one line: the receiver's answer or what failed */
    struct str output; /* what was asked for, or "" */
    int64_t wait_ms;   /* ORDER_FAILED: the receiver asks not to be asked before that; or 0 */
};

const char *order_kind_name(enum order_kind kind);
MUST_USE bool order_kind_find(struct str name, enum order_kind *out_kind);
/* Do answers to it carry an output? */
bool order_has_output(enum order_kind kind);
/* The longest line that may answer it. */
size_t order_line_bytes(enum order_kind kind);
const char *order_outcome_name(enum order_outcome outcome);
MUST_USE bool order_outcome_find(struct str name, enum order_outcome *out_outcome);

/* The result line a worker writes / the core reads. A line that is not a result is ORDER_DOUBTED.
 */
struct str order_result_write(struct arena *arena, const struct order_result *result);
struct order_result order_result_read(struct arena *arena, struct str line);

#endif
