/* config_fit.c - names under alerts and signals against the rules; ways to people. */
#include "main/config_fit.h"

#include "alert/burn.h"
#include "alert/depend.h"
#include "main/agendas.h"
#include "main/compose.h"
#include "main/config_inside.h"
#include "main/config_people.h"
#include "main/users.h"
#include "main/walls.h"
#include "os/clock.h"
#include "people/double_duty.h"
#include "people/gap.h"

enum { NEAR_EDITS_MAX = 3 };

struct fit {
    struct arena *arena;
    const struct config *config;
    struct rules rules;
    struct oncall oncall;
    struct agendas agendas;
    struct config_notes *notes;
};

static void add(struct fit *fit, bool is_error, struct config_place place, struct str sentence)
{
    struct config_notes *notes = fit->notes;
    if (notes->count < CONFIG_NOTES_MAX)
        notes->items[notes->count++] = (struct config_note){is_error, place, sentence};
}

/* A name that nothing has: nearly right it is a slip, else it may belong to another runbook. */
static void add_stray(struct fit *fit, struct str name, struct config_place place, const char *what,
                      struct str nearest)
{
    if (nearest.n > 0)
        add(fit, true, place,
            str_printf(fit->arena, "The runbook has no %s \"%.*s\"; did you mean \"%.*s\"?", what,
                       STR_ARGS(name), STR_ARGS(nearest)));
    else
        add(fit, false, place,
            str_printf(fit->arena, "The runbook has no %s \"%.*s\"; this line does nothing.", what,
                       STR_ARGS(name)));
}

static void take_nearer(struct str typed, struct str name, size_t *least, struct str *nearest)
{
    size_t edits = str_distance(typed, name, NEAR_EDITS_MAX);
    if (edits <= NEAR_EDITS_MAX && edits * 2 < name.n && edits < *least) {
        *least = edits;
        *nearest = name;
    }
}

enum names { NAMES_TITLES = 1, NAMES_SIGNALS = 2 };

/* Of a name that nothing has, and so seldom: it is held against all rules. start: "", or what is
 * near already; of those as near as each other the first. */
static struct str find_nearest(const struct fit *fit, struct str typed, unsigned names,
                               struct str start)
{
    struct str nearest = STR("");
    size_t least = NEAR_EDITS_MAX + 1;
    take_nearer(typed, start, &least, &nearest);
    for (size_t k = 0; k < fit->rules.count; k++) {
        if (names & NAMES_SIGNALS)
            take_nearer(typed, fit->rules.items[k].signal_name, &least, &nearest);
        if (names & NAMES_TITLES)
            take_nearer(typed, fit->rules.items[k].title, &least, &nearest);
    }
    return nearest;
}

static bool is_rule_or_signal(const struct fit *fit, struct str name)
{
    for (size_t k = 0; k < fit->rules.count; k++)
        if (str_equal_nocase(fit->rules.items[k].title, name) ||
            str_equal_nocase(fit->rules.items[k].signal_name, name))
            return true;
    return false;
}

static void check_alerts(struct fit *fit)
{
    const struct config *config = fit->config;
    for (size_t i = 0; i < config->alert_count; i++) {
        const struct config_alert *alert = &config->alerts[i];
        struct str name = alert->sentence;
        if (str_is_nocase(name, "critical") || str_is_nocase(name, "warning") ||
            str_is_nocase(name, BURN_PAGE) || str_is_nocase(name, BURN_TICKET) ||
            is_rule_or_signal(fit, name))
            continue;
        struct str word = STR("");
        size_t least = NEAR_EDITS_MAX + 1;
        take_nearer(name, STR("critical"), &least, &word);
        take_nearer(name, STR("warning"), &least, &word);
        add_stray(fit, name, alert->place, "alert", find_nearest(fit, name, NAMES_TITLES, word));
    }
}

static void check_dependency(struct fit *fit, struct str name, struct config_place place)
{
    for (size_t k = 0; k < fit->rules.count; k++)
        if (depend_names(&fit->rules.items[k], name))
            return;
    add_stray(fit, name, place, "alert or signal",
              find_nearest(fit, name, NAMES_SIGNALS | NAMES_TITLES, STR("")));
}

static void check_depends(struct fit *fit)
{
    for (size_t i = 0; i < fit->config->depend_count; i++) {
        const struct config_depend *depend = &fit->config->depends[i];
        check_dependency(fit, depend->of, depend->place);
        for (size_t k = 0; k < depend->on.count; k++)
            check_dependency(fit, depend->on.items[k], depend->place);
    }
}

static void check_signals(struct fit *fit, const struct signals *signals)
{
    const struct config *config = fit->config;
    for (size_t i = 0; i < config->signal_count; i++) {
        struct str name = config->signals[i].name;
        const struct signal *bound = signal_find(signals, name);
        bool known = false;
        for (size_t k = 0; k < fit->rules.count && !known; k++) {
            const struct rule *rule = &fit->rules.items[k];
            known = (bound && rule->signal == bound) || str_equal_nocase(rule->signal_name, name);
        }
        if (!known)
            add_stray(fit, name, config->signals[i].place, "signal",
                      find_nearest(fit, name, NAMES_SIGNALS, STR("")));
    }
}

