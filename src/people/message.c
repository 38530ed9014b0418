/* message.c - the texts of a page: what is wrong, since when, what is due, how to answer. */
#include "people/message.h"

#include "base/json.h"

/* One line of a header: control characters become blanks, cut at a whole character. */
static struct str one_line(struct arena *arena, struct str s, size_t max_bytes)
{
    struct str cut = str_cut(s, max_bytes);
    char *line = arena_alloc(arena, cut.n + 1);
    for (size_t i = 0; i < cut.n; i++)
        line[i] = (unsigned char)cut.p[i] < ' ' || cut.p[i] == 127 ? ' ' : cut.p[i];
    return (struct str){line, cut.n};
}

struct str message_subject(struct arena *arena, const struct message_facts *facts)
{
    const struct incident *incident = facts->incident;
    struct str subject = STR("[test] Reeve can reach you");
    if (incident)
        subject = str_printf(arena, "[%s] Incident %lld%s: %s", incident->severity,
                             (long long)incident->number,
                             incident->state == INCIDENT_MITIGATED ? " is mitigated"
                             : incident->reopened > 0              ? " came back"
                                                                   : "",
                             incident->title);
    return one_line(arena, subject, SUBJECT_BYTES_MAX);
}

static void add_time(struct text *text, const char *label, struct instant at)
{
    char written[INSTANT_TEXT_BYTES];
    instant_write(at, written);
    text_printf(text, "%s%.10s %.8s UTC", label, written, written + 11);
}

static void add_due(struct arena *arena, struct text *text, struct instant due, struct instant now)
{
    int64_t left_ms = instant_ms_between(now, due);
    struct str length = duration_text(arena, left_ms < 0 ? -left_ms : left_ms);
    add_time(text, "", due);
    text_printf(text, left_ms < 0 ? " (%.*s ago)\n" : " (in %.*s)\n", STR_ARGS(length));
}

static void add_clocks(struct arena *arena, struct text *text, const struct message_facts *facts)
{
    const struct incident *incident = facts->incident;
    const struct severity_level *level = severity_get(facts->plan, str_of(incident->severity));
    if (incident->state == INCIDENT_OPEN) {
        text_adds(text, "Answer by: ");
        add_due(arena, text, incident_response_due(incident, facts->plan), facts->now);
    }
    for (int i = 0; i < level->step_count; i++) {
        if (incident_step_is_over(incident, facts->plan, i))
            continue;
        struct str to = level->steps[i].to.n ? level->steps[i].to : STR("whoever is next");
        text_printf(text, "Escalates to %.*s: ", STR_ARGS(to));
        add_due(arena, text, instant_add_ms(incident->clock_from, level->steps[i].after_ms),
                facts->now);
    }
}

/* The clocks that not every runbook has. */
static void add_targets(struct arena *arena, struct text *text, const struct message_facts *facts)
{
    struct instant update = incident_update_due(facts->incident, facts->plan);
    struct instant resolution = incident_resolution_due(facts->incident, facts->plan);
    if (!instant_is_zero(update)) {
        text_adds(text, "Next update by: ");
        add_due(arena, text, update, facts->now);
    }
    if (!instant_is_zero(resolution)) {
        text_adds(text, "To be resolved by: ");
        add_due(arena, text, resolution, facts->now);
    }
}

/* A line of a breach timeline that is late, or is due next. */
static void add_breach_line(struct arena *arena, struct text *text,
                            const struct message_facts *facts, int line)
{
    const struct breach *breach = facts->incident->breach;
    bool late = !instant_is_zero(breach->lines[line].missed);
    text_printf(text, "  %s %d. %s: ", late ? "LATE" : "next", line + 1, breach->lines[line].text);
    add_due(arena, text, breach_line_due(breach, line), facts->now);
}

/* Whoever reads of one missed deadline has to see all of them, what comes next, and what to say
 * when they are done. */
static void add_breach(struct arena *arena, struct text *text, const struct message_facts *facts)
{
    const struct incident *incident = facts->incident;
    const struct breach *breach = incident->breach;
    int next = -1;
    if (!breach)
        return;
    add_time(text, "It is a breach, known of since ", breach->aware);
    text_adds(text, ". Its timeline:\n");
    for (int i = 0; i < breach->count; i++) {
        if (!instant_is_zero(breach->lines[i].done))
            continue;
        if (!instant_is_zero(breach->lines[i].missed))
            add_breach_line(arena, text, facts, i);
        else if (next < 0 ||
                 instant_before(breach_line_due(breach, i), breach_line_due(breach, next)))
            next = i;
    }
    if (next >= 0)
        add_breach_line(arena, text, facts, next);
    if (!breach->is_law_over) {
        text_printf(text, "  %s notify the supervisory authority (72 h, " BREACH_LAW_SOURCE "): ",
                    instant_is_zero(breach->law_missed) ? "law" : "LATE");
        add_due(arena, text, instant_add_ms(breach->aware, BREACH_LAW_MS), facts->now);
    }
    text_printf(text,
                "  When one is done: reeve incident deed %lld LINE \"what was done\"; of the "
                "authority: reeve incident authority %lld \"reference\"\n",
                (long long)incident->number, (long long)incident->number);
}

