/* breach.h - the timeline of a breach: what the runbook wants done so long after it was known of,
 * and the legal clock beside it.
 *
 * Promises: deadlines count from awareness, which is the opening of the incident until a person
 * states another instant; the lines are those that the runbook had when the timeline began; each
 * is done once, by whom and how; a deadline that passes is one fact. A step of the wall clock moves
 * all of it. Refuses: to be begun by words that only look alike (breach_is_named); to end a line
 * without words on what was done. */
#ifndef INCIDENT_BREACH_H
#define INCIDENT_BREACH_H

#include "base/instant.h"
#include "runbook/program.h"

enum {
    BREACH_LINES_MAX = 16,
    BREACH_TEXT_BYTES = 200,
    BREACH_NAME_BYTES = 80,
    BREACH_HOW_BYTES = 80,
    BREACH_AT_ONCE_MS = 15 * 60 * 1000 /* "immediately", where no other line says when it is late */
};
/* Art. 33(1) of Regulation (EU) 2016/679: to the supervisory authority "where feasible, not later
 * than 72 hours after having become aware of it". */
#define BREACH_LAW_MS     ((int64_t)72 * 60 * 60 * 1000)
#define BREACH_KEPT_MS    ((int64_t)7 * 24 * 60 * 60 * 1000)
#define BREACH_LAW_SOURCE "GDPR Art. 33(1)"

/* What the runbook in force says. */
struct breach_plan {
    int line; /* of the procedure; 0: it has none */
    struct str name;
    struct {
        int line;
        int64_t after_ms; /* 0: at once */
        struct str text;
        const char *statement;
    } lines[BREACH_LINES_MAX];
    int count;
};

/* One line of an incident's timeline. */
struct breach_line {
    int64_t line, after_ms;
    char statement[17];
    char text[BREACH_TEXT_BYTES];
    struct instant done;   /* zero: not */
    struct instant missed; /* re-based; zero: not */
    struct instant undone; /* when a person last said that it was not; or zero */
    char by[BREACH_NAME_BYTES], how[BREACH_HOW_BYTES];
};

struct breach {
    struct instant aware; /* re-based */
    bool is_stated;       /* by a person; else it is the opening */
    struct breach_line lines[BREACH_LINES_MAX];
    int count;
    bool is_law_over, is_waived; /* submitted, or not required */
    struct instant law_ended, law_missed;
    char law_by[BREACH_NAME_BYTES];
    struct breach *next_free;
};

/* The first heading or titled step that names a breach and has steps with times below it. */
void breach_plan_read(const struct program *program, struct breach_plan *out_plan);
/* Do these words of people say that data or systems are in strange hands? "data breach", "security
 * incident", "personal data was leaked"; not "breach of the response time". */
bool breach_is_named(struct str words);
/* When the line is late: its time after awareness; "at once" is late with the next line. */
struct instant breach_line_due(const struct breach *breach, int line);
/* Is a line not done, or the legal clock not ended? */
bool breach_is_open(const struct breach *breach);

/* Until when what was done of it can still be said, or taken back, when its incident is resolved:
 * as long as anything is open, and BREACH_KEPT_MS after the newest word. */
struct instant breach_kept_until(const struct breach *breach);

#endif
