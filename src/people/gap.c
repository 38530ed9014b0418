/* gap.c - finding gaps ahead, and saying when they come and go. */
#include "people/gap.h"

#include "people/rota_text.h"

enum { PIECES_MAX = 20000 };

static const int64_t beyond_ms = INT64_C(7) * 24 * 3600 * 1000;

/* What is shorter makes no difference worth another message. */
static const int64_t material_ms = INT64_C(15) * 60 * 1000;

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

static bool is_open_end(struct instant until)
{
    return instant_is_zero(until) || until.us == ROTA_NEVER.us;
}

/* The later one that holds what is left of a gap from an instant on: it was said again, larger. */
static const struct oncall_gap *find_larger(const struct oncall_gaps *gaps,
                                            const struct oncall_gap *gap, struct instant from)
{
    for (size_t i = gaps->count; i-- > 0;) {
        const struct oncall_gap *other = &gaps->items[i];
        bool holds_end = is_open_end(other->until) ||
                         (!is_open_end(gap->until) && !instant_before(other->until, gap->until));
        if (other->number > gap->number && str_is_nocase(str_of(other->rota), gap->rota) &&
            holds_end && !instant_before(from, other->from))
            return other;
    }
    return NULL;
}

/* What the message of a gap tells of others, that of the larger one tells. */
static void fold_closed(struct oncall_gaps *gaps, int64_t number, struct instant at)
{
    const struct oncall_gap *gap = gap_get(gaps, number);
    if (!gap)
        return;
    const struct oncall_gap *larger =
        find_larger(gaps, gap, instant_before(gap->from, at) ? at : gap->from);
    int64_t teller = larger && larger->with ? larger->with : larger ? larger->number : 0;
    for (size_t i = 0; larger && i < gaps->count; i++)
        if (gaps->items[i].with == number && gaps->items[i].number != teller)
            gaps->items[i].with = teller;
    size_t i = (size_t)(gap - gaps->items);
    gaps->count--;
    memmove(&gaps->items[i], &gaps->items[i + 1], (gaps->count - i) * sizeof *gaps->items);
}

/* The open one of this number, which is less than it was, or room for a new one; NULL: neither. */
static struct oncall_gap *find_to_fold(struct oncall_gaps *gaps, int64_t number)
{
    const struct oncall_gap *known = gap_get(gaps, number);
    if (known)
        return &gaps->items[known - gaps->items];
    if (number <= gaps->last_number)
        return NULL;
    gaps->last_number = number;
    return gaps->count == GAPS_MAX ? NULL : &gaps->items[gaps->count++];
}

void gap_fold(struct oncall_gaps *gaps, const struct event *event)
{
    if (event->kind == EVENT_ONCALL_GAP_CLOSED)
        fold_closed(gaps, event_int(event, "number"), event->at);
    if (event->kind != EVENT_ONCALL_GAP)
        return;
    struct oncall_gap *gap = find_to_fold(gaps, event_int(event, "number"));
    if (!gap)
        return;
    *gap = (struct oncall_gap){.number = event_int(event, "number"),
                               .with = event_int(event, "with"),
                               .from = event_instant(event, "from"),
                               .until = event_instant(event, "until")};
    str_keep(gap->rota, sizeof gap->rota, event_str(event, "rota"));
    str_keep(gap->reason, sizeof gap->reason, event_str(event, "reason"));
}

