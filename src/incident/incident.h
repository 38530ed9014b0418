/* incident.h - incidents: opened by alerts or people, answered, mitigated, resolved by a person.
 *
 * Promises: state changes only by folding events; decisions read the folded state and the alerts,
 * so a crash at any moment changes nothing, and after folding what was decided nothing more is
 * decided at the same now. An alert never goes without an incident: beyond the limit it joins one
 * overflow incident.
 * Refuses: to resolve by itself; to take unknown for resolved; to lower a severity by itself.
 *
 *   open, acknowledged          acknowledged by a person: the response clock is met, pages stop
 *   open, acknowledged          mitigated when none of its alerts fires and all of them are known;
 *                               never while the rule of one has left the runbook firing, nor what a
 *                               person declared: alerts that were merged into it say nothing of it
 *   mitigated, resolved         reopened when an alert of its cause fires within 30 min of that
 *   all but resolved            resolved by a person
 *   all but resolved            merged into another one by a person (merge.c): it is over, and what
 *                               it was about goes on there
 *   resolved                    closed by a person, with a postmortem or a reason for none
 * An alert whose rule depends on one that fires joins that one's incident; it opens its own when it
 * still fires INCIDENT_FOLLOW_GRACE_MS after that one's end. Alerts of a group that fire within
 * group_ms of an opening join it. A silenced alert opens, joins and reopens nothing until its
 * silence ends; an incident that is open already goes on.
 * A changed severity has its own clocks, and each step of each severity happens once: when it moves
 * away and back, nobody is told twice.
 * Response time: missed when still open at its end. Escalations run from the opening until somebody
 * resolves the incident, also when it is acknowledged or mitigated (mission IR-1: "pages at that
 * age when unresolved"). Updates are due while it is open or acknowledged, counted from the newest
 * note, the newest change of severity or its beginning; the target of its resolution counts from
 * its beginning until it is resolved. Each is missed once, until it is kept or begins anew. A step
 * of the wall clock moves all open clocks with it; a follow-up's date is one of the calendar. */
#ifndef INCIDENT_INCIDENT_H
#define INCIDENT_INCIDENT_H

#include "base/limits.h"
#include "base/map.h"
#include "incident/breach.h"
#include "incident/severity.h"
#include "ledger/event.h"

enum {
    INCIDENT_REOPEN_MS = 30 * 60 * 1000,
    INCIDENT_FOLLOW_GRACE_MS = 2 * 60 * 1000, /* after the end of what it followed */
    INCIDENT_ESCALATIONS_MAX = 8,
    INCIDENT_UNREACHED_LAST = 3, /* this step: nobody is left to be told */
    INCIDENT_TITLE_BYTES = 256,
    INCIDENT_CAUSE_BYTES = 256,
    INCIDENT_NAME_BYTES = 80,
    INCIDENT_BECAUSE_BYTES = 120,
    INCIDENT_ROLES_MAX = 8,
    INCIDENT_ROLE_BYTES = 40,
    INCIDENT_LINKS_MAX = 16,
    INCIDENT_STEPS_MAX = 32, /* steps that were escalated, of all its severities and runbooks */
    INCIDENT_TICKS_MAX = 48, /* boxes that were ticked, also of earlier checklists */
    INCIDENT_RUNS_MAX = 16,  /* linked with one incident; later ones are not remembered */
    INCIDENT_PROCEDURE_BYTES = 160,
    INCIDENT_PURPOSE_BYTES = 16,
    INCIDENT_ENDED_MAX = 500, /* resolved ones whose closing is remembered */
    FOLLOW_UPS_MAX = 1000,    /* those that are done leave first */
    FOLLOW_UP_TEXT_BYTES = 256
};

#define INCIDENT_COMMANDER "commander"
#define FOLLOW_UP_UNOWNED  "nobody yet"

enum incident_state {
    INCIDENT_OPEN,
    INCIDENT_ACKNOWLEDGED,
    INCIDENT_MITIGATED,
    INCIDENT_RESOLVED,
    INCIDENT_STATES
};

/* A box that was ticked, or taken back. */
struct incident_tick {
    char
        words[SEVERITY_WORDS_BYTES]; /* the box by what it says; "": by its place, as older facts */
    int64_t item;                    /* its place then, from 1 */
    bool done;
    char by[INCIDENT_NAME_BYTES];
    char because[INCIDENT_BECAUSE_BYTES]; /* of one by an action; else "" */
    struct instant at;
    int64_t entry; /* of what it was ticked by, or 0 */
    int64_t held;  /* entry by which it was taken back; or 0 */
};

