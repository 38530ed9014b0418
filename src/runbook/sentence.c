/* sentence.c - every form in order, and the net: what looks like a rule and is not understood is
 * said, never passed over. */
#include "runbook/sentence.h"

#include "base/text.h"

#include <assert.h>

enum {
    NET_WORDS_MAX = 30,
    SENTENCE_BYTES_MAX = 2000,
    LABEL_BYTES_MAX = 80,
    CLAUSES_MAX = 6,
    CLAUSE_BYTES_MAX = 240,
};

void sentence_begin(struct sentence *sentence, struct arena *arena,
                    const struct sentence_place *place, struct str text)
{
    sentence->arena = arena;
    sentence->place = place;
    sentence->base = (struct statement){.text = text, .parent = -1};
    sentence->text = text_plain(arena, text_without_picture(text));
    sentence->made_count = 0;
    sentence->topics = 0;
    sentence->in_row = false;
    sentence->leftover = (struct str){"", 0};
    words_parse(sentence->text, &sentence->words);
}

struct statement *sentence_make(struct sentence *sentence, enum statement_kind kind)
{
    if (sentence->made_count == SENTENCE_STATEMENTS_MAX) {
        sentence->words.cut = true;
        sentence->made_count--;
    }
    struct statement *made = &sentence->made[sentence->made_count++];
    *made = sentence->base;
    made->kind = kind;
    return made;
}

enum reading sentence_try(struct sentence *sentence,
                          enum reading (*const *forms)(struct sentence *), size_t count)
{
    for (size_t k = 0; k < count; k++) {
        words_forget(&sentence->words);
        enum reading reading = forms[k](sentence);
        if (reading != READ_NO)
            return reading;
        sentence->made_count = 0;
    }
    words_forget(&sentence->words);
    return READ_NO;
}

/* In a build with a sanitizer nothing is passed over: whoever takes a word from a table of topics
 * by mistake hears of it there. */
static bool is_passed_over(struct sentence *sentence, const struct form *form)
{
#ifdef REEVE_EMULATE_ARENA
    if ((sentence->topics & form->needs) != form->needs) {
        words_forget(&sentence->words);
        bool read = form->read(sentence) != READ_NO;
        assert(!read);
        sentence->made_count = 0;
    }
#endif
    return (sentence->topics & form->needs) != form->needs;
}

unsigned sentence_topics(struct sentence *sentence)
{
    if (!sentence->topics)
        sentence->topics = vocabulary_topics(&sentence->words);
    return sentence->topics;
}

enum reading sentence_try_about(struct sentence *sentence, const struct form *forms, size_t count)
{
    (void)sentence_topics(sentence);
    for (size_t k = 0; k < count; k++) {
        if (is_passed_over(sentence, &forms[k]))
            continue;
        words_forget(&sentence->words);
        enum reading reading = forms[k].read(sentence);
        if (reading != READ_NO)
            return reading;
        sentence->made_count = 0;
    }
    words_forget(&sentence->words);
    return READ_NO;
}

enum reading sentence_end(struct sentence *sentence, int i)
{
    const struct words *words = &sentence->words;
    int at = i;
    while (words_is(words, at, WD_M_POINT) || words_is(words, at, WD_M_COMMA) ||
           words_is(words, at, WD_M_BANG))
        at++;
    return at < words->count || words->cut || words_leftover(words).n ? READ_HALF : READ_YES;
}

/* In a bracket, what only comments: "(negotiable)", "(subject to hotfixes)". */
static void read_soft(struct words *words, int i)
{
    bool soft = false;
    int close = i;
    for (; close < words->count && !words_is(words, close, WD_M_CLOSE); close++)
        soft |= words_is_a(words, close, LEX_SOFT);
    for (int k = i; soft && k < close; k++)
        if (words_is_a(words, k, LEX_RESIDUE) && !words_is(words, k, WD_UNLESS) &&
            !words_is(words, k, WD_EXCEPT))
            words_read(words, k, k + 1);
}

/* The words behind the mark, without brackets around all of them. */
static struct str remark_of(const struct words *words, int mark)
{
    int last = words->count - 1;
    if (words_is(words, mark, WD_M_OPEN) && words_is(words, last, WD_M_CLOSE))
        return words_span(words, mark + 1, last);
    return words_span(words, mark + !words_is(words, mark, WD_M_OPEN), words->count);
}

