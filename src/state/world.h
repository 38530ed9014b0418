/* world.h - everything the decisions read: the folded state, the program in force and what was
 * compiled from it, the configuration's people, and the newest readings of the rules.
 *
 * The folded parts change only through world_fold. Readings are not events; the collector gives
 * them anew after a restart. */
#ifndef STATE_WORLD_H
#define STATE_WORLD_H

#include "access/accounts.h"
#include "alert/alert.h"
#include "alert/beat.h"
#include "alert/history.h"
#include "alert/rule.h"
#include "channel/channel.h"
#include "inbound/inbound.h"
#include "incident/incident.h"
#include "people/link.h"
#include "people/oncall.h"
#include "people/page.h"
#include "people/person.h"
#include "people/watch.h"
#include "run/run.h"
#include "state/view.h"

/* A file that cannot be had any more, or is another one. */
struct lost_attachment {
    int64_t run;
    struct str digest, problem;
};

enum { VIEW_MUTED_MAX = 20 };

struct step_output_ask {
    const struct run *run;
    int step;     /* from 0 */
    int64_t from; /* what follows this byte; -1: at most 64 kB of its ends */
};

/* How what steps put out is read; read NULL: it cannot be here. */
struct step_outputs {
    /* False: there is none. */
    bool (*read)(void *context, struct arena *arena, const struct step_output_ask *ask,
                 struct step_output_view *out_view);
    void *context;
};

/* What the ledger holds about one subject. */
struct story {
    const struct event *events; /* oldest first; kind EVENT_KINDS where an entry cannot be read */
    const int64_t *sequences;   /* of their entries */
    size_t count;
    bool is_cut; /* there are older ones: STORY_ENTRIES_MAX are read */
};
enum { STORY_ENTRIES_MAX = 10000 };

/* How stories are read; read NULL: they cannot be here. */
struct stories {
    bool (*read)(void *context, struct arena *arena, struct str subject, struct story *out_story,
                 struct err *err);
    void *context;
};

/* What a rule read at its worst in a stretch of time. */
struct worst_reading {
    struct instant at;
    struct str words; /* "62.0 % of 3,000 requests in 1 min" */
    bool is_merged;   /* from readings that were merged: at may be as much earlier as slot_ms */
    int64_t slot_ms;
};

/* How readings of the past are read; worst NULL: they cannot be here. False: none are kept. */
struct past_readings {
    bool (*worst)(void *context, struct arena *arena, const struct rule *rule,
                  const struct instant range[2], struct worst_reading *out_worst);
    void *context;
};

struct world {
    struct arena state_arena; /* of the folded state */

    struct alerts alerts;
    struct inbounds inbounds;
    struct beats beats;
    struct incidents incidents;
    struct pages pages;
    struct oncall_changes oncall_changes;
    struct oncall_gaps gaps;
    struct gap_watch gap_watch;   /* computed, not folded, … */
    struct page_watch page_watch; /* … as is this */
    struct oncall_handovers handovers;
    struct handover_watch handover_watch; /* computed, not folded */
    struct handover_rules handover_rules; /* whom hand-overs are told */
    struct links links;
    struct channels channels;
    struct runs runs;
    struct access access;
    struct switches switches;
    int64_t sequence; /* of the newest entry folded */
    struct instant last_event;
    char runbook_digest[HASH_HEX_BYTES]; /* of the version recorded as in force */
    char refused_first[512];             /* why a newer version is not in force, or "" */
    struct instant heartbeat_failed;     /* since when it does not arrive; zero: it does */
    char heartbeat_error[200];

    const struct program *program;
    struct rules rules;
    struct severity_mapping mapping;
    struct severity_plan plan;
    struct signals signals;
    struct people people;
    struct person *persons; /* those of people: what is switched off is noted in them */
    struct switchables switchables;
    struct oncall oncall;
    struct procedures procedures; /* of the program */
    struct run_settings run_settings;
    /* A time zone of the machine by its name; NULL: none can be read. */
    bool (*find_zone)(struct arena *arena, struct str name, const struct zone **out_zone,
                      struct err *err);
    int64_t look_ahead_ms; /* for times at which nobody is on a rota */
    struct str public_url; /* or "" */
    int64_t repeat_ms;
    int64_t group_ms;  /* incident.h */
    int64_t bundle_ms; /* bundle.h */
    int64_t drill_ms;  /* reach.h */
    struct channel_settings channel_settings;
    struct beat_plans beat_plans;
    const struct str *alert_senders; /* of alerts from elsewhere, as the configuration names them */
    size_t alert_sender_count;

    struct telemetry telemetry;
    struct arena telemetry_arena;
    const struct evaluation *evaluations; /* one per rule, or NULL before the first */
    struct history *histories;            /* one per rule */
    struct instant now;                   /* of the call or turn that reads */
    const struct lost_attachment *lost;   /* of the run of this call: told by whoever can look */
    size_t lost_count;
    struct step_outputs outputs;
    struct stories stories;
    struct past_readings past;
    const struct str *troubles; /* of Reeve itself, for this call: told by whoever serves */
    size_t trouble_count;
    struct str config_digest;  /* of the configuration in force, hexadecimal; "": nobody serves */
    struct str config_changed; /* that its file says something else by now, or "" */
};

