/* view.h - read models: what the page, the API and the command line show.
 *
 * Filled by state/view_*.c from the folded state, the program and the newest evaluations; rendered
 * by face/. Every view lives in the arena it was made in. */
#ifndef STATE_VIEW_H
#define STATE_VIEW_H

#include "base/instant.h"
#include "base/str.h"
#include "runbook/program.h"

enum mark { /* one state of a line, worst last: a heading's dot is the worst below it */
            MARK_NONE,
            MARK_OK,
            MARK_MANUAL,  /* understood, done by people */
            MARK_RUN,     /* understood, done by Reeve or the clock in a run */
            MARK_UNBOUND, /* understood, needs a binding */
            MARK_TURN,    /* the step that an open run waits for */
            MARK_PENDING,
            MARK_UNKNOWN,
            MARK_FINDING,
            MARK_OPEN, /* an incident of it is open, or its clock runs */
            MARK_FIRING
};

struct spark { /* the last values of a rule, oldest first; NAN = unknown */
    const double *values;
    size_t count;
    double limit;
};

struct line_view { /* beside one statement of the program */
    enum mark mark;
    struct str state;  /* "7.1 % of 1,204 requests in 1 min" / "2 of 8 ticked" / "not bound: …" */
    struct str detail; /* second line: "true for 3 min 20 s of 5 min" or "" */
    struct spark spark; /* count 0: none */
    struct str rule;    /* its id, for what can be done with it; or "" */
    int64_t silence;    /* number of the silence that mutes it, or 0 */
    int64_t incident;   /* number of the open incident it belongs to, or 0 */
    int64_t run;        /* number of the open run that has it as a step, or 0 */
    int step;           /* of that run */
};

struct timeline_view {
    int64_t sequence;
    struct instant at;
    struct str sentence;
};

struct rule_column {                      /* a stretch of a rule's time, as wide as all others */
    bool is_known, is_unknown, is_firing; /* somewhere in it */
    double low, high;                     /* when is_known */
};

struct rule_chart {              /* a rule over time, as it stands today */
    struct str range;            /* "24h" */
    struct str title;            /* of the rule, where the line has several; or "" */
    struct instant from, to;     /* of all columns */
    struct rule_column *columns; /* CHART_COLUMNS */
    int64_t firing_ms;           /* where that is known */
    int64_t unknown_ms;          /* firing or not */
    int64_t slot_ms;             /* to what its readings are merged; 0: as they were made */
    double bottom, top, limit;   /* of the picture; limit NAN: none */
    double scale;                /* times this a value is in unit */
    const char *unit;            /* " %", " s" or "" */
    struct str bottom_words, middle_words, top_words, limit_words;
    struct str said;  /* highest, lowest, how long it would have fired and was unknown */
    struct str basis; /* "readings as they were made", or why nothing is drawn */
    bool is_heard;    /* it is what was, by the answers of an engine, not what would have been */
    struct str link;  /* the engine's own graph, or "" */
};
enum { CHART_COLUMNS = 240 };

struct line_detail {             /* what a line opens to; each may be "" */
    struct str meaning, answers; /* in plain words; who is told by it, what it opens */
    struct str binding;          /* "failures a{…}, of b", or why there is none */
    struct str targets;          /* where that is read from */
    struct str values;           /* "lowest 0.2 %, highest 7.1 % in the last 2 min; limit 5 %" */
    struct str promql;
    struct str naming;              /* by which of the signal's metrics that is, or "" */
    const struct rule_chart *chart; /* NULL: none is asked for */
    struct timeline_view *events;   /* of the ledger, newest first */
    size_t event_count;
};

struct clock_view {
    struct str name;    /* "Response", "Escalation to CTO" */
    struct instant due; /* zero: none */
    struct instant met; /* zero: not yet */
    bool missed;
    bool is_escalated; /* met, and by that somebody else was told */
    bool stopped;      /* neither met nor missed, and it runs no longer */
};

struct tick_view {
    int item; /* from 1 */
    int line; /* in the runbook */
    struct str text;
    bool done;
    struct str by, because; /* because: of an action that ticked it, or "" */
    struct str bound;       /* which action ticks it, or "" */
    bool confirms;          /* that action is to confirm the severity */
    struct instant at;
};

struct role_view { /* who does what in an incident */
    struct str name, person;
    struct instant since;
};

struct follow_up_view {
    int64_t number, incident;
    struct str text, owner;          /* text "": it was erased */
    struct instant added, due, done; /* zero: no date; not done */
    bool is_overdue;
};