enum reading sentence_end_remark(struct sentence *sentence, int i)
{
    struct words *words = &sentence->words;
    bool remark = words_is(words, i, WD_M_OPEN) || words_is(words, i, WD_M_COMMA) ||
                  words_is(words, i, WD_M_SEMICOLON) || words_is(words, i, WD_M_EM_DASH) ||
                  words_is(words, i, WD_M_EN_DASH) || words_is(words, i, WD_M_HYPHEN);
    if (words_is(words, i, WD_M_OPEN))
        read_soft(words, i);
    if (!remark || words_leftover(words).n)
        return sentence_end(sentence, i);
    if (words_limit(words, i, words->count) >= 0)
        return READ_HALF;
    words_read(words, i, words->count);
    struct str said = remark_of(words, i);
    for (int k = 0; k < sentence->made_count; k++)
        sentence->made[k].remark = said;
    return words->cut ? READ_HALF : READ_YES;
}

/* Rules that stand in a procedure are read only where they say so in full ("If unresolved in 30
 * minutes, page …"): a numbered "Error rate > 5%" is a thing to look at, not an alert. */
static bool is_procedure(const struct sentence_place *place)
{
    return place->ordered || place->box;
}

/* A share below a heading of alerts or targets, or a span of the clock: also a rule's. */
static bool has_rule_number(const struct sentence *sentence)
{
    const struct words *words = &sentence->words;
    bool limits = sentence->place->sections & (SECTION_ALERT | SECTION_OBJECTIVE);
    bool number = words->has & WORDS_NUMBER;
    for (int i = 0; number && i < words->count; i++) {
        if (!words_is_number(words, i))
            continue;
        if (limits && words_is(words, i + 1, WD_M_PERCENT_MARK))
            return true;
        int at = i + 1;
        bool clock = words_is(words, at, WD_M_COLON) && words_is_number(words, at + 1) &&
                     words->at[at + 1].text.n == 2;
        for (int k = 0; clock && k < words->count; k++)
            if (words_is_a(words, k, LEX_WEEKDAY))
                return true;
        if (words_is(words, at, WD_M_COLON) && words_is_number(words, at + 1))
            at += 2;
        bool half = words_is(words, at, WD_AM) || words_is(words, at, WD_PM);
        at += half;
        if ((at > i + 1) && words_is_a(words, at, LEX_DASH) && words_is_number(words, at + 1))
            return true;
    }
    return false;
}

bool sentence_is_comparing(const struct words *words, int i)
{
    switch (words_at(words, i)) {
    case WD_M_MORE:
    case WD_M_LESS:
    case WD_M_MORE_EQUAL:
    case WD_M_LESS_EQUAL:
    case WD_M_AT_LEAST_MARK:
    case WD_M_AT_MOST_MARK:
    case WD_M_EQUAL_MARK:
    case WD_ABOVE:
    case WD_BELOW:
    case WD_EXCEEDS: return true;
    default: return false;
    }
}

/* In a list below a heading of alerts, a limit whose number has another form than ours: "< -5",
 * "> .5", "> 1e3", "> +10", "> ten", "between 5 and 10". */
static bool has_strange_limit(const struct sentence *sentence)
{
    const struct words *words = &sentence->words;
    if (!(sentence->place->sections & SECTION_ALERT) || !sentence->place->in_list)
        return false;
    for (int i = 1; i < words->count; i++) {
        if (words_is(words, i, WD_BETWEEN) && words_is_number(words, i + 1) &&
            words_is(words, i + 2, WD_AND) && words_is_number(words, i + 3))
            return true;
        if (!sentence_is_comparing(words, i))
            continue;
        int at = i + 1;
        while (at < i + 3 && words_has(words, at) && words->at[at].type == WORD_MARK &&
               (words_is_a(words, at, LEX_DASH) || words_is(words, at, WD_M_POINT) ||
                str_is(words->at[at].text, "+")))
            at++;
        if (words_has(words, at) &&
            (byte_is_digit(words->at[at].text.p[0]) || words_is_amount(words, at)))
            return true;
    }
    return false;
}

