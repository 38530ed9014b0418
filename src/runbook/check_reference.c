/* check_reference.c - which procedure runs which: those that run each other without an end, and
 * references that more than one heading answers to.
 *
 * A step refers to a heading by a link to it, or by "run", "follow", "see" and the like before its
 * name. Headings are compared by their letters and digits alone. */
#include "runbook/check.h"

#include "base/text.h"
#include "runbook/front.h"

enum {
    KEY_BYTES_MAX = 200,
    SPAN_WORDS_MAX = 8,
    SKIPPED_WORDS_MAX = 3,
    CHAIN_BYTES_MAX = 1000,
    REFERENCES_MAX = 8 /* of one line */
};

/* A heading with what its steps refer to. */
struct procedure {
    int statement;
    int twin;       /* another heading of the same name, or -1 */
    int first_edge; /* into edges, or -1 */
    int seen;       /* 0 not yet, 1 on the way, 2 done */
    int came_by;    /* the edge by which the walk came here */
    int came_from;  /* the procedure before it on the way, or -1 */
};

struct edge {
    int to, next;
    int by;         /* the statement that refers; -1: the section holds the other one */
    bool only_seen; /* "see": nothing says that it is run */
};

struct references {
    struct builder *builder;
    struct map names;   /* key → procedure + 1, once one may be meant */
    bool named;         /* the names are there */
    uint64_t begins;    /* how they begin, as bits */
    bool short_name;    /* one has a single byte */
    struct map anchors; /* anchor → procedure + 1 */
    struct procedure *procedures;
    int count;
    struct edge *edges;
    size_t edge_count, edge_capacity;
    int *procedure_of; /* by statement: of headings, else -1 */
    bool anchored;     /* the anchors are there: most documents have no link to a heading */
};

/* Letters and digits in small letters, one blank between words; numbers in front are left out. What
 * a longer text adds stands behind what its beginning gave. */
struct key {
    char bytes[KEY_BYTES_MAX];
    size_t n;
    bool full, gap, letter;
};

static void key_byte(struct key *key, char c)
{
    if (key->n == KEY_BYTES_MAX)
        key->full = true;
    if (!key->full)
        key->bytes[key->n++] = c;
}

static void key_take(struct key *key, struct str text)
{
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        bool word = byte_is_alnum(c) || (c & 0x80);
        key->letter |= byte_is_alpha(c);
        key->gap |= !word;
        if (!word || (!key->letter && byte_is_digit(c)))
            continue;
        if (key->gap && key->n)
            key_byte(key, ' ');
        key->gap = false;
        key_byte(key, byte_lower(c));
    }
}

static struct str key_str(const struct key *key, size_t n)
{
    return (struct str){key->bytes, n};
}

/* As the usual Markdown sites make it: "#rollback-procedure". */
static struct str anchor_of(struct arena *arena, struct str text)
{
    struct text anchor;
    text_init(&anchor, arena, KEY_BYTES_MAX);
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (c == ' ')
            text_byte(&anchor, '-');
        else if (byte_is_alnum(c) || c == '-' || c == '_' || (c & 0x80))
            text_byte(&anchor, byte_lower(c));
    }
    return text_str(&anchor);
}

static bool is_any(struct str word, const char *const *list)
{
    for (int i = 0; word.n > 1 && list[i]; i++) /* by two letters, as all have */
        if (byte_lower(word.p[0]) == list[i][0] && byte_lower(word.p[1]) == list[i][1] &&
            str_is_nocase(word, list[i]))
            return true;
    return false;
}

static const char *const kinds[] = {"procedure", "procedures", "runbook", "section", "playbook",
                                    "steps",     "checklist",  "process", NULL};

static int found(const struct map *map, struct str key)
{
    return key.n ? (int)(uintptr_t)map_find(map, key) - 1 : -1;
}

static void remember(struct references *r, struct map *map, struct str key, int procedure)
{
    int before = found(map, key);
    if (key.n == 0)
        return;
    if (before < 0) {
        (void)!map_put(map, key, (void *)(uintptr_t)(procedure + 1));
        return;
    }
    /* Two are enough to say that the name is not clear. */
    if (map == &r->names && before != procedure && r->procedures[before].twin < 0)
        r->procedures[before].twin = procedure;
}

static void add_edge(struct references *r, int from, struct edge edge)
{
    edge.next = r->procedures[from].first_edge;
    r->procedures[from].first_edge = (int)r->edge_count;
    LIST_PUSH(r->builder->arena, r->edges, r->edge_count, r->edge_capacity) = edge;
}

