/* limits.h - the number behind every queue, table, text, body, loop and recursion.
 * Each has a test that reaches it. */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

enum {
    LIMIT_JSON_DEPTH = 64,
    LIMIT_JSON_MEMBERS = 1024,

    LIMIT_RUNBOOK_BYTES = 4 * 1024 * 1024,
    LIMIT_RUNBOOK_LINES = 50000,
    LIMIT_RUNBOOK_LINE_BYTES = 64 * 1024,
    LIMIT_RUNBOOK_NESTING = 32,
    LIMIT_RUNBOOK_PARAGRAPH = 100 * 1000 * 1000, /* its lines times its brackets */
    LIMIT_CONFIG_BYTES = 1024 * 1024,
    LIMIT_TREE_DEPTH = 64, /* folders within folders */

    LIMIT_ZONE_BYTES = 64 * 1024,
    LIMIT_ZONE_CHANGES = 4000,
    LIMIT_HOLIDAYS = 1000,
    LIMIT_OCCURRENCES = 10000,        /* in one list */
    LIMIT_BUSINESS_DAYS = 10000,      /* counted in one go */
    LIMIT_CALENDAR_STEPS = 16 * 1024, /* days looked at for one occurrence */

    LIMIT_EVENT_BYTES = 64 * 1024,
    LIMIT_EVENT_TEXT_BYTES = 32 * 1024,
    LIMIT_BATCH_EVENTS = 4096,
    LIMIT_TURN_ROUNDS = 8,
    LIMIT_ERASURES = 64, /* recorded and not done yet */

    LIMIT_RULES = 10000,
    LIMIT_SIGNALS = 200,
    LIMIT_TARGETS = 1000,
    LIMIT_INCIDENTS_OPEN = 1200, /* 1,000 of them are what bench-people measures */
    LIMIT_PEOPLE = 500,
    LIMIT_ROTAS = 100,
    LIMIT_ACCOUNTS = 500,
    LIMIT_SESSIONS = 1000,
    LIMIT_SESSIONS_EACH = 10,
    LIMIT_API_TOKENS = 200,
    LIMIT_LOGINS_WAITING = 32,
    LIMIT_LOGINS_AT_ONCE = 2, /* Argon2id: 64 MB and a core each */
    LIMIT_THROTTLES = 1024,
    LIMIT_TALLIES = 64,
    LIMIT_VOCABULARY = 500, /* phrases of a company, each kind */
    LIMIT_CALLS_QUEUED = 1024,
    LIMIT_WORKERS = 8,

    LIMIT_RUNS_OPEN = 2000,
    LIMIT_RUN_STEPS = 200,
    LIMIT_RUN_ROUNDS = 100, /* of a loop: how often its steps begin again */
    LIMIT_RUN_VALUES = 32,
    LIMIT_RUN_VALUE_BYTES = 1000,
    LIMIT_RUN_COMMAND_BYTES = 16 * 1024,
    LIMIT_STEPS_RUNNING = 200,
    LIMIT_QUERIES_RUNNING = 4, /* SQL of runs, at once */

    LIMIT_SCRAPE_BYTES = 64 * 1024 * 1024,
    LIMIT_SCRAPE_LINE_BYTES = 64 * 1024,
    LIMIT_SERIES_PER_TARGET = 200000,
    LIMIT_LOG_LINE_BYTES = 64 * 1024,

    LIMIT_PROBES = 64,
    LIMIT_HEARTBEATS = 100,
    LIMIT_SENDERS = 100,
    LIMIT_PUSH_FUTURE_MS = 5 * 60 * 1000,     /* further ahead is no sample's time */
    LIMIT_PUSH_PAST_MS = 10 * 60 * 1000,      /* older samples are not taken */
    LIMIT_PUSH_BODY_BYTES = 20 * 1024 * 1024, /* as sent, and as unpacked */
    LIMIT_PUSH_BODIES = 32,                   /* that come at once */
    LIMIT_PUSH_CONNECTIONS = 10000,
    LIMIT_PUSH_WAITING_BYTES = 64 * 1024 * 1024, /* of bodies whose samples are not durable yet */

    LIMIT_INBOUND_ALERTS = 1000, /* of one body */
    LIMIT_INBOUND_EACH = 1000,   /* open ones of one sender */
    LIMIT_INBOUND_OPEN = 10000,  /* of all */
    LIMIT_INBOUND_GROUPS = 500,  /* groups that open incidents, at once */
    LIMIT_INBOUND_CLOSED = 2000, /* that closed just now */
    LIMIT_INBOUND_PAGERDUTY_BYTES = 512 * 1024,

    LIMIT_REMOTE_WRITE_SYMBOLS = 1000000,
    LIMIT_OTLP_JSON_VALUES = 500000, /* texts, numbers, lists and objects of one body */
    LIMIT_OTLP_NESTING = 32,         /* of an attribute's value */

    LIMIT_HTTP_CONNECTIONS = 512,
    LIMIT_HTTP_STREAMS = 64,
    LIMIT_HTTP_STREAMS_EACH = 16, /* of one caller */
    LIMIT_HTTP_HEADER_BYTES = 32 * 1024,
    LIMIT_HTTP_BODY_BYTES = 1024 * 1024,
    LIMIT_HTTP_UPLOAD_BYTES = 5 * 1024 * 1024 + 64 * 1024, /* a file and the form around it */
    LIMIT_HTTP_UPLOADS = 4,
    LIMIT_HTTP_STREAM_PENDING_BYTES = 1024 * 1024
};

#endif
