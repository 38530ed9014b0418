/* look.h - one look into a server: what is asked, what was answered, what is to be said of it.
 *
 * A look is a row of look_kinds: its questions, which are SQL that only reads, and a function that
 * judges the answers. Promises: a judge is pure, and says of everything that it was not told that
 * it is unknown, with one sentence and what would show it; a finding names its place, its figure
 * and its remedy. Refuses: libpq: whoever asks fills the tables (look_perform.c). */
#ifndef POSTGRES_LOOK_H
#define POSTGRES_LOOK_H

#include "base/json.h"

enum {
    LOOK_QUESTIONS_MAX = 8,
    LOOK_ROWS_MAX = 20000,        /* of one answer */
    LOOK_SHOWN_MAX = 300,         /* rows of a table */
    LOOK_CELL_BYTES = 400,        /* of one value; longer ones are cut */
    LOOK_FINDINGS_MAX = 60,       /* more are counted */
    LOOK_UNKNOWN_MAX = 40,        /* the same */
    LOOK_VERSION_LEAST = 140000,  /* server_version_num: wait starts and query identities */
    LOOK_VERSION_TRIED = 150000,  /* what our tests run on; the others are guarded by number */
    LOOK_VERSION_GUARDED = 189999 /* up to where differences were read about */
};

/* One answer. */
struct look_table {
    const struct str *names;
    const bool *numbers;
    const struct str *cells; /* row by row; p NULL: the value NULL */
    size_t columns, count;
    bool more;        /* rows were left out */
    bool asked;       /* false: the question is not for this server */
    bool failed;      /* refused or given up: error says it */
    struct str error; /* PostgreSQL's own words */
    char sqlstate[6];
};

/* The server and what our role may see of it. */
struct look_server {
    int64_t version; /* server_version_num */
    bool standby, superuser;
    bool stats;            /* pg_read_all_stats: what others do */
    bool settings;         /* pg_read_all_settings */
    bool monitor;          /* pg_monitor */
    struct str user;       /* quoted as SQL wants it */
    struct str database;   /* as it is called */
    struct str statements; /* quoted schema of pg_stat_statements, or "" */
};

/* What is found, before it is said: kind and unit are literals; units are "s", "ms", "bytes",
 * "percent", or a noun. */
struct look_mark {
    const char *kind; /* "blocked": stable, for programs */
    struct str place; /* "public.orders" */
    double value;     /* the figure */
    const char *unit;
};

struct look_finding {
    struct look_mark mark;
    struct str sentence;
};

struct look_unknown {
    const char *kind;    /* "sessions" */
    struct str sentence; /* what is not known and why */
    struct str grant;    /* the statement that would show it, or "" */
};

struct look {
    struct arena *arena;
    struct look_server server;
    int64_t at_us;             /* when it is taken */
    const struct json *before; /* the answer's "keep" of the last time, or NULL */
    struct text results;       /* JSON of the tables, one behind the other */
    size_t result_count;
    struct look_finding *findings;
    size_t finding_count;
    struct look_unknown *unknown;
    size_t unknown_count;
    struct str *notes;
    size_t note_count, notes_capacity;
    struct text extra; /* further members of the answer: ,"name":… */
};

struct look_question {
    const char *what; /* "The sessions", as a sentence begins */
    const char *sql;
    int64_t since, until; /* server_version_num from which on, and below which; 0: any */
    bool statements;      /* only where pg_stat_statements is; "@" is its schema */
};

struct look_kind {
    const char *name; /* "locks" */
    const struct look_question *questions;
    size_t question_count;
    void (*judge)(struct look *look, const struct look_table *tables);
};

/* NULL: there is none of that name. */
const struct look_kind *look_kind_find(struct str name);

void look_init(struct look *look, struct arena *arena);

/* Cells by the name of their column, which must be there. NULL is "". */
struct str look_cell(const struct look_table *table, size_t row, const char *name);
bool look_is_null(const struct look_table *table, size_t row, const char *name);
bool look_is_true(const struct look_table *table, size_t row, const char *name);
/* 0 and false when it is NULL or no number. */
bool look_int(const struct look_table *table, size_t row, const char *name, int64_t *out_value);
bool look_real(const struct look_table *table, size_t row, const char *name, double *out_value);
/* Is it an answer? Else its question is said to be unknown, once. */
bool look_answered(struct look *look, const struct look_question *question,
                   const struct look_table *table);

/* The sentence names place, figure and remedy. */
void look_find(struct look *look, struct look_mark mark, const char *format, ...) PRINTF_LIKE(3, 4);
void look_not_known(struct look *look, const char *kind, const char *grant, const char *format, ...)
    PRINTF_LIKE(4, 5);
void look_note(struct look *look, const char *format, ...) PRINTF_LIKE(2, 3);

/* A table of the answer. columns: names parted by blanks, "#" before one of numbers; a name's end
 * is its unit: _s, _ms, _bytes, _percent. Rows that have no room are counted. */
struct look_result {
    struct look *look;
    struct json_writer w;
    struct text rows;
    struct json_writer row;
    size_t count, shown;
    const char *title, *columns;
};
void look_result_open(struct look *look, const char *title, const char *columns,
                      struct look_result *out_result);
void look_row_open(struct look_result *result);
/* p NULL: NULL. */
void look_put(struct look_result *result, struct str cell);
void look_put_int(struct look_result *result, int64_t value);
void look_put_real(struct look_result *result, double value);
void look_row_close(struct look_result *result);
void look_result_close(struct look_result *result);
/* A whole answer as it is, those columns of it. */
void look_show(struct look *look, const char *title, const char *columns,
               const struct look_table *table);

/* A figure as people read it: unit as in names, without its "_". */
struct str look_figure(struct arena *arena, double value, const char *unit);
/* The same of a cell; "unknown" when it is no number. */
struct str look_cell_figure(struct look *look, const struct look_table *table, size_t row,
                            const char *name, const char *unit);
/* "12,400": whole numbers with their thousands parted. */
struct str look_count(struct arena *arena, double value);
/* "GRANT pg_monitor TO app;" */
struct str look_grant(struct arena *arena, const struct look_server *server, const char *role);

/* The members results, findings, more_findings, unknown, notes and what look->extra has. */
void look_write(struct json_writer *w, const struct look *look);

#endif
