/* condition.c - the words of conditions.
 *
 * A line is read in this order: "Repeat … until …", a leading "Otherwise", a leading "If" or
 * "Unless", an end in brackets "(if …)". Where something would begin by itself, a condition
 * anywhere else in the sentence with the command is found, too, and asked as it stands. */
#include "run/condition_take.h"

enum { SENTENCE_BYTES_MAX = 300 };

/* Behind code in backquotes or a part in brackets that begins here; else at. */
static size_t skip_span(struct str text, size_t at)
{
    char open = text.p[at];
    char close = open == '`' ? '`' : open == '"' ? '"' : ')';
    if (open != '`' && open != '(' && open != '"')
        return at;
    size_t end = str_find_byte(text, close, at + 1);
    return end < text.n ? end + 1 : at;
}

static size_t mark_at(struct str text, size_t at)
{
    static const char *const arrows[] = {"\xE2\x86\x92", "->"};
    if ((text.p[at] == ',' || text.p[at] == ':') && is_end(text, at + 1))
        return 1;
    for (size_t i = 0; i < COUNT_OF(arrows); i++)
        if (str_starts(str_from(text, at), arrows[i]))
            return str_of(arrows[i]).n;
    return 0;
}

/* Where a leading condition ends: the first comma, colon or arrow. False: nowhere. */
static bool find_mark(struct str text, size_t *out_at, struct str *out_rest)
{
    for (size_t at = 0; at < text.n; at++) {
        size_t behind = skip_span(text, at);
        if (behind > at) {
            at = behind - 1;
            continue;
        }
        size_t n = mark_at(text, at);
        if (n == 0)
            continue;
        *out_at = at;
        *out_rest = str_trim(str_from(text, at + n));
        return true;
    }
    return false;
}

/* Takes the next sentence off the front; *out has no full stop. */
static bool next_sentence(struct str *rest, struct str *out)
{
    *rest = str_trim(*rest);
    if (rest->n == 0)
        return false;
    size_t at = 0;
    for (; at < rest->n; at++) {
        size_t behind = skip_span(*rest, at);
        if (behind > at)
            at = behind - 1;
        else if ((rest->p[at] == '.' || rest->p[at] == ';') && is_end(*rest, at + 1))
            break;
    }
    *out = str_trim(str_slice(*rest, 0, at));
    *rest = str_from(*rest, at + 1);
    return true;
}

static struct str quoted(struct arena *arena, struct str words)
{
    return str_printf(arena, "\"%.*s\"", STR_ARGS(str_cut(words, SENTENCE_BYTES_MAX)));
}

/* "is needed" is a clause, "needed" is none. */
static struct str as_clause(struct arena *arena, struct str words)
{
    static const char *const bare[] = {"for",       "so",         "not",         "needed",
                                       "necessary", "required",   "applicable",  "possible",
                                       "only",      "when",       "appropriate", "unsuccessful",
                                       "otherwise", "successful", "else",        "desired"};
    struct str rest = without_end(words);
    words = rest;
    return rest.n == 0 || take_one(&rest, bare, COUNT_OF(bare)) || words.p[0] == '"'
               ? quoted(arena, words)
               : str_cut(words, SENTENCE_BYTES_MAX);
}

static struct str without_adverb(struct str text)
{
    static const char *const adverbs[] = {"then", "finally", "next", "also", "and", "but"};
    text = str_trim(text);
    if (take_one(&text, adverbs, COUNT_OF(adverbs)))
        take_byte(&text, ',');
    return text;
}

/* Does it tell somebody to do something? The reader of the language says. */
static bool is_imperative(struct arena *arena, struct str rest)
{
    struct program *program = NULL;
    struct err err = {0};
    struct program_source source = {.file = STR("condition"),
                                    .text = str_printf(arena, "1. If so, %.*s\n", STR_ARGS(rest)),
                                    .unnamed = true};
    if (rest.n == 0 || !program_read_with(arena, &source, &program, &err))
        return false;
    for (int i = 0; i < program->count; i++)
        if (program->statements[i].kind == STATEMENT_STEP &&
            program->statements[i].step.conditional)
            return true;
    return false;
}