/* That an action was done, which ticks the boxes that are bound to it: the newest one. */
struct incident_proof {
    int64_t entry; /* of the ledger; 0: it was not done */
    int64_t run;   /* or 0 */
    enum event_kind kind;
    char by[INCIDENT_NAME_BYTES];
};

struct incident_escalation {
    char to[INCIDENT_NAME_BYTES];
    char by[INCIDENT_NAME_BYTES]; /* who calls them; "": a step, or that others are out of reach */
    struct instant at;
    bool others; /* because those before could not be reached: only who was not told yet */
    bool raised; /* a change of severity made it due: only who was not told of the incident yet */
};

/* What the clocks of a severity did while the incident had it; since its opening or reopening. */
struct incident_level {
    char severity[32];
    unsigned steps_done; /* by place: of facts that do not say which step it was */
    bool response_missed;
    struct instant resolution_missed_at; /* zero: not; re-based */
};

/* Who does what in it: "commander", "scribe", … */
struct incident_role {
    char name[INCIDENT_ROLE_BYTES];
    char person[INCIDENT_NAME_BYTES];
    struct instant since;
    bool given; /* by somebody else: the person has to be told */
};

/* A run of a procedure that was begun because of it. */
struct incident_run {
    int64_t run;
    int64_t undoes; /* the run that it takes back, or 0 */
    char procedure[INCIDENT_PROCEDURE_BYTES], undo[INCIDENT_PROCEDURE_BYTES];
    char purpose[INCIDENT_PURPOSE_BYTES]; /* "mitigation", "undo", "fix", "diagnosis", "breach" */
    struct instant ended;                 /* well; zero: not */
    bool is_taken_back;                   /* by its own undo, which has ended */
    bool is_taking_back;
};

struct incident {
    int64_t number;
    size_t slot; /* index into struct incidents */
    enum incident_state state;
    char severity[32];
    char title[INCIDENT_TITLE_BYTES];
    char cause[INCIDENT_CAUSE_BYTES]; /* "error rate", "disk usage on /srv"; "" when by hand */
    char rule[17];                    /* that gave the title: the strongest so far, or "" */
                                      /* of alerts from elsewhere it is their group's id */
    int64_t line;                     /* of that rule in the runbook, or 0 */
    struct instant opened, acknowledged, mitigated, resolved; /* zero: not */
    char acknowledged_by[INCIDENT_NAME_BYTES];
    struct instant begun;        /* the opening, re-based: ages count from it */
    struct instant clock_from;   /* where clocks count from: opening or reopening, re-based */
    struct instant paged_from;   /* opening or reopening, re-based */
    int64_t reopened;            /* how often it came back */
    struct instant reopened_at;  /* the newest time, as recorded */
    struct instant reopen_until; /* mitigated: until when a firing alert reopens it */
    bool response_missed;
    struct instant missed_at; /* the first time, by whichever severity's clock; zero: never */
    bool missed_raised;       /* then: a change of severity made it due */
    unsigned steps_done;      /* bit i: step i of its severity was escalated, as older facts say */
    char steps[INCIDENT_STEPS_MAX][SEVERITY_WORDS_BYTES]; /* that were, by what they say */
    size_t step_count;
    struct incident_level levels[SEVERITY_LEVELS_MAX]; /* that it had before, and now */
    size_t level_count;
    char level_before[32];  /* its severity until then; "": it never changed */
    struct instant leveled; /* the newest change of severity, re-based; zero: none */
    bool was_split;         /* a rule of it was split out since its severity was said last */
    struct incident_escalation escalations[INCIDENT_ESCALATIONS_MAX];
    size_t escalation_count;
    int unreached;                                  /* newest step of incident.unreached, or 0 */
    struct incident_tick ticks[INCIDENT_TICKS_MAX]; /* see incident_find_tick */
    size_t tick_count;
    struct incident_proof proofs[TICK_BINDINGS];
    int64_t mitigated_entry; /* of the ledger, that it is mitigated: the newest; or 0 */
    int64_t note_count;
    struct incident_role roles[INCIDENT_ROLES_MAX];
    size_t role_count;
    int64_t links[INCIDENT_LINKS_MAX]; /* numbers of those that have to do with it */
    size_t link_count;
    int64_t merged_into;        /* it went on there: state INCIDENT_RESOLVED; or 0 */
    struct instant update_from; /* where the time to the next update counts from, re-based */
    struct instant update_missed_at, resolution_missed_at; /* zero: not missed; re-based */
    size_t rule_count;         /* rules joined, see incident_rule_next */
    struct breach *breach;     /* NULL: it is none, as far as anybody knows */
    bool is_no_breach;         /* a person says so */
    struct incident_run *runs; /* room for INCIDENT_RUNS_MAX, or NULL before the first */
    size_t run_count;
    struct incident *next_free;
};

