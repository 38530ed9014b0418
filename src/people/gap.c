/* gap.c - finding gaps ahead, and saying when they come and go. */
#include "people/gap.h"

#include "people/rota_text.h"

enum { PIECES_MAX = 2000 };

static const int64_t beyond_ms = INT64_C(7) * 24 * 3600 * 1000;

/* Is there anybody in the shift whom a page can reach? */
static bool is_reached(const struct oncall *oncall, const struct shift *shift)
{
    for (size_t i = 0; i < shift->count; i++) {
        const struct person *person = person_find(oncall->people, shift->people[i]);
        if (person && person_is_reachable(person))
            return true;
    }
    return false;
}

bool gap_find(const struct gap_source *source, struct instant from, struct instant until,
              struct rota_gap *out_gap)
{
    struct shift_source shifts = oncall_source(source->oncall, source->rota);
    struct rota_gap gap = {0};
    bool found = false;
    struct instant at = from;
    for (int i = 0; i < PIECES_MAX && (found || instant_before(at, until)); i++) {
        struct shift piece = shift_piece(&shifts, source->arena, at);
        bool reached = is_reached(source->oncall, &piece);
        if (found && reached)
            break;
        if (!found && !reached) {
            gap.from = at;
            gap.reason = piece.count == 0
                             ? STR("nobody is on")
                             : str_printf(source->arena, "%.*s cannot be reached",
                                          STR_ARGS(shift_names(source->arena, &piece)));
            found = true;
        }
        at = piece.to;
        if (at.us == ROTA_NEVER.us)
            break;
    }
    gap.to = at;
    if (found)
        *out_gap = gap;
    return found;
}

const struct oncall_gap *gap_get(const struct oncall_gaps *gaps, int64_t number)
{
    for (size_t i = 0; i < gaps->count; i++)
        if (gaps->items[i].number == number)
            return &gaps->items[i];
    return NULL;
}

static void fold_closed(struct oncall_gaps *gaps, int64_t number)
{
    const struct oncall_gap *gap = gap_get(gaps, number);
    if (!gap)
        return;
    size_t i = (size_t)(gap - gaps->items);
    gaps->count--;
    memmove(&gaps->items[i], &gaps->items[i + 1], (gaps->count - i) * sizeof *gaps->items);
}

void gap_fold(struct oncall_gaps *gaps, const struct event *event)
{
    if (event->kind == EVENT_ONCALL_GAP_CLOSED)
        fold_closed(gaps, event_int(event, "number"));
    if (event->kind != EVENT_ONCALL_GAP || event_int(event, "number") <= gaps->last_number)
        return;
    gaps->last_number = event_int(event, "number");
    if (gaps->count == GAPS_MAX)
        return;
    struct oncall_gap *gap = &gaps->items[gaps->count++];
    *gap = (struct oncall_gap){.number = gaps->last_number,
                               .with = event_int(event, "with"),
                               .from = event_instant(event, "from"),
                               .until = event_instant(event, "until")};
    str_keep(gap->rota, sizeof gap->rota, event_str(event, "rota"));
    str_keep(gap->reason, sizeof gap->reason, event_str(event, "reason"));
}

struct str gap_times(struct arena *arena, const struct zone *zone, struct instant from,
                     struct instant until)
{
    bool open = instant_is_zero(until) || until.us == ROTA_NEVER.us;
    struct str begin = rota_time_words(arena, zone, from);
    if (open)
        return str_printf(arena, "from %.*s on", STR_ARGS(begin));
    return str_printf(arena, "from %.*s until %.*s", STR_ARGS(begin),
                      STR_ARGS(rota_time_words(arena, zone, until)));
}

/* One walk over what a rota lacks. */
struct looking {
    const struct gap_world *world;
    const struct rota *rota;
    struct event_list *out;
    int64_t *last_number; /* of gaps, with those of this round */
    size_t *count;        /* of those that are open then */
    struct instant next;  /* when to look again */
};

static void look_again(struct looking *looking, struct instant at)
{
    if (instant_before(at, looking->next))
        looking->next = at;
}

static struct event *add(const struct looking *looking, enum event_kind kind, int64_t number)
{
    struct event *event =
        event_list_add(looking->out, kind, looking->world->now, STR("reeve"),
                       str_printf(looking->out->arena, "gap:%lld", (long long)number));
    event_set_int(event, "number", number);
    event_set_str(event, "rota", str_copy(looking->out->arena, looking->rota->name));
    return event;
}

static void say_closed(const struct looking *looking, const struct oncall_gap *gap, bool over)
{
    event_set_str(add(looking, EVENT_ONCALL_GAP_CLOSED, gap->number), "reason",
                  over ? STR("its time is over") : STR("somebody is on then"));
}

static struct gap_source source_of(const struct looking *looking)
{
    return (struct gap_source){looking->world->oncall, looking->rota, looking->out->arena};
}