/* "it fails", "step 3 failed", "that does not work"; "it succeeds" is the opposite. */
static void read_failed(struct condition_words *out)
{
    static const char *const earlier[] = {"it",
                                          "this",
                                          "that",
                                          "this step",
                                          "that step",
                                          "the above",
                                          "the command",
                                          "the step above",
                                          "the above step",
                                          "the step before",
                                          "the previous step"};
    static const char *const fails[] = {"fails",
                                        "failed",
                                        "has failed",
                                        "does not work",
                                        "doesn't work",
                                        "did not work",
                                        "didn't work",
                                        "does not succeed",
                                        "doesn't succeed",
                                        "did not succeed",
                                        "didn't succeed",
                                        "is not successful",
                                        "was not successful",
                                        "is unsuccessful",
                                        "was unsuccessful"};
    static const char *const works[] = {"succeeds", "succeeded",     "has succeeded",
                                        "works",    "is successful", "was successful"};
    struct str rest = out->words;
    enum condition_refers refers = REFERS_BEFORE;
    int64_t number = 0;
    for (size_t i = COUNT_OF(earlier); i-- > 0;) { /* the longest goes before */
        rest = out->words;
        if (take(&rest, earlier[i]) &&
            (is_one(rest, fails, COUNT_OF(fails)) || is_one(rest, works, COUNT_OF(works))))
            break;
        rest = STR("");
    }
    if (rest.n == 0) {
        rest = out->words;
        refers = REFERS_NUMBER;
        size_t digits = 0;
        if (!take(&rest, "step"))
            return;
        while (digits < rest.n && byte_is_digit(rest.p[digits]))
            digits++;
        if (!str_int(str_slice(rest, 0, digits), &number) || number > CONDITION_NUMBER_MAX)
            return;
        rest = str_trim(str_from(rest, digits));
    }
    bool failed = is_one(rest, fails, COUNT_OF(fails));
    if (!failed && !is_one(rest, works, COUNT_OF(works)))
        return;
    out->refers = refers;
    out->number = (int)number;
    out->negated = !failed;
}

/* "an alert is firing", "no alert fires". */
static void read_alerts(struct condition_words *out)
{
    static const char *const firing[] = {
        "an alert is firing", "an alert fires",        "any alert is firing", "any alert fires",
        "alerts are firing",  "any alerts are firing", "alerts fire",         "an alert is active"};
    static const char *const quiet[] = {"no alert is firing", "no alerts are firing",
                                        "no alert fires",     "no alerts fire",
                                        "no alert is active", "no alerts are active"};
    out->negated = is_one(out->words, quiet, COUNT_OF(quiet));
    out->alerts = out->negated || is_one(out->words, firing, COUNT_OF(firing));
}

static void read_clause(struct condition_words *out, bool of_steps)
{
    read_alerts(out);
    if (!out->alerts && of_steps)
        read_failed(out);
}

static bool take_number(struct str *text, int *out)
{
    int64_t number = 0;
    size_t digits = 0;
    while (digits < text->n && byte_is_digit(text->p[digits]))
        digits++;
    if (!str_int(str_slice(*text, 0, digits), &number) || number < 1 ||
        number > CONDITION_NUMBER_MAX)
        return false;
    *out = (int)number;
    *text = str_trim(str_from(*text, digits));
    return true;
}

/* "2-4", "2 to 4", "2": as much as is a list of neighbours. */
static bool take_range(struct str *text, struct condition_words *out)
{
    static const char *const links[] = {"to", "through"};
    if (!take_number(text, &out->first))
        return false;
    out->last = out->first;
    bool dash = text->n > 0 && text->p[0] == '-';
    bool long_dash = str_starts(*text, "\xE2\x80\x93");
    if (dash || long_dash) {
        *text = str_trim(str_from(*text, dash ? 1 : 3));
    } else if (take(text, "and")) {
        return take_number(text, &out->last) && out->last == out->first + 1;
    } else if (!take_one(text, links, COUNT_OF(links))) {
        return true;
    }
    return take_number(text, &out->last) && out->last >= out->first;
}