static int heading_above(const struct references *r, int statement)
{
    const struct program *program = r->builder->program;
    int at = program->statements[statement].parent;
    while (at >= 0 && !program->statements[at].heading_level)
        at = program->statements[at].parent;
    return at >= 0 ? r->procedure_of[at] : -1;
}

/* The first two bytes of a name as a bit: most words begin no heading. */
static uint64_t begin_of(const struct key *key)
{
    return (uint64_t)1 << (((unsigned char)key->bytes[0] * 7 + (unsigned char)key->bytes[1]) & 63);
}

/* Takes as much of a heading as tells how its name begins. */
static void look_at_begin(struct references *r, struct str text)
{
    struct key key;
    key.n = 0;
    key.full = key.gap = key.letter = false;
    for (size_t i = 0; i < text.n && key.n < 2; i++)
        key_take(&key, str_slice(text, i, i + 1));
    r->short_name |= key.n == 1;
    r->begins |= key.n > 1 ? begin_of(&key) : 0;
}

static void find_headings(struct references *r)
{
    const struct program *program = r->builder->program;
    for (int i = 0; i < program->count; i++) {
        r->procedure_of[i] = -1;
        if (!program->statements[i].heading_level)
            continue;
        int index = r->count++;
        r->procedure_of[i] = index;
        r->procedures[index] = (struct procedure){
            .statement = i, .twin = -1, .first_edge = -1, .came_by = -1, .came_from = -1};
        look_at_begin(r, program->statements[i].text);
        int above = heading_above(r, i);
        if (above >= 0)
            add_edge(r, above, (struct edge){.to = index, .by = -1});
    }
}

static int procedure_at(struct references *r, struct str anchor)
{
    const struct statement *statements = r->builder->program->statements;
    for (int i = 0; i < r->count && !r->anchored; i++)
        remember(r, &r->anchors,
                 anchor_of(r->builder->arena, statements[r->procedures[i].statement].text), i);
    r->anchored = true;
    return found(&r->anchors, anchor);
}

static bool ends_sentence(char c)
{
    return c == ',' || c == '.' || c == ';' || c == ':' || c == '!' || c == '?' || c == ')';
}

static bool next_word(struct str text, size_t *i, struct str *out_word)
{
    size_t begin = *i;
    while (begin < text.n && byte_is_blank(text.p[begin]))
        begin++;
    size_t end = begin;
    while (end < text.n && !byte_is_blank(text.p[end]))
        end++;
    *i = end;
    *out_word = str_slice(text, begin, end);
    while (out_word->n && ends_sentence(out_word->p[out_word->n - 1]))
        out_word->n--;
    return end > begin;
}

static int procedure_named(struct references *r, struct str key)
{
    const struct statement *statements = r->builder->program->statements;
    for (int i = 0; i < r->count && !r->named; i++) {
        struct key name = {.n = 0};
        key_take(&name, statements[r->procedures[i].statement].text);
        remember(r, &r->names, key_str(&name, name.n), i);
    }
    r->named = true;
    return found(&r->names, key);
}

/* Goes over the words that are none of the table; false when no more words stand behind. */
static bool pass_words(struct str text, size_t *i, const uint32_t fronts[static FRONTS])
{
    size_t at = *i;
    while (at < text.n) {
        if (!byte_is_blank(text.p[at]) && front_is_in(fronts, str_from(text, at)))
            break;
        while (at < text.n && !byte_is_blank(text.p[at]))
            at++;
        while (at < text.n && byte_is_blank(text.p[at]))
            at++;
    }
    *i = at;
    return at < text.n;
}

/* The procedure that the words from i on name: the longest name that is a heading's. One word alone
 * must be marked, or be called a procedure. */
static int named_at(struct references *r, struct str text, size_t i, bool called)
{
    size_t ends[SPAN_WORDS_MAX + 1]; /* of the key, behind each word */
    struct str words[SPAN_WORDS_MAX + 1];
    struct key key;
    size_t at = i;
    size_t from = i;
    int count = 0;
    key.n = 0;
    key.full = key.gap = key.letter = false;
    while (count <= SPAN_WORDS_MAX && next_word(text, &at, &words[count])) {
        key_take(&key, str_slice(text, from, at));
        ends[count++] = key.n;
        from = at;
        if (key.n > 1 && !r->short_name && !(begin_of(&key) & r->begins))
            return -1;
    }
    bool marked = i < text.n && strchr("\"'*`", text.p[i]);
    for (int n = count < SPAN_WORDS_MAX ? count : SPAN_WORDS_MAX; n > 0; n--) {
        bool kind = n < count && is_any(words[n], kinds);
        int procedure = kind ? procedure_named(r, key_str(&key, ends[n])) : -1;
        if (procedure < 0)
            procedure = procedure_named(r, key_str(&key, ends[n - 1]));
        bool enough = n > 1 || marked || called || kind;
        if (procedure >= 0 && enough)
            return procedure;
    }
    return -1;
}