static void check_asked(struct fit *fit)
{
    const struct config_ask *ask = &fit->config->ask;
    for (size_t i = 0; i < ask->signals.count; i++) {
        struct str name = ask->signals.items[i];
        bool known = false;
        for (size_t k = 0; k < fit->rules.count && !known; k++)
            known = str_equal_nocase(fit->rules.items[k].signal_name, name);
        if (!known)
            add_stray(fit, name, ask->place, "signal",
                      find_nearest(fit, name, NAMES_SIGNALS, STR("")));
    }
}

static bool has_person(const struct config_layer *layer, struct str name)
{
    for (size_t i = 0; i < layer->slot_count; i++)
        for (size_t k = 0; k < layer->slots[i].count; k++)
            if (str_equal_nocase(layer->slots[i].people[k], name))
                return true;
    return false;
}

static bool is_in_agenda(const struct agenda *agenda, struct str name)
{
    for (size_t i = 0; agenda && i < agenda->count; i++)
        for (size_t k = 0; k < agenda->entries[i].slot.count; k++)
            if (str_equal(agenda->entries[i].slot.people[k], name))
                return true;
    return false;
}

static bool is_on_call(const struct fit *fit, struct str name)
{
    const struct config *config = fit->config;
    for (size_t i = 0; i < config->rota_count; i++)
        for (size_t k = 0; k < config->rotas[i].layer_count; k++)
            if (has_person(&config->rotas[i].layers[k], name) ||
                is_in_agenda(fit->oncall.rotas[i].layers[k].agenda, name))
                return true;
    return false;
}

static bool can_be_paged(const struct config *config, const struct config_person *person)
{
    bool any = false;
    for (int method = 0; person->contact_count == 0 && method < METHODS; method++)
        any = any || config_carries(config, person, (enum method)method);
    for (size_t i = 0; i < person->contact_count; i++)
        any = any || config_carries(config, person, person->contacts[i].method);
    return any;
}

/* An address that nothing carries a message to. */
static void check_carried(struct fit *fit, const struct config_person *person, bool grave)
{
    bool phone = false; /* said once, of short messages and calls */
    for (int i = 0; i < METHODS; i++) {
        enum method method = (enum method)i;
        const struct method_row *row = method_row(method);
        bool named = false;
        for (size_t k = 0; k < person->contact_count; k++)
            named = named || person->contacts[k].method == method;
        if (config_address(person, method).n == 0 || config_carries(fit->config, person, method) ||
            (!named && (phone || config_carries(fit->config, person, METHOD_SMS)) &&
             strcmp(row->key, "phone") == 0))
            continue;
        phone = phone || strcmp(row->key, "phone") == 0;
        if (method == METHOD_SMTP)
            add(fit, grave, person->place,
                str_printf(fit->arena, "%.*s gets no mail: there is no smtp: to send it through.",
                           STR_ARGS(person->name)));
        else
            add(fit, grave, person->place,
                str_printf(fit->arena, "%.*s is told nothing by %s: there is no %s.",
                           STR_ARGS(person->name), row->name, row->carrier));
    }
}

/* A duty telephone may be meant; each message then comes once for each of them. */
static void check_number(struct fit *fit, size_t at)
{
    const struct config_person *person = &fit->config->people[at];
    struct str number = person->reach[METHOD_SMS];
    for (size_t i = 0; number.n > 0 && i < at; i++)
        if (str_equal(fit->config->people[i].reach[METHOD_SMS], number)) {
            add(fit, false, person->place,
                str_printf(fit->arena,
                           "%.*s has the telephone number of %.*s: it gets the messages of both, "
                           "and an answer counts for who was told last.",
                           STR_ARGS(person->name), STR_ARGS(fit->config->people[i].name)));
            return;
        }
}

static void check_people(struct fit *fit)
{
    const struct config *config = fit->config;
    for (size_t i = 0; i < config->person_count; i++) {
        const struct config_person *person = &config->people[i];
        bool called = is_on_call(fit, person->name);
        bool reached = can_be_paged(config, person);
        bool has_address = false;
        for (int method = 0; method < METHODS; method++)
            has_address = has_address || config_address(person, (enum method)method).n > 0;
        check_carried(fit, person, called && !reached);
        check_number(fit, i);
        if (called && !has_address)
            add(fit, true, person->place,
                str_printf(fit->arena,
                           "%.*s is on call and cannot be reached; give an email, a phone, a "
                           "webhook or another way.",
                           STR_ARGS(person->name)));
    }
}

/* Everybody can be reached here: whoever cannot is named beside their name. */
static bool make_rotas(struct fit *fit, struct err *err)
{
    const struct config *config = fit->config;
    struct person *people = arena_array(fit->arena, config->person_count, sizeof *people);
    struct people *all = arena_make(fit->arena, struct people);
    for (size_t i = 0; i < config->person_count; i++)
        people[i] =
            (struct person){.id = config->people[i].name, .reach[METHOD_SMTP] = STR("somewhere")};
    *all = (struct people){people, config->person_count};
    fit->oncall.people = all;
    return compose_rotas(fit->arena, config, &fit->oncall, err);
}