/* A rule that opened or joined an incident. Each rule belongs to its newest incident. */
struct incident_rule {
    char id[17];
    int64_t line;
    struct incident *incident; /* NULL: it has left the state */
    bool firing;
    bool covered;     /* resolved by a person while firing: opens nothing until it fires anew */
    bool retired;     /* fired when it left the runbook: nobody knows whether it is over */
    char follows[17]; /* the rule whose incident it joined because it depends on it, or "" */
    struct instant alone_since; /* that is over since then, re-based; zero: it is not */
    struct incident_rule *follower_before, *follower_after; /* others that follow the same */
    struct incident_rule *next_free;
};

/* What is to be done because of an incident; it stays open when that is closed. */
struct follow_up {
    int64_t number;
    int64_t incident;
    char text[FOLLOW_UP_TEXT_BYTES]; /* "" when it was erased */
    char owner[INCIDENT_NAME_BYTES];
    char told[INCIDENT_NAME_BYTES]; /* who was told last: the owner, or, where nobody can tell
                                     * them, whoever was on call; or "" */
    struct instant due;             /* zero: no date */
    struct instant added, done;
    bool is_overdue; /* as recorded */
    /* How far its owner was told: 0 not, 1 that it is theirs, 2 that it is due soon, then one more
     * for each week that it is overdue. Whoever takes one on knows it. */
    int64_t told_level;
    int64_t told_with; /* the follow-up in whose message it stands: its own number, or another */
    int64_t entry;     /* of the ledger, with the text */
};

/* An incident that was resolved: what is needed to close it. */
struct incident_ended {
    int64_t number;
    char severity[32];
    char title[INCIDENT_TITLE_BYTES];
    struct instant resolved, closed; /* closed zero: its postmortem is still to be written */
};

struct incidents {
    struct arena *arena;                              /* state lifetime */
    struct incident *items[LIMIT_INCIDENTS_OPEN * 2]; /* open and lately resolved, by number */
    size_t count;
    size_t open_count; /* not resolved */
    int64_t last_number;
    struct map rules;    /* by id: struct incident_rule; at most LIMIT_RULES * 2 and
                          * LIMIT_INBOUND_GROUPS */
    struct map followed; /* by the id of a cause: the first struct incident_rule that follows it */
    struct instant kept_until; /* no resolved incident leaves the state until then */
    struct incident *free_incidents;
    struct incident_rule *free_rules;
    struct breach *free_breaches;
    struct follow_up *follow_ups[FOLLOW_UPS_MAX]; /* by number */
    size_t follow_up_count;
    int64_t last_follow_up;
    struct incident_ended ended[INCIDENT_ENDED_MAX]; /* oldest first */
    size_t ended_count;
};

/* What incidents need to know of an alert; level: "critical", "warning" or a severity's id. */
struct incident_alert {
    struct str rule;
    int64_t line; /* 0: not of the runbook, but from elsewhere */
    struct str title;
    struct str level;
    struct str signal; /* "" when it has none */
    struct str series; /* the scope: worst series of a gauge, or "" */
    bool firing;
    bool known;               /* false: its data is missing; it never counts as resolved */
    bool silenced;            /* opens, joins and reopens nothing */
    const struct str *causes; /* rules that it depends on, nearest first */
    size_t cause_count;
    struct str group, area; /* of rules that open one incident when they fire together; or "" */
};

/* A step that was done in a run that is linked with an incident. */
struct incident_step {
    int64_t incident, run;
    int step; /* from 1 */
    struct str statement, by;
    struct instant at; /* as recorded */
};

/* What decisions and commands read. */
struct incident_world {
    const struct incidents *incidents;
    const struct severity_plan *plan;
    const struct incident_alert *alerts;
    size_t alert_count;
    const struct str *told; /* names of whom a page can reach */
    size_t told_count;
    struct str on_call;  /* one of them who is on call now: owes what nobody else does; or "" */
    int64_t sequence;    /* of the newest entry of the ledger */
    struct str fallback; /* escalated to when nobody is named: people/oncall's oncall_fallback */
    struct instant now;
    int64_t group_ms;                  /* how soon after each other is together; 0: never */
    const struct incident_step *steps; /* of incidents with a breach timeline */
    size_t step_count;
};

