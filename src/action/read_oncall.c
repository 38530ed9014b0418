/* read_oncall.c - "oncall" and "oncall whatif": who is on, until when, who is next, and why. */
#include "action/oncall_args.h"
#include "action/reads.h"
#include "people/double_duty.h"
#include "people/gap.h"
#include "people/ics.h"
#include "people/rota_text.h"

enum { LISTED_MAX = 2000 };

struct telling {
    const struct world *world;
    struct reply *reply;
    struct json_writer *w;
    struct instant at;
    const struct zone *zone; /* the reader's; NULL: each rota's own */
};

static struct str time_of(const struct telling *telling, const struct rota *rota, struct instant at)
{
    return rota_time_words(telling->reply->arena, telling->zone ? telling->zone : rota_zone(rota),
                           at);
}

static void add_end(struct json_writer *w, const char *key, struct instant at)
{
    if (at.us == ROTA_NEVER.us || at.us == ROTA_ALREADY.us)
        json_null(w, key);
    else
        json_instant_us(w, key, at.us);
}

static void add_shift_json(const struct telling *telling, const struct rota *rota,
                           const struct shift *shift)
{
    struct json_writer *w = telling->w;
    json_open_array(w, "people");
    for (size_t i = 0; i < shift->count; i++)
        json_str(w, NULL, shift->people[i]);
    json_close_array(w);
    json_str(w, "why", shift_reason(telling->reply->arena, rota, shift));
    add_end(w, "from", shift->from);
    add_end(w, "until", shift->to);
}

static void add_shifts(const struct telling *telling, const struct rota *rota, int64_t length_ms)
{
    struct arena *arena = telling->reply->arena;
    struct shift_source source = oncall_source(&telling->world->oncall, rota);
    struct shifts shifts =
        shifts_between(&source, arena, telling->at, instant_add_ms(telling->at, length_ms));
    json_open_array(telling->w, "shifts");
    for (size_t i = 0; i < shifts.count && i < LISTED_MAX; i++) {
        const struct shift *shift = &shifts.items[i];
        struct str from = time_of(telling, rota, shift->from);
        struct str until = time_of(telling, rota, shift->to);
        text_printf(&telling->reply->text, "  %-25.*s  %-25.*s  %.*s (%.*s)\n", STR_ARGS(from),
                    STR_ARGS(until), STR_ARGS(shift_names(arena, shift)),
                    STR_ARGS(shift_reason(arena, rota, shift)));
        json_open_object(telling->w, NULL);
        add_shift_json(telling, rota, shift);
        json_close_object(telling->w);
    }
    json_close_array(telling->w);
    if (shifts.is_cut || shifts.count > LISTED_MAX)
        text_adds(&telling->reply->text, "  and more; ask for a shorter time\n");
}

static void add_unreachable(const struct telling *telling, const struct shift *shift)
{
    for (size_t i = 0; i < shift->count; i++) {
        const struct person *person = person_find(telling->world->oncall.people, shift->people[i]);
        if (person && !person_is_reachable(person))
            text_printf(&telling->reply->text,
                        "  %.*s cannot be reached: a page passes them over\n",
                        STR_ARGS(person->id));
    }
}

static void add_rota(const struct telling *telling, const struct rota *rota, int64_t length_ms)
{
    struct arena *arena = telling->reply->arena;
    struct text *text = &telling->reply->text;
    struct shift_source source = oncall_source(&telling->world->oncall, rota);
    struct shift shift = shift_at(&source, arena, telling->at);
    text_printf(text, "%.*s: %.*s", STR_ARGS(rota->name), STR_ARGS(shift_names(arena, &shift)));
    json_open_object(telling->w, NULL);
    json_str(telling->w, "rota", rota->name);
    add_shift_json(telling, rota, &shift);
    if (shift.to.us == ROTA_NEVER.us) {
        text_printf(text, " for good (%.*s)\n", STR_ARGS(shift_reason(arena, rota, &shift)));
    } else {
        struct shift next = shift_at(&source, arena, shift.to);
        text_printf(
            text, " until %.*s (%.*s), then %.*s\n", STR_ARGS(time_of(telling, rota, shift.to)),
            STR_ARGS(shift_reason(arena, rota, &shift)), STR_ARGS(shift_names(arena, &next)));
        json_open_object(telling->w, "next");
        add_shift_json(telling, rota, &next);
        json_close_object(telling->w);
    }
    add_unreachable(telling, &shift);
    if (length_ms > 0)
        add_shifts(telling, rota, length_ms);
    json_close_object(telling->w);
}

