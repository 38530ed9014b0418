/* postmortem_text.c - the draft of a postmortem: what is known in words, and places for what is
 * not.
 */
#include "action/postmortem.h"

#include "base/noun.h"

enum { SAID_MAX = 20 }; /* alerts from elsewhere; all of them stand in the timeline */

struct draft {
    struct text *text;
    const struct world *world;
    const struct postmortem *postmortem;
};

/* As Markdown's own text: nothing in it is a mark of it. */
static void say(struct text *text, struct str words)
{
    struct str seen = str_visible(text->arena, words, false);
    for (size_t i = 0; i < seen.n; i++) {
        char c = seen.p[i];
        if (c == '\n' || c == '\r' || c == '\t')
            c = ' ';
        if (memchr("\\`*_[]<>|#", c, 10) && c)
            text_byte(text, '\\');
        text_byte(text, c);
    }
}

static void say_time(struct text *text, struct instant at)
{
    char written[INSTANT_TEXT_BYTES];
    instant_write(at, written);
    text_printf(text, "%.10s %.8s UTC", written, written + 11);
}

static void row(const struct draft *draft, const char *name, struct str words)
{
    text_printf(draft->text, "| %s | ", name);
    say(draft->text, words);
    text_adds(draft->text, " |\n");
}

static struct str length_or(struct arena *arena, struct instant from, struct instant to,
                            const char *other)
{
    return instant_is_zero(to) ? str_of(other) : duration_text(arena, instant_ms_between(from, to));
}

static struct str moment_or(struct arena *arena, struct instant at, const char *other)
{
    struct text text;
    if (instant_is_zero(at))
        return str_of(other);
    text_init(&text, arena, 64);
    say_time(&text, at);
    return text_str(&text);
}

static void summary_write(const struct draft *draft)
{
    const struct past_view *past = &draft->postmortem->past;
    struct text *text = draft->text;
    text_printf(text, "# Postmortem of incident %lld: ", (long long)past->number);
    say(text, past->title);
    text_adds(text, "\n\nDrafted by Reeve from its ledger at ");
    say_time(text, draft->world->now);
    text_adds(text, ". All times are in UTC. What stands in *italics* is for people to write; what "
                    "is not known is said to be unknown.\n\n## Summary\n\n");
    say(text, past->severity);
    struct str word = severity_get(&draft->world->plan, past->severity)->word;
    if (word.n > 0) {
        text_adds(text, " (");
        say(text, word);
        text_adds(text, ")");
    }
    text_adds(text, past->is_by_hand ? ", declared by " : ", opened by an alert at ");
    if (past->is_by_hand) {
        say(text, past->opened_by);
        text_adds(text, " at ");
    }
    say_time(text, past->opened);
    if (past->merged_into > 0)
        text_printf(text, ". It went on as incident %lld", (long long)past->merged_into);
    else if (instant_is_zero(past->resolved))
        text_adds(text, past->reopened > 0 ? ". It came back and is not resolved yet"
                                           : ". It is not resolved yet");
    text_adds(text, ".");
    if (past->resolved_by.n > 0 && !instant_is_zero(past->resolved)) {
        text_adds(text, " Resolved by ");
        say(text, past->resolved_by);
        text_adds(text, ": ");
        say(text, past->resolved_note);
    }
    text_adds(text, "\n\n*What happened, in two or three sentences for somebody who was not "
                    "there. Why it happened.*\n");
}

static void return_write(const struct draft *draft, const struct instant times[3])
{
    struct arena *arena = draft->text->arena;
    row(draft, "Came back",
        str_printf(arena, "%.*s; acknowledged after: %.*s; mitigated after: %.*s",
                   STR_ARGS(moment_or(arena, times[0], "")),
                   STR_ARGS(length_or(arena, times[0], times[1], "nobody acknowledged it")),
                   STR_ARGS(length_or(arena, times[0], times[2], "not mitigated"))));
}

