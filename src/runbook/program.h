/* program.h - a runbook understood: every non-blank line has a statement.
 *
 * Promises: immutable once read, lives in one arena, keeps the source byte for byte, knows of every
 * statement its first and last line, column, heading path and an identity that survives edits
 * elsewhere in the file. Refuses to enforce a half-read line: what is not understood whole is
 * STATEMENT_UNCLEAR with a finding. */
#ifndef RUNBOOK_PROGRAM_H
#define RUNBOOK_PROGRAM_H

#include "base/err.h"
#include "base/hash.h"
#include "base/str.h"

enum statement_kind {
    STATEMENT_STRUCTURE, /* headings, rules, fence marks, table heads, labels, titles */
    STATEMENT_SEVERITY,
    STATEMENT_RESPONSE,
    STATEMENT_ALERT,
    STATEMENT_OBJECTIVE,
    STATEMENT_SCHEDULE,
    STATEMENT_STEP,
    STATEMENT_CHECK,
    STATEMENT_CONTACT,
    STATEMENT_COMMAND,
    STATEMENT_NOTE,
    STATEMENT_PRACTICE,
    STATEMENT_LITERAL,
    STATEMENT_GUIDANCE,
    STATEMENT_UNCLEAR,
    STATEMENT_KINDS
};

enum comparison { CMP_NONE, CMP_OVER, CMP_AT_LEAST, CMP_UNDER, CMP_AT_MOST, CMP_EQUAL };
enum window_mode { WINDOW_NONE, WINDOW_FOR, WINDOW_IN, WINDOW_OVER };
enum time_role { TIME_NONE, TIME_DUE_AT, TIME_WITHIN, TIME_NOT_BEFORE, TIME_HOLD, TIME_BEFORE };
enum duty_act {
    DUTY_RESPOND,
    DUTY_UPDATE,
    DUTY_MITIGATE,
    DUTY_RESOLVE,
    DUTY_ESCALATE,
    DUTY_NOTIFY,
    DUTY_ACKNOWLEDGE,
    DUTY_PAGE
};
/* A time that no clock can hold without a calendar of the company: never enforced, said aloud. */
enum calendar_time {
    CALENDAR_NONE, /* after_ms is the time */
    CALENDAR_SAME_DAY,
    CALENDAR_NEXT_DAY, /* the next working day */
    CALENDAR_TOMORROW,
    CALENDAR_NEXT_WEEK,
    CALENDAR_NEXT_SPRINT,
    CALENDAR_WORKING_DAYS,  /* working_days of them */
    CALENDAR_WORKING_HOURS, /* after_ms of them: a clock that stands still at night */
    CALENDAR_UNSAID,        /* who is named, and not when */
    CALENDAR_BEST_EFFORT
};
enum schedule_form {
    SCHEDULE_RECUR,
    SCHEDULE_WINDOW,
    SCHEDULE_NOTICE,
    SCHEDULE_DEADLINE,
    SCHEDULE_RETENTION
};

struct severity_statement {
    struct str id;   /* "P0", as written */
    int rank;        /* 0 is worst */
    struct str word; /* "Critical" or "" */
    struct str when; /* the definition */
    bool situation;  /* "Data loss: always P0": an example of the severity, not its definition */
};

struct response_statement {
    struct str level; /* "P0", or "" for all */
    enum duty_act act;
    int64_t after_ms;            /* due at most this long after the incident opens; 0 = at once */
    int64_t low_ms;              /* reminder: the lower end of "30-60 minutes"; else 0 */
    bool recurring;              /* every after_ms */
    enum calendar_time calendar; /* when not CALENDAR_NONE, after_ms says nothing */
    int working_days;
    struct str to; /* party, or "" = nobody named (open decision) */
    /* The party's role in the vocabulary ("security"), or "". */
    struct str role;
    struct str by;    /* the way they are told, "email", or "" */
    struct str from;  /* who had it before, in an escalation, or "" */
    struct str since; /* of a notification: what its time is counted from, or "" = the incident */
    bool unanswered;  /* of an escalation: only while nobody has acknowledged */
    bool within;      /* of a notification: at the latest, not at the earliest */
};

