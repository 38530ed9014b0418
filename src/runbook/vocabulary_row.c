/* vocabulary_row.c - phrases and what they stand for: the rows of vocabulary.def, and a company's.
 */
#include "runbook/vocabulary.h" /* quantiles */

#include "runbook/front.h"

#include "runbook/vocabulary_rows.h"

enum { NEAR_EDITS_MAX = 2, KIND_STEP = 131, METRIC_BYTES_MAX = 128 };

#define SAME(word, other)
#define PASSED(word)
#define TURNS(word)
#define JOINS(word)
#define LENGTH(word)
#define TEXT(literal)                                                                              \
    {                                                                                              \
        literal, sizeof(literal) - 1                                                               \
    }
#define PHRASE(kind, phrase, target) {VOCABULARY_##kind, TEXT(""), TEXT(phrase), TEXT(target)},
#define PHRASE_UNDER(kind, under, phrase, target)                                                  \
    {VOCABULARY_##kind, TEXT(under), TEXT(phrase), TEXT(target)},
#define SIGNAL(name, dimension) {VOCABULARY_SIGNAL, TEXT(""), TEXT(name), TEXT(name)},
static const struct vocabulary_row rows[] = {
#include "runbook/vocabulary.def"
};
#undef PHRASE
#undef PHRASE_UNDER
#undef SIGNAL
#undef TEXT
enum { ROWS = sizeof rows / sizeof rows[0] };

#define PHRASE(kind, phrase, target)
#define PHRASE_UNDER(kind, under, phrase, target)
#define SIGNAL(name, dimension) {name, dimension},
static const struct {
    const char *signal;
    enum dimension dimension;
} dimensions[] = {
#include "runbook/vocabulary.def"
};
#undef PHRASE
#undef PHRASE_UNDER
#undef SIGNAL

struct vocabulary_own {
    enum vocabulary_kind kind;
    unsigned short next; /* the row before it with the same head, from 1; 0: none */
    int count;
    uint64_t words[PHRASE_ROW_WORDS_MAX];
    struct str target;
};

/* The best so far: the row with the most words, one below its heading before one without. */
struct best {
    struct str target;
    int worth;
};

size_t vocabulary_row_count(void)
{
    return ROWS;
}

struct vocabulary_row vocabulary_row(size_t i)
{
    return rows[i];
}

void vocabulary_init(struct vocabulary *vocabulary, struct arena *arena)
{
    memset(vocabulary, 0, sizeof *vocabulary);
    vocabulary->arena = arena;
}

static const struct vocabulary_own *find_own(const struct vocabulary *vocabulary,
                                             enum vocabulary_kind kind, struct phrase_part part)
{
    if (!vocabulary || part.from >= part.to)
        return NULL;
    unsigned at = vocabulary->heads[part.said->words[part.from] % VOCABULARY_HEADS];
    const struct vocabulary_own *best = NULL;
    for (; at; at = vocabulary->rows[at - 1].next) {
        const struct vocabulary_own *own = &vocabulary->rows[at - 1];
        struct phrase_row row = {own->words, own->count};
        bool fits =
            own->kind == kind || (kind == VOCABULARY_CHECK && own->kind == VOCABULARY_PRACTICE);
        if (fits && (!best || own->count > best->count) && phrase_match(row, part) >= 0)
            best = own;
    }
    return best;
}

enum vocabulary_answer vocabulary_add(struct vocabulary *vocabulary, enum vocabulary_kind kind,
                                      struct str phrase, struct str target)
{
    struct phrase said;
    phrase_parse(phrase, true, &said);
    struct phrase_part whole = {&said, 0, said.count, true};
    if (said.count == 0)
        return VOCABULARY_EMPTY;
    if (said.cut || said.count > PHRASE_ROW_WORDS_MAX)
        return VOCABULARY_LONG;
    if (find_own(vocabulary, kind, whole))
        return VOCABULARY_TWICE;
    if (vocabulary->count == VOCABULARY_ROWS_MAX)
        return VOCABULARY_FULL;
    unsigned short *head = &vocabulary->heads[said.words[0] % VOCABULARY_HEADS];
    struct vocabulary_own own = {
        .kind = kind, .next = *head, .count = said.count, .target = target};
    memcpy(own.words, said.words, (size_t)said.count * sizeof own.words[0]);
    LIST_PUSH(vocabulary->arena, vocabulary->rows, vocabulary->count, vocabulary->capacity) = own;
    *head = (unsigned short)vocabulary->count;
    return VOCABULARY_TAKEN;
}

static bool has_word(struct str heading, uint64_t word)
{
    struct phrase said;
    phrase_parse(heading, true, &said);
    for (int i = 0; i < said.count; i++)
        if (said.words[i] == word)
            return true;
    return false;
}

static int worth_of(struct phrase_row row, bool under)
{
    int worth = under;
    for (int i = 0; i < row.count; i++)
        worth += row.words[i] == PHRASE_MANY ? 0 : 2;
    return worth;
}

/* The first of the rows, from 1, that begin with the first word and this second one; 0 as a word:
 * with no certain second word. */
static unsigned first_row(enum vocabulary_kind kind, uint64_t first, uint64_t second)
{
    return row_slots[(first + second * 3 + (uint64_t)kind * KIND_STEP) % ROW_SLOTS];
}

bool vocabulary_may_begin(const struct vocabulary *vocabulary, enum vocabulary_kind kind,
                          bool remarks, struct str text)
{
    struct phrase front;
    phrase_parse_front(text, remarks, 2, &front);
    if (front.count == 0)
        return false;
    return (vocabulary && vocabulary->heads[front.words[0] % VOCABULARY_HEADS]) ||
           first_row(kind, front.words[0], 0) ||
           (front.count > 1 && first_row(kind, front.words[0], front.words[1]));
}

/* The best of the rows that begin so. */
static void look_behind(enum vocabulary_kind kind, uint64_t second, struct str heading,
                        struct phrase_part part, struct best *best)
{
    unsigned at = first_row(kind, part.said->words[part.from], second);
    for (; at; at = row_next[at - 1]) {
        unsigned i = at - 1;
        struct phrase_row row = {row_words + row_starts[i], row_starts[i + 1] - row_starts[i]};
        if (rows[i].kind != kind || phrase_match(row, part) < 0 ||
            (row_under[i] && !has_word(heading, row_under[i])))
            continue;
        int worth = worth_of(row, row_under[i] != 0);
        if (worth > best->worth)
            *best = (struct best){rows[i].target, worth};
    }
}

static void look_up(enum vocabulary_kind kind, struct str heading, struct phrase_part part,
                    struct best *best)
{
    if (part.from >= part.to)
        return;
    look_behind(kind, 0, heading, part, best);
    if (part.from + 1 < part.to)
        look_behind(kind, part.said->words[part.from + 1], heading, part, best);
}

struct str vocabulary_find_part(const struct vocabulary *vocabulary, enum vocabulary_kind kind,
                                struct str heading, struct phrase_part part)
{
    struct best best = {.target = {"", 0}};
    const struct vocabulary_own *own = find_own(vocabulary, kind, part);
    if (own)
        return own->target;
    look_up(kind, heading, part, &best);
    return best.target;
}

struct str vocabulary_find(const struct vocabulary *vocabulary, enum vocabulary_kind kind,
                           struct str heading, struct str text)
{
    struct phrase said;
    if (!vocabulary_may_begin(vocabulary, kind, true, text))
        return (struct str){"", 0};
    phrase_parse(text, true, &said);
    if (said.cut)
        return (struct str){"", 0};
    return vocabulary_find_part(vocabulary, kind, heading,
                                (struct phrase_part){&said, 0, said.count, true});
}

struct str vocabulary_practice(const struct vocabulary *vocabulary, struct str heading,
                               struct str text)
{
    struct phrase said;
    struct best best = {.target = {"", 0}};
    const struct vocabulary_own *own = NULL;
    phrase_parse(text, true, &said);
    for (int from = 0; from < said.count && !own; from++)
        own = find_own(vocabulary, VOCABULARY_PRACTICE,
                       (struct phrase_part){&said, from, said.count, false});
    for (int from = 0; from < said.count && !own; from++)
        look_up(VOCABULARY_PRACTICE, heading, (struct phrase_part){&said, from, said.count, false},
                &best);
    return own ? own->target : best.target;
}

struct str vocabulary_signal(const struct vocabulary *vocabulary, struct str metric)
{
    char plain[METRIC_BYTES_MAX];
    size_t n = 0;
    struct str rest = metric;
    struct str word;
    struct str none = {"", 0};
    struct str own =
        vocabulary ? vocabulary_find(vocabulary, VOCABULARY_SIGNAL, none, metric) : none;
    if (own.n)
        return own; /* a company may name "cart p95" */
    while (str_split(&rest, ' ', &word)) {
        bool closed = word.n > 2 && word.p[0] == '(' && word.p[word.n - 1] == ')';
        if (vocabulary_quantile(closed ? str_slice(word, 1, word.n - 1) : word) > 0)
            continue;
        if (n + word.n + 1 >= sizeof plain)
            return none;
        memcpy(plain + n, word.p, word.n);
        n += word.n;
        plain[n++] = ' ';
    }
    return vocabulary_find(vocabulary, VOCABULARY_SIGNAL, none, (struct str){plain, n});
}

enum dimension vocabulary_dimension(struct str signal)
{
    for (size_t i = 0; signal.n && i < sizeof dimensions / sizeof dimensions[0]; i++)
        if (str_is(signal, dimensions[i].signal))
            return dimensions[i].dimension;
    return DIMENSION_ANY;
}

/* A practice and a box want the same checks. */
static bool is_of(enum vocabulary_kind row, enum vocabulary_kind kind)
{
    return row == kind || (row == VOCABULARY_CHECK && kind == VOCABULARY_PRACTICE);
}

struct str vocabulary_target(enum vocabulary_kind kind, struct str name)
{
    for (size_t i = 0; i < ROWS; i++)
        if (rows[i].target.n == name.n && is_of(rows[i].kind, kind) &&
            str_equal_nocase(name, rows[i].target))
            return rows[i].target;
    return (struct str){"", 0};
}

/* The letters of the text, as bits: each slip changes two of them at most. */
static uint32_t letters_of(struct str text)
{
    uint32_t bits = 0;
    for (size_t i = 0; i < text.n; i++)
        bits |= FRONT_BIT(text.p[i]);
    return bits;
}

static void take_nearer(struct str typed, struct str name, size_t *least, struct str *nearest)
{
    size_t longer = typed.n > name.n ? typed.n - name.n : name.n - typed.n;
    if (longer >= *least)
        return; /* each letter more is a slip */
    uint32_t other = letters_of(typed) ^ letters_of(name);
    for (int bits = 0; bits < 2 * NEAR_EDITS_MAX; bits++)
        other &= other - 1; /* one bit fewer; nought stays nought */
    if (other)
        return;
    size_t edits = str_distance(typed, name, NEAR_EDITS_MAX);
    if (edits < *least && edits * 2 < name.n) {
        *least = edits;
        *nearest = name;
    }
}

struct str vocabulary_near_target(enum vocabulary_kind kind, struct str name)
{
    struct str nearest = {"", 0};
    size_t least = NEAR_EDITS_MAX + 1;
    for (size_t i = 0; i < ROWS; i++)
        if (is_of(rows[i].kind, kind))
            take_nearer(name, rows[i].target, &least, &nearest);
    return nearest;
}

struct str vocabulary_near_phrase(enum vocabulary_kind kind, struct str text)
{
    struct str nearest = {"", 0};
    size_t least = NEAR_EDITS_MAX + 1;
    for (size_t i = 0; i < ROWS; i++)
        if (rows[i].kind == kind)
            take_nearer(text, rows[i].phrase, &least, &nearest);
    return nearest;
}