/* Names that the configuration no longer has are passed over, and that is said. */
static void add_passed_over(const struct telling *telling, const struct oncall_change *change)
{
    const struct oncall *oncall = &telling->world->oncall;
    const char *names[] = {change->person, change->other};
    for (size_t i = 0; i < 2; i++)
        if (names[i][0] && !person_find(oncall->people, str_of(names[i])))
            text_printf(&telling->reply->text,
                        "     %s is no longer under people: it is passed over\n", names[i]);
    if (change->rota[0] && !rota_find(oncall->rotas, oncall->rota_count, str_of(change->rota)))
        text_printf(&telling->reply->text, "     there is no rota %s any more: it is passed over\n",
                    change->rota);
}

static void add_change(const struct telling *telling, const struct oncall_change *change)
{
    const struct oncall *oncall = &telling->world->oncall;
    struct arena *arena = telling->reply->arena;
    const struct rota *rota = rota_find(oncall->rotas, oncall->rota_count, str_of(change->rota));
    const struct zone *zone = telling->zone            ? telling->zone
                              : rota                   ? rota_zone(rota)
                              : oncall->rota_count > 0 ? rota_zone(&oncall->rotas[0])
                                                       : zone_utc();
    struct str words = oncall_change_words(arena, change);
    text_printf(&telling->reply->text, "%lld  %.*s, from %.*s until %.*s, by %s: %s\n",
                (long long)change->number, STR_ARGS(words),
                STR_ARGS(rota_time_words(arena, zone, change->from)),
                STR_ARGS(rota_time_words(arena, zone, change->until)), change->by, change->reason);
    add_passed_over(telling, change);
    json_open_object(telling->w, NULL);
    json_int(telling->w, "number", change->number);
    json_str(telling->w, "what", words);
    reply_instant(telling->w, "from", change->from);
    reply_instant(telling->w, "until", change->until);
    json_str(telling->w, "by", str_of(change->by));
    json_str(telling->w, "reason", str_of(change->reason));
    json_close_object(telling->w);
}

static void add_changes(const struct telling *telling)
{
    const struct oncall_changes *changes = &telling->world->oncall_changes;
    bool any = false;
    json_open_array(telling->w, "changes");
    for (size_t i = 0; i < changes->count; i++) {
        if (!instant_before(telling->world->now, changes->items[i].until))
            continue;
        if (!any)
            text_adds(&telling->reply->text, "changes:\n");
        any = true;
        add_change(telling, &changes->items[i]);
    }
    json_close_array(telling->w);
}

static void add_gaps(const struct telling *telling)
{
    const struct oncall_gaps *gaps = &telling->world->gaps;
    const struct oncall *oncall = &telling->world->oncall;
    json_open_array(telling->w, "gaps");
    for (size_t i = 0; i < gaps->count; i++) {
        const struct oncall_gap *gap = &gaps->items[i];
        const struct rota *rota = rota_find(oncall->rotas, oncall->rota_count, str_of(gap->rota));
        const struct zone *zone = telling->zone ? telling->zone
                                  : rota        ? rota_zone(rota)
                                                : zone_utc();
        struct str times = gap_times(telling->reply->arena, zone, gap->from, gap->until);
        text_printf(&telling->reply->text, "gap: %s has nobody %.*s: %s\n", gap->rota,
                    STR_ARGS(times), gap->reason);
        json_open_object(telling->w, NULL);
        json_int(telling->w, "number", gap->number);
        json_str(telling->w, "rota", str_of(gap->rota));
        reply_instant(telling->w, "from", gap->from);
        reply_instant(telling->w, "until", gap->until);
        json_str(telling->w, "reason", str_of(gap->reason));
        json_close_object(telling->w);
    }
    json_close_array(telling->w);
}