/* "Response time: half an hour", "Escalation: CTO" below a severity: a duty, whatever it says. */
static bool is_duty_label(const struct sentence *sentence)
{
    const struct words *words = &sentence->words;
    int colon = words_is(words, 1, WD_M_COLON) ? 1 : words_is(words, 2, WD_M_COLON) ? 2 : 0;
    if (!colon || sentence->place->level.n == 0 || !sentence->place->in_list)
        return false;
    switch (words_at(words, 0)) {
    case WD_RESPONSE:
    case WD_RESOLUTION: return colon == 1 || words_is(words, 1, WD_TIME);
    case WD_ESCALATION:
    case WD_UPDATES: return colon == 1;
    default: return false;
    }
}

static bool is_caught_by_net(const struct sentence *sentence)
{
    const struct words *words = &sentence->words;
    if (is_duty_label(sentence))
        return true;
    if (words->cut || (sentence->place->path_sections & SECTION_PROSE) ||
        (!words_look_like_rule(words) && !has_rule_number(sentence) &&
         !has_strange_limit(sentence)) ||
        vocabulary_fact(words))
        return false;
    if (words->count <= NET_WORDS_MAX)
        return true;
    for (int i = 0; i < words->count; i++)
        if (words_is_a(words, i, LEX_NORM))
            return true;
    return false;
}

static bool is_label(struct str text)
{
    return text.n > 1 && text.n < LABEL_BYTES_MAX && text.p[text.n - 1] == ':' &&
           str_find_byte(text, ':', 0) == text.n - 1;
}

#define TIME_WORDS  (LEX_TIME | LEX_FREQUENCY | LEX_WEEKDAY | LEX_WHEN)
#define LEVEL_WORDS (WORDS_LEVEL | LEX_SEVERITY_WORD)
#define RULE_WORDS  (WORDS_NUMBER | LEVEL_WORDS | TIME_WORDS | LEX_STATE | LEX_STATE_FIRST)

static enum reading read_rule(struct sentence *sentence)
{
    /* No form of a kind can do without one of these words: where all are missing it is not tried.
     * A new form that can, needs its own words here. */
    static const struct {
        enum reading (*read)(struct sentence *);
        uint64_t needs;
    } rules[] = {{sentence_response, WORDS_NUMBER | LEVEL_WORDS | TIME_WORDS},
                 {sentence_severity, WORDS_NUMBER | LEVEL_WORDS},
                 {sentence_objective, WORDS_NUMBER | TIME_WORDS},
                 {sentence_alert, WORDS_NUMBER | LEX_STATE | LEX_STATE_FIRST},
                 {sentence_schedule, WORDS_NUMBER | TIME_WORDS}};
    const struct sentence_place *place = sentence->place;
    size_t all = sizeof rules / sizeof rules[0];
    /* A numbered list of severities, alerts or targets is one all the same; what is not read whole
     * there is a step. */
    bool listed = !place->box &&
                  ((place->sections & (SECTION_ALERT | SECTION_OBJECTIVE)) ||
                   (place->path_sections & SECTION_SEVERITY)) &&
                  !words_is_a(&sentence->words, 0, LEX_VERB);
    size_t count = !is_procedure(place) ? all : listed ? all - 1 : 1;
    enum reading reading = READ_NO;
    for (size_t i = 0; i < count && reading == READ_NO; i++)
        if (rules[i].needs & sentence->words.has)
            reading = sentence_try(sentence, &rules[i].read, 1);
    return reading;
}

/* What can end a clause, or begin what none ends in. */
static const bool clause_marks[256] = {
    ['`'] = true, ['('] = true, [')'] = true, ['.'] = true, [';'] = true};

/* Bytes of the first clause of text: up to a semicolon or a full stop between two sentences. */
static size_t clause_bytes(struct str text)
{
    int depth = 0;
    bool code = false;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (!clause_marks[(unsigned char)c])
            continue;
        if (c == '`')
            code = !code;
        if (code)
            continue;
        depth += (c == '(') - (c == ')');
        bool stop = c == '.' && i + 2 < text.n && text.p[i + 1] == ' ' && i > 2 &&
                    (byte_is_alpha(text.p[i - 1]) || text.p[i - 1] == ')') &&
                    text.p[i - 2] != '.' && text.p[i + 2] >= 'A' && text.p[i + 2] <= 'Z';
        if (depth <= 0 && (stop || (c == ';' && i + 1 < text.n)))
            return i;
    }
    return text.n;
}