void world_init(struct world *world);
void world_done(struct world *world);
void world_fold(struct world *world, const struct event *event, int64_t sequence);
/* What is switched off, as a fact or by another configuration, becomes what the ways to people are.
 */
void world_apply_switches(struct world *world);
/* Adds what is decided at now; after folding it nothing more is decided at the same now. */
void world_decide(struct world *world, struct instant now, struct event_list *out);
/* When the core is known to have run last: the instant of a mark that it made after a turn, when
 * the ledger had mark_sequence entries, or that of the newest fact. A mark of another ledger, or of
 * a time that the wall clock has not reached, says nothing. */
struct instant world_last_seen(const struct world *world, struct instant mark,
                               int64_t mark_sequence, struct instant now);
/* The fact that the program is in force; said again when a refused version was taken back. */
void world_load_runbook(const struct world *world, struct instant now, struct event_list *out);
/* What the decisions and commands of incident/ read; lives in arena. */
struct incident_world world_incidents(const struct world *world, struct arena *arena);
/* What the decisions and commands of people/page read. */
struct page_world world_pages(const struct world *world);
/* What the decisions and orders of channel/ read. */
struct channel_world world_channels(const struct world *world);
/* What the decisions and commands of run/ read. */
struct run_world world_runs(const struct world *world);

/* Views; all in arena. world->now is the instant they are of. */
struct line_view *view_lines(const struct world *world, struct arena *arena);
/* What fires now: rules, jobs, alerts from elsewhere. In arena. */
struct silence_firing world_firing(const struct world *world, struct arena *arena);
/* What can be silenced now. In arena. */
struct silence_choices world_silenceable(const struct world *world, struct arena *arena);
/* What stands behind `before`: "follows from: …", "silenced until 16:00 UTC by ana: …". */
struct str view_aside(const struct world *world, struct arena *arena, const struct rule *rule,
                      struct str before);
/* Sentences on what fires unheard: of the worst severity, or whose silence ends soon; at most
 * VIEW_MUTED_MAX, the last one then says how many more. */
struct str *view_muted(const struct world *world, struct arena *arena, size_t *out_count);
/* What the steps of open runs are, beside the lines that they come from. */
void view_turns(const struct world *world, struct arena *arena, struct line_view *lines);
struct incident_view *view_incidents(const struct world *world, struct arena *arena,
                                     size_t *out_count);
struct incident_view view_incident(const struct world *world, struct arena *arena,
                                   const struct incident *incident);
/* What the alerts from elsewhere say that fire for it: the first few, and how many more. */
struct said_view *view_said(const struct world *world, struct arena *arena,
                            const struct incident *incident, size_t *out_count, size_t *out_more);
/* The same as whole lines with their addresses, visible; "" when none fires. */
struct str view_said_lines(const struct world *world, struct arena *arena,
                           const struct incident *incident);
/* Its clocks; view->clocks is in arena. */
void view_add_clocks(const struct world *world, struct arena *arena,
                     const struct incident *incident, struct incident_view *view);
/* That the runbook no longer has its severity, by whose clocks it goes, and the remedy; or "". */
struct str view_gone_severity(const struct world *world, struct arena *arena,
                              const struct incident *incident);
/* What can be said of it beside its states and clocks: roles, links, follow-ups, what is proposed,
 * what is offered, whom to ask. */
void view_add_life(const struct world *world, struct arena *arena, const struct incident *incident,
                   struct incident_view *view);
/* Procedures that fit what it is about; rows of the escalation matrix that it names. */
void view_add_offers(const struct world *world, struct arena *arena,
                     const struct incident *incident, struct incident_view *view);
void view_add_vendors(const struct world *world, struct arena *arena,
                      const struct incident *incident, struct incident_view *view);
/* Is it one of the usual mitigations? Is it for a breach? */
bool view_is_mitigation(const struct procedure *procedure);
bool view_is_breach_procedure(const struct procedure *procedure);
bool view_may_be_breach(const struct world *world, struct arena *arena,
                        const struct incident *incident);
/* What a run of the procedure is for, in the incident, and what takes it back. */
struct run_purpose {
    struct str purpose; /* "breach", "mitigation", "undo", "fix", "diagnosis", "part" */
    struct str undo;    /* the unique name of a procedure, VIEW_OWN_UNDO, or "" */
    int64_t undoes;     /* the run that it takes back, or 0 */
};
#define VIEW_OWN_UNDO "reeve run undo"
struct run_purpose view_run_purpose(const struct world *world, struct arena *arena,
                                    const struct incident *incident,
                                    const struct procedure *procedure);