/* In the time that is shown, at least in what is looked ahead for gaps. */
static void add_double_duty(const struct telling *telling, int64_t length_ms)
{
    int64_t ahead_ms = telling->world->look_ahead_ms;
    struct instant until = instant_add_ms(telling->at, length_ms > ahead_ms ? length_ms : ahead_ms);
    struct str said = double_duty_say(&telling->world->oncall, telling->reply->arena, telling->at,
                                      until, telling->zone);
    json_str(telling->w, "double_duty", said);
    if (said.n > 0)
        text_printf(&telling->reply->text, "double duty: %.*s\n", STR_ARGS(said));
}

bool read_oncall(const struct call *call, const struct world *world, struct reply *reply,
                 struct err *err)
{
    const struct oncall *oncall = &world->oncall;
    struct json_writer w = {.text = &reply->json};
    struct telling telling = {.world = world, .reply = reply, .w = &w};
    const struct zone *zone = oncall->rota_count > 0 ? rota_zone(&oncall->rotas[0]) : zone_utc();
    struct str length = call_str(call, "for");
    int64_t length_ms = 0;
    struct oncall_reader reader = {call, world, reply->arena, zone};
    if (!oncall_read_zone(&reader, err) ||
        !oncall_read_time(&reader, "at", world->now, &telling.at, err) ||
        (length.n > 0 && !oncall_length(length, &length_ms, err)))
        return false;
    telling.zone = call_str(call, "zone").n > 0 ? reader.zone : NULL;
    json_open_object(&w, NULL);
    reply_instant(&w, "at", telling.at);
    json_open_array(&w, "rotas");
    for (size_t i = 0; i < oncall->rota_count; i++)
        add_rota(&telling, &oncall->rotas[i], length_ms);
    json_close_array(&w);
    add_changes(&telling);
    add_gaps(&telling);
    add_double_duty(&telling, length_ms);
    json_close_object(&w);
    if (oncall->rota_count == 0)
        text_adds(&reply->text, "There is no on_call: in reeve.yaml; every responder is paged.\n");
    return true;
}

/* Why a party is who it is: the rota's rule, or what is asked in its place. */
static struct str why(const struct telling *telling, const char *name)
{
    const struct oncall *oncall = &telling->world->oncall;
    struct arena *arena = telling->reply->arena;
    const struct person **people = arena_array(arena, LIMIT_PEOPLE, sizeof *people);
    const struct rota *rota = rota_find(oncall->rotas, oncall->rota_count, str_of(name));
    if (!rota)
        return str_printf(arena, "there is no rota %s", name);
    struct shift_source source = oncall_source(oncall, rota);
    struct shift shift = shift_piece(&source, arena, telling->at);
    struct str reason = shift_reason(arena, rota, &shift);
    if (oncall_on(oncall, str_of(name), telling->at, people) > 0)
        return str_printf(arena, "%s: %.*s", name, STR_ARGS(reason));
    return shift.count == 0 ? str_printf(arena, "%s has nobody: %.*s", name, STR_ARGS(reason))
                            : str_printf(arena, "%s has only people who cannot be reached: %.*s",
                                         name, STR_ARGS(shift_names(arena, &shift)));
}

/* All of the secondary are told first already: somebody else stands in (oncall.h). */
static struct str why_unanswered(const struct telling *telling)
{
    const struct oncall *oncall = &telling->world->oncall;
    struct arena *arena = telling->reply->arena;
    const struct person **told = arena_array(arena, LIMIT_PEOPLE, sizeof *told);
    const struct person **second = arena_array(arena, LIMIT_PEOPLE, sizeof *second);
    size_t count = oncall_unanswered(oncall, telling->at, told);
    size_t on = oncall_on(oncall, STR("secondary"), telling->at, second);
    for (size_t i = 0; count > 0 && i < on; i++)
        if (second[i] == told[0])
            return why(telling, "secondary");
    return on == 0 ? why(telling, "secondary")
                   : str_printf(arena, "secondary: %.*s, told first already; the next one is",
                                STR_ARGS(second[0]->id));
}

