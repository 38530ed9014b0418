/* naming.c - the metric that PromQL names, and what is said of it. */
#include "alert/naming.h"

#include "alert/ask.h"

enum { NOTE_BYTES = 8 * 1024 };

static bool has_choice(const struct rule *rule)
{
    return rule->signal && rule->signal->alternative_count > 1;
}

struct naming naming_find(const struct rule *rule, const struct telemetry *telemetry)
{
    struct naming naming = {.is_told = true};
    if (!rule->signal)
        return naming;
    if (rule->question_count > 0 && telemetry->asked)
        ask_find_bindings(rule, telemetry->asked, naming.read);
    else
        telemetry_find_bindings(telemetry, rule->signal->name, naming.read);
    for (size_t i = 0; i < ALTERNATIVES_MAX; i++) {
        naming.read[i] = naming.read[i] && i < rule->signal->alternative_count;
        naming.count += naming.read[i];
    }
    return naming;
}

void naming_apply(struct arena *arena, const struct naming *naming, struct rule *rule)
{
    size_t first = 0;
    if (rule->promql.n == 0 || naming->count == 0)
        return;
    while (!naming->read[first])
        first++;
    rule_name(arena, rule, first);
}

struct str naming_note(struct arena *arena, const struct naming *naming, const struct rule *rule)
{
    struct text text;
    if (!has_choice(rule))
        return STR("");
    const struct signal *signal = rule->signal;
    const char *what = signal->from_user ? "bindings" : "usual names";
    text_init(&text, arena, NOTE_BYTES);
    if (naming->count == 0)
        text_printf(&text, "By the first of %zu %s: %s.", signal->alternative_count, what,
                    naming->is_told ? "none of them is read now"
                                    : "which of them is read only a running Reeve knows");
    if (naming->count == 0 && !signal->from_user)
        text_printf(&text, " \"%.*s\" under signals: in reeve.yaml says another.",
                    STR_ARGS(signal->name));
    if (naming->count == 1)
        text_printf(&text, "By the one that is read now of %zu %s.", signal->alternative_count,
                    what);
    if (naming->count <= 1)
        return text_str(&text);
    text_printf(&text, "By the first of the %zu of its %zu %s that are read now; read as well:",
                naming->count, signal->alternative_count, what);
    for (size_t i = 0, told = 0; i < signal->alternative_count; i++)
        if (naming->read[i] && told++ > 0)
            text_printf(&text, "%s %.*s", told > 2 ? ";" : "",
                        STR_ARGS(alternative_words(arena, &signal->alternatives[i])));
    text_byte(&text, '.');
    return text_str(&text);
}

void naming_write(struct json_writer *w, const char *key, const struct naming *naming,
                  const struct rule *rule)
{
    json_open_array(w, key);
    for (size_t i = 0; rule->signal && i < rule->signal->alternative_count; i++)
        if (naming->read[i])
            json_str(w, NULL, alternative_words(w->text->arena, &rule->signal->alternatives[i]));
    json_close_array(w);
}

struct naming naming_parse(struct arena *arena, const struct json *array, const struct rule *rule)
{
    struct naming naming = {.is_told = true};
    for (size_t i = 0; rule->signal && i < rule->signal->alternative_count; i++) {
        struct str words = alternative_words(arena, &rule->signal->alternatives[i]);
        for (const struct json *one = array ? array->first : NULL; one; one = one->next)
            naming.read[i] = naming.read[i] || str_equal(one->text, words);
        naming.count += naming.read[i];
    }
    return naming;
}