/* Each time that it came back: how long until somebody answered, and until it was over again. */
static void returns_write(const struct draft *draft)
{
    const struct postmortem *postmortem = draft->postmortem;
    struct instant times[3] = {{0}}; /* back, answered, mitigated */
    for (size_t i = 0; i < postmortem->story.count; i++) {
        const struct event *event = &postmortem->story.events[i];
        int at = event->kind == EVENT_INCIDENT_REOPENED       ? 0
                 : event->kind == EVENT_INCIDENT_ACKNOWLEDGED ? 1
                 : event->kind == EVENT_INCIDENT_MITIGATED    ? 2
                                                              : -1;
        if (at < 0 || event_int(event, "number") != postmortem->past.number)
            continue;
        if (at == 0 && !instant_is_zero(times[0]))
            return_write(draft, times);
        if (at == 0)
            times[1] = times[2] = (struct instant){0};
        if (at == 0 || instant_is_zero(times[at]))
            times[at] = event->at;
    }
    if (!instant_is_zero(times[0]))
        return_write(draft, times);
}

/* Why a time has no end: it went on as another one, or other. */
static const char *or_merged(const struct draft *draft, const char *other)
{
    int64_t into = draft->postmortem->past.merged_into;
    return into > 0
               ? str_printf(draft->text->arena, "it went on as incident %lld", (long long)into).p
               : other;
}

/* What it took over may have opened before it. */
static struct str opened_words(const struct past_view *past, struct arena *arena)
{
    struct str opened = moment_or(arena, past->opened, "unknown");
    if (!instant_before(past->begun, past->opened))
        return opened;
    return str_printf(arena,
                      "%.*s; what was merged into it opened at %.*s, which all times count "
                      "from",
                      STR_ARGS(opened), STR_ARGS(moment_or(arena, past->begun, "unknown")));
}

static void numbers_write(const struct draft *draft)
{
    const struct past_view *past = &draft->postmortem->past;
    struct arena *arena = draft->text->arena;
    text_adds(draft->text, "\n## Numbers\n\n| | |\n|---|---|\n");
    row(draft, "Severity",
        str_equal(past->severity, past->first_severity)
            ? past->severity
            : str_printf(arena, "%.*s (opened as %.*s)", STR_ARGS(past->severity),
                         STR_ARGS(past->first_severity)));
    row(draft, "Opened", opened_words(past, arena));
    row(draft, "Time to acknowledge (MTTA)",
        length_or(arena, past->begun, past->acknowledged,
                  or_merged(draft, "nobody acknowledged it")));
    row(draft, "Time to mitigate",
        length_or(
            arena, past->begun, past->first_mitigated,
            or_merged(draft, past->is_by_hand ? "unknown: no rule watched it" : "not mitigated")));
    row(draft, "Time to resolve (MTTR)",
        length_or(arena, past->begun, past->resolved, or_merged(draft, "not resolved yet")));
    returns_write(draft);
    row(draft, "Commander", past->commander.n ? past->commander : STR("nobody"));
    row(draft, "Response time",
        past->response_missed                     ? STR("missed")
        : !instant_is_zero(past->acknowledged)    ? STR("not missed")
        : !instant_is_zero(past->first_mitigated) ? STR("stopped: it was mitigated before anybody "
                                                        "answered")
        : !instant_is_zero(past->ended) ? STR("stopped: it was over before anybody answered")
                                        : STR("not missed yet"));
    if (past->update_missed)
        row(draft, "Updates", STR("one or more came late"));
    if (past->resolution_missed)
        row(draft, "Resolution target", STR("missed"));
}

static void worst_write(struct text *text, const struct impact *impact)
{
    if (impact->is_read) {
        text_adds(text, "  \n  at its worst: ");
        say(text, impact->worst_text);
        text_adds(text, ", at ");
        say_time(text, impact->worst_at);
        if (impact->is_merged)
            text_adds(text, " (from merged readings)");
        return;
    }
    text_printf(text,
                "  \n  at its worst: unknown, its readings are not kept; the largest of the %d %s "
                "that the ledger holds: ",
                impact->readings, noun(impact->readings, "value", "values"));
    say(text, impact->worst_text.n ? impact->worst_text : STR("unknown"));
}