/* An open gap of this rota is closed when nothing is missing any more in its time. */
static void visit_open(struct looking *looking, const struct oncall_gap *gap)
{
    struct instant now = looking->world->now;
    bool open_end = instant_is_zero(gap->until);
    struct instant from = instant_before(gap->from, now) ? now : gap->from;
    struct instant until = open_end ? instant_add_ms(from, 1) : gap->until;
    struct rota_gap found;
    bool over = !open_end && !instant_before(now, gap->until);
    struct gap_source source = source_of(looking);
    if (over || looking->rota->may_be_empty || !gap_find(&source, from, until, &found)) {
        say_closed(looking, gap, over);
        (*looking->count)--;
        return;
    }
    look_again(looking, open_end ? instant_add_ms(now, beyond_ms) : gap->until);
    if (found.to.us != ROTA_NEVER.us)
        look_again(looking, found.to);
}

static bool is_said(const struct looking *looking, const struct rota_gap *found)
{
    const struct oncall_gaps *gaps = looking->world->gaps;
    for (size_t i = 0; i < gaps->count; i++) {
        const struct oncall_gap *gap = &gaps->items[i];
        bool before = !instant_is_zero(gap->until) && !instant_before(found->from, gap->until);
        if (str_is_nocase(looking->rota->name, gap->rota) && !before &&
            instant_before(gap->from, found->to))
            return true;
    }
    return false;
}

static void say(struct looking *looking, const struct rota_gap *found, int64_t with)
{
    struct event_list *out = looking->out;
    struct event *event = add(looking, EVENT_ONCALL_GAP, ++*looking->last_number);
    struct instant never = {0};
    event_set_instant(event, "from", found->from);
    event_set_instant(event, "until", found->to.us == ROTA_NEVER.us ? never : found->to);
    event_set_str(event, "when",
                  gap_times(out->arena, rota_zone(looking->rota), found->from, found->to));
    event_set_str(event, "reason",
                  str_copy(out->arena, str_cut(found->reason, GAP_REASON_BYTES - 1)));
    event_set_int(event, "with", with);
    (*looking->count)++;
}

/* What begins within look_ahead is said; what begins later is planned for. */
static void visit_ahead(struct looking *looking)
{
    const struct gap_world *world = looking->world;
    struct instant horizon = instant_add_ms(world->now, world->look_ahead_ms);
    struct instant end = instant_add_ms(horizon, beyond_ms);
    struct instant at = world->now;
    struct rota_gap found;
    int64_t first = 0;
    struct gap_source source = source_of(looking);
    for (int i = 0; i < GAPS_EACH_MAX && gap_find(&source, at, end, &found); i++) {
        if (instant_before(horizon, found.from)) {
            look_again(looking, instant_add_ms(found.from, -world->look_ahead_ms));
            return;
        }
        if (!is_said(looking, &found) && *looking->count < GAPS_MAX) {
            say(looking, &found, first);
            first = first ? first : *looking->last_number;
        }
        at = found.to;
        if (at.us == ROTA_NEVER.us)
            return;
    }
}

static struct instant look(struct looking looking)
{
    const struct oncall_gaps *gaps = looking.world->gaps;
    looking.next = instant_add_ms(looking.world->now, beyond_ms);
    for (size_t i = 0; i < gaps->count; i++)
        if (str_is_nocase(looking.rota->name, gaps->items[i].rota))
            visit_open(&looking, &gaps->items[i]);
    if (!looking.rota->may_be_empty)
        visit_ahead(&looking);
    return looking.next;
}

/* Of a rota that the configuration no longer has. */
static void close_strays(const struct gap_world *world, struct event_list *out)
{
    for (size_t i = 0; i < world->gaps->count; i++) {
        const struct oncall_gap *gap = &world->gaps->items[i];
        const struct rota gone = {.name = str_of(gap->rota)};
        const struct looking looking = {.world = world, .rota = &gone, .out = out};
        if (!rota_find(world->oncall->rotas, world->oncall->rota_count, gone.name))
            say_closed(&looking, gap, true);
    }
}

void gap_decide(const struct gap_world *world, struct gap_watch *watch, struct event_list *out)
{
    const struct oncall *oncall = world->oncall;
    int64_t version = oncall->changes ? oncall->changes->version : 0;
    int64_t last_number = world->gaps->last_number;
    size_t count = world->gaps->count;
    size_t before = out->count;
    bool anew = watch->rotas != oncall->rotas || watch->version != version ||
                instant_before(world->now, watch->looked);
    if (world->look_ahead_ms == 0 || (!anew && instant_before(world->now, watch->first)))
        return;
    if (anew)
        close_strays(world, out);
    struct instant first = ROTA_NEVER;
    for (size_t i = 0; i < oncall->rota_count && i < LIMIT_ROTAS; i++) {
        if (anew || !instant_before(world->now, watch->next[i]))
            watch->next[i] = look((struct looking){.world = world,
                                                   .rota = &oncall->rotas[i],
                                                   .out = out,
                                                   .last_number = &last_number,
                                                   .count = &count});
        if (instant_before(watch->next[i], first))
            first = watch->next[i];
    }
    watch->first = first;
    watch->rotas = oncall->rotas;
    watch->version = version;
    watch->looked = world->now;
    /* What was said is folded first, and looked at again: an append that failed loses nothing. */
    if (out->count > before)
        watch->rotas = NULL;
}
