/* postmortem_findings.c - what the runbook should have said, seen from what happened. */
#include "state/whole_story.h"

#include "base/noun.h"
#include "base/text.h"

static void add(struct postmortem *postmortem, struct str sentence)
{
    if (postmortem->finding_count < FINDINGS_MAX)
        postmortem->findings[postmortem->finding_count++] = sentence;
}

static void find_open_ticks(struct arena *arena, struct postmortem *postmortem)
{
    struct text text;
    size_t open = 0;
    text_init(&text, arena, 8 * 1024);
    for (size_t i = 0; i < postmortem->tick_count; i++) {
        const struct tick_view *tick = &postmortem->ticks[i];
        if (tick->done)
            continue;
        text_printf(&text, "%s%d \"%.*s\" (line %d)", open++ ? ", " : "", tick->item,
                    STR_ARGS(tick->text), tick->line);
    }
    if (open > 0)
        add(postmortem,
            str_printf(arena,
                       "Nobody ticked %zu of %zu items: %.*s. Done without a tick, or not needed?",
                       open, postmortem->tick_count, STR_ARGS(text_str(&text))));
}

/* Boxes that nobody ticked, and those that were ticked before the ones above them. */
static void find_ticks(struct arena *arena, struct postmortem *postmortem)
{
    const struct tick_view *latest = NULL;
    if (postmortem->tick_count == 0)
        add(postmortem, STR("It has no response checklist."));
    find_open_ticks(arena, postmortem);
    for (size_t i = 0; i < postmortem->tick_count; i++) {
        const struct tick_view *tick = &postmortem->ticks[i];
        if (tick->done && latest && instant_before(tick->at, latest->at))
            add(postmortem,
                str_printf(arena,
                           "Item %d, \"%.*s\" (line %d), was ticked before item %d: is the order "
                           "of the checklist right?",
                           tick->item, STR_ARGS(tick->text), tick->line, latest->item));
        if (tick->done && (!latest || instant_before(latest->at, tick->at)))
            latest = tick;
    }
}

static bool bears_name(const struct world *world, struct str party)
{
    struct str name = str_starts_nocase(party, "the ") ? str_from(party, 4) : party;
    for (size_t i = 0; i < world->people.count && i < LIMIT_PEOPLE; i++)
        if (str_equal_nocase(world->people.items[i].id, name) ||
            person_has_role(&world->people.items[i], name))
            return true;
    return false;
}

static void find_escalations(const struct world *world, struct arena *arena,
                             struct postmortem *postmortem)
{
    const struct severity_level *level = severity_get(&world->plan, postmortem->past.severity);
    for (int i = 0; i < level->step_count; i++) {
        const struct severity_step *step = &level->steps[i];
        struct str after = duration_text(arena, step->after_ms);
        if (step->to.n == 0)
            add(postmortem,
                str_printf(arena, "%.*s escalates after %.*s to nobody by name (line %d).",
                           STR_ARGS(level->id), STR_ARGS(after), step->line));
        else if (!bears_name(world, step->to))
            add(postmortem,
                str_printf(arena,
                           "%.*s escalates to %.*s (line %d), and nobody in reeve.yaml bears that "
                           "name or role; others were told in that place.",
                           STR_ARGS(level->id), STR_ARGS(step->to), step->line));
    }
    if (level->step_count == 0)
        add(postmortem, str_printf(arena, "%.*s has no escalation.", STR_ARGS(level->id)));
    if (level->update_ms == 0)
        add(postmortem, str_printf(arena, "It does not say how often to write an update in a %.*s.",
                                   STR_ARGS(level->id)));
    if (level->resolve_ms == 0)
        add(postmortem, str_printf(arena, "It does not say how soon a %.*s is to be resolved.",
                                   STR_ARGS(level->id)));
    if (level->respond_is_default)
        add(postmortem,
            str_printf(arena, "It has no response time for a %.*s; the usual %.*s was taken.",
                       STR_ARGS(level->id), STR_ARGS(duration_text(arena, level->respond_ms))));
}