static void impact_write(const struct draft *draft, const struct impact *impact)
{
    struct text *text = draft->text;
    struct arena *arena = text->arena;
    text_printf(text, "- **Line %lld: ", (long long)impact->line);
    say(text, impact->title);
    text_adds(text, "**  \n  ");
    if (instant_is_zero(impact->fired)) {
        text_adds(text, "It did not fire in this time.\n");
        return;
    }
    text_printf(text, "fired %d %s, for %.*s in all, from ", impact->fired_count,
                noun(impact->fired_count, "time", "times"),
                STR_ARGS(duration_text(arena, impact->firing_ms)));
    say_time(text, impact->fired);
    if (instant_is_zero(impact->ended)) {
        text_adds(text, ", and had not ended");
    } else {
        text_adds(text, " to ");
        say_time(text, impact->ended);
    }
    text_adds(text, "  \n  when it fired: ");
    say(text, impact->fired_text.n ? impact->fired_text : STR("unknown"));
    worst_write(text, impact);
    if (impact->unknown_ms > 0)
        text_printf(text, "  \n  unknown for %.*s: it may have been worse",
                    STR_ARGS(duration_text(arena, impact->unknown_ms)));
    text_byte(text, '\n');
}

/* Until when the alert from elsewhere that fires in this fact of the story did. */
static void ended_write(const struct draft *draft, size_t at)
{
    const struct story *story = &draft->postmortem->story;
    const struct event *fired = &story->events[at];
    struct text *text = draft->text;
    while (++at < story->count) {
        const struct event *event = &story->events[at];
        if ((event->kind != EVENT_INBOUND_RESOLVED && event->kind != EVENT_INBOUND_CLOSED) ||
            !str_equal(event_str(event, "key"), event_str(fired, "key")) ||
            !str_equal(event_str(event, "sender"), event_str(fired, "sender")))
            continue;
        text_printf(text, ", for %.*s, until ",
                    STR_ARGS(duration_text(text->arena, instant_ms_between(fired->at, event->at))));
        say_time(text, event->at);
        return;
    }
    text_adds(text, ", and had not ended");
}

/* What another system said when its alert fired. */
static void said_write(const struct draft *draft, size_t at)
{
    const struct story *story = &draft->postmortem->story;
    const struct event *event = &story->events[at];
    struct text *text = draft->text;
    struct str url = event_str(event, "url");
    text_adds(text, "- Alert of ");
    say(text, event_str(event, "sender"));
    text_adds(text, ", **");
    say(text, event_str(event, "name"));
    text_adds(text, "**, fired at ");
    say_time(text, event->at);
    ended_write(draft, at);
    if (event_str(event, "summary").n > 0) {
        text_adds(text, "  \n  it said: ");
        say(text, event_str(event, "summary"));
    }
    if (url.n > 0) {
        text_adds(text, "  \n  ");
        say(text, url);
    }
    text_byte(text, '\n');
}

static void impacts_write(const struct draft *draft)
{
    const struct postmortem *postmortem = draft->postmortem;
    text_adds(draft->text, "\n## Impact\n\n");
    for (size_t i = 0; i < postmortem->impact_count; i++)
        impact_write(draft, &postmortem->impacts[i]);
    size_t said = 0;
    for (size_t i = 0; i < postmortem->story.count && said < SAID_MAX; i++) {
        if (postmortem->story.events[i].kind != EVENT_INBOUND_FIRED)
            continue;
        said_write(draft, i);
        said++;
    }
    if (postmortem->impact_count == 0)
        text_adds(draft->text, "- Measured: unknown; no rule of the runbook belongs to it.\n");
    text_adds(draft->text, "- Customers affected: unknown to Reeve. *Who could not do what, how "
                           "many, for how long?*\n");
}