static void refer(struct references *r, int statement, int from, int to, bool only_seen)
{
    const struct statement *statements = r->builder->program->statements;
    const struct statement *at = &statements[statement];
    const struct procedure *procedure = &r->procedures[to];
    if (from >= 0)
        add_edge(r, from, (struct edge){.to = to, .by = statement, .only_seen = only_seen});
    if (procedure->twin < 0)
        return;
    const struct statement *first = &statements[procedure->statement];
    const struct statement *second = &statements[r->procedures[procedure->twin].statement];
    check_find(r->builder, at, FINDING_OPEN_DECISION, "ambiguous-reference",
               str_printf(r->builder->arena,
                          "\"%.*s\" is the heading of line %d and of line %d. Give one of them "
                          "another name.",
                          STR_ARGS(first->text), first->line, second->line));
}

/* "Run the Rollback procedure", "see \"Restore\"", "go to Fail over". */
static void find_named(struct references *r, int statement, int from)
{
    static const char *const runs[] = {
        "run",    "follow",   "execute", "perform", "repeat", "start", "apply",   "continue",
        "return", "complete", "invoke",  "trigger", "go",     "do",    "proceed", NULL};
    static const char *const sees[] = {"see", "refer", "per", "consult", NULL};
    static const char *const between[] = {"the",  "to",    "with",    "our",       "steps",
                                          "in",   "of",    "section", "procedure", "runbook",
                                          "back", "under", NULL};
    /* The first two letters of these, so that the other words are passed over by a look. */
    static const uint32_t fronts[FRONTS] = {[FRONT('a')] = FRONT_BIT('p'),
                                            [FRONT('c')] = FRONT_BIT('o'),
                                            [FRONT('d')] = FRONT_BIT('o'),
                                            [FRONT('e')] = FRONT_BIT('x'),
                                            [FRONT('f')] = FRONT_BIT('o'),
                                            [FRONT('g')] = FRONT_BIT('o'),
                                            [FRONT('i')] = FRONT_BIT('n'),
                                            [FRONT('p')] = FRONT_BIT('e') | FRONT_BIT('r'),
                                            [FRONT('r')] = FRONT_BIT('e') | FRONT_BIT('u'),
                                            [FRONT('s')] = FRONT_BIT('e') | FRONT_BIT('t'),
                                            [FRONT('t')] = FRONT_BIT('r')};
    struct str text = r->builder->program->statements[statement].text;
    struct str word;
    size_t i = 0;
    int found_here = 0;
    while (pass_words(text, &i, fronts) && next_word(text, &i, &word) &&
           found_here < REFERENCES_MAX) {
        bool seen = is_any(word, sees);
        if (!seen && !is_any(word, runs))
            continue;
        size_t at = i;
        bool called = false;
        for (int skipped = 0; skipped < SKIPPED_WORDS_MAX; skipped++) {
            size_t next = at;
            struct str small;
            if (!next_word(text, &next, &small) || !is_any(small, between))
                break;
            called |= is_any(small, kinds);
            at = next;
        }
        while (at < text.n && byte_is_blank(text.p[at]))
            at++;
        int to = named_at(r, text, at, called);
        if (to < 0)
            continue;
        refer(r, statement, from, to, seen);
        found_here++;
    }
}

/* "[Rollback](#rollback)": the words around a link say nothing of how it is meant. A line that is
 * nothing but the link stands in a table of contents. */
static void find_links(struct references *r, int statement, int from)
{
    const struct program *program = r->builder->program;
    const struct statement *at = &program->statements[statement];
    for (int line = at->line; line <= at->last_line; line++) {
        struct str text = str_trim(program->lines[line - 1]);
        for (size_t i = str_find(text, "](#", 0); i < text.n; i = str_find(text, "](#", i + 1)) {
            size_t end = str_find_byte(text, ')', i);
            size_t open = i;
            while (open > 0 && i - open < KEY_BYTES_MAX && text.p[open] != '[')
                open--;
            struct str link = str_slice(text, open + 1, i);
            int to = procedure_at(r, str_lower(r->builder->arena, str_slice(text, i + 3, end)));
            if (to < 0 || from < 0 || str_equal(link, at->text))
                continue;
            add_edge(r, from, (struct edge){.to = to, .by = statement});
        }
    }
}