/* What a person asks for; each command says which fields it reads. */
struct incident_call {
    struct str actor; /* "person:ana" */
    struct str via;   /* "command", "page", "link", "program" */
    int64_t number;
    struct str text;     /* title or note */
    struct str severity; /* of a split: what the new one is to have, or "" */
    int64_t item;        /* from 1 */
    bool done;           /* tick or take back; link or unlink */
    bool anyway;         /* resolve although a rule still fires */
    int64_t other;       /* another incident, or a follow-up */
    struct str role, person;
    struct str untold;  /* why the person cannot be told, or "" */
    struct str rule;    /* to be split out: its line, or words of its title */
    struct instant due; /* of a follow-up; zero: none */
    struct str reason;  /* of a change of severity; "": a person changed it */
    struct str purpose; /* of a run; and the procedure that takes it back, or "" */
    struct str undo;
};

void incidents_init(struct incidents *incidents, struct arena *arena);
void incidents_done(struct incidents *incidents);
/* Folds any event; kinds that do not concern incidents are passed over. */
void incident_fold(struct incidents *incidents, const struct event *event);
/* A group of alerts from elsewhere begins to be heard, or no longer is: to be called before the
 * event is folded by which that is so. */
void incident_fold_group(struct incidents *incidents, struct str group, bool firing);
/* Adds what is to be recorded at world->now. */
void incident_decide(const struct incident_world *world, struct event_list *out);
/* When the clocks next decide something; zero: never. */
struct instant incident_next_due(const struct incident_world *world);

/* NULL when it is not in the state (never was, or resolved longer ago). */
struct incident *incident_find(const struct incidents *incidents, int64_t number);
/* The number of the one that it goes on as: of one that was merged that of the other, else its own.
 */
int64_t incident_goes_on_as(const struct incidents *incidents, int64_t number);
/* Walks the rules of one incident: size_t at = 0; NULL at the end. */
const struct incident_rule *incident_rule_next(const struct incidents *incidents,
                                               const struct incident *incident, size_t *at);
struct instant incident_response_due(const struct incident *incident,
                                     const struct severity_plan *plan);
/* Is it over or being looked after, so that pages stop? */
static inline bool incident_is_answered(const struct incident *incident)
{
    return incident->state != INCIDENT_OPEN;
}
/* Did a person declare it? Then no rule says that it is over: only a person does. */
static inline bool incident_is_by_hand(const struct incident *incident)
{
    return incident->cause[0] == '\0';
}
/* Does the step i of its severity not come any more: done, waiting for an answer that is there, or
 * due before the severity was lowered to this one? */
bool incident_step_is_over(const struct incident *incident, const struct severity_plan *plan,
                           int i);
/* Was the step i of its severity escalated? A runbook that is edited while the incident is open has
 * other steps at the same places. */
bool incident_step_is_done(const struct incident *incident, const struct severity_plan *plan,
                           int i);
/* The tick of the box i of the checklist, from 0; of one that was never touched an empty one. */
const struct incident_tick *incident_find_tick(const struct incident *incident,
                                               const struct severity_plan *plan, int i);
const char *incident_state_name(enum incident_state state);
/* Who has the role, or "". */
struct str incident_role_person(const struct incident *incident, const char *role);
/* When the next update is to be written, when it is to be resolved; zero: no such time. */
struct instant incident_update_due(const struct incident *incident,
                                   const struct severity_plan *plan);
struct instant incident_resolution_due(const struct incident *incident,
                                       const struct severity_plan *plan);
/* Of the ledger's entry `sequence`: a follow-up remembers its own, and forgets a text that was
 * erased. */
void incident_fold_entry(struct incidents *incidents, const struct event *event, int64_t sequence);
struct follow_up *follow_up_find(const struct incidents *incidents, int64_t number);
/* NULL: it was never resolved, or too long ago. */
const struct incident_ended *incident_ended_find(const struct incidents *incidents, int64_t number);
/* The sentence of the state row taken from a state by an event kind; NULL: no such row. */
const char *incident_row_sentence(enum incident_state from, enum event_kind on);

/* Commands: false and a sentence in err when refused, nothing added. */
/* actor, text (title), severity. */
MUST_USE bool incident_declare(const struct incident_world *world, const struct incident_call *call,
                               struct event_list *out, struct err *err);
