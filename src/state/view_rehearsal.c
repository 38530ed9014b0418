/* view_rehearsal.c - how it stands with the rehearsals of a procedure, in words. */
#include "base/noun.h"
#include "run/rehearsal.h"
#include "state/world.h"

enum { SENTENCE_BYTES_MAX = 1000 };

/* "2026-11-29 06:10 UTC". */
static struct str moment(struct arena *arena, struct instant at)
{
    char text[INSTANT_TEXT_BYTES];
    instant_write(at, text);
    return str_printf(arena, "%.10s %.5s UTC", text, text + 11);
}

static struct str length(struct arena *arena, int64_t length_ms)
{
    return duration_text(arena, length_ms / 1000 * 1000);
}

static void add_end(struct text *text, const struct rehearsal *last)
{
    if (last->taken_back)
        text_adds(text, ": taken back");
    else if (last->left_out > 0)
        text_printf(text, ": ended with %d %s skipped", last->left_out,
                    noun(last->left_out, "step", "steps"));
    else
        text_adds(text, ": done");
    text_printf(text, ", took %.*s", STR_ARGS(length(text->arena, last->took_ms)));
}

static struct str say_last(struct arena *arena, const struct rehearsal *last,
                           const struct rehearsal_view *view)
{
    struct text text;
    text_init(&text, arena, SENTENCE_BYTES_MAX);
    text_printf(&text, "last rehearsed %.*s in %s by %.*s", STR_ARGS(moment(arena, last->opened)),
                last->environment, STR_ARGS(actor_name(str_of(last->by))));
    if (instant_is_zero(last->ended)) {
        text_printf(&text, ": run %lld, %.*s", (long long)last->run, STR_ARGS(view->state));
        return text_str(&text);
    }
    add_end(&text, last);
    if (view->promised_ms > 0)
        text_printf(&text, "; the runbook promises %.*s",
                    STR_ARGS(length(arena, view->promised_ms)));
    return text_str(&text);
}

/* Why it is to be rehearsed; what only takes too long is said last. */
static struct str say_warning(const struct world *world, struct arena *arena,
                              enum rehearsal_lack lack, const struct rehearsal *whole,
                              const struct rehearsal_view *view)
{
    int64_t within_ms = world->run_settings.rehearsed_within_ms;
    if (!whole)
        return lack == REHEARSAL_FINE ? STR("") : STR("never rehearsed");
    switch (lack) {
    case REHEARSAL_NEVER: return STR("never rehearsed");
    case REHEARSAL_NOT_WHOLE: return STR("never rehearsed with every step done");
    case REHEARSAL_CHANGED:
        return str_printf(arena, "changed since it was rehearsed on %.10s",
                          moment(arena, whole->ended).p);
    case REHEARSAL_OLD:
        return str_printf(arena, "rehearsed on %.10s, longer ago than %.*s",
                          moment(arena, whole->ended).p, STR_ARGS(duration_text(arena, within_ms)));
    case REHEARSAL_FINE: break;
    }
    if (view->promised_ms > 0 && whole->took_ms > view->promised_ms)
        return str_printf(arena, "the rehearsal took %.*s, and the runbook promises %.*s",
                          STR_ARGS(length(arena, whole->took_ms)),
                          STR_ARGS(length(arena, view->promised_ms)));
    return STR("");
}

static int64_t promised(const struct world *world, struct arena *arena,
                        const struct procedure *procedure)
{
    int objective = procedure_objective(world->program, arena, procedure);
    return objective < 0 ? 0
                         : (int64_t)(world->program->statements[objective].alert.value * 1000.0);
}

struct rehearsal_view view_rehearsal(const struct world *world, struct arena *arena,
                                     const struct procedure *procedure)
{
    const struct rehearsed *rehearsed = NULL;
    char plan[HASH_HEX_BYTES];
    struct rehearsal_view view = {.recovers = procedure_recovers(procedure)};
    if (world->runs.rehearsed_count > 0)
        rehearsed = rehearsed_find(&world->runs,
                                   str_of(world->program->statements[procedure->statement].id),
                                   procedure_title(&world->procedures, procedure, arena));
    if (rehearsed) {
        const struct rehearsal *last = &rehearsed->last;
        const struct run *run = run_find(&world->runs, last->run);
        view.run = last->run;
        view.at = last->opened;
        view.environment = str_of(last->environment);
        view.by = str_of(last->by);
        view.took_ms = last->took_ms;
        view.whole = rehearsed->whole.run == last->run;
        view.state = str_of(run_state_name(run ? run->state : RUN_DONE));
        view.promised_ms = view.recovers ? promised(world, arena, procedure) : 0;
        view.said = say_last(arena, last, &view);
    }
    if (!view.recovers)
        return view;
    procedure_plan_digest(procedure, plan);
    enum rehearsal_lack lack =
        rehearsal_judge(rehearsed, plan, world->run_settings.rehearsed_within_ms, world->now);
    view.warning = say_warning(world, arena, lack, rehearsed ? &rehearsed->whole : NULL, &view);
    return view;
}