/* As the pager does it (people/target.c): whoever knows of it is not the one who is told next. */
static void add_party(const struct telling *telling, const char *when, const char *party,
                      struct str reason)
{
    struct reply *reply = telling->reply;
    const struct oncall *oncall = &telling->world->oncall;
    const struct person **people = arena_array(reply->arena, LIMIT_PEOPLE, sizeof *people);
    size_t count = strcmp(party, ONCALL_SECONDARY) == 0
                       ? oncall_unanswered(oncall, telling->at, people)
                       : oncall_party(oncall, str_of(party), telling->at, people);
    text_printf(&reply->text, "%s: ", when);
    json_open_object(telling->w, NULL);
    json_str(telling->w, "when", str_of(when));
    json_str(telling->w, "party", str_of(party));
    json_open_array(telling->w, "people");
    for (size_t i = 0; i < count; i++) {
        text_printf(&reply->text, "%s%.*s", i ? ", " : "", STR_ARGS(people[i]->id));
        json_str(telling->w, NULL, people[i]->id);
    }
    json_close_array(telling->w);
    json_str(telling->w, "why", reason);
    json_close_object(telling->w);
    text_printf(&reply->text, "%s (%.*s)\n", count ? "" : "nobody can be reached",
                STR_ARGS(reason));
}

bool read_oncall_whatif(const struct call *call, const struct world *world, struct reply *reply,
                        struct err *err)
{
    const struct oncall *oncall = &world->oncall;
    struct json_writer w = {.text = &reply->json};
    struct telling telling = {.world = world, .reply = reply, .w = &w};
    const struct rota *primary = rota_find(oncall->rotas, oncall->rota_count, STR("primary"));
    const struct zone *zone = primary ? rota_zone(primary) : zone_utc();
    struct oncall_reader reader = {call, world, reply->arena, zone};
    if (!oncall_read_zone(&reader, err) ||
        !oncall_read_time(&reader, "at", world->now, &telling.at, err))
        return false;
    telling.zone = reader.zone;
    text_printf(&reply->text, "at %.*s:\n",
                STR_ARGS(rota_time_words(reply->arena, telling.zone, telling.at)));
    json_open_object(&w, NULL);
    reply_instant(&w, "at", telling.at);
    json_open_array(&w, "pages");
    add_party(&telling, "first", ONCALL_PRIMARY, why(&telling, "primary"));
    add_party(&telling, "when nobody answers", ONCALL_SECONDARY, why_unanswered(&telling));
    add_party(&telling, "when none of them can be told", ONCALL_EVERYBODY,
              STR("everybody under people: who can be reached"));
    json_close_array(&w);
    json_close_object(&w);
    return true;
}

bool read_oncall_ics(const struct call *call, const struct world *world, struct reply *reply,
                     struct err *err)
{
    struct json_writer w = {.text = &reply->json};
    struct str person = str_trim(call_str(call, "person"));
    struct ics ics = {.oncall = &world->oncall,
                      .person = person,
                      .now = world->now,
                      .public_url = world->public_url};
    struct text text;
    if (person.n > 0 && !person_find(world->oncall.people, person))
        return err_set(err, ERR_USAGE, "person",
                       "There is no person \"%.*s\" under people: in reeve.yaml.",
                       STR_ARGS(str_cut(person, 80)));
    text_init(&text, reply->arena, ICS_BYTES_MAX);
    size_t count = ics_write(&text, reply->arena, &ics);
    if (text_full(&text))
        return err_set(err, ERR_SELF, "oncall", "The calendar is larger than %d MB.",
                       ICS_BYTES_MAX / 1024 / 1024);
    text_add(&reply->text, text_str(&text));
    json_open_object(&w, NULL);
    json_int(&w, "events", (int64_t)count);
    json_str(&w, "calendar", text_str(&text));
    json_close_object(&w);
    return true;
}