/* Holds the clause of the sentence a word that a rule cannot do without? */
static bool may_be_rule(const struct sentence *sentence, struct str clause)
{
    const struct words *words = &sentence->words;
    if (!(words->has & RULE_WORDS))
        return words->cut;
    for (int i = 0; i < words->count; i++) {
        const struct word *word = &words->at[i];
        if (word->text.p < clause.p || word->text.p >= clause.p + clause.n)
            continue;
        if (word->type == WORD_NUMBER || word->level != LEVEL_NONE || word->classes & RULE_WORDS)
            return true;
    }
    return words->cut;
}

/* One clause by itself; what it states is added to the sentence. READ_HALF also for a clause of no
 * known form that looks like a rule. */
static enum reading read_clause(struct sentence *sentence, struct str text)
{
    struct sentence WORDS_UNSET clause;
    sentence_begin(&clause, sentence->arena, sentence->place, text);
    clause.base = sentence->base;
    enum reading reading = read_rule(&clause);
    if (reading == READ_NO) {
        words_forget(&clause.words);
        bool number =
            false; /* "auth failures spike 3x baseline" beside conditions that were read */
        for (int i = 0; i < clause.words.count; i++)
            number |= words_is_number(&clause.words, i) || clause.words.at[i].level != LEVEL_NONE;
        return number && !is_procedure(sentence->place) ? READ_HALF : READ_NO;
    }
    if (reading == READ_HALF)
        return is_procedure(sentence->place) ? READ_NO : READ_HALF;
    for (int i = 0; i < clause.made_count; i++)
        *sentence_make(sentence, clause.made[i].kind) = clause.made[i];
    return READ_YES;
}

/* The words of the sentence that the clause holds, all of which are its own: a clause ends where a
 * word does. */
static void clause_words(const struct words *words, struct str clause, int *out_from, int *out_to)
{
    int from = 0;
    while (from < words->count && words->at[from].text.p < clause.p)
        from++;
    int to = from;
    while (to < words->count && words->at[to].text.p < clause.p + clause.n)
        to++;
    *out_from = from;
    *out_to = to;
}

static bool clause_limits(const struct sentence *sentence, struct str text)
{
    struct words WORDS_UNSET words;
    int from = 0;
    int to = 0;
    if (sentence->words.cut) {
        words_parse(text, &words);
        return words_narrow(&words, 0, words.count);
    }
    clause_words(&sentence->words, text, &from, &to);
    return words_narrow(&sentence->words, from, to);
}

/* "Acknowledge pages promptly. If you do not within 10 minutes, the secondary is paged.": each
 * clause a sentence of its own. READ_YES when one states a rule and all others state nothing. */
static enum reading read_clauses(struct sentence *sentence)
{
    struct str rest = sentence->text;
    enum reading whole = READ_NO;
    int from = sentence->made_count;
    bool limited = false;
    struct str unread = {"", 0};
    /* "Page (P1): …; …": what stands in front is meant of every part. */
    bool prefixed = words_is_a(&sentence->words, 0, LEX_TRIGGER) ||
                    (sentence->words.count && sentence->words.at[0].level != LEVEL_NONE);
    if ((prefixed && !is_procedure(sentence->place)) ||
        (!sentence->place->in_list && rest.n > CLAUSE_BYTES_MAX))
        return READ_NO;
    if (!may_be_rule(sentence, rest) ||
        (str_find_byte(rest, ';', 0) == rest.n && str_find(rest, ". ", 0) == rest.n) ||
        clause_bytes(rest) == rest.n)
        return READ_NO;
    for (int count = 0; rest.n > 0; count++) {
        size_t n = clause_bytes(rest);
        struct str clause = str_trim(str_slice(rest, 0, n));
        enum reading reading = count == CLAUSES_MAX            ? READ_HALF
                               : may_be_rule(sentence, clause) ? read_clause(sentence, clause)
                                                               : READ_NO;
        if (reading == READ_HALF) {
            sentence->made_count = from;
            return READ_HALF;
        }
        if (reading == READ_YES)
            whole = READ_YES;
        else if (clause_limits(sentence, clause))
            limited = true;
        else if (unread.n == 0)
            unread = clause;
        rest = str_trim(str_from(rest, n < rest.n ? n + 1 : n));
    }
    if (whole == READ_YES && limited && !is_procedure(sentence->place)) {
        sentence->made_count = from; /* "… within 15 minutes. Weekdays only." */
        return READ_HALF;
    }
    for (int i = from; i < sentence->made_count && !is_procedure(sentence->place); i++)
        if (sentence->made[i].remark.n == 0)
            sentence->made[i].remark = unread;
    return whole;
}

