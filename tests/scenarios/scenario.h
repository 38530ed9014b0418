/* scenario.h - a scenario's text, and the company it is played in: Reeve's whole core under a
 * clock that the scenario moves, targets that show what it says, workers that answer as it says.
 *
 * Promises: no sleep, no socket, no file but the scenario and what it names; the same text gives
 * the same ledger; every failure has the line it is about.
 * Refuses: statements that are not understood whole (file:line:column and one sentence), more
 * turns, events or virtual time than the limits below. The language is in README.md. */
#ifndef SCENARIOS_SCENARIO_H
#define SCENARIOS_SCENARIO_H

#include "access/caller.h"
#include "base/limits.h"
#include "base/text.h"
#include "harness/core.h"
#include "main/compose.h"
#include "people/message.h"
#include "telemetry/intake.h"

enum {
    SCENARIO_WORDS_MAX = 64,
    SCENARIO_TURNS_MAX = 60000,
    SCENARIO_EVENTS_MAX = 5000,
    SCENARIO_DAYS_MAX = 31,
    SCENARIO_ANSWERS_MAX = 16
};

struct word {
    struct str text; /* without its quotes when it stands in quotes */
    size_t column;   /* from 1 */
    bool quoted;
};

struct line { /* one statement */
    int number;
    struct word words[SCENARIO_WORDS_MAX];
    size_t word_count;
    struct str block; /* the indented lines below it, without their indent; "" when none */
    int block_line;   /* number of the block's first line */
};

struct script {
    struct str file; /* for messages */
    struct str title;
    struct str known_bug; /* why it fails, or "" */
    struct line *lines;
    size_t count, capacity;
};

/* Reads a scenario; everything lives in arena. err->place is file:line:column. */
MUST_USE bool script_read(struct arena *arena, struct str file, struct str source,
                          struct script *out_script, struct err *err);
/* Words of a line that begins at column. */
MUST_USE bool script_words(struct arena *arena, struct str text, size_t column,
                           struct line *out_line, struct err *err);
/* 90s, 2m30s, 1h, 500ms, 2d. */
MUST_USE bool script_length(struct str text, int64_t *out_ms);

struct shown_series { /* what a target's page says */
    struct str name;  /* with labels */
    double value;     /* at since_ms */
    double rate;      /* a second */
    int64_t since_ms;
    bool gone;
};

struct watched { /* a target, and the collector's side of it */
    struct str name;
    struct shown_series *series;
    size_t series_count, series_capacity;
    struct str problem; /* "" when it answers */
    struct str body;    /* instead of the series; p NULL: none */
    int64_t next_ms;
    int64_t interval_ms;
    struct intake *intake; /* NULL: the collector does not run */
    struct str saved;      /* counters, for the next collector */
};

struct kept_line {
    struct instant at;
    struct str text;
};

struct targets {
    struct watched *items;
    size_t count;
    struct hash signals_digest; /* that the counters were saved under */
    struct kept_line *history;  /* what the collector sent up */
    size_t history_count, history_capacity;
    struct collector_spec spec;
    char *carry;
};

enum answer_kind { ANSWERS_OK, ANSWERS_FAILS, ANSWERS_REFUSES, ANSWERS_DOUBTS, ANSWERS_NEVER };

struct answer_script {
    enum answer_kind kind;
    struct str text;
    int64_t after_ms;
    bool twice;
};

struct vendor { /* how the orders of one method are answered: in turn, the last one goes on */
    struct answer_script answers[SCENARIO_ANSWERS_MAX];
    size_t count, next;
};

struct sent { /* an order that a worker was given */
    int64_t at_ms;
    size_t event_count; /* entries of the ledger before it */
    struct str page, person, subject, text, link;
    enum method method;
    bool follows; /* it is in the message of the one before it */
};

struct flight { /* a worker that runs */
    bool running;
    struct str page;
    enum follow_state action; /* what its alert is told; FOLLOW_NONE: it sends the page */
    int64_t due_ms;
    struct answer_script answer;
};

struct answered { /* what the newest call or link was answered */
    bool waits;   /* nobody has looked at it */
    bool ok;
    int line;
    struct str text;
};

struct scenario {
    struct arena arena;
    struct script script;
    const struct line *line; /* being played */
    struct core core;
    bool begun;   /* the first "at" was reached */
    bool stopped; /* by a statement; else a core that died starts again */
    struct config config;
    bool config_known;
    struct program *program;

    struct instant start;
    int64_t boot_ms;   /* since start, of the clock that never jumps */
    int64_t offset_ms; /* what the wall clock was set by */
    int64_t turns;