static void timeline_write(const struct draft *draft, bool picture)
{
    const struct story *story = &draft->postmortem->story;
    struct text *text = draft->text;
    char day[11] = "";
    text_adds(text, "\n## Timeline (UTC)\n\n");
    if (picture) {
        postmortem_draw(text, draft->postmortem);
        text_adds(text, "\n\n");
    }
    if (story->is_cut)
        text_adds(text, "Only the newest facts were read; there are older ones.\n\n");
    text_adds(text, "| time | what | entry |\n|---|---|---|\n");
    for (size_t i = 0; i < story->count; i++) {
        const struct event *event = &story->events[i];
        char at[INSTANT_TEXT_BYTES];
        if (!postmortem_tells(event))
            continue;
        instant_write(event->at, at);
        text_adds(text, "| ");
        if (memcmp(day, at, 10) != 0)
            text_printf(text, "%.10s ", at);
        memcpy(day, at, 10);
        text_printf(text, "%.8s | ", at + 11);
        say(text, event_sentence(text->arena, event));
        text_printf(text, " | %lld |\n", (long long)story->sequences[i]);
    }
}

static void people_write(const struct draft *draft)
{
    const struct postmortem *postmortem = draft->postmortem;
    struct text *text = draft->text;
    text_adds(text, "\n## Who was told\n\n");
    for (size_t i = 0; i < postmortem->told_count; i++) {
        const struct told_person *told = &postmortem->told[i];
        text_adds(text, "- ");
        say(text, told->person);
        text_printf(text, " by %s: %d arrived",
                    str_is(told->method, "smtp") ? "mail" : str_copy(text->arena, told->method).p,
                    told->sent);
        if (!instant_is_zero(told->first)) {
            text_adds(text, ", the first at ");
            say_time(text, told->first);
        }
        if (told->failed > 0)
            text_printf(text, ", %d failed", told->failed);
        if (told->doubted > 0)
            text_printf(text, ", %d in doubt", told->doubted);
        text_byte(text, '\n');
    }
    if (postmortem->told_count == 0)
        text_adds(text, "- Nobody: no page was sent.\n");
    for (size_t i = 0; i < postmortem->story.count; i++) {
        const struct event *event = &postmortem->story.events[i];
        if (event->kind != EVENT_INCIDENT_ACKNOWLEDGED)
            continue;
        text_adds(text, "- Acknowledged by ");
        say(text, event_str(event, "person"));
        text_adds(text, " at ");
        say_time(text, event->at);
        if (event_int(event, "number") != postmortem->past.number)
            text_printf(text, ", as incident %lld", (long long)event_int(event, "number"));
        text_byte(text, '\n');
    }
}

/* What a person can have done, each with its words for one and for several. */
static const struct {
    enum event_kind kind;
    const char *one, *many;
    bool own; /* not of an incident that was merged into it */
} deeds[] = {
    {EVENT_INCIDENT_OPENED, "declared an incident", "declared %d incidents", false},
    {EVENT_INCIDENT_ACKNOWLEDGED, "acknowledged it", "acknowledged it %d times", true},
    {EVENT_INCIDENT_SEVERITY_CHANGED, "changed its severity", "changed its severity %d times",
     true},
    {EVENT_INCIDENT_TICKED, "set one box", "set %d boxes", true},
    {EVENT_INCIDENT_SEVERITY_CONFIRMED, "confirmed its severity", "confirmed its severity %d times",
     true},
    {EVENT_INCIDENT_DEED_DONE, "did one line of the breach timeline",
     "did %d lines of the breach timeline", false},
    {EVENT_INCIDENT_RUN_LINKED, "began or linked one run", "began or linked %d runs", false},
    {EVENT_INCIDENT_NOTED, "wrote one note", "wrote %d notes", false},
    {EVENT_INCIDENT_ROLE_HANDED_OVER, "handed a role over", "handed roles over %d times", false},
    {EVENT_INCIDENT_MERGED, "merged an incident into it", "merged %d incidents into it", false},
    {EVENT_INCIDENT_SPLIT, "split an incident out", "split %d incidents out", false},
    {EVENT_INCIDENT_FOLLOW_UP_ADDED, "added one follow-up", "added %d follow-ups", false},
    {EVENT_INCIDENT_RESOLVED, "resolved it", "resolved it %d times", true},
};
enum { DEEDS = sizeof deeds / sizeof *deeds, DOERS_MAX = 40 };

