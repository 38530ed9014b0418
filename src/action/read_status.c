/* read_status.c - "status": whatever is wrong now, the worst first. */
#include "action/reads.h"

#include "base/noun.h"
#include "people/double_duty.h"

enum { STEP_BYTES_MAX = 100, REHEARSALS_TOLD = 5 };

static size_t add_troubled_rules(const struct world *world, struct reply *reply,
                                 struct json_writer *w)
{
    size_t troubled = 0;
    json_open_array(w, "rules");
    for (size_t i = 0; i < world->rules.count; i++) {
        const struct rule *rule = &world->rules.items[i];
        const struct alert *alert = alert_find(&world->alerts, rule->id);
        bool unknown = alert && !instant_is_zero(alert->unknown_since);
        if (!alert || (alert->state == ALERT_INACTIVE && !unknown))
            continue;
        troubled++;
        const struct evaluation *now = world->evaluations ? &world->evaluations[i] : NULL;
        struct str progress = view_aside(
            world, reply->arena, rule, alert_progress(reply->arena, alert, rule, now, world->now));
        text_printf(&reply->text, "rule on line %d %s: %.*s%s%.*s\n", rule->line,
                    unknown ? "unknown" : alert_state_name(alert->state), STR_ARGS(rule->title),
                    progress.n ? "; " : "", STR_ARGS(progress));
        json_open_object(w, NULL);
        json_int(w, "line", rule->line);
        json_str(w, "title", rule->title);
        json_str(w, "state", str_of(unknown ? "unknown" : alert_state_name(alert->state)));
        json_str(w, "progress", progress);
        json_close_object(w);
    }
    json_close_array(w);
    return troubled;
}

/* The worst that fires unheard, and silences that end while a rule of them fires; the rules count
 * as trouble of their own. */
static void add_muted(const struct world *world, struct reply *reply, struct json_writer *w)
{
    size_t count = 0;
    const struct str *sentences = view_muted(world, reply->arena, &count);
    json_open_array(w, "muted");
    for (size_t i = 0; i < count; i++) {
        text_printf(&reply->text, "SILENCED: %.*s\n", STR_ARGS(sentences[i]));
        json_str(w, NULL, sentences[i]);
    }
    json_close_array(w);
}

/* Ways to people that do not work: no page that was given up may stay unseen. */
static size_t add_failed_pages(const struct world *world, struct reply *reply,
                               struct json_writer *w)
{
    size_t at = 0;
    size_t failed = 0;
    const struct page *page;
    json_open_array(w, "pages_failed");
    while ((page = page_next(&world->pages, &at))) {
        const struct person *person = person_find(&world->people, str_of(page->person));
        if (!page->down || !instant_is_zero(page->closed) || !person ||
            !person_has_method(person, page->method))
            continue; /* of an incident that is over, or a way that was taken away */
        failed++;
        if (page->state == PAGE_FAILED)
            text_printf(&reply->text, "page %s to %s by %s was given up: %s\n", page->id,
                        page->person, method_name(page->method), page->problem);
        else
            text_printf(&reply->text,
                        "a page to %s by %s was given up, and none has arrived since: %s (the "
                        "newest, %s, is %s)\n",
                        page->person, method_name(page->method), page->problem, page->id,
                        page_state_name(page->state));
        json_open_object(w, NULL);
        json_str(w, "page", str_of(page->id));
        json_str(w, "person", str_of(page->person));
        json_str(w, "method", str_of(method_name(page->method)));
        json_str(w, "problem", str_of(page->problem));
        json_close_object(w);
    }
    json_close_array(w);
    return failed;
}

static bool is_gap_now(const struct world *world, struct str rota)
{
    for (size_t i = 0; i < world->gaps.count; i++)
        if (str_is(rota, world->gaps.items[i].rota) &&
            !instant_before(world->now, world->gaps.items[i].from))
            return true;
    return false;
}

static void add_gap(struct reply *reply, struct json_writer *w, struct str sentence)
{
    text_printf(&reply->text, "on call: %.*s\n", STR_ARGS(sentence));
    json_str(w, NULL, sentence);
}

/* Times at which nobody can be paged: those of now are wrong, also where nothing looks ahead; those
 * that are to come are a warning. */
