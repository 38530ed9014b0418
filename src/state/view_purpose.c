/* view_purpose.c - what a run is for in an incident, and which procedure takes back what another
 * one does.
 *
 * Two procedures are each other's undo when one's name is the other's with one word exchanged for
 * its opposite, and nothing else differs: "Enable maintenance mode", "Disable maintenance mode". A
 * roll-back is taken back by rolling forward. What reeve.yaml binds an undo to is taken back by the
 * run itself. */
#include "state/world.h"

#include "base/text.h"

enum { NAME_BYTES_MAX = 240 };

static bool has(struct str text, const char *word)
{
    return str_find_nocase(text, word, 0) < text.n;
}

static const char *const opposites[][2] = {{"enable", "disable"},
                                           {"activate", "deactivate"},
                                           {"turn on", "turn off"},
                                           {"switch on", "switch off"},
                                           {":on", ":off"},
                                           {" on", " off"},
                                           {"scale up", "scale down"},
                                           {"scale out", "scale in"},
                                           {"scale-up", "scale-down"},
                                           {"increase", "decrease"},
                                           {"raise", "lower"},
                                           {"block", "unblock"},
                                           {"lock", "unlock"},
                                           {"stop", "start"},
                                           {"pause", "resume"},
                                           {"suspend", "resume"},
                                           {"cordon", "uncordon"},
                                           {"drain", "uncordon"},
                                           {"enter", "leave"},
                                           {"begin", "end"},
                                           {"start", "end"},
                                           {"isolate", "reconnect"},
                                           {"fail over", "fail back"},
                                           {"failover", "failback"},
                                           {"read-only", "read-write"},
                                           {"roll back", "roll forward"}};

static bool is_word_end(struct str name, size_t at)
{
    return at >= name.n || !byte_is_alnum(name.p[at]);
}

/* name with the word at its first whole place exchanged; "" when it is not there. */
static struct str exchange(struct arena *arena, struct str name, const char *word, const char *by)
{
    size_t n = strlen(word);
    for (size_t at = str_find_nocase(name, word, 0); at < name.n;
         at = str_find_nocase(name, word, at + 1)) {
        bool begins = at == 0 || !byte_is_alnum(name.p[at - 1]) || !byte_is_alnum(word[0]);
        if (begins && is_word_end(name, at + n))
            return str_printf(arena, "%.*s%s%.*s", STR_ARGS(str_slice(name, 0, at)), by,
                              STR_ARGS(str_from(name, at + n)));
    }
    return STR("");
}

/* The one procedure of this name or command; NULL: none, or several. */
static const struct procedure *find_called(const struct world *world, struct str name)
{
    const struct procedure *found = NULL;
    for (int i = 0; name.n > 0 && i < world->procedures.count; i++) {
        const struct procedure *procedure = &world->procedures.items[i];
        if (!str_equal_nocase(procedure->name, name) &&
            !(procedure->command.n > 0 && str_equal_nocase(procedure->command, name)))
            continue;
        if (found)
            return NULL;
        found = procedure;
    }
    return found;
}

static const struct procedure *find_opposite(const struct world *world, struct arena *arena,
                                             const struct procedure *procedure)
{
    const struct str names[2] = {procedure->name, procedure->command};
    for (size_t i = 0; i < sizeof opposites / sizeof *opposites; i++)
        for (int way = 0; way < 2; way++)
            for (int k = 0; k < 2; k++) {
                struct str other = exchange(arena, str_cut(names[k], NAME_BYTES_MAX),
                                            opposites[i][way], opposites[i][1 - way]);
                const struct procedure *found = find_called(world, other);
                if (found && found != procedure)
                    return found;
            }
    return NULL;
}

static bool rolls_back(const struct procedure *procedure)
{
    return has(procedure->name, "rollback") || has(procedure->name, "roll back") ||
           has(procedure->name, "roll-back") || has(procedure->command, "rollback");
}

static bool deploys(const struct procedure *procedure)
{
    return !rolls_back(procedure) && !has(procedure->name, "pre-") &&
           !has(procedure->name, "post-") && !has(procedure->name, "checklist") &&
           (has(procedure->name, "deploy") || has(procedure->name, "release") ||
            has(procedure->name, "hotfix") || has(procedure->command, "deploy"));
}

/* Rolling forward: the first procedure of several steps that deploys. */
static const struct procedure *find_forward(const struct world *world,
                                            const struct procedure *procedure)
{
    bool of_code = rolls_back(procedure) && !has(procedure->name, "database") &&
                   !has(procedure->name, "migration") && !has(procedure->name, "config");
    for (int i = 0; of_code && i < world->procedures.count; i++)
        if (world->procedures.items[i].step_count > 1 && deploys(&world->procedures.items[i]))
            return &world->procedures.items[i];
    return NULL;
}

struct str view_undo_of(const struct world *world, struct arena *arena,
                        const struct procedure *procedure)
{
    const struct procedure *found = find_opposite(world, arena, procedure);
    for (int i = 0; !found && i < procedure->step_count; i++) {
        const struct action_binding *binding =
            procedure->steps[i].action.n > 0
                ? action_binding_find(&world->run_settings, procedure->steps[i].action)
                : NULL;
        if (binding && binding->undo.n > 0)
            return STR(VIEW_OWN_UNDO);
    }
    if (!found)
        found = find_forward(world, procedure);
    return found ? procedure_unique_name(&world->procedures, found, arena) : STR("");
}

/* Below a heading that says so, or so called. */
static bool diagnoses(const struct procedure *procedure)
{
    static const char *const words[] = {"troubleshoot", "debug",  "diagnos", "investigat",
                                        "root cause",   "triage", "forensic"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (has(procedure->name, words[i]) || has(procedure->path, words[i]))
            return true;
    return false;
}

struct run_purpose view_run_purpose(const struct world *world, struct arena *arena,
                                    const struct incident *incident,
                                    const struct procedure *procedure)
{
    struct run_purpose purpose = {.purpose = STR("part"), .undo = STR("")};
    struct str name = procedure_unique_name(&world->procedures, procedure, arena);
    for (size_t i = incident->run_count; i-- > 0;) {
        const struct incident_run *run = &incident->runs[i];
        if (!incident_run_is_in_force(incident, run) || !str_is(name, run->undo))
            continue;
        purpose.purpose = STR("undo");
        purpose.undoes = run->run;
        return purpose;
    }
    if (view_is_breach_procedure(procedure)) {
        purpose.purpose = STR("breach");
    } else if (deploys(procedure)) {
        purpose.purpose = STR("fix");
    } else if (view_is_mitigation(procedure)) {
        purpose.purpose = STR("mitigation");
        purpose.undo = view_undo_of(world, arena, procedure);
    } else {
        /* What something takes back changes something. */
        purpose.undo = view_undo_of(world, arena, procedure);
        if (diagnoses(procedure))
            purpose.purpose = STR("diagnosis");
        else if (purpose.undo.n > 0)
            purpose.purpose = STR("mitigation");
    }
    return purpose;
}
