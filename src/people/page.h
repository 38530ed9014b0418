/* page.h - pages: who must be told of an incident, when, and whether they were.
 *
 * Promises: intent (page.requested) before effect (page.started), result after; ids follow from
 * incident, person, method and attempt, so deciding again after a crash never doubles a page; what
 * was started when Reeve stopped is doubted and sent again: at least once, at most one duplicate
 * per crash. Doubts count as tries: the first is sent again at once, the next wait, and after
 * PAGE_DOUBTS_MAX in a row an attempt is one sending, so nobody is flooded. Every page asked for
 * ends in the ledger: sent, failed or doubted for good, or stopped. State changes only by folding
 * events.
 *   open                    the primary on call, by each of their methods, again every repeat_ms;
 *                           who has an order of ways: by the first, by the next ones when their
 *                           time has come or all before were given up
 *   response time missed    the secondary on call too
 *   escalated               the people of that party, once also when somebody has acknowledged
 *   severity raised         those whom the higher one adds and who were not told of the incident,
 *                           or only by what waits for quiet times; lowered: nobody
 *   merged                  whoever was told of the one counts as told of the other
 *   somebody else is on     what waits for those who were is stopped
 *   a way is switched off   what waits to go by it is stopped, and goes by the next way (switch.h)
 *   all their pages failed  the secondary on call, then everybody (incident.unreached)
 *   acknowledged, mitigated, resolved   no more pages but those of escalations
 *   mitigated               once, whoever was told: that it is over (calm.h)
 *   rank 3 and milder       one message by the first method that works, outside the person's quiet
 *                           hours, or where they have none Monday to Friday 09:00-17:00 UTC (else
 *                           at the next such time), not repeated
 * Several that are ready for one person go together (bundle.h).
 * Pages that ask for the approval of a run's step, and those by which a step tells people, are
 * asked for by run/ and sent like the others. That a silence ends while something of it fires is
 * told once, and nobody has to answer (silence_notice.h); so is that a rota will have nobody.
 * Refuses: to send; the engine sends what page_ready lists. */
#ifndef PEOPLE_PAGE_H
#define PEOPLE_PAGE_H

#include "alert/silence.h"
#include "base/hash.h"
#include "incident/incident.h"
#include "people/gap.h"
#include "people/handover.h"
#include "people/switch.h"

enum {
    PAGE_TRIES_MAX = 4,
    PAGE_DOUBTS_MAX = 4,      /* in a row, before an attempt is a single sending */
    PAGE_THREADS_MAX = 8192,  /* incident × person × method that is kept at once */
    PAGE_THREADS_KEPT = 1024, /* of them only for what is graver than rank 3 */
    PAGE_ID_BYTES = 160,
    PAGE_REPEAT_MS = 5 * 60 * 1000,
    PAGE_WAIT_MS_MAX = 60 * 1000, /* that a receiver may ask for; beyond, the attempt is given up */
    WORKING_FROM_HOUR = 9,
    WORKING_TO_HOUR = 17
};

enum page_state {
    PAGE_REQUESTED, /* to be started at not_before */
    PAGE_STARTED,
    PAGE_SENT,
    PAGE_FAILED, /* for good: this attempt is given up */
    PAGE_STOPPED /* nobody needs it any more, or another attempt has taken its place */
};

/* What the receiver of a way that keeps alerts (method_row) holds; follow.h. */
enum follow_state { FOLLOW_NONE, FOLLOW_TRIGGERED, FOLLOW_ACKNOWLEDGED, FOLLOW_RESOLVED };

struct page_follow {
    enum follow_state holds;  /* perhaps, where a page is in doubt */
    enum follow_state wanted; /* what it is to be told; FOLLOW_NONE: nothing */
    bool trying;              /* a page is under way */
    bool sending;             /* it is being told */
    bool withdrawn;           /* wanted because the page was taken back */
    bool given_up;            /* it could not be told */
    int64_t tries;
    struct instant since, not_before; /* of what is wanted */
};