static size_t add_gaps(const struct world *world, struct reply *reply, struct json_writer *w)
{
    struct page_view view = {0};
    size_t wrong = 0, reachable = 0;
    view_oncall_now(world, reply->arena, &view);
    json_open_array(w, "gaps");
    for (size_t i = 0; i < world->people.count; i++)
        reachable += person_is_reachable(&world->people.items[i]);
    if (reachable == 0 && world->people.count > 0) {
        add_gap(reply, w,
                STR("Nobody under people: in reeve.yaml can be reached, so nobody is "
                    "told of anything."));
        wrong++;
    }
    for (size_t i = 0; i < view.rota_count; i++) {
        if (!view.rotas[i].is_gap || is_gap_now(world, view.rotas[i].name))
            continue;
        add_gap(reply, w,
                str_printf(reply->arena, "The rota %.*s has nobody now whom a page reaches: %.*s.",
                           STR_ARGS(view.rotas[i].name), STR_ARGS(view.rotas[i].words)));
        wrong++;
    }
    struct str both = double_duty_say(&world->oncall, reply->arena, world->now,
                                      instant_add_ms(world->now, world->look_ahead_ms), NULL);
    if (both.n > 0)
        add_gap(reply, w, both);
    for (size_t i = 0; i < world->gaps.count; i++) {
        add_gap(reply, w, view.gaps[i]);
        wrong += !instant_before(world->now, world->gaps.items[i].from);
    }
    json_close_array(w);
    return wrong;
}

static size_t add_silent_targets(const struct world *world, struct reply *reply,
                                 struct json_writer *w)
{
    size_t count = 0;
    size_t silent = 0;
    const struct target_view *targets = view_targets(world, reply->arena, &count);
    json_open_array(w, "targets_down");
    for (size_t i = 0; i < count; i++) {
        if (targets[i].up && targets[i].problem.n > 0)
            text_printf(&reply->text, "target %.*s is read, but %.*s\n", STR_ARGS(targets[i].name),
                        STR_ARGS(targets[i].problem));
        if (targets[i].up || targets[i].waits)
            continue;
        silent++;
        text_printf(&reply->text, "target %.*s: %.*s\n", STR_ARGS(targets[i].name),
                    STR_ARGS(targets[i].problem));
        json_open_object(w, NULL);
        json_str(w, "name", targets[i].name);
        json_str(w, "problem", targets[i].problem);
        json_close_object(w);
    }
    json_close_array(w);
    return silent;
}

/* Why they are not known: what was read before a start is not said to be never shown. */
static struct str why_unread(const struct world *world, struct arena *arena, size_t unread,
                             size_t heard)
{
    if (!world->evaluations)
        return STR("the daemon reads them, and it does not run");
    if (world->telemetry.name_count == 0)
        return STR("there is no target to read from; name one under targets: in reeve.yaml");
    struct str start = instant_words(arena, world->alerts.started, world->now);
    if (heard == 0)
        return str_printf(arena, "no target has shown what they need since the start at %.*s",
                          STR_ARGS(start));
    return str_printf(
        arena, "%s read before the start at %.*s and nothing was heard since",
        heard == unread ? heard == 1 ? "it was" : "they were"
                        : str_printf(arena, "%zu of them %s", heard, heard == 1 ? "was" : "were").p,
        STR_ARGS(start));
}

/* Rules that nothing is known of, and no fact says so yet: silence is not health. */
static size_t add_unread_rules(const struct world *world, struct reply *reply,
                               struct json_writer *w)
{
    size_t unread = 0;
    size_t heard = 0;
    for (size_t i = 0; i < world->rules.count; i++) {
        const struct rule *rule = &world->rules.items[i];
        const struct alert *alert = alert_find(&world->alerts, rule->id);
        bool said = alert && !instant_is_zero(alert->unknown_since);
        bool known = world->evaluations && world->evaluations[i].truth != TRUTH_UNKNOWN;
        bool is_unread = rule->problem.n == 0 && !said && !known;
        unread += is_unread;
        heard += is_unread && world->evaluations &&
                 !instant_before(world->alerts.started, world->evaluations[i].heard) &&
                 !instant_is_zero(world->evaluations[i].heard);
    }
    json_int(w, "rules_not_read", (int64_t)unread);
    if (unread == 0)
        return 0;
    text_printf(&reply->text, "not known: %zu %s; %.*s\n", unread,
                noun((int64_t)unread, "rule", "rules"),
                STR_ARGS(why_unread(world, reply->arena, unread, heard)));
    return unread;
}

