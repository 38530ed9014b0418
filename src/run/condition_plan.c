/* condition_plan.c - conditions as the plan of a run carries them, as people read them, and the
 * rules that their words name. */
#include "run/condition_take.h"

#include "base/text.h"

enum { LINE_BYTES_MAX = 1000 };

/* Lower case, one blank between words, without an article in front and a full stop behind. */
static struct str plain(struct arena *arena, struct str words)
{
    static const char *const articles[] = {"the", "an", "a"};
    struct text text;
    words = without_end(words);
    (void)take_one(&words, articles, COUNT_OF(articles));
    text_init(&text, arena, words.n + 1);
    for (size_t i = 0; i < words.n; i++) {
        if (words.p[i] == '`' || words.p[i] == '"')
            continue;
        if (byte_is_blank(words.p[i]) && (text.n == 0 || text.p[text.n - 1] == ' '))
            continue;
        text_byte(&text, byte_is_blank(words.p[i]) ? ' ' : words.p[i]);
    }
    return str_lower(arena, text_str(&text));
}

static bool drop_end(struct str *words, const char *end)
{
    if (!str_ends(*words, end))
        return false;
    *words = str_trim(str_slice(*words, 0, words->n - str_of(end).n));
    return true;
}

bool condition_is_rule(struct arena *arena, struct str words, const struct statement *statement,
                       bool *out_negated)
{
    if (statement->kind != STATEMENT_ALERT)
        return false;
    struct str said = plain(arena, words);
    struct str title = statement->text;
    size_t arrow = str_find(title, "\xE2\x86\x92", 0);
    title = str_slice(title, 0, arrow);
    arrow = str_find(title, "->", 0);
    struct str rule = plain(arena, str_slice(title, 0, arrow));
    *out_negated = false;
    if (str_equal(said, rule))
        return rule.n > 0;
    *out_negated = drop_end(&said, " is not firing") || drop_end(&said, " does not fire");
    if (!*out_negated && !drop_end(&said, " is firing") && !drop_end(&said, " fires"))
        return false;
    (void)drop_end(&said, " alert");
    (void)take(&said, "alert");
    return rule.n > 0 && str_equal(said, rule);
}

static const char *const form_names[] = {[CONDITION_NONE] = "",
                                         [CONDITION_IF] = "if",
                                         [CONDITION_UNLESS] = "unless",
                                         [CONDITION_UNTIL] = "until"};
static const char *const asks_names[] = {[ASKS_PERSON] = "person",
                                         [ASKS_RULE] = "rule",
                                         [ASKS_ALERTS] = "alerts",
                                         [ASKS_FAILED] = "failed",
                                         [ASKS_OTHERWISE] = "otherwise"};

struct str condition_write(struct arena *arena, const struct step_condition *condition)
{
    struct text text;
    if (condition->form == CONDITION_NONE)
        return STR("");
    text_init(&text, arena, LINE_BYTES_MAX);
    text_adds(&text, form_names[condition->form]);
    if (condition->form == CONDITION_UNTIL)
        text_printf(&text, ":%d-%d", condition->first + 1, condition->last + 1);
    text_printf(&text, " %s%s", condition->negated ? "not-" : "", asks_names[condition->asks]);
    if (condition->asks == ASKS_RULE)
        text_printf(&text, ":%s", condition->rule);
    else if (condition->of >= 0)
        text_printf(&text, ":%d", condition->of + 1);
    text_printf(&text, " %.*s", STR_ARGS(condition->words));
    return text_str(&text);
}

static bool find_name(const char *const *names, size_t count, struct str name, int *out)
{
    for (size_t i = 0; i < count; i++)
        if (names[i][0] != '\0' && str_is(name, names[i])) {
            *out = (int)i;
            return true;
        }
    return false;
}

/* "until:2-4". */
static bool parse_form(struct str part, struct step_condition *made)
{
    int form = 0;
    int64_t first = 0;
    int64_t last = 0;
    size_t colon = str_find_byte(part, ':', 0);
    if (!find_name(form_names, COUNT_OF(form_names), str_slice(part, 0, colon), &form))
        return false;
    made->form = (enum condition_form)form;
    if (made->form != CONDITION_UNTIL)
        return colon == part.n;
    struct str range = str_from(part, colon + 1);
    size_t dash = str_find_byte(range, '-', 0);
    if (!str_int(str_slice(range, 0, dash), &first) || !str_int(str_from(range, dash + 1), &last) ||
        first < 1 || last < first || last > CONDITION_NUMBER_MAX)
        return false;
    made->first = (int)first - 1;
    made->last = (int)last - 1;
    return true;
}

/* "not-failed:3". */
static bool parse_asks(struct str part, struct step_condition *made)
{
    int asks = 0;
    int64_t of = 0;
    made->negated = str_starts(part, "not-");
    part = str_from(part, made->negated ? 4 : 0);
    size_t colon = str_find_byte(part, ':', 0);
    struct str behind = str_from(part, colon + 1);
    if (!find_name(asks_names, COUNT_OF(asks_names), str_slice(part, 0, colon), &asks))
        return false;
    made->asks = (enum condition_asks)asks;
    if (made->asks == ASKS_RULE)
        str_keep(made->rule, sizeof made->rule, behind);
    if (made->asks != ASKS_FAILED && made->asks != ASKS_OTHERWISE)
        return made->asks != ASKS_RULE || behind.n > 0;
    if (!str_int(behind, &of) || of < 1 || of > CONDITION_NUMBER_MAX)
        return false;
    made->of = (int)of - 1;
    return true;
}

bool condition_parse(struct str text, struct step_condition *out)
{
    struct step_condition made = {.of = -1};
    size_t first = str_find_byte(text, ' ', 0);
    size_t second = str_find_byte(text, ' ', first + 1);
    *out = (struct step_condition){.form = CONDITION_NONE, .of = -1};
    if (second >= text.n || !parse_form(str_slice(text, 0, first), &made) ||
        !parse_asks(str_slice(text, first + 1, second), &made))
        return false;
    made.words = str_from(text, second + 1);
    *out = made;
    return true;
}

struct str condition_question(struct arena *arena, const struct step_condition *condition)
{
    if (condition->form == CONDITION_NONE)
        return STR("");
    if (condition->words.n > 0 && condition->words.p[0] == '"')
        return str_printf(arena, "does this apply: %.*s?", STR_ARGS(condition->words));
    return str_printf(arena, "is it so that %.*s?", STR_ARGS(condition->words));
}