struct str gap_times(struct arena *arena, const struct zone *zone, struct instant from,
                     struct instant until)
{
    struct str begin = rota_time_words(arena, zone, from);
    if (is_open_end(until))
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

static void say_closed(const struct looking *looking, const struct oncall_gap *gap,
                       struct str reason)
{
    event_set_str(add(looking, EVENT_ONCALL_GAP_CLOSED, gap->number), "reason", reason);
}

static struct gap_source source_of(const struct looking *looking)
{
    return (struct gap_source){looking->world->oncall, looking->rota, looking->out->arena};
}

static void say(const struct looking *looking, const struct rota_gap *found, int64_t number,
                int64_t with)
{
    struct event_list *out = looking->out;
    struct event *event = add(looking, EVENT_ONCALL_GAP, number);
    struct instant never = {0};
    event_set_instant(event, "from", found->from);
    event_set_instant(event, "until", found->to.us == ROTA_NEVER.us ? never : found->to);
    event_set_str(event, "when",
                  gap_times(out->arena, rota_zone(looking->rota), found->from, found->to));
    event_set_str(event, "reason",
                  str_copy(out->arena, str_cut(found->reason, GAP_REASON_BYTES - 1)));
    event_set_int(event, "with", with);
}

static void say_new(const struct looking *looking, const struct rota_gap *found, int64_t with)
{
    say(looking, found, ++*looking->last_number, with);
    (*looking->count)++;
}

static bool is_material(struct instant from, struct instant to)
{
    return instant_before(from, to) &&
           (to.us == ROTA_NEVER.us || instant_ms_between(from, to) >= material_ms);
}

/* What is left of a gap that was said. */
struct rest {
    struct rota_gap parts[GAPS_EACH_MAX];
    size_t count;
    bool is_less; /* somebody is on for a material part of it, and there was room to say so */
};

/* From an instant until its end; of one without an end, what is certain for some days. */
static struct rest find_rest(const struct looking *looking, const struct oncall_gap *gap,
                             struct instant from)
{
    bool open_end = is_open_end(gap->until);
    struct instant until = open_end ? instant_add_ms(from, beyond_ms) : gap->until;
    struct gap_source source = source_of(looking);
    struct rest rest = {0};
    struct instant at = from;
    struct rota_gap part;
    while (rest.count < GAPS_EACH_MAX && gap_find(&source, at, until, &part)) {
        if (!open_end && instant_before(until, part.to))
            part.to = until;
        rest.is_less = rest.is_less || is_material(at, part.from);
        rest.parts[rest.count++] = part;
        at = part.to;
        if (!instant_before(at, until))
            return rest;
    }
    rest.is_less = rest.count < GAPS_EACH_MAX && (rest.is_less || is_material(at, until));
    return rest;
}

/* Whoever was told of it need not be told of what is left; when the time that somebody was put on
 * is taken back, that is a new one. */
static void say_less(const struct looking *looking, const struct oncall_gap *gap,
                     const struct rest *rest)
{
    struct rota_gap first = rest->parts[0];
    if (instant_before(gap->from, looking->world->now) && first.from.us == looking->world->now.us)
        first.from = gap->from;
    say(looking, &first, gap->number, gap->with);
    for (size_t i = 1; i < rest->count && *looking->count < GAPS_MAX; i++)
        say_new(looking, &rest->parts[i], gap->with ? gap->with : gap->number);
}

/* An open gap of this rota is closed when nothing is missing any more in its time. */
static void visit_open(struct looking *looking, const struct oncall_gap *gap)
{
    struct instant now = looking->world->now;
    bool open_end = is_open_end(gap->until);
    struct instant from = instant_before(gap->from, now) ? now : gap->from;
    bool over = !open_end && !instant_before(now, gap->until);
    const struct oncall_gap *larger = find_larger(looking->world->gaps, gap, from);
    struct rest rest = {0};
    if (!over && !larger && !looking->rota->may_be_empty)
        rest = find_rest(looking, gap, from);
    if (rest.count == 0) {
        struct str place = larger ? str_printf(looking->out->arena, "gap %lld takes its place",
                                               (long long)larger->number)
                                  : STR("somebody is on then");
        say_closed(looking, gap, over ? STR("its time is over") : place);
        (*looking->count)--;
        return;
    }
    if (rest.is_less)
        say_less(looking, gap, &rest);
    look_again(looking, open_end ? instant_add_ms(now, beyond_ms) : gap->until);
    if (rest.parts[0].to.us != ROTA_NEVER.us)
        look_again(looking, rest.parts[0].to);
}

/* From an instant on: until when it was said that nobody is on; the same instant: it was not.
 * out_next: when the next one that was said begins. */
static struct instant said_until(const struct looking *looking, struct instant at,
                                 struct instant *out_next)
{
    const struct oncall_gaps *gaps = looking->world->gaps;
    struct instant until = at;
    *out_next = ROTA_NEVER;
    for (size_t i = 0; i < gaps->count; i++) {
        const struct oncall_gap *gap = &gaps->items[i];
        struct instant end = is_open_end(gap->until) ? ROTA_NEVER : gap->until;
        if (!str_is_nocase(looking->rota->name, gap->rota))
            continue;
        if (!instant_before(at, gap->from) && instant_before(until, end))
            until = end;
        if (instant_before(at, gap->from) && instant_before(gap->from, *out_next))
            *out_next = gap->from;
    }
    return until;
}

/* Where a material part of it begins that nobody was told of; false: it was said. One that is new
 * as a whole is told, however short. */
static bool find_unsaid(const struct looking *looking, const struct rota_gap *found,
                        struct instant *out_from)
{
    struct instant at = found->from;
    while (instant_before(at, found->to)) {
        struct instant next;
        struct instant until = said_until(looking, at, &next);
        bool is_last = !instant_before(next, found->to);
        if (until.us == at.us) {
            until = is_last ? found->to : next;
            *out_from = at;
            if (is_material(at, until) || (is_last && at.us == found->from.us))
                return true;
        }
        at = until;
    }
    return false;
}

/* What begins within look_ahead is said; what begins later is planned for. One that was said and
 * has grown is said anew as a whole. */
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
        struct instant unsaid;
        bool is_said = !find_unsaid(looking, &found, &unsaid);
        if (!is_said && instant_before(horizon, unsaid)) {
            look_again(looking, instant_add_ms(unsaid, -world->look_ahead_ms));
        } else if (!is_said && *looking->count < GAPS_MAX) {
            say_new(looking, &found, first);
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
            say_closed(&looking, gap, STR("its time is over"));
    }
}

void gap_decide(const struct gap_world *world, struct gap_watch *watch, struct event_list *out)
{
    const struct oncall *oncall = world->oncall;
    int64_t version = oncall_version(oncall);
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