struct proposal_view {   /* the severity that what is measured speaks for */
    struct str severity; /* "": none, or the one that it has */
    struct str why;      /* with the numbers; of none: what is not known, or "" */
};

struct breach_line_view { /* of the timeline of a breach */
    int item;             /* from 1 */
    int64_t line;         /* in the runbook */
    int64_t after_ms;
    struct str text, after; /* "15 min", "at once" */
    struct instant due, done, missed;
    struct str by, how; /* how: "done", "done by step 2 of run 5", "not required" */
};

struct breach_view {
    struct instant aware; /* by the wall clock of now */
    bool is_stated;       /* by a person; else the opening */
    struct breach_line_view *lines;
    int count;
    struct instant law_due, law_ended, law_missed; /* ended, missed zero: not */
    bool is_law_over, is_waived;
    struct str law_by;
};

struct linked_run_view { /* a run that was begun because of the incident */
    int64_t run;
    struct str procedure, purpose;
    struct str state;           /* "done", "taken back", "under way", "stopped", … */
    int64_t undoes;             /* the run that it takes back, or 0 */
    struct str undo;            /* what takes it back, or "" */
    const char *undo_statement; /* the procedure that does, or NULL: the run's own undo */
    int undo_nth;
    bool in_force; /* it has ended, and nothing has taken it back */
};

struct offer_view { /* a procedure of the runbook that fits the incident */
    struct str name, why;
    const char *statement; /* that owns it */
    int nth;               /* from 1 */
    int64_t line;
    int64_t run;     /* the newest open run of it, or 0 */
    struct str undo; /* what would take it back, or "" */
};

struct vendor_view { /* a row of the escalation matrix that the incident names */
    struct str service, who, method, address, escalation;
    int64_t line;
    struct str subject, body; /* what to write, filled in */
    struct str mailto;        /* the same as an address, or "" when it is no mail */
};

struct rule_reading { /* a rule that fires, and what it reads now */
    const char *statement;
    int64_t line;
    struct str title, value;
};

struct said_view { /* what a system elsewhere says of an alert that fires */
    struct str sender, name, summary;
    struct str url; /* http or https, or "" */
};

struct incident_view {
    int64_t number;
    struct str severity, word, title, state,
        cause; /* state: open acknowledged mitigated resolved */
    struct instant opened, acknowledged, mitigated, resolved; /* as recorded */
    struct instant since; /* the opening by the wall clock of now: ages count from it */
    struct str acknowledged_by;
    struct clock_view *clocks;
    size_t clock_count;
    struct tick_view *ticks;
    size_t tick_count;
    struct timeline_view *timeline; /* newest first; NULL in lists */
    size_t timeline_count;
    struct str note;               /* e.g. "2 of its 3 rules are unknown" */
    bool is_unreached;             /* no page about it arrived, or there is nobody to be told */
    struct rule_reading *readings; /* of its rules that fire */
    size_t reading_count;
    struct said_view *said; /* by alerts from elsewhere that fire */
    size_t said_count, said_more;
    bool must_be_meant;      /* to resolve it: something of it fires, or is watched by nobody */
    struct str paged;        /* "ana by smtp (sent), ben by webhook (failed)", or "" */
    struct str commander;    /* or "" */
    struct str channel;      /* "#incident-… (irc)", or why there is none; "" */
    struct role_view *roles; /* with the commander */
    size_t role_count;
    const int64_t *links; /* numbers of incidents that have to do with it */
    size_t link_count;
    int64_t merged_into; /* or 0 */
    struct instant closed;
    struct follow_up_view *follow_ups;
    size_t follow_up_count;
    struct proposal_view proposal;
    struct offer_view *offers;
    size_t offer_count;
    struct vendor_view *vendors;
    size_t vendor_count;
    struct breach_view *breach; /* NULL: none */
    struct linked_run_view *runs;
    size_t run_count;
    bool may_be_breach;       /* its severity or its words may mean one, and nobody has said */
    struct str picture;       /* of its own page: the timeline as SVG, or "" */
    const struct str *people; /* of its own page: who can be given a role */
    size_t people_count;
};

/* An incident as its own facts tell it, over or not. */
struct past_view {
    int64_t number, merged_into;
    struct str severity, first_severity, title, state, cause, rule, opened_by, acknowledged_by,
        resolved_by, resolved_note, commander, closed_by, closed_words;
    int64_t line;
    struct instant opened, acknowledged, first_mitigated, mitigated, resolved, closed, ended;
    struct instant begun; /* the opening, or that of what it took over, when that was earlier */
    bool response_missed, update_missed, resolution_missed, is_waived, is_by_hand;
    int reopened;
};