/* What was kept by the core does not count here: the files are to be right as they are. */
static void check_agendas(struct fit *fit, struct instant now)
{
    for (size_t i = 0; i < fit->agendas.count; i++) {
        const struct agenda_file *file = &fit->agendas.items[i];
        struct str sentences[AGENDA_FINDINGS_MAX];
        size_t count = agendas_say_file(file, fit->arena, now, sentences, AGENDA_FINDINGS_MAX);
        for (size_t k = 0; k < count; k++)
            add(fit, k == 0 && file->problem[0] != '\0', file->from.place, sentences[k]);
    }
}

/* Times of the coming days at which a rota has nobody, as far as the configuration alone says:
 * leave and overrides are the ledger's. */
static void check_gaps(struct fit *fit)
{
    struct instant now = clock_now();
    struct instant until = instant_add_ms(now, fit->config->look_ahead_ms);
    for (size_t i = 0; i < fit->oncall.rota_count; i++) {
        const struct rota *rota = &fit->oncall.rotas[i];
        struct gap_source source = {&fit->oncall, rota, fit->arena};
        struct rota_gap gap;
        if (!rota->may_be_empty && gap_find(&source, now, until, &gap))
            add(fit, false, fit->config->rotas[i].place,
                str_printf(fit->arena,
                           "The rota %.*s has nobody %.*s; add somebody, or may_be_empty: yes.",
                           STR_ARGS(rota->name),
                           STR_ARGS(gap_times(fit->arena, rota_zone(rota), gap.from, gap.to))));
    }
}

/* The same of one person who is primary and secondary. */
static void check_double_duty(struct fit *fit)
{
    struct instant now = clock_now();
    struct instant until = instant_add_ms(now, fit->config->look_ahead_ms);
    struct str said = double_duty_say(&fit->oncall, fit->arena, now, until, NULL);
    for (size_t i = 0; said.n > 0 && i < fit->oncall.rota_count; i++)
        if (str_is_nocase(fit->oncall.rotas[i].name, "secondary"))
            add(fit, false, fit->config->rotas[i].place, said);
}

/* No error: it is only that nothing can be rehearsed there yet. */
static void check_environments(struct fit *fit)
{
    const struct config_commands *commands = &fit->config->commands;
    for (size_t i = 0; i < commands->environment_count; i++) {
        const struct config_environment *environment = &commands->environments[i];
        for (size_t k = 0; k < commands->variable_count; k++) {
            struct str name = commands->variables[k].name;
            bool has = false;
            for (size_t v = 0; v < environment->variable_count; v++)
                has = has || str_equal(environment->variables[v].name, name);
            if (!has)
                add(fit, false, environment->place,
                    str_printf(fit->arena,
                               "Nothing can be rehearsed in %.*s: it has no %.*s, which "
                               "production's commands have.",
                               STR_ARGS(environment->name), STR_ARGS(name)));
        }
    }
}

static bool check_severities(struct fit *fit, const struct program *program, struct err *err)
{
    struct severity_mapping mapping = compose_mapping(fit->config);
    struct severity_plan *plan = arena_make(fit->arena, struct severity_plan);
    severity_plan_make(program, &mapping, plan);
    return compose_check_severities(fit->arena, fit->config, plan, err);
}

bool config_fit(struct arena *arena, const struct config *config, const struct program *program,
                struct config_notes *out_notes, struct err *err)
{
    struct signals signals;
    struct fit fit = {.arena = arena, .config = config, .notes = out_notes};
    if (!compose_signals(&signals, arena, config, err) || !check_severities(&fit, program, err) ||
        !compose_check_rules(arena, config, program, &signals, err) || !make_rotas(&fit, err))
        return false;
    struct instant now = clock_now();
    agendas_init(&fit.agendas, arena, config, &fit.oncall, STR(""));
    agendas_read(&fit.agendas, now);
    fit.rules = compose_rules(arena, config, program, &signals);
    out_notes->count = 0;
    check_alerts(&fit);
    check_depends(&fit);
    check_signals(&fit, &signals);
    check_asked(&fit);
    check_people(&fit);
    check_agendas(&fit, now);
    check_gaps(&fit);
    check_double_duty(&fit);
    agendas_done(&fit.agendas);
    walls_note(arena, config, out_notes);
    users_note(arena, config, out_notes);
    check_environments(&fit);
    if (fit.rules.count > 0 && config->target_count == 0 && config->sender_count == 0 &&
        config->log_count == 0 && config->probe_count == 0 && !config->ask.on)
        add(&fit, false, (struct config_place){1, 1},
            fit.rules.count == 1
                ? STR("The runbook's alert is not read: there are no targets:.")
                : str_printf(arena,
                             "None of the runbook's %zu alerts is read: there are no targets:.",
                             fit.rules.count));
    return true;
}