struct doer {
    struct str actor;
    int counts[DEEDS];
};

static size_t gather_doers(const struct postmortem *postmortem, struct doer *doers)
{
    const struct story *story = &postmortem->story;
    size_t count = 0;
    for (size_t i = 0; i < story->count; i++) {
        struct str actor = story->events[i].actor;
        size_t at = 0;
        if (str_is(actor, "reeve"))
            continue;
        while (at < count && !str_equal(doers[at].actor, actor))
            at++;
        if (at == DOERS_MAX)
            continue;
        if (at == count)
            doers[count++] = (struct doer){.actor = actor};
        for (size_t k = 0; k < DEEDS; k++)
            doers[at].counts[k] += story->events[i].kind == deeds[k].kind &&
                                   (!deeds[k].own || event_int(&story->events[i], "number") ==
                                                         postmortem->past.number);
    }
    return count;
}

static bool did_anything(const struct doer *doer)
{
    for (size_t k = 0; k < DEEDS; k++)
        if (doer->counts[k] > 0)
            return true;
    return false;
}

static void doer_write(struct text *text, const struct doer *doer)
{
    const char *between = ": ";
    text_adds(text, "- ");
    say(text, actor_name(doer->actor));
    for (size_t k = 0; k < DEEDS; k++) {
        if (doer->counts[k] == 0)
            continue;
        text_adds(text, between);
        between = ", ";
        struct str words = str_of(doer->counts[k] == 1 ? deeds[k].one : deeds[k].many);
        size_t place = str_find(words, "%d", 0);
        text_add(text, str_slice(words, 0, place));
        if (place < words.n) {
            text_int(text, doer->counts[k]);
            text_add(text, str_from(words, place + 2));
        }
    }
    text_byte(text, '\n');
}

/* In the order of their first deed. */
static void deeds_write(const struct draft *draft)
{
    struct doer *doers = arena_array(draft->text->arena, DOERS_MAX, sizeof *doers);
    size_t count = gather_doers(draft->postmortem, doers);
    text_adds(draft->text, "\n## Who did what\n\n");
    size_t written = 0;
    for (size_t i = 0; i < count; i++)
        if (did_anything(&doers[i])) {
            doer_write(draft->text, &doers[i]);
            written++;
        }
    if (written == 0)
        text_adds(draft->text, "- Nobody did anything that Reeve knows of.\n");
    for (size_t i = 0; i < draft->postmortem->run_count; i++) {
        const struct run *run = draft->postmortem->runs[i];
        text_printf(draft->text, "- run %lld of ", (long long)run->number);
        say(draft->text, run->procedure);
        text_adds(draft->text, " was begun meanwhile, at ");
        say_time(draft->text, run->opened);
        text_byte(draft->text, '\n');
    }
}

static void checklist_write(const struct draft *draft)
{
    const struct postmortem *postmortem = draft->postmortem;
    struct text *text = draft->text;
    text_adds(text, "\n## Response checklist\n\n");
    for (size_t i = 0; i < postmortem->tick_count; i++) {
        const struct tick_view *tick = &postmortem->ticks[i];
        text_printf(text, "- [%c] ", tick->done ? 'x' : ' ');
        say(text, tick->text);
        if (tick->done) {
            text_adds(text, " (");
            say(text, tick->because.n > 0 ? tick->because : tick->by);
            text_adds(text, ", ");
            say_time(text, tick->at);
            text_adds(text, ")");
        }
        text_byte(text, '\n');
    }
    if (postmortem->tick_count == 0)
        text_adds(text, "The runbook has none.\n");
}