struct target_view {
    struct str name, url;
    bool up;
    bool waits;          /* not heard of since the start, and need not have been yet */
    bool remembered;     /* last is of before the start, when it was read; else the newest try */
    struct instant last; /* zero: not known */
    struct str problem;
};

/* A way to a person. */
struct way_view {
    struct str person, way; /* "sms" */
    struct instant sent;    /* when a page by it was taken last; zero: never */
    struct str detail;      /* who took it, and what they said */
    struct instant failed;  /* when the newest one was given up; zero: it was not */
    struct str problem;     /* why */
    struct str warning;     /* that it is not proved, one clause, or "" */
    int64_t failures;       /* pages given up in a row since one was taken */
    struct instant failing; /* the first of them */
    struct instant
        hitched;      /* when the newest page failed that is or was to be tried again; or zero */
    struct str hitch; /* why */
    struct str otherwise; /* another way of theirs that is not known to fail; "": there is none */
};

/* A job that has to be heard of. */
/* A shift of a rota; times by the rota's clock, in words. */
struct shift_view {
    struct str from, until; /* until: "until Mon 2026-12-07 09:00 CET", "for good" */
    struct str who, why;
    bool is_gap; /* nobody whom a page reaches */
    bool is_now;
};

struct rota_view {
    struct str name, zone;
    const struct shift_view *shifts; /* of the coming ONCALL_VIEW_DAYS */
    size_t shift_count;
    bool is_cut; /* there are more */
};

/* Who is on a rota now. */
struct rota_now_view {
    struct str name, words; /* "ana until Mon 2026-12-07 09:00 CET, then ben" */
    bool is_gap;
};

enum { ONCALL_VIEW_DAYS = 14, ONCALL_VIEW_SHIFTS = 200, ONCALL_VIEW_ROTAS = 10 };

/* An override, a swap or a leave. */
struct change_view {
    int64_t number;
    struct str sentence;
};

/* Who is on call now or within the look-ahead, and has ways that were not proved in 90 days. */
struct unproved_view {
    struct str person, party; /* "the primary on call", or the rota's name */
    struct str when;          /* "now", "from Mon 2026-12-07 09:00 CET" */
    bool by_none;             /* of their ways is proved */
    struct str what;          /* that, or which are not; one clause */
    struct str sentence;      /* all of it, with the remedy */
};

/* Something that can be switched off by its name. */
struct switch_view {
    struct str name;              /* "provider/twilio" */
    const struct switch_off *off; /* NULL: it is on */
    struct str words;             /* of what is off: since when, by whom and why; or "" */
};

struct oncall_view {
    const struct rota_view *rotas;
    size_t rota_count;
    const struct str *people; /* who can be put on a rota */
    size_t people_count;
    const struct change_view *changes; /* that are not over */
    size_t change_count;
    const struct str *gaps; /* that were said, one sentence each */
    size_t gap_count;
    struct str double_duty; /* who is primary and secondary, and when, or "" */
    const struct unproved_view *unproved;
    size_t unproved_count;
};

struct beat_view {
    struct str name, plan; /* "every 24 h" */
    struct str state;      /* beat_state_name */
    struct str words;      /* what of it is not well, one sentence, or "" */
    bool well;             /* not in trouble */
    bool known;            /* heard of at all */
    struct instant last;   /* when it ended well; zero: never */
    struct instant begun;  /* of what runs now; zero: nothing */
    struct instant due;    /* zero: never */
    struct instant since;  /* of the trouble; zero: none */
    int64_t grace_ms, longest_ms;
    struct str opens;
    int64_t incident; /* that it opened and that is not resolved, or 0 */
    int64_t silence;  /* number of the silence that mutes it, or 0 */
    struct str muted; /* "silenced until 16:00 UTC by ana: …", or "" */
};

struct attachment_view {
    struct str name, digest, by; /* name "": it was erased */
    int64_t bytes;
    struct instant at;
    struct str problem; /* why the file cannot be had, filled by whoever can look, or "" */
};

struct step_output_view {
    struct str text;   /* for people: UTF-8 without control characters but line feeds and tabs */
    struct str result; /* of a query: what postgres.query answered, JSON; else "" */
    int64_t bytes;     /* of the whole output so far */
    int64_t next;      /* where to go on */
};