    int64_t *event_ms; /* of each entry, up to SCENARIO_EVENTS_MAX */
    enum crash crash;  /* at the next append … */
    int crash_line;
    struct str crash_kind; /* … of this kind, or "" */
    struct targets targets;
    struct vendor vendors[METHODS];
    struct flight flights[LIMIT_WORKERS];
    struct sent *sent;
    size_t sent_count, sent_capacity;
    struct answered answered;
    struct str beat_file; /* of what jobs said, as it was written last; "": none */

    /* Since the last "at". */
    int window_line;
    int64_t window_ms;
    size_t window_event, window_sent;
};

/* Plays a whole script. On failure err has the place and a sentence, and *out_story (in arena; ""
 * for bad text) what happened since the last "at". */
MUST_USE bool scenario_play(struct arena *arena, struct str file, struct str source,
                            struct str *out_story, struct err *err);

/* Who is told all that was recorded, in order, when a scenario has been played to its end. */
struct scenario_ear {
    void (*hear)(void *context, int64_t at_ms, const struct event *event);
    void *context;
};
MUST_USE bool scenario_play_for(struct arena *arena, struct str file, struct str source,
                                const struct scenario_ear *ear, struct err *err);

/* Failures: about a word of the line being played, about the line as a whole. */
bool scenario_bad(const struct scenario *scenario, const struct word *word, struct err *err,
                  const char *format, ...) PRINTF_LIKE(4, 5);
bool scenario_wrong(const struct scenario *scenario, struct err *err, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* clock.c: start, stop and time. */
struct instant scenario_now(const struct scenario *scenario);
int64_t scenario_boot_ms(const struct scenario *scenario, struct instant at);
MUST_USE bool clock_start(struct scenario *scenario, struct err *err);
/* The core is gone, and with it collector and workers. */
void clock_kill(struct scenario *scenario);
/* Time passes until to_ms: a turn for each second and each instant at which something is due. */
MUST_USE bool clock_advance(struct scenario *scenario, int64_t to_ms, struct err *err);
/* One turn at this instant: what is decided goes out, what is answered at once comes back. */
MUST_USE bool clock_turn(struct scenario *scenario, struct err *err);
/* When the core has something to do by its clocks; zero: never. */
struct instant clock_next_due(struct scenario *scenario);
/* The runbook was saved: in force from now on. */
MUST_USE bool clock_take_runbook(struct scenario *scenario, struct err *err);

/* targets.c */
void targets_make(struct scenario *scenario);
struct watched *targets_find(struct scenario *scenario, struct str name);
MUST_USE bool targets_sample(struct scenario *scenario, struct watched *target,
                             const struct line *line, size_t at, struct err *err);
/* The collector starts: what it kept goes up, counters go on. */
MUST_USE bool targets_open(struct scenario *scenario, struct err *err);
void targets_close(struct scenario *scenario);
MUST_USE bool targets_scrape(struct scenario *scenario, struct err *err);

/* workers.c */
void workers_init(struct scenario *scenario);
MUST_USE bool workers_script(struct scenario *scenario, const struct line *line, struct err *err);
void workers_release(struct scenario *scenario);
/* True when somebody answered. */
bool workers_answer(struct scenario *scenario);
void workers_kill(struct scenario *scenario);
/* The link of a person's newest mail or of one page: seen with a GET, or pressed. */
MUST_USE bool workers_link(struct scenario *scenario, const struct line *line, struct err *err);

/* statements.c; line NULL: the end. */
MUST_USE bool statement_play(struct scenario *scenario, const struct line *line, struct err *err);
/* Is the word one that a statement begins with? */
bool statement_known(struct str word);
/* What stands at words[at]: an elapsed time, +time or an instant, as milliseconds since start. */
MUST_USE bool statement_time(const struct scenario *scenario, const struct word *word,
                             int64_t *out_ms, struct err *err);

/* expect.c */
MUST_USE bool expect_play(struct scenario *scenario, const struct line *line, struct err *err);

/* runs.c: the end of a run's command, as the worker tells it. */
MUST_USE bool runs_step(struct scenario *scenario, const struct line *line, struct err *err);

/* elsewhere.c: jobs that say how they are, and alerts of other systems. The core has started: what
 * was heard before is read. */
MUST_USE bool elsewhere_open(struct scenario *scenario, struct err *err);
MUST_USE bool elsewhere_job(struct scenario *scenario, const struct line *line, struct err *err);
MUST_USE bool elsewhere_send(struct scenario *scenario, const struct line *line, struct err *err);

/* story.c: what happened since the last "at", as people read it. */
struct str story_write(struct scenario *scenario, struct arena *arena);
struct event story_event(struct scenario *scenario, struct arena *arena, size_t index);
/* When the entry was written, on the clock that never jumps. */
int64_t story_event_ms(const struct scenario *scenario, size_t index);
struct str story_time(struct arena *arena, int64_t at_ms);

#endif