static void find_edges(struct references *r)
{
    const struct program *program = r->builder->program;
    for (int i = 0; i < program->count; i++) {
        enum statement_kind kind = program->statements[i].kind;
        if (kind != STATEMENT_STEP && kind != STATEMENT_CHECK)
            continue;
        int from = heading_above(r, i);
        find_links(r, i, from);
        find_named(r, i, from);
    }
}

/* The edges of the circle that `closing` closes, in order, those of containment left out. */
static int collect_cycle(const struct references *r, int from, const struct edge *closing,
                         const struct edge *out_edges[static SPAN_WORDS_MAX])
{
    int count = 0;
    if (closing->by >= 0)
        out_edges[count++] = closing;
    for (int at = from; at != closing->to && r->procedures[at].came_from >= 0;
         at = r->procedures[at].came_from) {
        const struct edge *edge = &r->edges[r->procedures[at].came_by];
        if (edge->by >= 0 && count < SPAN_WORDS_MAX)
            out_edges[count++] = edge;
    }
    for (int i = 0; i < count / 2; i++) {
        const struct edge *other = out_edges[i];
        out_edges[i] = out_edges[count - 1 - i];
        out_edges[count - 1 - i] = other;
    }
    return count;
}

static void find_cycle(struct references *r, int from, const struct edge *closing)
{
    const struct statement *statements = r->builder->program->statements;
    const struct edge *edges[SPAN_WORDS_MAX];
    struct text chain;
    int count = collect_cycle(r, from, closing, edges);
    int first = 0;
    bool only_seen = false;
    text_init(&chain, r->builder->arena, CHAIN_BYTES_MAX);
    for (int i = 0; i < count; i++) {
        only_seen |= edges[i]->only_seen;
        first = statements[edges[i]->by].line < statements[edges[first]->by].line ? i : first;
    }
    for (int i = 0; i < count; i++) {
        const struct edge *edge = edges[(first + i) % count];
        const struct statement *to = &statements[r->procedures[edge->to].statement];
        text_printf(&chain, "%sline %d leads to \"%.*s\"", i ? ", " : "", statements[edge->by].line,
                    STR_ARGS(to->text));
    }
    if (count)
        check_find(r->builder, &statements[edges[first]->by],
                   only_seen ? FINDING_HINT : FINDING_ERROR, "cycle",
                   str_printf(r->builder->arena,
                              "These procedures lead to each other without an end: %.*s. Take one "
                              "of the references out.",
                              STR_ARGS(text_str(&chain))));
}

/* Walks from one procedure over all that it leads to, without recursion. */
static void walk(struct references *r, int start, int *next_edge)
{
    int at = start;
    r->procedures[at].seen = 1;
    next_edge[at] = r->procedures[at].first_edge;
    while (at >= 0) {
        int edge = next_edge[at];
        if (edge < 0) {
            r->procedures[at].seen = 2;
            at = r->procedures[at].came_from;
            continue;
        }
        next_edge[at] = r->edges[edge].next;
        struct procedure *to = &r->procedures[r->edges[edge].to];
        if (to->seen == 1)
            find_cycle(r, at, &r->edges[edge]);
        if (to->seen != 0)
            continue;
        to->seen = 1;
        to->came_by = edge;
        to->came_from = at;
        at = r->edges[edge].to;
        next_edge[at] = to->first_edge;
    }
}

void check_references(struct builder *builder)
{
    const struct program *program = builder->program;
    struct references r = {.builder = builder};
    int headings = 0;
    for (int i = 0; i < program->count; i++)
        headings += program->statements[i].heading_level > 0;
    if (headings == 0)
        return;
    r.procedures = arena_array(builder->arena, (size_t)headings, sizeof *r.procedures);
    r.procedure_of = arena_array(builder->arena, (size_t)program->count, sizeof(int));
    int *next_edge = arena_array(builder->arena, (size_t)headings, sizeof(int));
    map_init(&r.names, LIMIT_RUNBOOK_LINES);
    map_init(&r.anchors, LIMIT_RUNBOOK_LINES);
    find_headings(&r);
    find_edges(&r);
    for (int i = 0; i < r.count; i++)
        if (r.procedures[i].seen == 0)
            walk(&r, i, next_edge);
    map_done(&r.names);
    map_done(&r.anchors);
}