/* Which steps are repeated. False: the words do not surely name them. */
static bool take_repeated(struct str *text, struct condition_words *out, bool is_named)
{
    static const char *const several[] = {
        "these steps", "the steps above",    "the above steps", "all steps above",
        "the above",   "the previous steps", "all steps",       "all of the above",
        "these",       "all previous steps", "this process",    "the steps before"};
    static const char *const ones[] = {"the previous step", "the step above", "the last step",
                                       "the step before"};
    if (take(text, "steps") || take(text, "step"))
        return take_range(text, out);
    if (take_one(text, ones, COUNT_OF(ones))) {
        out->first = out->last = -1;
        return true;
    }
    return take_one(text, several, COUNT_OF(several)) || !is_named;
}

/* Where " repeat " stands within the sentence, behind "and", "then" or a comma; text.n: nowhere. */
static size_t find_repeat(struct str text)
{
    static const char *const fronts[] = {"and repeat ", "then repeat ", ", repeat "};
    for (size_t i = 0; i < COUNT_OF(fronts); i++) {
        size_t at = str_find_nocase(text, fronts[i], 0);
        if (at < text.n)
            return at + str_of(fronts[i]).n - str_of("repeat ").n;
    }
    return text.n;
}

/* "Repeat steps 2-4 until the queue is empty". Behind other words ("Scale up, then repeat …") it
 * has to name the steps, and a person says, since the first part is theirs. */
static bool read_until(struct arena *arena, struct str text, struct condition_words *out)
{
    struct condition_words made = {.form = CONDITION_UNTIL};
    bool leads = take(&text, "repeat");
    size_t at = leads ? 0 : find_repeat(text);
    if (!leads && at == text.n)
        return false;
    text = str_from(text, at);
    if (!leads && !take(&text, "repeat"))
        return false;
    if (!take_repeated(&text, &made, !leads) || !take(&text, "until"))
        return false;
    struct str words = STR("");
    if (!next_sentence(&text, &words) || str_trim(text).n > 0)
        return false;
    made.words = as_clause(arena, words);
    if (leads)
        read_clause(&made, false);
    *out = made;
    return made.words.p[0] != '"';
}

/* "Otherwise, …", "Else: …", "If not, …". */
static bool read_otherwise(struct arena *arena, const struct condition_line *line, struct str text,
                           struct condition_words *out)
{
    static const char *const leads[] = {"otherwise", "else"};
    static const char *const again[] = {"if", "unless"};
    struct str rest = text;
    size_t at = 0;
    bool plain = take_one(&rest, leads, COUNT_OF(leads));
    if (!plain && !(take(&rest, "if not") && mark_at(text, 6) > 0))
        return false;
    struct str lead =
        str_slice(text, 0, plain ? (size_t)(str_starts_nocase(text, "else") ? 4 : 9) : 6);
    bool marked = !plain || (rest.n > 0 && mark_at(rest, 0) > 0);
    if (rest.n > 0 && mark_at(rest, 0) > 0)
        rest = str_trim(str_from(rest, mark_at(rest, 0)));
    bool sure = line->acts || is_imperative(arena, rest);
    if (!sure && !marked)
        return false;
    struct str behind = rest;
    *out = (struct condition_words){.form = CONDITION_IF, .unsure = !sure};
    if (take_one(&behind, again, COUNT_OF(again))) { /* neither only the opposite nor only new */
        out->words = quoted(arena, find_mark(rest, &at, &behind) ? str_slice(rest, 0, at) : rest);
        out->words =
            quoted(arena, str_printf(arena, "%.*s, %.*s", STR_ARGS(lead),
                                     STR_ARGS(str_slice(out->words, 1, out->words.n - 1))));
        return true;
    }
    out->refers = REFERS_OTHERWISE;
    out->words = quoted(arena, lead);
    return true;
}