/* As the facts leave it: each line with its deadline, and by whom it was done. */
static void breach_write(const struct draft *draft)
{
    const struct breach_view *breach = draft->postmortem->breach;
    struct text *text = draft->text;
    struct arena *arena = text->arena;
    if (!breach)
        return;
    text_adds(text, "\n## Breach timeline\n\nCounted from awareness, ");
    say_time(text, breach->aware);
    text_adds(text, breach->is_stated ? " (as a person said).\n\n" : " (the opening).\n\n");
    text_adds(text, "| | what | due | done |\n|---|---|---|---|\n");
    for (int i = 0; i <= breach->count; i++) {
        bool law = i == breach->count;
        struct breach_line_view line = {
            .text = STR("Notify the supervisory authority (" BREACH_LAW_SOURCE ")"),
            .after = STR("72 h"),
            .due = breach->law_due,
            .missed = breach->law_missed};
        if (!law)
            line = breach->lines[i];
        if (law && breach->is_law_over) {
            line.done = breach->law_ended;
            line.by = breach->law_by;
            line.how = breach->is_waived ? STR("not required") : STR("done");
        }
        text_adds(text, "| ");
        say(text, line.after);
        text_adds(text, " | ");
        say(text, line.text);
        text_adds(text, " | ");
        say_time(text, line.due);
        text_adds(text, " | ");
        if (!instant_is_zero(line.done))
            say(text, str_printf(arena, "%.*s, %.*s, ", STR_ARGS(line.how), STR_ARGS(line.by)));
        say(text, moment_or(arena, line.done, "not done"));
        text_adds(text, instant_is_zero(line.missed) ? " |\n" : ", **late** |\n");
    }
}

static void follow_ups_write(const struct draft *draft)
{
    const struct postmortem *postmortem = draft->postmortem;
    struct text *text = draft->text;
    text_adds(text, "\n## Follow-ups\n\n");
    for (size_t i = 0; i < postmortem->follow_up_count; i++) {
        const struct follow_up_view *view = &postmortem->follow_ups[i];
        text_printf(text, "- [%c] %lld: ", instant_is_zero(view->done) ? ' ' : 'x',
                    (long long)view->number);
        say(text, view->text.n ? view->text : STR("(erased)"));
        text_adds(text, " (");
        say(text, view->owner);
        if (!instant_is_zero(view->due)) {
            text_adds(text, view->is_overdue ? ", overdue since " : ", due ");
            say_time(text, view->due);
        }
        text_adds(text, ")\n");
    }
    if (postmortem->past.merged_into > 0)
        text_printf(text,
                    "What is to be done after it stands with incident %lld, in which it went "
                    "on.\n",
                    (long long)postmortem->past.merged_into);
    else if (postmortem->follow_up_count == 0)
        text_printf(text,
                    "None yet. Add one: `reeve incident follow-up %lld \"...\" --owner NAME --due "
                    "14d`\n",
                    (long long)postmortem->past.number);
}

static void findings_write(const struct draft *draft)
{
    const struct postmortem *postmortem = draft->postmortem;
    text_adds(draft->text, "\n## What the runbook should have said\n\n");
    for (size_t i = 0; i < postmortem->finding_count; i++) {
        text_adds(draft->text, "- ");
        say(draft->text, postmortem->findings[i]);
        text_byte(draft->text, '\n');
    }
    if (postmortem->finding_count == 0)
        text_adds(draft->text, "Nothing that Reeve can see.\n");
    text_adds(draft->text, "\n## What went well, what went badly, where we were lucky\n\n*For "
                           "people to write.*\n");
}

void postmortem_write(struct text *text, const struct world *world,
                      const struct postmortem *postmortem, bool picture)
{
    struct draft draft = {text, world, postmortem};
    summary_write(&draft);
    numbers_write(&draft);
    impacts_write(&draft);
    timeline_write(&draft, picture);
    people_write(&draft);
    deeds_write(&draft);
    checklist_write(&draft);
    breach_write(&draft);
    follow_ups_write(&draft);
    findings_write(&draft);
}