/* actor, via, number. */
MUST_USE bool incident_acknowledge(const struct incident_world *world,
                                   const struct incident_call *call, struct event_list *out,
                                   struct err *err);
/* actor, number, text. */
MUST_USE bool incident_note(const struct incident_world *world, const struct incident_call *call,
                            struct event_list *out, struct err *err);
/* actor, number, item, done, text (why it is taken back: wanted of one by an action). Setting a
 * tick as it is already adds nothing. */
MUST_USE bool incident_tick(const struct incident_world *world, const struct incident_call *call,
                            struct event_list *out, struct err *err);
/* actor, number. */
MUST_USE bool incident_confirm_severity(const struct incident_world *world,
                                        const struct incident_call *call, struct event_list *out,
                                        struct err *err);
/* actor, number, severity. */
MUST_USE bool incident_set_severity(const struct incident_world *world,
                                    const struct incident_call *call, struct event_list *out,
                                    struct err *err);
/* actor, number, text (note), anyway. */
MUST_USE bool incident_resolve(const struct incident_world *world, const struct incident_call *call,
                               struct event_list *out, struct err *err);
/* actor, number, role, person, untold; person "": the role is given up. Who is a person, and
 * whether they can be told, is the caller's to know; what stands in the way is said in the facts.
 */
MUST_USE bool incident_give_role(const struct incident_world *world,
                                 const struct incident_call *call, struct event_list *out,
                                 struct err *err);
/* actor, number, person, who is told of it now. Who is a person is the caller's to know. */
MUST_USE bool incident_call_person(const struct incident_world *world,
                                   const struct incident_call *call, struct event_list *out,
                                   struct err *err);
/* actor, number, other (that goes on), text (why). */
MUST_USE bool incident_merge(const struct incident_world *world, const struct incident_call *call,
                             struct event_list *out, struct err *err);
/* actor, number, rule, text (why), severity (of the new one) or "". The new one's clocks begin now.
 */
MUST_USE bool incident_split(const struct incident_world *world, const struct incident_call *call,
                             struct event_list *out, struct err *err);
/* Of one that a rule was split out of, as long as nobody has said its severity since: what the
 * worst of the rules that still fire for it opens, when that is milder than what it is; else NULL.
 */
const struct severity_level *incident_left_severity(const struct incident_world *world,
                                                    const struct incident *incident);
/* actor, number, other, done (false: take the link away). */
MUST_USE bool incident_link(const struct incident_world *world, const struct incident_call *call,
                            struct event_list *out, struct err *err);
/* actor, number, text (where the postmortem is), done; not done: text is why there is none. */
MUST_USE bool incident_close(const struct incident_world *world, const struct incident_call *call,
                             struct event_list *out, struct err *err);
/* actor, number, text, person (who owes it), due. */
MUST_USE bool follow_up_add(const struct incident_world *world, const struct incident_call *call,
                            struct event_list *out, struct err *err);
/* actor, other (the follow-up), text, done (false: reopen it). */
MUST_USE bool follow_up_set(const struct incident_world *world, const struct incident_call *call,
                            struct event_list *out, struct err *err);

/* actor, number, text (why), due (when it was known of; zero: from the opening). Begins the breach
 * timeline; where it runs, due is stated anew. done false: it is no breach. */
MUST_USE bool incident_breach(const struct incident_world *world, const struct incident_call *call,
                              struct event_list *out, struct err *err);
/* actor, number, item (of the timeline), text (what was done), done (false: it is not after all),
 * anyway (it is not required). */
MUST_USE bool incident_deed(const struct incident_world *world, const struct incident_call *call,
                            struct event_list *out, struct err *err);
/* actor, number, text, done (false: it was not told after all), anyway (it need not be). */
MUST_USE bool incident_authority(const struct incident_world *world,
                                 const struct incident_call *call, struct event_list *out,
                                 struct err *err);
/* actor, number, other (the run), text (its procedure), rule (its statement), purpose, undo,
 * item (the run that it takes back, or 0). */
MUST_USE bool incident_link_run(const struct incident_world *world,
                                const struct incident_call *call, struct event_list *out,
                                struct err *err);
/* NULL: it is not linked. */
const struct incident_run *incident_find_run(const struct incident *incident, int64_t run);
/* Did it change something that is still so: ended, and not taken back by its undo or by another
 * run? */
bool incident_run_is_in_force(const struct incident *incident, const struct incident_run *run);

#endif