/* What takes back what the procedure does: another one, VIEW_OWN_UNDO, or "". */
struct str view_undo_of(const struct world *world, struct arena *arena,
                        const struct procedure *procedure);
struct breach_view *view_breach(struct arena *arena, const struct breach *breach);
/* The timeline of a breach, and the runs that are linked. */
void view_add_work(const struct world *world, struct arena *arena, const struct incident *incident,
                   struct incident_view *view);
struct proposal_view view_proposal(const struct world *world, struct arena *arena,
                                   const struct incident *incident);
/* Follow-ups of an incident, of all when it is 0: overdue first, then by date, those that are done
 * last. */
struct follow_up_view *view_follow_ups(const struct world *world, struct arena *arena,
                                       int64_t incident, bool done, size_t *out_count);
/* Reads what an incident's facts say; its title is "" when its beginning is not among them. */
struct past_view view_past(int64_t number, const struct story *story);
/* Of one that is over: its follow-ups, and whether it is closed. */
struct incident_view view_of_past(const struct world *world, struct arena *arena,
                                  const struct past_view *past);
/* Open alerts from elsewhere, oldest first: at most `most`; *out_more are left out. */
struct inbound_view *view_inbounds(const struct world *world, struct arena *arena, size_t most,
                                   size_t *out_count, size_t *out_more);
/* The open alerts from elsewhere of an incident, one sentence each, at most 5; "" when none. */
struct str view_inbounds_of(const struct world *world, struct arena *arena,
                            const struct incident *incident);
struct target_view *view_targets(const struct world *world, struct arena *arena, size_t *out_count);
/* Those on call, now first, then rota by rota whoever comes on within world->look_ahead_ms; each
 * person once. */
struct unproved_view *view_unproved(const struct world *world, struct arena *arena,
                                    size_t *out_count);
/* What the configuration has that can be switched off, and what is off beside it. */
struct switch_view *view_switches(const struct world *world, struct arena *arena,
                                  size_t *out_count);
/* Every way to everybody of the configuration, in its order, that works and that pages go by. */
struct way_view *view_ways(const struct world *world, struct arena *arena, size_t *out_count);
/* Who is on call from world->now on. */
struct oncall_view view_oncall(const struct world *world, struct arena *arena);
/* The same at a glance, for the main page. */
void view_oncall_now(const struct world *world, struct arena *arena, struct page_view *view);
/* The heartbeats of the configuration, in its order. */
struct beat_view *view_beats(const struct world *world, struct arena *arena, size_t *out_count);
/* Open ones, or all that the state holds, newest first. */
struct run_view *view_runs(const struct world *world, struct arena *arena, bool all,
                           size_t *out_count);
struct run_view view_run(const struct world *world, struct arena *arena, const struct run *run);
/* Adds to each step whose command failed or is in doubt what it put out last (RUN_LAST_LINES,
 * secrets blacked out, control characters shown as dots), where world->outputs can be read. */
void view_run_last_lines(const struct world *world, struct arena *arena, const struct run *run,
                         struct run_view *view);
/* The facts of one run, oldest first. */
struct run_facts {
    const struct event *const *events;
    const int64_t *sequences; /* of their entries */
    size_t count;
};
/* Folds the facts of the run into runs, which is empty, and says in which state each step was when;
 * what is not over lasts until world->now. NULL, and an empty history, when its beginning is not
 * among them. */
const struct run *view_run_history(const struct world *world, struct arena *arena,
                                   const struct run_facts *facts, struct runs *runs,
                                   struct run_history *out_history);
/* The procedures of each statement, with the newest of these runs (newest first) of each. */
struct line_procedures *view_line_procedures(const struct world *world, struct arena *arena,
                                             const struct run_view *runs, size_t run_count);
/* The nth procedure, from 1, that the statement of this id owns; false: there is none. */
MUST_USE bool view_procedure(const struct world *world, struct arena *arena, struct str id, int nth,
                             struct procedure_view *out_view);
struct rehearsal_view view_rehearsal(const struct world *world, struct arena *arena,
                                     const struct procedure *procedure);
struct page_view view_page(const struct world *world, struct arena *arena);
/* What the statements open to, one each; without their events, which are the ledger's. */
struct line_detail *view_details(const struct world *world, struct arena *arena);
/* Fills what a chart whose columns are known still needs: its ends up and down and all words. */
void view_chart_frame(struct arena *arena, const struct rule *rule, struct rule_chart *chart);
/* What its value is held against now, of a baseline too; NAN: nothing, or not known. */
double view_rule_limit(const struct rule *rule);
/* "7.1 %", "820 ms": a value of a rule's signal in words. */
struct str view_value_words(struct arena *arena, const struct rule *rule, double value);
/* The rule of a statement, or SIZE_MAX. */
size_t view_rule_index(const struct world *world, const struct statement *statement);
/* Of an objective's rules the one that says most now, or SIZE_MAX when it has none. */
size_t view_objective_rule(const struct world *world, const struct statement *statement);

#endif
