/* diff.c - bringing the lines of two versions together, and saying where they differ. */
#include "runbook/diff.h"

#include "base/map.h"

enum {
    WORDS_MAX = 32,      /* of a line that are compared */
    CANDIDATES_MAX = 64, /* lines that one line is compared with */
    SENTENCE_BYTES_MAX = 16 * 1024,
    SHOWN_BYTES = 160, /* of a long line or command */
    ENOUGH_PERCENT = 50
};

struct side {
    const struct statement *statement;
    uint64_t words[WORDS_MAX]; /* hashes, in lower case; numbers are passed over */
    int word_count;
    uint64_t skeleton; /* of all its words */
    int match;         /* index on the other side, or -1 */
    int next;          /* the next one of the same key, or -1 */
};

struct sides {
    struct side *items;
    int count;
};

static bool is_separator(char c)
{
    return !(byte_is_alnum(c) || (unsigned char)c >= 0x80);
}

static void read_words(struct arena *arena, struct side *side)
{
    struct str text = str_lower(arena, side->statement->text);
    size_t at = 0;
    while (at < text.n) {
        size_t from = at;
        while (at < text.n && !is_separator(text.p[at]))
            at++;
        if (at == from) {
            at++;
            continue;
        }
        uint64_t hash = str_hash(str_slice(text, from, at));
        if (byte_is_digit(text.p[from]))
            continue;
        side->skeleton = side->skeleton * 31 + hash;
        if (side->word_count < WORDS_MAX)
            side->words[side->word_count++] = hash;
    }
}

static struct sides sides_of(struct arena *arena, const struct program *program)
{
    struct sides sides = {.items =
                              arena_array(arena, (size_t)program->count + 1, sizeof(struct side))};
    for (int i = 0; i < program->count; i++) {
        if (!facet_is_policy(program->statements[i].kind))
            continue;
        struct side *side = &sides.items[sides.count++];
        *side = (struct side){.statement = &program->statements[i], .match = -1, .next = -1};
        read_words(arena, side);
    }
    return sides;
}

/* Words in common, of a hundred. */
static int likeness(const struct side *a, const struct side *b)
{
    int common = 0;
    uint64_t taken = 0;
    for (int i = 0; i < a->word_count; i++)
        for (int k = 0; k < b->word_count; k++)
            if (a->words[i] == b->words[k] && !(taken >> k & 1)) {
                taken |= (uint64_t)1 << k;
                common++;
                break;
            }
    int all = a->word_count + b->word_count;
    return all > 0 ? 200 * common / all : 0;
}

/* Which lines may belong together, from the surest to the boldest. */
enum pass {
    PASS_IDENTITY,
    PASS_SAME_WORDS,  /* without numbers, under the same headings */
    PASS_MOVED_WORDS, /* anywhere */
    PASS_LIKE,        /* most words in common, same kind and headings */
    PASS_OTHER_KIND,  /* the same, also when it is understood as another kind */
    PASSES
};

/* Of whom it speaks, where numbers are names: P1 and P2 never belong together. */
static struct str level_of(const struct statement *statement)
{
    if (statement->kind == STATEMENT_RESPONSE)
        return statement->response.level;
    return statement->kind == STATEMENT_SEVERITY ? statement->severity.id : STR("");
}

static struct str key_of(struct arena *arena, const struct side *side, enum pass pass)
{
    const struct statement *s = side->statement;
    struct str level = level_of(s);
    unsigned long long skeleton = side->skeleton;
    switch (pass) {
    case PASS_IDENTITY: return str_of(s->id);
    case PASS_SAME_WORDS:
        return str_printf(arena, "%d %.*s %llx %.*s", (int)s->kind, STR_ARGS(level), skeleton,
                          STR_ARGS(s->path));
    case PASS_MOVED_WORDS:
        return str_printf(arena, "%d %.*s %llx", (int)s->kind, STR_ARGS(level), skeleton);
    case PASS_LIKE:
        return str_printf(arena, "%d %.*s %.*s", (int)s->kind, STR_ARGS(level), STR_ARGS(s->path));
    case PASS_OTHER_KIND: return s->path;
    case PASSES: break;
    }
    return STR("");
}

struct bucket {
    int first, last;
};