static void make_unclear(struct sentence *sentence)
{
    sentence->leftover = words_leftover(&sentence->words);
    for (int i = 0; sentence->leftover.n == 0 && i < sentence->words.count; i++)
        if (!words_is_read(&sentence->words, i) && sentence->words.at[i].type != WORD_MARK)
            sentence->leftover = words_span(&sentence->words, i, sentence->words.count);
    if (sentence->leftover.n == 0)
        sentence->leftover = sentence->text;
    sentence->made_count = 0;
    (void)sentence_make(sentence, STATEMENT_UNCLEAR);
}

/* What was read becomes unclear when the sentence itself speaks against it. */
static bool refuse_doubt(struct sentence *sentence)
{
    struct str said;
    if (!sentence_doubt(sentence, &said))
        return false;
    make_unclear(sentence);
    sentence->leftover = said;
    return true;
}

void sentence_net(struct sentence *sentence)
{
    words_forget(&sentence->words);
    if (is_caught_by_net(sentence))
        make_unclear(sentence);
    else
        (void)sentence_make(sentence, STATEMENT_GUIDANCE);
}

void sentence_classify(struct sentence *sentence)
{
    const struct sentence_place *place = sentence->place;
    bool note_to_authors =
        words_is(&sentence->words, 0, WD_TODO) || words_is(&sentence->words, 0, WD_FIXME);
    if (sentence->text.n > SENTENCE_BYTES_MAX || note_to_authors) {
        (void)sentence_make(sentence, STATEMENT_GUIDANCE);
        return;
    }
    if (sentence_is_past(&sentence->words) || (place->path_sections & SECTION_PAST)) {
        bool step = is_procedure(place) && sentence_step(sentence) == READ_YES;
        if (!step)
            (void)sentence_make(sentence, STATEMENT_GUIDANCE);
        return;
    }
    enum reading reading = read_rule(sentence);
    if (reading == READ_YES && refuse_doubt(sentence))
        return;
    if (reading == READ_YES)
        return;
    sentence->made_count = 0;
    if (!is_procedure(place)) {
        if (read_clauses(sentence) == READ_YES) {
            (void)refuse_doubt(sentence);
            return;
        }
        sentence->made_count = 0;
        if (reading == READ_HALF) {
            make_unclear(sentence);
            return;
        }
    }
    words_forget(&sentence->words);
    bool named = place->in_list && !is_procedure(place) &&
                 str_find_byte(sentence->text, ':', 0) < sentence->text.n;
    if (named && sentence_contact(sentence) == READ_YES)
        return;
    bool told = place->in_list &&
                (words_is_a(&sentence->words, 0, LEX_VERB) || words_is(&sentence->words, 0, WD_IF));
    if (is_label(sentence->text) && !is_procedure(place) && !told) {
        (void)sentence_make(sentence, STATEMENT_STRUCTURE);
        return;
    }
    if (sentence_step(sentence) == READ_YES) {
        if (is_procedure(place))
            (void)read_clauses(sentence); /* duties told beside what is to be done */
        return;
    }
    sentence_net(sentence);
    struct statement *made = &sentence->made[0];
    if (made->kind == STATEMENT_GUIDANCE && place->in_list && !(place->sections & SECTION_PROSE) &&
        vocabulary_find(place->vocabulary, VOCABULARY_ACTION, place->heading, sentence->text).n) {
        made->kind = STATEMENT_STEP; /* a verb that only the vocabulary knows */
        made->step = (struct step_statement){.nested_title = place->has_children};
        return;
    }
    if (made->kind == STATEMENT_GUIDANCE && place->in_list &&
        (place->path_sections & SECTION_PRACTICE) &&
        vocabulary_practice(place->vocabulary, place->heading, sentence->text).n) {
        made->kind = STATEMENT_PRACTICE;
        made->practice.area = place->heading;
    }
}

bool sentence_is_understood(struct arena *arena, const struct sentence_place *place,
                            struct str said)
{
    struct sentence_place list = *place;
    struct sentence WORDS_UNSET read;
    list.in_list = true;
    list.ordered = list.box = false;
    sentence_begin(&read, arena, &list, said);
    return read_rule(&read) == READ_YES;
}