/* The newest attempt to reach a person about an incident by a method. */
struct page {
    char id[PAGE_ID_BYTES];      /* "12-ana-smtp-3" */
    int64_t incident;            /* 0: a test, of a run or of a silence */
    int64_t run;                 /* whose step asks for it, or 0 */
    int step;                    /* of it, from 1 */
    int64_t silence;             /* whose end it announces, or 0 */
    int64_t gap;                 /* of a rota that it announces, or 0 */
    int64_t follow_up;           /* of whose owner it is a message, or 0 */
    int64_t handover;            /* that it announces, or 0 */
    char digest[HASH_HEX_BYTES]; /* of what is to be approved; "": the step tells somebody */
    struct instant until;        /* its link is good so long, as said: not moved with the clock */
    char person[INCIDENT_NAME_BYTES];
    enum method method;
    char reason[160];
    int rank; /* of its incident's severity when it was asked for */
    int64_t attempt;
    int64_t tries; /* of this attempt */
    enum page_state state;
    struct instant requested, not_before;
    struct instant since;  /* the waits of later ways count from then; zero: not known */
    int64_t merged_into;   /* the incident that it goes on in, or 0 */
    bool after_ack;        /* goes out although somebody has acknowledged */
    bool answered;         /* no further try */
    bool doubtful;         /* started by a process that is gone */
    int64_t doubts;        /* in a row, over all attempts, since one was certainly taken */
    bool down;             /* an attempt was given up, and none was taken since */
    char problem[160];     /* why, while it is down */
    bool told;             /* a page got through, perhaps; none since that says it is mitigated */
    bool calm;             /* its incident was mitigated, and no attempt has said so */
    bool says_calm;        /* this attempt says so */
    bool instead;          /* it says so instead of a way that carries nothing any more */
    bool unsaid;           /* it is a fact that nobody can say so to them */
    struct instant calmed; /* when the newest attempt that says so was asked for, or zero */
    struct instant closed; /* its incident was resolved */
    char bundle[PAGE_ID_BYTES]; /* the page that it goes together with, or "" */
    struct instant window;      /* its newest start, unless that certainly failed; or zero */
    int window_rank;            /* how grave it was then */
    struct page_follow follow;  /* over all attempts */
    struct page *next_free;
};

struct pages {
    struct arena *arena; /* state lifetime */
    struct map table;    /* by "incident-person-method": struct page */
    struct page *free_pages;
    struct map reaches;        /* reach.h: by way and person */
    struct instant kept_until; /* none that is over leaves the state until then; zero: not known */
};

struct page_watch; /* watch.h */

struct page_world {
    const struct pages *pages;
    const struct incidents *incidents;
    const struct severity_plan *plan;
    const struct oncall *oncall;
    int64_t repeat_ms; /* 0: PAGE_REPEAT_MS */
    struct instant now;
    const struct silences *silences; /* whose ends are announced; NULL: none are */
    int64_t bundle_ms;               /* bundle.h; 0: each page goes alone */
    int64_t drill_ms;                /* reach.h; 0: ways are tested by people only */
    const struct oncall_gaps *gaps;  /* that are announced; NULL: none are */
    struct page_watch *watch;        /* what was looked at before; NULL: everything is looked at */
    const struct oncall_handovers *handovers; /* the same; with handover_rules */
    const struct handover_rules *handover_rules;
    const struct switches *switches; /* what is off; NULL: nothing is */
    const struct switchables *switchables;
};

void pages_init(struct pages *pages, struct arena *arena);
void pages_done(struct pages *pages);
void page_fold(struct pages *pages, const struct event *event);
void page_decide(const struct page_world *world, struct event_list *out);
/* When page_decide or page_ready next has something to do; zero: never. scratch: turn lifetime. */
struct instant page_next_due(const struct page_world *world, struct arena *scratch);
/* Pages to be started now, in order of request; *out_count of them, in arena. */
const struct page **page_ready(const struct pages *pages, struct instant now, struct arena *arena,
                               size_t *out_count);