/* What of Reeve itself does not work, as the page says it. */
static size_t add_own_troubles(const struct world *world, struct reply *reply,
                               struct json_writer *w)
{
    json_open_array(w, "reeve");
    for (size_t i = 0; i < world->trouble_count; i++) {
        text_printf(&reply->text, "reeve: %.*s\n", STR_ARGS(world->troubles[i]));
        json_str(w, NULL, world->troubles[i]);
    }
    json_close_array(w);
    if (world->config_changed.n > 0)
        text_printf(&reply->text, "reeve: %.*s\n", STR_ARGS(world->config_changed));
    json_str(w, "configuration", world->config_digest);
    json_str(w, "configuration_changed", world->config_changed);
    return world->trouble_count + (world->config_changed.n > 0);
}

/* Open runs; one that failed, is in doubt or late is wrong, one that waits for a person is told. */
static size_t add_runs(const struct world *world, struct reply *reply, struct json_writer *w)
{
    size_t count = 0;
    size_t wrong = 0;
    const struct run_view *runs = view_runs(world, reply->arena, false, &count);
    json_open_array(w, "runs");
    for (size_t i = 0; i < count; i++) {
        const struct run_view *run = &runs[i];
        const struct run_step_view *step = run->current ? &run->steps[run->current - 1] : NULL;
        bool late = step && step->overdue;
        bool bad = late || str_is(run->state, "stopped");
        wrong += bad;
        text_printf(&reply->text, "run %lld of \"%.*s\" %.*s%s", (long long)run->number,
                    STR_ARGS(run->procedure), STR_ARGS(run->state), late ? ", overdue" : "");
        if (run->environment.n > 0)
            text_printf(&reply->text, " (rehearsal in %.*s)", STR_ARGS(run->environment));
        if (step)
            text_printf(&reply->text, ": step %d is %.*s: %.*s", step->number,
                        STR_ARGS(step->state), STR_ARGS(str_cut(step->text, STEP_BYTES_MAX)));
        text_byte(&reply->text, '\n');
        json_open_object(w, NULL);
        json_int(w, "number", run->number);
        json_str(w, "procedure", run->procedure);
        json_str(w, "state", run->state);
        json_int(w, "step", run->current);
        json_str(w, "step_state", step ? step->state : STR(""));
        json_bool(w, "wrong", bad);
        json_close_object(w);
    }
    json_close_array(w);
    return wrong;
}

/* A warning, and nothing that is wrong now: it changes no exit code. */
static void add_rehearsals(const struct world *world, struct reply *reply, struct json_writer *w)
{
    int count = 0;
    json_open_array(w, "to_rehearse");
    for (int i = 0; i < world->procedures.count; i++) {
        const struct procedure *procedure = &world->procedures.items[i];
        struct rehearsal_view view = view_rehearsal(world, reply->arena, procedure);
        if (view.warning.n == 0)
            continue;
        struct str title = procedure_unique_name(&world->procedures, procedure, reply->arena);
        if (count++ < REHEARSALS_TOLD)
            text_printf(&reply->text, "to be rehearsed: \"%.*s\" (line %d): %.*s\n",
                        STR_ARGS(title), world->program->statements[procedure->statement].line,
                        STR_ARGS(view.warning));
        json_open_object(w, NULL);
        json_str(w, "procedure", title);
        json_str(w, "warning", view.warning);
        json_close_object(w);
    }
    json_close_array(w);
    if (count > REHEARSALS_TOLD)
        text_printf(&reply->text, "to be rehearsed: %d more; see \"reeve procedure list\"\n",
                    count - REHEARSALS_TOLD);
}

bool read_status(const struct call *call, const struct world *world, struct reply *reply,
                 struct err *err)
{
    (void)call;
    (void)err;
    struct json_writer w = {.text = &reply->json};
    json_open_object(&w, NULL);
    size_t troubles = read_add_incidents(world, reply, &w, "incidents");
    add_muted(world, reply, &w);
    troubles += add_gaps(world, reply, &w);
    troubles += add_failed_pages(world, reply, &w);
    troubles += add_troubled_rules(world, reply, &w);
    troubles += add_unread_rules(world, reply, &w);
    troubles += add_silent_targets(world, reply, &w);
    troubles += read_add_heartbeats(world, reply, &w);
    troubles += add_runs(world, reply, &w);
    troubles += read_add_overdue(world, reply, &w);
    troubles += add_own_troubles(world, reply, &w);
    add_rehearsals(world, reply, &w);
    read_add_switches(world, reply, &w);
    read_add_ways(world, reply, &w);
    json_close_object(&w);
    if (troubles == 0)
        text_adds(&reply->text, "Nothing is wrong.\n");
    reply->exit_code = troubles > 0 ? 1 : 0;
    return true;
}