enum { RUN_LAST_LINES = 3, RUN_LAST_LINE_BYTES = 300 };

struct run_step_view {
    int number; /* from 1 */
    int depth;
    int64_t line; /* in the runbook that the run began with */
    struct str statement, does, text, command, action, state;
    struct str note;    /* why its command is not as the runbook has it, or "" */
    struct str people;  /* whom it tells by mail: "ana, legal", or "" */
    struct str lasting; /* how long it is watched, or tested: step_lasting_text */
    bool is_title;      /* nothing is done for it but what stands below */
    bool is_watched;    /* it runs until it is stopped, and runs now; nobody has stopped it yet */
    struct str when;    /* at, within, after, for, or "" */
    int64_t time_ms;
    int time_months;                    /* the same in calendar months, else 0 */
    struct instant started, ended, due; /* zero: not, or no such time */
    bool overdue;
    struct str by, detail;
    struct str *last_lines; /* of a command that failed or is in doubt: what it said last, without
                               empty lines; filled by view_run_last_lines */
    size_t last_line_count;
    int tries;
    struct str evidence; /* the word of its text that asks for evidence, or "" */
    struct attachment_view *attachments;
    size_t attachment_count;
    int64_t output_bytes;
    struct str output;  /* what is shown of it: UTF-8 without control characters but line feeds and
                           tabs; filled by whoever can read it, else "" */
    int64_t output_end; /* how far into the whole output that goes; filled with it */
    struct str result;  /* of a query: its answer as JSON; filled by the same */
    int approvals, approved; /* how many have to agree; how many do, to what it would do now */
    struct str approvers;    /* "ben, cleo", or "" */
    struct instant approved_until;
    /* While it waits for an approval, else "" (run/approval.h): what would run, where, with which
     * variables, and what the action is bound to by now; the digest of it all. */
    struct str runs, given, folder, variables, other, problem, agreed_to;
    struct str warnings; /* what makes it read otherwise than it runs (run/suspect.h), or "" */
    struct str refused;  /* while it waits for an approval: who refused it before, and why, or "" */
    struct str asker;    /* the same: who wants it to begin, last (run_step_asker) */
    bool was_refused;    /* it failed because somebody refused it */
    struct instant deadline; /* of a command that runs; zero: none */
    struct str ask;          /* what a person can do about it now, or "" */
    /* What it asks before it begins, or ""; why Reeve cannot say, or what was answered and why. */
    struct str question, answer, why, decided_by;
    bool asks;     /* a person can answer it now */
    bool left_out; /* it is skipped because of an answer, its own or of what it stands below */
    int rounds;    /* how often the steps before it have begun again */
    int handler;   /* it failed, and this step deals with that; 0: none */
};

struct run_span { /* a step was in this state; planned, done and skipped are no spans */
    int step;     /* from 1 */
    struct str state;
    struct instant from, to;
    bool is_open; /* it still is */
};

struct run_mark {    /* something happened to a step at a moment */
    int step;        /* from 1; 0: to the whole run */
    struct str kind; /* failed doubted retried approved overdue skipped cancelled resumed
                        taken-back */
    struct instant at;
};

struct run_history {
    struct run_span *spans; /* in the order in which they began */
    size_t span_count;
    struct run_mark *marks;
    size_t mark_count;
    bool is_cut; /* there is more of it than is kept */
};

struct run_view {
    int64_t number;
    struct str procedure, statement, digest, state, opened_by, values;
    struct str again_by; /* who took it back or resumed it last, or "" */
    bool taken_back;
    struct str environment; /* of a rehearsal; "" in production */
    int64_t line;
    struct instant opened, since, ended; /* since: by the wall clock of now */
    struct run_step_view *steps;
    size_t step_count;
    int done_count, todo_count; /* without titles */
    int current;                /* the step it waits for, from 1; 0: none */
    int undo_count;             /* steps that "run undo" would add; 0: nothing can be taken back */
    bool older;                 /* the runbook has changed since it began */
    struct timeline_view *timeline;
    size_t timeline_count;
    int64_t first_entry, last_entry; /* of the ledger; 0: not read */
    struct str last_hash;            /* of the last one's leaf, in hexadecimal digits, or "" */
    struct str checkpoint;           /* newest signed note, or "" */
    struct run_history history;      /* filled by whoever has its facts (view_run_history) */
};