struct alert_statement {
    struct str metric;   /* as written, without comparison: "Response time p95" */
    struct str signal;   /* canonical signal name from the vocabulary: "response time", or "" */
    double quantile;     /* 0.95 for p95; 0 when none is named */
    enum comparison cmp; /* CMP_NONE for a state ("… exhausted") */
    double value;        /* in base units: seconds, bytes, fraction 0..1 for %, plain count */
    struct str unit;     /* as written: "%", "seconds", "" */
    struct str of;       /* "limit" in "> 90% of limit", or "" */
    struct str part;     /* "login errors" in "> 1% login errors": what the share is, or "" */
    enum window_mode mode;
    int64_t window_ms;
    struct str level;  /* "critical", "warning", or a severity id */
    bool consecutive;  /* "3 consecutive failures" */
    bool average;      /* "average response time" */
    struct str action; /* "→ page the on-call engineer", as written, or "" */
    struct str to;     /* whom the action tells, or "" */
    struct str is; /* CMP_NONE: the words of the state, "exhausted"; "" when metric holds them */
    struct str excluding; /* "(excluding planned maintenance)": what does not count, or "" */
};

struct schedule_statement {
    enum schedule_form form;
    struct str what;
    int64_t every_ms;           /* SCHEDULE_RECUR with a fixed length, else 0 */
    int every_months;           /* quarterly = 3, else 0 */
    int weekday;                /* 0 = Sunday, -1 = every day or none; SCHEDULE_WINDOW */
    unsigned weekdays;          /* bit n: weekday n; 0 when none is named */
    int ordinal;                /* "first Sunday": 1..4, -1 = last; 0 when none */
    bool timed;                 /* from_minute and to_minute are said */
    int from_minute, to_minute; /* of the day; to < from ends on the next day */
    int from_date, to_date;     /* month * 100 + day: a span of days in every year; else 0 */
    struct str cron;            /* five fields as written, or "" */
    struct str zone;            /* "UTC", "" = not said (finding) */
    int64_t length_ms;          /* notice, deadline, retention */
    int length_months;          /* the same in calendar months, else 0 */
    int working_days;           /* the same in working days, else 0 */
    bool forbidden;   /* window: nothing may be done in it ("No deployments on Fridays") */
    struct str since; /* deadline: of what, notice: before what; "" = the event itself */
    struct str done;  /* what is done to what recurs: "rotated", or "" */
    struct str by;    /* notice: the ways it is given, "in-app and via email", or "" */
};

/* How the commands of one fence stand to each other. */
enum command_form {
    COMMAND_SINGLE, /* it is the only one */
    COMMAND_SCRIPT, /* they run in order, as one */
    COMMAND_MENU    /* a choice: they never run as one */
};
enum sql_effect { SQL_NONE, SQL_READS, SQL_CHANGES };
enum placeholder_type {
    PLACEHOLDER_TEXT,
    PLACEHOLDER_ID,
    PLACEHOLDER_NAME,
    PLACEHOLDER_URL,
    PLACEHOLDER_EMAIL,
    PLACEHOLDER_DATE,
    PLACEHOLDER_TIME,
    PLACEHOLDER_NUMBER,
    PLACEHOLDER_PATH,
    PLACEHOLDER_VERSION,
    PLACEHOLDER_SECRET
};

/* What has to be filled in before a command can run. */
struct placeholder {
    struct str name; /* "pod-name" of "<pod-name>" */
    enum placeholder_type type;
};

/* What is known of a command before it runs. */
struct command_traits {
    enum command_form form;
    bool endless;        /* runs until it is stopped */
    struct str destroys; /* what it destroys, "removes files", or "" */
    enum sql_effect sql; /* SQL_NONE: it is not SQL */
    struct placeholder *placeholders;
    int placeholder_count;
};

struct step_statement {
    int number; /* as trusted order within its list, from 1 */
    enum time_role time;
    int64_t time_ms;
    int time_months;    /* the same in calendar months, else 0 */
    bool conditional;   /* "If …, …" */
    struct str command; /* command template inside the step, or "" */
    struct command_traits traits;
    /* What does it ("db:migrate"); of a check, the check of it; or "". */
    struct str action;

