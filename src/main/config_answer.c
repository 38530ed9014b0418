/* config_answer.c - the key of each open decision, looked up among the values of the file. */
#include "main/config_answer.h"

#include "main/baselines.h"

enum { VALUE_BYTES_MAX = 60 };

struct question {
    struct arena *arena;
    const struct config *config;
    const struct statement *at;
    const struct finding *finding;
};

/* The value of a key that was given, or the first one below it; NULL: none. */
static const struct config_value *find_given(const struct question *question, struct str key)
{
    const struct config *config = question->config;
    for (size_t i = 0; i < config->value_count; i++) {
        const struct config_value *value = &config->values[i];
        if (value->origin == CONFIG_DEFAULT || value->path.n < key.n ||
            !str_equal_nocase(str_slice(value->path, 0, key.n), key))
            continue;
        if (value->path.n == key.n || value->path.p[key.n] == '.')
            return value;
    }
    return NULL;
}

static const struct config_value *severity(const struct question *question)
{
    struct str level = question->at->alert.level;
    struct str key =
        str_printf(question->arena, "alerts.%.*s", STR_ARGS(level.n ? level : question->at->text));
    const struct config_value *value =
        find_given(question, str_printf(question->arena, "%.*s.severity", STR_ARGS(key)));
    if (!value)
        value = find_given(question, key);
    bool other = value && value->path.n > key.n && !str_ends(value->path, ".severity");
    return other ? NULL : value; /* how long it keeps firing answers no question */
}

static const struct config_value *secondary(const struct question *question)
{
    return find_given(question, STR("on_call.secondary"));
}

static const struct config_value *signal_value(const struct question *question, const char *end)
{
    const struct alert_statement *alert = &question->at->alert;
    const struct config_value *value = NULL;
    if (alert->signal.n)
        value = find_given(
            question, str_printf(question->arena, "signals.%.*s%s", STR_ARGS(alert->signal), end));
    if (!value && alert->metric.n)
        value = find_given(
            question, str_printf(question->arena, "signals.%.*s%s", STR_ARGS(alert->metric), end));
    return value;
}

static const struct config_value *binding(const struct question *question)
{
    return signal_value(question, "");
}

static const struct config_value *limit(const struct question *question)
{
    return signal_value(question, ".limit");
}

/* Who bears the name: a person, or somebody with the role. */
static const struct config_value *bearer(const struct question *question, struct str party)
{
    const struct config *config = question->config;
    for (size_t i = 0; i < config->person_count; i++) {
        const struct config_person *person = &config->people[i];
        if (str_equal_nocase(person->name, party))
            return find_given(question,
                              str_printf(question->arena, "people.%.*s", STR_ARGS(person->name)));
        for (size_t k = 0; k < person->role_count; k++)
            if (str_equal_nocase(person->roles[k], party))
                return find_given(question, str_printf(question->arena, "people.%.*s.roles",
                                                       STR_ARGS(person->name)));
    }
    for (size_t i = 0; i < config->rota_count; i++) {
        struct str rota = config->rotas[i].name;
        if (str_equal_nocase(rota, party) ||
            str_equal_nocase(str_printf(question->arena, "%.*s on call", STR_ARGS(rota)), party))
            return find_given(question,
                              str_printf(question->arena, "on_call.%.*s", STR_ARGS(rota)));
    }
    return NULL;
}

/* The party stands between the first quotes of the finding: a person's name, a role, or a phrase of
 * the vocabulary for one. */
static const struct config_value *who(const struct question *question)
{
    struct str text = question->finding->text;
    size_t open = str_find_byte(text, '"', 0);
    struct str party = str_slice(text, open + 1, str_find_byte(text, '"', open + 1));
    if (str_starts_nocase(party, "the "))
        party = str_from(party, 4);
    const struct config_value *value = bearer(question, party);
    if (value)
        return value;
    struct str role =
        vocabulary_find(&question->config->vocabulary, VOCABULARY_PARTY, STR(""), party);
    if (str_is(role, "primary") || str_is(role, "secondary"))
        return find_given(question, str_printf(question->arena, "on_call.%.*s", STR_ARGS(role)));
    return role.n ? bearer(question, role) : NULL;
}

static const struct {
    const char *code;
    const struct config_value *(*find)(const struct question *question);
} keys[] = {
    {"which-severity", severity}, {"nobody-named", secondary}, {"who-is", who},
    {"state-signal", binding},    {"no-signal", binding},      {"which-scope", binding},
    {"which-hosts", binding},     {"which-limit", limit},
};

/* Statements stand in order of line. */
static const struct statement *find_statement(const struct program *program,
                                              const struct finding *finding)
{
    int low = 0;
    int high = program->count;
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (program->statements[middle].line < finding->line)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < program->count && program->statements[low].line == finding->line; low++)
        if (program->statements[low].column == finding->column)
            return &program->statements[low];
    return NULL;
}

void config_answer(struct arena *arena, const struct config *config, struct program *program)
{
    baselines_answer(arena, config, program);
    for (int i = 0; i < program->finding_count; i++) {
        struct finding *finding = &program->findings[i];
        const struct statement *at = find_statement(program, finding);
        struct question question = {arena, config, at, finding};
        if (strcmp(finding->code, "baseline") == 0)
            continue; /* answered already */
        finding->answer = STR("");
        for (size_t k = 0; at && k < sizeof keys / sizeof *keys; k++) {
            if (strcmp(keys[k].code, finding->code) != 0)
                continue;
            const struct config_value *value = keys[k].find(&question);
            if (value)
                finding->answer = str_printf(arena, "%.*s: %.*s (%.*s:%zu)", STR_ARGS(value->path),
                                             STR_ARGS(str_cut(value->text, VALUE_BYTES_MAX)),
                                             STR_ARGS(config->file), value->place.line);
        }
    }
}
