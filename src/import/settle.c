/* settle.c - from what the vendors meant to what reeve.yaml can say: names, rotations that are on
 * at once, and borders from which turns are counted. */
#include "import/model.h"

enum { SLUG_BYTES = IMPORT_NAME_BYTES, NEAR = 2, PART_BYTES = 120 };

/* Small letters, digits and single dashes; "" where nothing is left. */
static struct str slug(struct arena *arena, struct str words)
{
    struct text text;
    text_init(&text, arena, SLUG_BYTES);
    bool dash = false;
    for (size_t i = 0; i < words.n && text.n + 2 < SLUG_BYTES; i++) {
        char c = byte_lower(words.p[i]);
        if (!byte_is_alnum(c)) {
            dash = text.n > 0;
            continue;
        }
        if (dash)
            text_byte(&text, '-');
        dash = false;
        text_byte(&text, c);
    }
    return str_copy(arena, text_str(&text));
}

static bool is_word_of_ours(struct str name)
{
    static const char *const words[] = {"primary",    "secondary", "everybody", "responder", "null",
                                        "responders", "true",      "false",     "yes",       "no",
                                        "on",         "off",       "nobody",    "reeve"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (str_is(name, words[i]))
            return true;
    return name.n == 0 || byte_is_digit(name.p[0]);
}

static bool is_person(const struct import *import, struct str name, size_t before)
{
    for (size_t i = 0; i < import->person_count && i < before; i++)
        if (str_equal(import->people[i].id, name))
            return true;
    return false;
}

static void name_people(struct import *import)
{
    for (size_t i = 0; i < import->person_count; i++) {
        struct import_person *person = &import->people[i];
        struct str words = person->mail.n > 0 ? person->mail : person->login;
        words = words.n > 0 ? words : person->full.n > 0 ? person->full : person->key;
        size_t at = str_find_byte(words, '@', 0);
        struct str base = slug(import->arena, at > 0 ? str_slice(words, 0, at) : words);
        if (is_word_of_ours(base))
            base = str_printf(import->arena, "person-%.*s", STR_ARGS(base));
        person->id = base;
        for (int n = 2; is_person(import, person->id, i); n++)
            person->id = str_printf(import->arena, "%.*s-%d", STR_ARGS(base), n);
    }
}

/* --- rotations that are on at once --- */

enum { WEEK_BYTES = ROTA_WEEK_MIN / 8 };

static void mark_week(const struct import_layer *layer, unsigned char *week)
{
    memset(week, layer->window_count > 0 ? 0 : 0xff, WEEK_BYTES);
    for (size_t i = 0; i < layer->window_count; i++) {
        const struct rota_window *window = &layer->windows[i];
        int length = window->to_minute - window->from_minute;
        length += length <= 0 ? ROTA_DAY_MIN : 0;
        for (int day = 0; day < 7; day++)
            for (int m = 0; (window->weekdays >> day) & 1U && m < length; m++) {
                int at = (day * ROTA_DAY_MIN + window->from_minute + m) % ROTA_WEEK_MIN;
                week[at / 8] |= (unsigned char)(1U << (at % 8));
            }
    }
}

struct week {
    unsigned char minutes[WEEK_BYTES]; /* a bit each: on or not */
};

static bool overlap(const struct import_layer *a, const struct import_layer *b,
                    const struct week *week_a, const struct week *week_b)
{
    if ((a->has_until && b->has_from && a->until_min <= b->from_min) ||
        (b->has_until && a->has_from && b->until_min <= a->from_min))
        return false;
    if (!str_equal(zone_name(a->zone), zone_name(b->zone)))
        return true;
    for (size_t i = 0; i < WEEK_BYTES; i++)
        if (week_a->minutes[i] & week_b->minutes[i])
            return true;
    return false;
}

/* Two of one level that are on at once; *out_levels: there are several levels. */
static bool find_overlap(struct arena *arena, const struct import_rota *rota, bool *out_levels)
{
    bool found = false;
    struct week *weeks = arena_array(arena, rota->count, sizeof *weeks);
    *out_levels = false;
    for (size_t i = 0; i < rota->count; i++)
        mark_week(&rota->layers[i], weeks[i].minutes);
    for (size_t i = 0; i < rota->count; i++)
        for (size_t k = i + 1; k < rota->count; k++) {
            *out_levels = *out_levels || rota->layers[i].level != rota->layers[k].level;
            found = found || (rota->layers[i].level == rota->layers[k].level &&
                              overlap(&rota->layers[i], &rota->layers[k], &weeks[i], &weeks[k]));
        }
    return found;
}

static void sort_layers(struct import_rota *rota)
{
    for (size_t i = 1; i < rota->count; i++)
        for (size_t k = i; k > 0 && rota->layers[k].level < rota->layers[k - 1].level; k--) {
            struct import_layer swapped = rota->layers[k];
            rota->layers[k] = rota->layers[k - 1];
            rota->layers[k - 1] = swapped;
        }
}

/* Without the broken ones; how many those were. */
static size_t drop_broken(struct import_rota *rota)
{
    size_t kept = 0;
    size_t count = rota->count;
    for (size_t i = 0; i < count; i++)
        if (!rota->layers[i].is_broken)
            rota->layers[kept++] = rota->layers[i];
    rota->count = kept;
    return count - kept;
}

/* The first stays what it was, so that escalation policies find it; the others follow. */
static void part(struct import *import, size_t at)
{
    struct import_rota whole = import->rotas[at];
    import_note(import,
                "The schedule \"%.*s\" notifies everybody who is on in any of its %zu rotations at "
                "once; in a rota here the last layer wins. So each rotation is a rota of its own: "
                "let the runbook name each of them.",
                STR_ARGS(str_cut(whole.title, 80)), whole.count);
    for (size_t i = 0; i < whole.count && !import->is_full; i++) {
        struct str title =
            str_printf(import->arena, "%.*s %.*s", STR_ARGS(str_cut(whole.title, PART_BYTES)),
                       STR_ARGS(str_cut(whole.layers[i].name, PART_BYTES)));
        struct import_rota *rota =
            i == 0 ? &import->rotas[at] : import_add_rota(import, STR(""), title);
        *rota = (struct import_rota){.key = i == 0 ? whole.key : STR(""),
                                     .title = title,
                                     .layers = &whole.layers[i],
                                     .count = 1,
                                     .is_part = true};
    }
}

static void settle_layers(struct import *import, size_t at)
{
    struct import_rota *rota = &import->rotas[at];
    bool levels = false;
    if (rota->count > IMPORT_LAYERS_READ) {
        rota->is_broken = true;
        import_note(import,
                    "The schedule \"%.*s\" is not taken over: it has more than %d layers. Leave "
                    "out those that are over.",
                    STR_ARGS(str_cut(rota->title, 80)), IMPORT_LAYERS_READ);
        return;
    }
    size_t broken = drop_broken(rota);
    bool at_once = rota->is_cumulative && find_overlap(import->arena, rota, &levels);
    sort_layers(rota);
    if (rota->count == 0 || (broken > 0 && (!rota->is_cumulative || levels))) {
        rota->is_broken = true;
        import_note(import,
                    "The schedule \"%.*s\" is not taken over: without what is named above it would "
                    "put the wrong people on.",
                    STR_ARGS(str_cut(rota->title, 80)));
    } else if (at_once && levels) {
        rota->is_broken = true;
        import_note(import,
                    "The schedule \"%.*s\" is not taken over: shifts of one level are on at once "
                    "beside others of another level, and in a rota here the last layer wins. Write "
                    "it by hand, with those who are on together in one shift: [[ana, ben], cai].",
                    STR_ARGS(str_cut(rota->title, 80)));
    } else if (at_once) {
        part(import, at);
    } else if (rota->count > ROTA_LAYERS_MAX) {
        rota->is_broken = true;
        import_note(import,
                    "The schedule \"%.*s\" is not taken over: it has %zu layers and a rota at most "
                    "%d. Leave out those that are over.",
                    STR_ARGS(str_cut(rota->title, 80)), rota->count, ROTA_LAYERS_MAX);
    }
}

/* --- borders --- */

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static bool has_clock_changes(const struct import_layer *layer)
{
    struct instant at = rota_wall(layer->zone, layer->anchor_min);
    return zone_find_span(layer->zone, at).to.us < at.us + INT64_C(400) * IMPORT_DAY_S * 1000000;
}

/* Turns are counted from the last border at or before the beginning, by whose turn it is then. */
static void settle_turns(struct import *import, const struct import_rota *rota,
                         struct import_layer *layer)
{
    size_t n = layer->slot_count;
    if (n == 1)
        layer->length_min = 0;
    if (layer->length_min == 0)
        return;
    int64_t past = floor_div(layer->from_min - layer->anchor_min, layer->length_min);
    int64_t first = past - floor_div(past, (int64_t)n) * (int64_t)n;
    struct import_slot *slots = arena_array(import->arena, n, sizeof *slots);
    for (size_t i = 0; i < n; i++)
        slots[i] = layer->slots[(i + (size_t)first) % n];
    layer->slots = slots;
    layer->anchor_min += past * layer->length_min;
    int64_t step = layer->length_min % ROTA_WEEK_MIN == 0  ? ROTA_WEEK_MIN
                   : layer->length_min % ROTA_DAY_MIN == 0 ? ROTA_DAY_MIN
                                                           : 1;
    if (layer->from_min - layer->anchor_min >= step) {
        import_note(import,
                    "\"%.*s\" of the schedule \"%.*s\" begins in the middle of a turn there; here "
                    "that turn is a whole one. Whose turn it is later is the same.",
                    STR_ARGS(str_cut(layer->name, 80)), STR_ARGS(str_cut(rota->title, 80)));
        layer->from_min = layer->anchor_min;
    }
    if (layer->length_min % ROTA_DAY_MIN != 0 && has_clock_changes(layer))
        import_note(import,
                    "\"%.*s\" of the schedule \"%.*s\" has turns of hours. Here they are counted "
                    "on the clock of its zone: compare them with the vendor's after a change of "
                    "summer time.",
                    STR_ARGS(str_cut(layer->name, 80)), STR_ARGS(str_cut(rota->title, 80)));
}

static void settle_borders(struct import *import, struct import_rota *rota)
{
    for (size_t i = 0; i < rota->count; i++) {
        struct import_layer *layer = &rota->layers[i];
        if (layer->is_broken)
            continue;
        size_t most = layer->slot_count;
        if (most > ROTA_SLOTS_MAX ||
            (layer->has_until && layer->has_from && layer->until_min <= layer->from_min)) {
            import_break(import, rota, layer,
                         most > ROTA_SLOTS_MAX
                             ? "more than 366 turns until it repeats. Write it by hand."
                             : "it ends before it begins. Leave it out.");
            continue;
        }
        settle_turns(import, rota, layer);
    }
}

/* --- names of rotas --- */

static struct import_rota *find_rota(struct import *import, struct str key)
{
    for (size_t i = 0; i < import->rota_count; i++)
        if (key.n > 0 && str_equal(import->rotas[i].key, key) && !import->rotas[i].is_broken)
            return &import->rotas[i];
    return NULL;
}

static void name_by(struct import *import, struct import_rota *rota, const char *name,
                    struct str why)
{
    rota->name = str_of(name);
    import_note(import, "on_call.%s is \"%.*s\": %.*s. Rename the rotas if another is meant.", name,
                STR_ARGS(str_cut(rota->title, 80)), STR_ARGS(why));
}

/* The first two rotas of the first policy that names one. */
static void name_by_policy(struct import *import)
{
    for (size_t i = 0; i < import->policy_count; i++) {
        const struct import_policy *policy = &import->policies[i];
        struct import_rota *first = NULL;
        struct str why = str_printf(import->arena, "the escalation policy \"%.*s\" names it",
                                    STR_ARGS(str_cut(policy->title, 80)));
        for (size_t k = 0; k < policy->count; k++) {
            struct import_rota *rota = policy->steps[k].target == IMPORT_TO_ROTA
                                           ? find_rota(import, policy->steps[k].key)
                                           : NULL;
            if (!rota || rota == first)
                continue;
            name_by(import, rota, first ? "secondary" : "primary", why);
            if (first)
                return;
            first = rota;
        }
        if (first)
            return;
    }
}

static struct import_rota *first_good(struct import *import)
{
    struct import_rota *found = NULL;
    for (size_t i = 0; i < import->rota_count; i++) {
        struct import_rota *rota = &import->rotas[i];
        if (rota->is_broken)
            continue;
        if (str_is_nocase(rota->title, "primary"))
            return rota;
        found = found ? found : rota;
    }
    return found;
}

static bool is_free(const struct import *import, struct str name)
{
    static const char *const usual[] = {"primary", "secondary", "look_ahead", "handovers"};
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
        if (str_distance(name, str_of(usual[i]), NEAR) <= NEAR)
            return false;
    for (size_t i = 0; i < import->rota_count; i++)
        if (str_equal(import->rotas[i].name, name))
            return false;
    return !is_person(import, name, SIZE_MAX);
}

static void name_rotas(struct import *import)
{
    name_by_policy(import);
    bool primary = false;
    for (size_t i = 0; i < import->rota_count; i++)
        primary = primary || str_is(import->rotas[i].name, "primary");
    struct import_rota *first = first_good(import);
    if (first && !primary)
        name_by(import, first, "primary", STR("it is the first that could be taken over"));
    for (size_t i = 0; i < import->rota_count; i++) {
        struct import_rota *rota = &import->rotas[i];
        if (rota->name.n > 0 || rota->is_broken)
            continue;
        struct str base = slug(import->arena, rota->title);
        if (is_word_of_ours(base))
            base = str_printf(import->arena, "rota-%.*s", STR_ARGS(base));
        struct str name = base;
        for (int n = 2; !is_free(import, name); n++)
            name = str_printf(import->arena, "%.*s-rota-%d", STR_ARGS(base), n);
        rota->name = name;
    }
}

void import_settle(struct import *import)
{
    name_people(import);
    size_t good = 0;
    for (size_t i = 0; i < import->rota_count; i++) {
        if (import->rotas[i].is_broken || import->rotas[i].is_part)
            continue;
        settle_borders(import, &import->rotas[i]);
        settle_layers(import, i);
    }
    for (size_t i = 0; i < import->rota_count; i++) {
        good += !import->rotas[i].is_broken;
        if (good <= LIMIT_ROTAS || import->rotas[i].is_broken)
            continue;
        import->rotas[i].is_broken = true;
        import_note(import, "The schedule \"%.*s\" is not taken over: there may be %d rotas.",
                    STR_ARGS(str_cut(import->rotas[i].title, 80)), LIMIT_ROTAS);
    }
    name_rotas(import);
}