static void fill_buckets(struct arena *arena, struct map *buckets, struct sides *now,
                         enum pass pass)
{
    for (int i = 0; i < now->count; i++) {
        now->items[i].next = -1;
        if (now->items[i].match >= 0)
            continue;
        struct str key = key_of(arena, &now->items[i], pass);
        struct bucket *bucket = map_find(buckets, key);
        if (bucket) {
            now->items[bucket->last].next = i;
            bucket->last = i;
            continue;
        }
        bucket = arena_make(arena, struct bucket);
        *bucket = (struct bucket){i, i};
        if (!map_put(buckets, key, bucket))
            return;
    }
}

/* Takes the best one of the bucket out of it, or -1. */
static int take_best(struct sides *now, struct bucket *bucket, const struct side *old,
                     enum pass pass)
{
    int best = -1;
    int best_before = -1;
    int best_likeness = ENOUGH_PERCENT - 1;
    int before = -1;
    int tried = 0;
    bool first_will_do = pass < PASS_LIKE;
    for (int i = bucket->first; i >= 0 && tried < CANDIDATES_MAX; i = now->items[i].next, tried++) {
        int like = first_will_do ? 100 : likeness(old, &now->items[i]);
        if (like > best_likeness) {
            best = i;
            best_before = before;
            best_likeness = like;
        }
        if (first_will_do)
            break;
        before = i;
    }
    if (best < 0)
        return -1;
    int next = now->items[best].next;
    if (best_before < 0)
        bucket->first = next;
    else
        now->items[best_before].next = next;
    return best;
}

static void match(struct sides *old, struct sides *now, enum pass pass)
{
    struct arena arena;
    struct map buckets;
    arena_init(&arena);
    map_init(&buckets, (size_t)now->count + 1);
    fill_buckets(&arena, &buckets, now, pass);
    for (int i = 0; i < old->count; i++) {
        if (old->items[i].match >= 0)
            continue;
        struct bucket *bucket = map_find(&buckets, key_of(&arena, &old->items[i], pass));
        int found = bucket ? take_best(now, bucket, &old->items[i], pass) : -1;
        if (found < 0)
            continue;
        old->items[i].match = found;
        now->items[found].match = i;
    }
    map_done(&buckets);
    arena_done(&arena);
}

static bool asks_the_same(struct arena *arena, const struct statement *old,
                          const struct statement *now)
{
    struct facet a[FACETS_MAX];
    struct facet b[FACETS_MAX];
    if (old->kind != now->kind)
        return false;
    int count = facets_of(arena, old, a);
    (void)facets_of(arena, now, b);
    for (int i = 0; i < count; i++)
        if (!str_equal(a[i].words, b[i].words))
            return false;
    return true;
}

struct diff diff_make(struct arena *arena, const struct program *old, const struct program *now)
{
    struct diff diff = {0};
    size_t capacity = 0;
    struct sides before = sides_of(arena, old);
    struct sides after = sides_of(arena, now);
    for (int pass = 0; pass < PASSES; pass++)
        match(&before, &after, (enum pass)pass);
    for (int i = 0; i < after.count; i++) {
        int at = after.items[i].match;
        struct change change = {.kind = at < 0 ? CHANGE_ADDED : CHANGE_CHANGED,
                                .old = at < 0 ? NULL : before.items[at].statement,
                                .now = after.items[i].statement};
        if (!change.old || !asks_the_same(arena, change.old, change.now))
            LIST_PUSH(arena, diff.changes, diff.count, capacity) = change;
    }
    for (int i = 0; i < before.count; i++)
        if (before.items[i].match < 0)
            LIST_PUSH(arena, diff.changes, diff.count, capacity) =
                (struct change){.kind = CHANGE_REMOVED, .old = before.items[i].statement};
    for (size_t i = 0; i < diff.count; i++)
        diff.counts[diff.changes[i].kind]++;
    return diff;
}

static void add_shown(struct text *text, struct str words)
{
    struct str cut = str_cut(words, SHOWN_BYTES);
    for (size_t i = 0; i < cut.n; i++)
        text_byte(text, (char)(cut.p[i] == '\n' ? ' ' : cut.p[i]));
    if (cut.n < words.n)
        text_adds(text, "\xE2\x80\xA6");
}

