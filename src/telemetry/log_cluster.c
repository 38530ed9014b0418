/* log_cluster.c - shapes by one pass over the words; clusters in slots by length and first word. */
#include "telemetry/log_cluster.h"

struct shape {
    char *p;
    size_t n;
    bool full;
};

static void add(struct shape *shape, const char *bytes, size_t n)
{
    if (shape->full || LOG_SHAPE_BYTES - 1 - shape->n < n) {
        shape->full = true;
        return;
    }
    memcpy(shape->p + shape->n, bytes, n);
    shape->n += n;
}

static void add_text(struct shape *shape, const char *text)
{
    add(shape, text, strlen(text));
}

static bool is_hex(char c)
{
    return byte_is_digit(c) || (byte_lower(c) >= 'a' && byte_lower(c) <= 'f');
}

static bool is_one_of(char c, const char *set)
{
    return c != '\0' && strchr(set, c);
}

static bool has_digit(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (byte_is_digit(s.p[i]))
            return true;
    return false;
}

static bool is_made_of(struct str s, const char *others, bool hex)
{
    for (size_t i = 0; i < s.n; i++)
        if (!(hex ? is_hex(s.p[i]) : byte_is_digit(s.p[i])) && !is_one_of(s.p[i], others))
            return false;
    return s.n > 0;
}

/* 8-4-4-4-12 */
static bool is_uuid(struct str s)
{
    return s.n == 36 && s.p[8] == '-' && s.p[13] == '-' && s.p[18] == '-' && s.p[23] == '-' &&
           is_made_of(s, "-", true);
}

static size_t count_byte(struct str s, char c)
{
    size_t count = 0;
    for (size_t i = 0; i < s.n; i++)
        count += s.p[i] == c;
    return count;
}

/* IPv4 or IPv6, perhaps with a port. */
static bool is_address(struct str s)
{
    bool four = count_byte(s, '.') == 3 && is_made_of(s, ".:", false);
    bool six = count_byte(s, ':') >= 2 && is_made_of(s, ":[].%", true);
    return four || six;
}

/* What a word of nothing but one value becomes; NULL when it is none. */
static const char *mask_of(struct str s)
{
    if (s.n > 0 && (s.p[0] == '#' || s.p[0] == '$' || s.p[0] == '-' || s.p[0] == '+'))
        s = str_from(s, 1);
    if (is_uuid(s))
        return "<uuid>";
    if (str_find_byte(s, '@', 1) < s.n)
        return "<mail>";
    if (!has_digit(s))
        return s.n >= 16 && is_made_of(s, "", true) ? "<hex>" : NULL;
    if (is_address(s))
        return "<ip>";
    if (is_made_of(s, ".,:-+TZ%", false))
        return "<n>";
    bool prefixed = s.n > 2 && s.p[0] == '0' && s.p[1] == 'x';
    if (is_made_of(str_from(s, prefixed ? 2 : 0), "", true) && (prefixed || s.n >= 7))
        return "<hex>";
    size_t unit = s.n;
    while (unit > 0 && byte_is_alpha(s.p[unit - 1]))
        unit--;
    if (s.n - unit <= 3 && is_made_of(str_slice(s, 0, unit), ".,", false))
        return "<n>"; /* 12ms */
    return s.n >= 20 ? "<id>" : NULL;
}

/* A word that is no value as a whole: its numbers go. */
static void add_mixed(struct shape *shape, struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (!byte_is_digit(s.p[i])) {
            unsigned char c = (unsigned char)s.p[i];
            add(shape, c < ' ' || c == 127 ? "?" : &s.p[i], 1);
            continue;
        }
        while (i + 1 < s.n && byte_is_digit(s.p[i + 1]))
            i++;
        add_text(shape, "<n>");
    }
}

static void add_value(struct shape *shape, struct str s)
{
    const char *mask = mask_of(s);
    if (mask)
        add_text(shape, mask);
    else
        add_mixed(shape, s);
}

/* A path or an address with one: parts with a digit in them are ids, a query is dropped. */
static void add_path(struct shape *shape, struct str s)
{
    size_t query = str_find_byte(s, '?', 0);
    struct str rest = str_slice(s, 0, query);
    struct str part;
    for (bool first = true; str_split(&rest, '/', &part); first = false) {
        if (!first)
            add_text(shape, "/");
        const char *mask = mask_of(part);
        bool version = part.n == 2 && part.p[0] == 'v' && byte_is_digit(part.p[1]);
        if (mask)
            add_text(shape, first ? mask : "<id>");
        else if (version)
            add(shape, part.p, part.n);
        else
            add_mixed(shape, part);
        if (!rest.p)
            break;
    }
    if (query < s.n)
        add_text(shape, "?<query>");
}