struct rehearsal_view { /* how it stands with the rehearsals of a procedure */
    bool recovers;      /* it is one of those that are to be rehearsed */
    int64_t run;        /* the newest rehearsal, or 0 */
    struct instant at;  /* when that began */
    struct str environment, by;
    struct str state;    /* of that run: going, stopped, cancelled, done */
    bool whole;          /* it ended with every step done */
    int64_t took_ms;     /* 0: it is not over */
    int64_t promised_ms; /* how long the runbook lets the procedure take; 0: it does not say */
    struct str said;     /* the same as a sentence without its end; "" when there was none */
    struct str warning;  /* why it is to be rehearsed, the same way, or "" */
};

struct procedure_step_view { /* what would be done, in the order in which it would */
    int number;              /* from 1 */
    int depth;
    int64_t line;
    struct str does, when, text, command, note, people, lasting; /* as in run_step_view */
    bool is_title, endless;
    int64_t time_ms;
    int time_months;
    struct str destroys; /* what its command destroys, or "" */
    struct str warnings; /* as in run_step_view */
    struct str question; /* what it asks before it begins, or "" */
    struct str user;     /* of the machine, as whom its command runs; "": as Reeve does */
    int approvals;       /* persons other than who starts it that have to agree first */
};

struct place_view { /* an open place of its commands */
    struct str name;
    int step;        /* the first one that needs it */
    const char *is;  /* "a whole number" */
    bool is_refused; /* a secret: the ledger must not hold it, so nobody can fill it in here */
};

struct procedure_view {
    struct str title;      /* the name that starts it, and it alone */
    const char *statement; /* that owns it */
    int64_t line;
    struct procedure_step_view *steps;
    int step_count;
    struct place_view *places;
    int place_count;
    int64_t run;        /* the newest open run of it, or 0 */
    int64_t incident;   /* for which it is looked at, or 0 */
    struct str refused; /* why it cannot be started now, or "" */
    bool is_full;       /* nor rehearsed */
    struct rehearsal_view rehearsal;
    const struct str *environments; /* in which it can be rehearsed */
    size_t environment_count;
};

struct line_procedure {
    struct str name;
    int nth;                    /* from 1, among the procedures of the statement */
    const struct run_view *run; /* the newest open one of it, or NULL */
    struct rehearsal_view rehearsal;
};

struct line_procedures { /* what a statement owns */
    struct line_procedure *items;
    int count;
};

enum { INBOUND_VIEWS_MAX = 50 };

struct inbound_view { /* an open alert of another system */
    struct str sender, key, name, severity, summary;
    struct str url; /* http or https, or "" */
    struct instant starts, since;
    struct instant heard, started; /* heard zero: not since it started */
    int64_t incident;              /* number of the open incident that it belongs to, or 0 */
    int64_t silence;               /* number of the silence that mutes it, or 0 */
    struct str muted;              /* "silenced until 16:00 UTC by ana: …", or "" */
};

struct page_view {
    struct instant now;
    struct str title; /* of the runbook */
    const struct program *program;
    const struct line_view *lines;         /* one per program->statements */
    const struct line_detail *details;     /* the same; NULL when only the state is wanted */
    const struct incident_view *incidents; /* not resolved, worst first */
    size_t incident_count;
    const struct inbound_view *inbounds; /* oldest first, at most INBOUND_VIEWS_MAX */
    size_t inbound_count, inbound_more;  /* shown, and those beyond */
    const struct target_view *targets;
    size_t target_count;
    const struct beat_view *beats;
    size_t beat_count;
    struct way_view *ways;
    size_t way_count;
    const struct switch_view *switches;
    size_t switch_count;
    const struct rota_now_view *rotas; /* at most ONCALL_VIEW_ROTAS of them */
    size_t rota_count;
    const struct str *gaps; /* times at which a rota has nobody, one sentence each */
    size_t gap_count;
    struct str gap_near;         /* that one has begun, or begins within a day; or "" */
    const struct run_view *runs; /* open ones, newest first */
    size_t run_count;
    const struct line_procedures *procedures; /* one per statement, or NULL */
    struct str config_changed;  /* that reeve.yaml says something else than is in force, or "" */
    struct str refused;         /* why a newer version of the runbook is not in force, or "" */
    const struct str *troubles; /* of Reeve itself, worst first: one sentence each */
    size_t trouble_count;
    const struct follow_up_view *overdue; /* follow-ups */
    size_t overdue_count;
    const struct str *muted; /* what fires unheard and must be seen: one sentence each */
    size_t muted_count;
    int64_t sequence;      /* newest ledger entry */
    struct str checkpoint; /* newest signed note, first lines */
};

#endif