/* "If …, do X", "Unless …: do X", and a title "If …" with steps below it. */
static bool read_leading(struct arena *arena, const struct condition_line *line, struct str text,
                         struct condition_words *out)
{
    struct str rest;
    size_t at = 0;
    struct str body = text;
    bool unless = take(&body, "unless");
    if ((!unless && !take(&body, "if")) || body.n == 0)
        return false;
    bool marked = find_mark(body, &at, &rest);
    bool sure = marked && (line->conditional || (rest.n == 0 ? line->acts : unless) ||
                           (line->acts && is_imperative(arena, rest)));
    if (sure && unless && rest.n > 0 && !line->acts && !is_imperative(arena, rest))
        sure = false;
    if (!sure && !line->acts)
        return false;
    *out = (struct condition_words){.form = unless ? CONDITION_UNLESS : CONDITION_IF};
    if (sure || (!marked && line->command.n == 0)) {
        out->words = as_clause(arena, sure ? str_slice(body, 0, at) : body);
        if (!str_starts(out->words, "\""))
            read_clause(out, true);
        return true;
    }
    out->form = CONDITION_IF;
    out->words = quoted(arena, without_end(text));
    return true;
}

/* "Run the migrations (if the schema has changed)". */
static bool read_trailing(struct arena *arena, const struct condition_line *line,
                          struct condition_words *out)
{
    struct str text = without_end(line->text);
    size_t open = text.n;
    if (!line->conditional || text.n == 0 || text.p[text.n - 1] != ')')
        return false;
    while (open > 0 && text.p[open - 1] != '(')
        open--;
    struct str words = str_trim(str_slice(text, open, text.n - 1));
    if (open == 0 || words.n == 0)
        return false;
    bool unless = take(&words, "unless");
    bool clause = unless || take(&words, "if");
    *out =
        (struct condition_words){.form = unless ? CONDITION_UNLESS : CONDITION_IF,
                                 .words = clause ? as_clause(arena, words) : quoted(arena, words)};
    if (clause && out->words.p[0] != '"')
        read_clause(out, false);
    return true;
}

static struct str word_before(struct str text, size_t at)
{
    while (at > 0 && !is_word_byte(text.p[at - 1]))
        at--;
    size_t from = at;
    while (from > 0 && is_word_byte(text.p[from - 1]))
        from--;
    return str_slice(text, from, at);
}

/* Where a command begins by itself these ask, too: "Only in an emergency, run `x`". */
static bool is_looser(struct str text)
{
    static const char *const words[] = {
        "only",          "as long as",    "so long as",     "assuming",
        "provided that", "provided the",  "providing that", "in the event",
        "emergency",     "on failure",    "on error",       "upon failure",
        "approval",      "approves",      "approved",       "agrees",
        "agreed",        "either",        "or run",         "or execute",
        "you may",       "you might",     "you can",        "you could",
        "last resort",   "failing that",  "except",         "depending on",
        "consider",      "alternatively", "for example",    "e.g",
        "example",       "such as",       "but not",        "never",
        "not on",        "not in",        "whenever",       "when the",
        "when it",       "when there",    "once the",       "once it",
        "once all",      "once there"};
    return take_one(&text, words, COUNT_OF(words));
}