/* Words of people are quoted, values are not. */
static void add_value(struct text *text, const struct facet *facet)
{
    bool quoted = strcmp(facet->name, "words") == 0 || strcmp(facet->name, "command") == 0 ||
                  strcmp(facet->name, "definition") == 0;
    text_adds(text, quoted ? "\"" : "");
    add_shown(text, facet->words);
    text_adds(text, quoted ? "\"" : "");
}

static void add_facet_change(struct text *text, const struct facet *old, const struct facet *now)
{
    /* The one value that such a line is about needs no name. */
    bool plain = strcmp(now->name, "limit") == 0 || strcmp(now->name, "time") == 0 ||
                 strcmp(now->name, "rule") == 0 || strcmp(now->name, "words") == 0;
    if (!plain || old->words.n == 0 || now->words.n == 0)
        text_printf(text, "%s ", now->name);
    if (old->words.n == 0) {
        add_value(text, now);
        text_adds(text, " is new");
    } else if (now->words.n == 0) {
        add_value(text, old);
        text_adds(text, " is gone");
    } else {
        add_value(text, old);
        text_adds(text, " becomes ");
        add_value(text, now);
    }
}

static void add_facet_changes(struct text *text, const struct change *change)
{
    struct facet a[FACETS_MAX];
    struct facet b[FACETS_MAX];
    int count = facets_of(text->arena, change->old, a);
    const char *separator = "";
    (void)facets_of(text->arena, change->now, b);
    for (int i = 0; i < count; i++) {
        if (str_equal(a[i].words, b[i].words))
            continue;
        text_adds(text, separator);
        add_facet_change(text, &a[i], &b[i]);
        separator = "; ";
    }
}

static const char *name_of(const struct statement *statement)
{
    return statement->kind == STATEMENT_UNCLEAR ? "a line that is not understood"
                                                : statement_kind_name(statement->kind);
}

struct str diff_sentence(struct arena *arena, const struct change *change)
{
    struct text text;
    text_init(&text, arena, SENTENCE_BYTES_MAX);
    const struct statement *old = change->old;
    const struct statement *now = change->now;
    const struct statement *statement = now ? now : old;
    if (!now) {
        text_printf(&text, "Line %d of the old one: %s is gone: \"", statement->line,
                    name_of(statement));
    } else if (!old) {
        text_printf(&text, "Line %d: %s is new: \"", statement->line, name_of(statement));
    } else if (old->kind == now->kind) {
        text_printf(&text, "Line %d: %.*s: ", statement->line,
                    STR_ARGS(facet_subject(arena, statement)));
        add_facet_changes(&text, change);
        text_byte(&text, '.');
        return text_str(&text);
    } else {
        text_printf(&text, "Line %d: %s becomes %s: \"", statement->line, name_of(old),
                    name_of(now));
        add_shown(&text, old->text);
        text_adds(&text, "\" becomes \"");
    }
    add_shown(&text, statement->text);
    text_adds(&text, "\".");
    return text_str(&text);
}

static void write_side(struct json_writer *w, const char *key, const struct statement *statement)
{
    struct facet facets[FACETS_MAX];
    if (!statement) {
        json_null(w, key);
        return;
    }
    json_open_object(w, key);
    json_int(w, "line", statement->line);
    json_str(w, "id", str_of(statement->id));
    json_str(w, "kind", str_of(statement_kind_name(statement->kind)));
    json_str(w, "text", statement->text);
    json_open_object(w, "parts");
    int count = facets_of(w->text->arena, statement, facets);
    for (int i = 0; i < count; i++)
        if (facets[i].words.n > 0)
            json_str(w, facets[i].name, facets[i].words);
    json_close_object(w);
    json_close_object(w);
}

void diff_write_change(struct json_writer *w, const struct change *change)
{
    static const char *const names[] = {"added", "removed", "changed"};
    w->comma = false;
    json_open_object(w, NULL);
    json_str(w, "change", str_of(names[change->kind]));
    write_side(w, "old", change->old);
    write_side(w, "new", change->now);
    json_str(w, "sentence", diff_sentence(w->text->arena, change));
    json_close_object(w);
    text_byte(w->text, '\n');
}