static void find_clocks(struct arena *arena, struct postmortem *postmortem)
{
    const struct past_view *past = &postmortem->past;
    if (past->response_missed)
        add(postmortem, STR("The response time was missed: is the right person on call, and can "
                            "they be reached at that hour?"));
    if (past->update_missed)
        add(postmortem, STR("An update came late: who writes them while the commander works?"));
    if (past->resolution_missed)
        add(postmortem, STR("It was not resolved within its target."));
    if (past->reopened > 0)
        add(postmortem, str_printf(arena, "It came back %d %s: what says that it is really over?",
                                   past->reopened, noun(past->reopened, "time", "times")));
}

static void find_detection(struct arena *arena, struct postmortem *postmortem)
{
    const struct past_view *past = &postmortem->past;
    if (past->is_by_hand && postmortem->impact_count == 0)
        add(postmortem,
            str_printf(arena,
                       "No alert saw it: %.*s declared it by hand. Which alert would have fired?",
                       STR_ARGS(past->opened_by)));
    if (!str_equal(past->first_severity, past->severity))
        add(postmortem,
            str_printf(arena,
                       "It opened as %.*s and was a %.*s: does what opened it have the right "
                       "severity?",
                       STR_ARGS(past->first_severity), STR_ARGS(past->severity)));
    for (size_t i = 0; i < postmortem->impact_count; i++) {
        const struct impact *impact = &postmortem->impacts[i];
        if (impact->unknown_ms > 0)
            add(postmortem,
                str_printf(arena,
                           "The rule on line %lld, \"%.*s\", could not be read for %.*s of it.",
                           (long long)impact->line, STR_ARGS(impact->title),
                           STR_ARGS(duration_text(arena, impact->unknown_ms))));
    }
}

static void find_unreached(struct arena *arena, struct postmortem *postmortem)
{
    for (size_t i = 0; i < postmortem->story.count; i++) {
        const struct event *event = &postmortem->story.events[i];
        if (event->kind == EVENT_INCIDENT_UNREACHED)
            add(postmortem, str_printf(arena, "Nobody could be told: %.*s.",
                                       STR_ARGS(event_str(event, "reason"))));
    }
}

/* Findings of the runbook whose line has a word of what fired. */
static bool concerns(const struct postmortem *postmortem, struct str line)
{
    char cause[INCIDENT_CAUSE_BYTES];
    str_keep(cause, sizeof cause, postmortem->past.cause);
    if (cause[0] && str_find_nocase(line, cause, 0) < line.n)
        return true;
    for (size_t i = 0; i < postmortem->impact_count; i++)
        if (str_equal(postmortem->impacts[i].title, line))
            return true;
    return false;
}

static void find_lines(const struct world *world, struct arena *arena,
                       struct postmortem *postmortem)
{
    const struct program *program = world->program;
    for (int i = 0; i < program->finding_count; i++) {
        const struct finding *finding = &program->findings[i];
        struct str line = finding->line >= 1 && finding->line <= program->line_count
                              ? program->lines[finding->line - 1]
                              : STR("");
        if (finding->answer.n == 0 && concerns(postmortem, line))
            add(postmortem,
                str_printf(arena, "Line %d: %.*s", finding->line, STR_ARGS(finding->text)));
    }
    for (size_t i = 0; i < world->rules.count; i++) {
        const struct rule *rule = &world->rules.items[i];
        if (rule->problem.n > 0 && concerns(postmortem, rule->title))
            add(postmortem,
                str_printf(arena, "The rule on line %d, \"%.*s\", is not watched: %.*s.",
                           rule->line, STR_ARGS(rule->title), STR_ARGS(rule->problem)));
    }
}

/* --- what was done without a line of the runbook --- */