/* NULL when this is not the newest attempt of a thread. */
const struct page *page_find(const struct pages *pages, struct str id);
/* "12-ana-smtp-3" is an attempt of the thread "12-ana-smtp". */
struct str page_thread(struct str id);
const struct page *page_next(const struct pages *pages,
                             size_t *at); /* walks all; NULL at the end */
const char *page_state_name(enum page_state state);
bool page_is_test(const struct page *page);       /* of a way, or a drill */
bool page_asks_approval(const struct page *page); /* of a run's step (run/approval.h) */
bool page_is_notice(const struct page *page);     /* by which a run's step tells (run/notice.h) */
bool page_is_of_silence(const struct page *page); /* that one ends (silence_notice.h) */
bool page_is_of_gap(const struct page *page);     /* that a rota has nobody (gap_notice.h) */
/* What somebody owes (follow_up_notice.h). */
bool page_is_of_follow_up(const struct page *page);
bool page_is_of_handover(const struct page *page); /* of a shift (handover_notice.h) */

/* `page test PERSON`: one page by each method. */
MUST_USE bool page_test(const struct page_world *world, struct str actor, struct str person,
                        struct event_list *out, struct err *err);

struct str page_subject(struct arena *arena, const struct page *page); /* of its facts */

/* The fact that a page is asked for; of an incident, or with 0 a test. */
void page_request(const struct page *page, const struct person *person, struct str actor,
                  struct str reason, struct event_list *out);

/* Records that a page asked for is not sent any more. */
void page_stop(const struct page *page, struct str reason, struct instant now,
               struct event_list *out);

/* The same of one that somebody has answered. */
void page_stop_answered(const struct page_world *world, const struct page *page,
                        struct event_list *out);

/* Facts of sending, for the engine to record. */
void page_start(const struct page *page, struct instant now, struct event_list *out);
/* That it goes in the message of lead. */
void page_start_with(const struct page *page, const struct page *lead, struct instant now,
                     struct event_list *out);

enum page_outcome { PAGE_WAS_SENT, PAGE_DID_FAIL, PAGE_WAS_REFUSED, PAGE_IN_DOUBT };
/* detail: the receiver's answer or what failed; lives at least as long as out's arena. */
void page_finish(const struct page *page, enum page_outcome outcome, struct str detail,
                 struct instant now, struct event_list *out);
/* PAGE_DID_FAIL: its receiver asks not to be tried again before wait_ms are over. */
void page_fail_for(const struct page *page, int64_t wait_ms, struct str detail, struct instant now,
                   struct event_list *out);

/* Has nobody acknowledged the incident, and is everybody who is to be told of it out of reach,
 * every page of theirs given up? */
bool page_is_unreached(const struct page_world *world, const struct incident *incident,
                       struct arena *scratch);
/* "": everybody who is to be told of an incident now was asked for. Else that PAGE_THREADS_MAX are
 * kept and who waits, with the remedy, in one sentence: they are asked for once there is room. What
 * is mild leaves the last PAGE_THREADS_KEPT to what is graver. */
struct str page_unasked(const struct page_world *world, struct arena *arena);
/* Is there an incident that nobody at all can be told of? */
bool page_nobody_reached(const struct page_world *world, struct arena *scratch);

int64_t page_repeat_ms(const struct page_world *world);
/* now; what is quiet waits for the end of the person's quiet hours, else for working hours. */
struct instant page_time_to_tell(const struct person *person, bool quiet, struct instant now);
struct page_asking {
    const struct page *newest; /* attempt of the thread, whose place it takes; NULL: the first */
    struct page page;          /* all but the attempt and the time */
    const struct person *person;
    struct str reason;
};
void page_ask(const struct page_world *world, const struct page_asking *asking,
              struct event_list *out);
/* now inside working hours, else the next beginning of them. */
struct instant page_working_time(struct instant now);

#endif