static void add_word(struct shape *shape, struct str s)
{
    size_t from = 0;
    size_t to = s.n;
    while (from < to && is_one_of(s.p[from], "([{<"))
        from++;
    while (to > from && is_one_of(s.p[to - 1], ")]}>,.;:!"))
        to--;
    if (is_address(str_slice(s, 0, to)))
        from = 0; /* [::1]:80 */
    add(shape, s.p, from);
    struct str core = str_slice(s, from, to);
    size_t equals = str_find_byte(core, '=', 0);
    bool is_pair = equals > 0 && equals + 1 < core.n && str_find_byte(core, '/', 0) > equals;
    if (is_pair && !mask_of(core)) {
        add_mixed(shape, str_slice(core, 0, equals));
        add_text(shape, "=");
        core = str_from(core, equals + 1);
    }
    if (str_find_byte(core, '/', 0) < core.n && str_find_byte(core, '@', 0) == core.n)
        add_path(shape, core);
    else
        add_value(shape, core);
    add(shape, s.p + to, s.n - to);
}

/* A quote that begins a text at a place, and ends it on the same line: the place behind it, or 0.
 */
static size_t quoted_end(struct str s, size_t at)
{
    char c = s.p[at];
    if (c != '"' && c != '\'' && c != '`')
        return 0;
    if (at > 0 && (byte_is_alnum(s.p[at - 1]) || (unsigned char)s.p[at - 1] >= 128))
        return 0; /* don't */
    for (size_t end = at + 1; end < s.n; end++) {
        if (s.p[end] == '\\')
            end++;
        else if (s.p[end] == c && (end + 1 == s.n || !byte_is_alnum(s.p[end + 1])))
            return end + 1;
    }
    return 0;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

size_t log_shape(struct str message, char out_shape[LOG_SHAPE_BYTES])
{
    struct shape shape = {.p = out_shape};
    struct str s = str_trim(str_slice(message, 0, str_find_byte(str_trim(message), '\n', 0)));
    size_t words = 0;
    size_t at = 0;
    while (at < s.n && words < LOG_SHAPE_WORDS && !shape.full) {
        size_t whole = shape.n; /* up to the word before */
        if (words > 0)
            add_text(&shape, " ");
        size_t from = at;
        while (at < s.n && !is_space(s.p[at])) {
            size_t end = quoted_end(s, at);
            if (end > 0) {
                if (at > from)
                    add_word(&shape, str_slice(s, from, at));
                add_text(&shape, "<str>");
                from = end;
            }
            at = end > 0 ? end : at + 1;
        }
        if (at > from)
            add_word(&shape, str_slice(s, from, at));
        if (shape.full)
            shape.n = whole;
        words++;
        while (at < s.n && is_space(s.p[at]))
            at++;
    }
    size_t bad;
    while (!str_utf8_valid((struct str){out_shape, shape.n}, &bad))
        out_shape[bad] = '?';
    out_shape[shape.n] = '\0';
    return shape.n;
}

void log_clusters_init(struct log_clusters *clusters, struct arena *arena, size_t max)
{
    *clusters = (struct log_clusters){.max = max};
    clusters->items = arena_array(arena, max, sizeof *clusters->items);
}

/* The first word; "" when it is no word but a mask. */
static struct str first_word(struct str shape)
{
    struct str first = str_slice(shape, 0, str_find_byte(shape, ' ', 0));
    return str_find_byte(first, '<', 0) < first.n ? STR("") : first;
}

static uint16_t slot_of(struct str shape, size_t words)
{
    return (uint16_t)((str_hash(first_word(shape)) + words * 31) % LOG_CLUSTER_SLOTS);
}

static struct str shape_of(const struct log_cluster *cluster)
{
    return (struct str){cluster->shape, cluster->shape_bytes};
}

/* Words that are the same, in the place of words. */
static size_t same_words(struct str a, struct str b)
{
    struct str one;
    struct str other;
    size_t same = 0;
    while (str_split(&a, ' ', &one) && str_split(&b, ' ', &other)) {
        same += str_equal(one, other);
        if (!a.p || !b.p)
            break;
    }
    return same;
}

/* The most similar cluster, of which at least half the words are the same; NULL when none is. */
static struct log_cluster *find_similar(struct log_clusters *clusters, struct str shape,
                                        size_t words)
{
    struct log_cluster *best = NULL;
    size_t most = (words + 1) / 2;
    for (size_t at = clusters->slots[slot_of(shape, words)]; at;) {
        struct log_cluster *cluster = &clusters->items[at - 1];
        size_t same = 0;
        if (cluster->word_count == words &&
            str_equal(first_word(shape_of(cluster)), first_word(shape)))
            same = same_words(shape_of(cluster), shape);
        if (same > 0 && (same > most || (same == most && !best))) {
            best = cluster;
            most = same;
        }
        at = cluster->next;
    }
    return best;
}

/* Words in which the cluster's shape and another differ become <*>. */
static void generalise(struct log_cluster *cluster, struct str other)
{
    char merged[LOG_SHAPE_BYTES];
    struct shape shape = {.p = merged};
    struct str rest = shape_of(cluster);
    struct str word;
    struct str second;
    if (str_equal(rest, other))
        return;
    while (str_split(&rest, ' ', &word) && str_split(&other, ' ', &second)) {
        if (shape.n > 0)
            add_text(&shape, " ");
        if (str_equal(word, second))
            add(&shape, word.p, word.n);
        else
            add_text(&shape, "<*>");
        if (!rest.p || !other.p)
            break;
    }
    if (shape.full)
        return; /* <*> was longer than the words */
    memcpy(cluster->shape, merged, shape.n);
    cluster->shape[shape.n] = '\0';
    cluster->shape_bytes = (uint16_t)shape.n;
}

static void unlink_cluster(struct log_clusters *clusters, size_t index)
{
    const struct log_cluster *cluster = &clusters->items[index];
    uint16_t *at = &clusters->slots[cluster->slot];
    while (*at && *at != index + 1)
        at = &clusters->items[*at - 1].next;
    if (*at)
        *at = cluster->next;
}

/* Room for one more: a new one, or that of the one not seen for longest. */
static size_t make_room(struct log_clusters *clusters)
{
    if (clusters->count < clusters->max)
        return clusters->count++;
    size_t oldest = 0;
    for (size_t i = 1; i < clusters->count; i++)
        if (instant_before(clusters->items[i].last, clusters->items[oldest].last))
            oldest = i;
    clusters->forgotten_count++;
    memcpy(clusters->forgotten, clusters->items[oldest].shape, LOG_SHAPE_BYTES);
    unlink_cluster(clusters, oldest);
    return oldest;
}

static struct log_cluster *add_cluster(struct log_clusters *clusters, struct str shape,
                                       size_t words)
{
    size_t index = make_room(clusters);
    struct log_cluster *cluster = &clusters->items[index];
    *cluster = (struct log_cluster){.id = str_hash(shape) | 1,
                                    .shape_bytes = (uint16_t)shape.n,
                                    .word_count = (uint16_t)words,
                                    .slot = slot_of(shape, words)};
    memcpy(cluster->shape, shape.p, shape.n);
    uint16_t *slot = &clusters->slots[cluster->slot];
    cluster->next = *slot;
    *slot = (uint16_t)(index + 1);
    return cluster;
}

struct log_cluster *log_clusters_add(struct log_clusters *clusters, struct str message,
                                     int severity, struct instant at)
{
    char bytes[LOG_SHAPE_BYTES];
    struct str shape = {bytes, log_shape(message, bytes)};
    if (shape.n == 0)
        shape = STR("(no message)");
    size_t words = count_byte(shape, ' ') + 1;
    struct log_cluster *cluster = find_similar(clusters, shape, words);
    if (cluster)
        generalise(cluster, shape);
    else
        cluster = add_cluster(clusters, shape, words);
    if (cluster->count == 0 || instant_before(at, cluster->first))
        cluster->first = at;
    if (instant_before(cluster->last, at))
        cluster->last = at;
    if (cluster->severity < severity)
        cluster->severity = (int16_t)severity;
    cluster->count++;
    return cluster;
}

void log_clusters_restore(struct log_clusters *clusters, struct str shape, uint64_t id,
                          struct instant last)
{
    if (shape.n == 0 || shape.n >= LOG_SHAPE_BYTES)
        return;
    for (size_t i = 0; i < clusters->count; i++) {
        if (clusters->items[i].id != id)
            continue;
        generalise(&clusters->items[i], shape);
        return;
    }
    struct log_cluster *cluster = add_cluster(clusters, shape, count_byte(shape, ' ') + 1);
    cluster->id = id;
    cluster->last = last;
}