/* "Check if it is up" asks nothing; "restart it if it is down" does. */
static bool is_loose_at(struct str text, size_t at, bool begins)
{
    static const char *const words[] = {"if",
                                        "unless",
                                        "in case",
                                        "only when",
                                        "only for",
                                        "as needed",
                                        "as necessary",
                                        "as required",
                                        "when needed",
                                        "when necessary",
                                        "when required",
                                        "where needed",
                                        "where necessary",
                                        "when applicable",
                                        "where applicable",
                                        "optionally",
                                        "otherwise",
                                        "optional"};
    static const char *const leads[] = {"when",   "while", "once", "as soon as",
                                        "should", "where", "else"};
    static const char *const no[] = {"check", "see",    "verify", "confirm", "determine", "ensure",
                                     "test",  "ask",    "decide", "know",    "out",       "sure",
                                     "even",  "look",   "as",     "checks",  "checking",  "whether",
                                     "note",  "record", "since",  "remember"};
    struct str rest = str_from(text, at);
    struct str behind;
    size_t mark = 0;
    if (at > 0 && (is_word_byte(text.p[at - 1]) || text.p[at - 1] == '-'))
        return false;
    if (at == 0 && take_one(&rest, leads, COUNT_OF(leads)))
        return find_mark(rest, &mark, &behind);
    return (take_one(&rest, words, COUNT_OF(words)) || (begins && is_looser(rest))) &&
           !is_one(word_before(text, at), no, COUNT_OF(no));
}

static bool is_loose(struct str sentence, bool begins)
{
    for (size_t at = 0; at < sentence.n; at++) {
        size_t behind = sentence.p[at] == '(' ? at : skip_span(sentence, at);
        if (behind > at)
            at = behind - 1;
        else if (is_loose_at(sentence, at, begins))
            return true;
    }
    return false;
}

/* Something would begin by itself: the sentence with the command is asked as it stands. */
static bool read_loose(struct arena *arena, const struct condition_line *line,
                       struct condition_words *out)
{
    struct str rest = line->text;
    struct str sentence;
    bool holds = line->command.n > 0 &&
                 str_find(line->text, str_copy(arena, line->command).p, 0) < line->text.n;
    while (line->acts && next_sentence(&rest, &sentence)) {
        bool meant = !holds || str_find(sentence, str_copy(arena, line->command).p, 0) < sentence.n;
        if (!meant || !is_loose(sentence, line->begins))
            continue;
        *out = (struct condition_words){.form = CONDITION_IF,
                                        .words = quoted(arena, without_end(sentence))};
        return true;
    }
    return false;
}

struct condition_words condition_read(struct arena *arena, const struct condition_line *line)
{
    struct condition_words out = {.form = CONDITION_NONE};
    struct str text = without_adverb(line->text);
    if (!line->acts && read_until(arena, text, &out))
        return out;
    out = (struct condition_words){.form = CONDITION_NONE};
    if (read_otherwise(arena, line, text, &out) || read_leading(arena, line, text, &out) ||
        read_trailing(arena, line, &out) || read_loose(arena, line, &out))
        return out;
    if (line->conditional) /* the language says that it is one */
        out = (struct condition_words){.form = CONDITION_IF,
                                       .words = quoted(arena, without_end(line->text))};
    return out;
}

static bool says_time(struct str text)
{
    static const char *const units[] = {"second", "minute", "hour", "day", "week", "month", "min",
                                        "sec",    "mins",   "hrs",  "hr",  "h",    "s",     "m"};
    for (size_t at = 0; at < text.n; at++) {
        struct str rest = str_from(text, at);
        if (at > 0 && byte_is_alnum(text.p[at - 1]) && !byte_is_digit(text.p[at - 1]))
            continue;
        for (size_t i = 0; i < COUNT_OF(units); i++) {
            struct str one = rest;
            if (take(&one, units[i]) || (i < 6 && str_starts_nocase(rest, units[i])))
                return true;
        }
    }
    return false;
}

struct str condition_rest(struct str text)
{
    struct str rest;
    size_t at = 0;
    struct str body = without_adverb(text);
    bool leads = take(&body, "if") || take(&body, "unless");
    return leads && find_mark(body, &at, &rest) && rest.n > 0 ? rest : text;
}

bool condition_has_time(struct str text)
{
    struct str body = without_adverb(text);
    if (take(&body, "repeat"))
        return str_find_nocase(body, "until", 0) < body.n;
    struct str rest = condition_rest(text);
    return rest.p != text.p && !says_time(rest);
}