/* Notes of people, while no linked run and no box was for it: the deeds that nobody wrote down. */
static void find_by_hand(struct arena *arena, struct postmortem *postmortem)
{
    int notes = 0;
    int links = 0;
    for (size_t i = 0; i < postmortem->story.count; i++) {
        const struct event *event = &postmortem->story.events[i];
        bool by_people = event->kind != EVENT_KINDS && !str_is(event->actor, "reeve");
        notes += by_people && event->kind == EVENT_INCIDENT_NOTED;
        links += by_people && event->kind == EVENT_INCIDENT_RUN_LINKED;
    }
    if (notes > 0 && links == 0)
        add(postmortem,
            str_printf(arena,
                       "%d %s what was seen and done by hand, and no procedure of the runbook was "
                       "run for it: which of these steps should stand there?",
                       notes, noun(notes, "note tells", "notes tell")));
}

/* People who were given a part or paged by somebody, and whom no line names. */
static void find_called(const struct world *world, struct arena *arena,
                        struct postmortem *postmortem)
{
    for (size_t i = 0; i < postmortem->story.count; i++) {
        const struct event *event = &postmortem->story.events[i];
        if (event->kind != EVENT_INCIDENT_ROLE_GIVEN || str_is(event->actor, "reeve") ||
            str_equal(actor_name(event->actor), event_str(event, "person")))
            continue;
        const struct person *person = person_find(&world->people, event_str(event, "person"));
        bool is_paged = false;
        for (size_t k = 0; person && k < postmortem->told_count; k++)
            is_paged = is_paged || (str_equal(postmortem->told[k].person, person->id) &&
                                    !instant_is_zero(postmortem->told[k].first) &&
                                    instant_before(postmortem->told[k].first, event->at));
        if (!is_paged)
            add(postmortem,
                str_printf(arena,
                           "%.*s was called in by %.*s, as %.*s: no line of the runbook would have "
                           "told them.",
                           STR_ARGS(event_str(event, "person")), STR_ARGS(actor_name(event->actor)),
                           STR_ARGS(event_str(event, "role"))));
    }
}

static void find_breach(struct arena *arena, struct postmortem *postmortem)
{
    const struct breach_view *breach = postmortem->breach;
    if (!breach)
        return;
    if (breach->count == 0)
        add(postmortem,
            STR("It was a breach, and the runbook has no procedure with times for one."));
    for (int i = 0; i < breach->count; i++) {
        const struct breach_line_view *line = &breach->lines[i];
        if (instant_is_zero(line->missed))
            continue;
        /* What nobody could have kept blames nobody. */
        bool was_past =
            !instant_before(postmortem->past.begun, instant_add_ms(breach->aware, line->after_ms));
        add(postmortem, was_past
                            ? str_printf(arena,
                                         "The deadline of \"%.*s\" (line %lld) was past when the "
                                         "incident was opened.",
                                         STR_ARGS(line->text), (long long)line->line)
                            : str_printf(arena,
                                         "The deadline of \"%.*s\" (line %lld) was missed: it "
                                         "names nobody who owes it, or too little time.",
                                         STR_ARGS(line->text), (long long)line->line));
    }
    bool names_law = false;
    for (int i = 0; i < breach->count; i++)
        names_law = names_law || breach->lines[i].after_ms == BREACH_LAW_MS;
    if (!instant_is_zero(breach->law_missed))
        add(postmortem,
            str_printf(arena, "The authority was not notified within 72 hours of awareness%s.",
                       names_law ? "" : ", and no line of the runbook says 72 hours"));
}

void postmortem_find(const struct world *world, struct arena *arena, struct postmortem *postmortem)
{
    postmortem->findings = arena_array(arena, FINDINGS_MAX, sizeof *postmortem->findings);
    find_detection(arena, postmortem);
    find_clocks(arena, postmortem);
    find_unreached(arena, postmortem);
    find_escalations(world, arena, postmortem);
    find_ticks(arena, postmortem);
    find_breach(arena, postmortem);
    find_by_hand(arena, postmortem);
    find_called(world, arena, postmortem);
    find_lines(world, arena, postmortem);
}