    bool checkbox;
    bool nested_title; /* has children of its own */
    bool asks;         /* may speak of a party or place that the configuration has to name */
};

struct contact_statement {
    struct str service, who, method, address, escalation;
    struct str area;  /* the service in the vocabulary ("database"), or "" */
    struct str hours; /* when they can be reached: "Business hours", or "" */
    bool placeholder;
};

struct command_statement {
    struct str title;    /* the note above it */
    struct str language; /* bash, sql */
    struct str text;     /* whole command, joined */
    struct command_traits traits;
};

struct practice_statement {
    struct str area;  /* heading */
    struct str check; /* what is checked on the live systems: "database:index" */
};

struct statement {
    enum statement_kind kind;
    int line, last_line, column; /* from 1; column in bytes */
    char id[17];                 /* 16 hex digits of SHA-256 over what lasts: name.c */
    struct str text;             /* the words without list marks and emphasis */
    struct str path;             /* "Monitoring Alerts / Critical Alerts" */
    struct str meaning; /* plain words: "fires when … has been more than 5 % for 5 min" */
    struct str remark;  /* what a rule says behind its end, without a part in it, or "" */
    int parent;         /* index of the enclosing statement, or -1 */
    int heading_level;  /* 1-6 for headings, else 0 */
    union {
        struct severity_statement severity;
        struct response_statement response;
        struct alert_statement alert;
        struct schedule_statement schedule;
        struct step_statement step; /* also STATEMENT_CHECK */
        struct contact_statement contact;
        struct command_statement command;
        struct practice_statement practice;
    };
};

enum finding_level { FINDING_ERROR, FINDING_OPEN_DECISION, FINDING_HINT };

struct finding {
    enum finding_level level;
    int line, column;
    const char *code;  /* "unclear", "conflict", "nobody-named", "no-window", "unfilled", … */
    struct str text;   /* one sentence: what, and the remedy or the nearest understood sentence */
    struct str answer; /* what in the configuration in force answers it, or "" */
    struct str suggestion; /* a sentence that would be understood, or "" */
};

struct vocabulary;

struct program {
    struct str file;    /* as given */
    struct str source;  /* byte for byte */
    struct hash digest; /* of the source */
    struct str *lines;  /* 0-based: lines[n-1] is line n, without the newline */
    int line_count;
    struct statement *statements; /* in order of line */
    int count;
    struct finding *findings; /* in order of line */
    int finding_count;
    int kind_lines[STATEMENT_KINDS]; /* by source lines, a joined statement counting each it covers
                                      */
};

/* Reads a runbook. Fails (err, place "file:line:column") on what no reading can be given of:
 * not UTF-8, NUL bytes, too long, an unclosed fence. Everything else is a statement or a finding.
 * The program lives in arena. */
MUST_USE bool program_read(struct arena *arena, struct str file, struct str source,
                           struct program **out_program, struct err *err);

/* What is read, and with which words: a company's own beside those of vocabulary.def, or NULL. They
 * must live as long as what is read with them. */
struct program_source {
    struct str file;    /* for program_read_with */
    struct str heading; /* for sentence_read_with */
    struct str text;
    const struct vocabulary *vocabulary;
    /* For who wants kinds and findings only, and sooner: ids, meanings and the digest of the source
     * are left empty. */
    bool unnamed;
};
MUST_USE bool program_read_with(struct arena *arena, const struct program_source *from,
                                struct program **out_program, struct err *err);

const char *statement_kind_name(enum statement_kind kind);
/* Parses one sentence by itself, as `reeve explain` shows it. heading may be "". */
MUST_USE bool sentence_read(struct arena *arena, struct str heading, struct str sentence,
                            struct statement *out_statement, struct err *err);
MUST_USE bool sentence_read_with(struct arena *arena, const struct program_source *from,
                                 struct statement *out_statement, struct err *err);
/* All that the sentence makes, "warn at 80%, critical at 90%" two; in arena, at least one. */
MUST_USE bool sentence_read_all(struct arena *arena, const struct program_source *from,
                                struct statement **out_statements, size_t *out_count,
                                struct err *err);

#endif