/* What the reader can do now. */
static void add_answers(struct text *text, const struct message_facts *facts)
{
    const struct incident *incident = facts->incident;
    long long number = incident->number;
    bool mitigated = incident->state == INCIDENT_MITIGATED;
    bool is_answered =
        mitigated ? !instant_is_zero(incident->acknowledged) : incident->state != INCIDENT_OPEN;
    if (!instant_is_zero(incident->update_missed_at))
        text_printf(text, "Write an update: reeve incident note %lld \"what is known\"\n", number);
    if (mitigated)
        text_printf(text, "Resolve: reeve incident resolve %lld \"what it was\"\n", number);
    if (!is_answered && facts->ack_url.n)
        text_printf(text, "Acknowledge: %.*s\n", STR_ARGS(facts->ack_url));
    else if (!is_answered)
        text_printf(text, "Acknowledge: reeve incident ack %lld\n", number);
    if (facts->page_url.n)
        text_printf(text, "Details: %.*s\n", STR_ARGS(facts->page_url));
    else if (is_answered)
        text_printf(text, "Details: reeve incident show %lld\n", number);
}

/* It was over, as somebody or its rules said, and is not. */
static void add_back(struct text *text, const struct incident *incident)
{
    add_time(text, "It came back at ", incident->reopened_at);
    if (incident->reopened > 1)
        text_printf(text, ", %lld times by now", (long long)incident->reopened);
    text_adds(text, ": its clocks count from then.\n");
}

static void add_incident(struct arena *arena, struct text *text, const struct message_facts *facts)
{
    const struct incident *incident = facts->incident;
    text_printf(text, "%s incident %lld is %s: %s\n", incident->severity,
                (long long)incident->number, incident_state_name(incident->state), incident->title);
    add_time(text, "Since: ", incident->begun);
    text_adds(text, "\n");
    if (incident->state == INCIDENT_MITIGATED) {
        add_time(text, "Mitigated: none of its rules fires since ", incident->mitigated);
        text_adds(text, "; resolve it or say what it was.\n");
    }
    if (incident->reopened > 0 && incident->state != INCIDENT_MITIGATED)
        add_back(text, incident);
    if (facts->said.n)
        text_add(text, facts->said);
    else if (facts->value_text.n)
        text_printf(text, "Now: %.*s\n", STR_ARGS(facts->value_text));
    if (facts->rule_text.n)
        text_printf(text, "Runbook line %lld: %.*s\n", (long long)incident->line,
                    STR_ARGS(facts->rule_text));
    else if (incident->rule[0] && incident->line == 0)
        text_adds(text, "It was opened by an alert that another system sent; whether it is over is "
                        "what that system says.\n");
    else if (incident->rule[0])
        text_adds(text, "Its rule is no longer in the runbook, so Reeve cannot see whether it is "
                        "over: look yourself.\n");
    struct str commander = incident_role_person(incident, INCIDENT_COMMANDER);
    if (commander.n > 0)
        text_printf(text, "Commander: %.*s\n", STR_ARGS(commander));
    add_clocks(arena, text, facts);
    add_targets(arena, text, facts);
    add_breach(arena, text, facts);
    text_printf(text, "You are told because: %s (page %s)\n\n", facts->page->reason,
                facts->page->id);
    add_answers(text, facts);
}

void message_add_checkpoint(struct text *text, struct str checkpoint)
{
    if (checkpoint.n > 0)
        text_printf(text, "\nNewest checkpoint of the ledger; keep this message:\n%.*s\n",
                    STR_ARGS(checkpoint));
}

void message_add_end(struct text *text, const struct page *page, struct str checkpoint)
{
    text_printf(text,
                "\nYou are told because: %s (page %s). Nothing in this message changes anything, "
                "and nobody waits for an answer.\n",
                page->reason, page->id);
    if (page->doubts > 0)
        text_adds(text, "Whether it arrived before is not known: you may have it twice.\n");
    message_add_checkpoint(text, checkpoint);
}

struct str message_text(struct arena *arena, const struct message_facts *facts)
{
    struct text text;
    text_init(&text, arena, MESSAGE_BYTES_MAX);
    if (facts->incident)
        add_incident(arena, &text, facts);
    else
        text_printf(&text,
                    "This is a test (page %s): Reeve can reach %s by this method. Nothing is "
                    "wrong, nothing is to be done.\n",
                    facts->page->id, facts->page->person);
    message_add_checkpoint(&text, facts->checkpoint);
    return text_str(&text);
}

struct str message_json(struct arena *arena, const struct message_facts *facts)
{
    const struct incident *incident = facts->incident;
    struct text text;
    struct json_writer w = {.text = &text};
    text_init(&text, arena, MESSAGE_BYTES_MAX);
    json_open_object(&w, NULL);
    json_str(&w, "type", incident ? STR("incident.page") : STR("page.test"));
    json_instant_us(&w, "timestamp", facts->now.us);
    json_open_object(&w, "data");
    json_str(&w, "page", str_of(facts->page->id));
    json_str(&w, "person", str_of(facts->page->person));
    json_str(&w, "reason", str_of(facts->page->reason));
    json_str(&w, "subject", message_subject(arena, facts));
    if (incident) {
        json_int(&w, "incident", incident->number);
        json_str(&w, "severity", str_of(incident->severity));
        json_str(&w, "title", str_of(incident->title));
        json_str(&w, "state", str_of(incident_state_name(incident->state)));
        json_str(&w, "commander", incident_role_person(incident, INCIDENT_COMMANDER));
        json_instant_us(&w, "opened", incident->opened.us);
        json_instant_us(&w, "respond_by", incident_response_due(incident, facts->plan).us);
        json_int(&w, "reopened", incident->reopened);
        json_str(&w, "value", facts->value_text);
        json_str(&w, "said", facts->said);
        json_int(&w, "line", incident->line);
        json_str(&w, "rule", facts->rule_text);
        json_str(&w, "acknowledge_url", facts->ack_url);
    }
    json_str(&w, "checkpoint", facts->checkpoint);
    json_close_object(&w);
    json_close_object(&w);
    return text_str(&text);
}
