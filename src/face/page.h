/* page.h - the web pages, as pure functions from views to HTML.
 *
 * The main page is the runbook itself, its own words in its own order, with the live state beside
 * each line. Promises: every text of users is escaped; state is said in words, never by colour
 * alone; reading and ticking work without JavaScript; nothing is loaded from elsewhere.
 * Refuses: raw HTML of the runbook (shown as text), links other than http, https and mailto.
 *
 * Forms post to /do/ACTION with the action's arguments as fields (/do/incident/ack: number=1). */
#ifndef FACE_PAGE_H
#define FACE_PAGE_H

#include "base/text.h"
#include "state/view.h"

void page_write(struct text *text, const struct page_view *view);

/* What changed since the fragments whose hashes stand in seen, as one line of JSON for the event
 * stream: {"seq":…,"now":…,"runbook":"<digest>","live":{"<statement>":["firing","<html>"]},
 * "dots":{"dot-60":"<html>"},"procedures":{"<statement>":"<html>"},"incidents":"<html>",…}.
 * seen has page_update_slots(view) entries, all 0 at first (then everything is sent), and is
 * brought up to date. False when nothing changed: text is left as it was. Of lines at most about
 * 256 kB are in one update, those whose mark changed first; the others come with the next ones. */
MUST_USE bool page_update_write(struct text *text, const struct page_view *view, uint64_t *seen);
size_t page_update_slots(const struct page_view *view);
/* Has this statement's line been in no update yet, though it has something to say? */
bool page_update_waits(const struct page_view *view, const uint64_t *seen, int statement);

/* One line: what it means, what it is bound to, its values and its ledger entries (its detail must
 * be filled in). As a part, only the values and entries, for the line when it is opened. */
void page_line_write(struct text *text, const struct page_view *view, int statement, bool is_part);

struct entry_page { /* one ledger entry as it stands */
    int64_t sequence;
    struct instant at, now;
    struct str sentence, actor, subject, leaf, hash;
};
void page_entry_write(struct text *text, const struct entry_page *page);

/* Who is on call in the coming two weeks. */
void page_oncall_write(struct text *text, const struct oncall_view *view, struct instant now);
/* One incident with its timeline. */
void page_incident_write(struct text *text, const struct incident_view *incident,
                         struct instant now);

/* One run: its steps with what a person can do about each now, its outputs, the ledger's story.
 * viewer: who reads, as the ledger names them: nobody is offered what they may not do. Prints as
 * evidence: everything opened, no buttons, moments in UTC. */
void page_run_write(struct text *text, const struct run_view *run, struct str viewer,
                    struct instant now);
/* All runs that the state holds, newest first: open ones, and the newest that ended. */
void page_runs_write(struct text *text, const struct run_view *runs, size_t count,
                     struct instant now);
/* A number that changes when the page would show anything else but what the ledger's story, the
 * outputs and the passing time add to it. The page carries it (data-seen, in hexadecimal digits),
 * so that its event stream tells only what came since. */
uint64_t page_run_hash(struct arena *arena, const struct run_view *run);
/* What a run of it would do, and the form that starts one: a field "set.NAME" for each open place,
 * "procedure" for its name. */
void page_procedure_write(struct text *text, const struct procedure_view *procedure,
                          struct instant now);

struct acknowledge_page {
    int64_t number;
    int64_t merged; /* of whose page the link was, when that went on as number; else 0 */
    struct str severity, title, person; /* who acknowledges by this link */
    struct str action;                  /* path the button posts to */
    struct str done;                    /* instead of the button: why there is none; else "" */
};
void page_acknowledge_write(struct text *text, const struct acknowledge_page *page);
struct approve_page { /* behind the link of a mail that asks for an approval */
    int64_t number;
    int step;                   /* from 1 */
    const struct run_view *run; /* NULL: the run is over and forgotten */
    struct str person;          /* who answers by this link */
    struct str action;          /* path that the forms post to */
    struct instant until;       /* the link is good so long */
    struct instant now;
    struct str done; /* instead of the forms: what was done; else "" */
};
void page_approve_write(struct text *text, const struct approve_page *page);
struct login_page {     /* posts name=… and password=…, or token=…, to /login */
    struct str problem; /* why the last try did not work; or "" */
    struct str note;    /* what one has to know; or "" */
    struct str back;    /* the path that was asked for: back=… of what is posted */
    bool takes_password, takes_token;
};
void page_login_write(struct text *text, const struct login_page *page);
struct first_page { /* posts token, name, password and again to /first */
    struct str problem, token;
    bool is_way_back; /* there are administrators already */
};
void page_first_write(struct text *text, const struct first_page *page);
struct account_page { /* posts to /logout and to /account/password */
    struct str problem;
    struct str name; /* "": the holder of the page's token */
    struct str role;
};
void page_account_write(struct text *text, const struct account_page *page);
/* Pages are written without knowing for whom: the field csrf of their forms is empty. This gives it
 * the value of a session. Nothing that a user wrote can look like the field: its quotes would be
 * escaped. */
struct str page_fill_csrf(struct arena *arena, struct str html, struct str csrf);
void page_problem_write(struct text *text, int status, struct str sentence);

struct asset {
    const char *path; /* "/assets/reeve.css" */
    const char *content_type;
    struct str body;
};
const struct asset *asset_find(struct str path); /* NULL when there is none */

#endif
