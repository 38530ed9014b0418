/* silence_notice.c - whom to tell that a silence ends, and what they are told. */
#include "people/silence_notice.h"

#include "base/text.h"
#include "people/message.h"
#include "people/notice.h"

enum { TEXT_BYTES_MAX = 32 * 1024, SUBJECT_BYTES = 200, NAMED_MAX = 10 };

/* One silence whose end is to be told. */
struct telling {
    const struct page_world *world;
    const struct silence *silence;
    struct event_list *out;
};

static bool is_maker(const struct silence *silence, struct str person)
{
    return silence->by_person && str_is(person, silence->by);
}

static struct notice notice_of(const struct telling *telling)
{
    long long number = telling->silence->number;
    return (struct notice){.world = telling->world,
                           .out = telling->out,
                           .subject = str_printf(telling->out->arena, "silence:%lld", number),
                           .key = "silence",
                           .letter = 's',
                           .may_ring = true,
                           .number = number,
                           .attempt = 1,
                           .not_before = telling->world->now};
}

static bool visit(const struct telling *telling, const struct person *person)
{
    struct notice notice = notice_of(telling);
    return notice_visit(&notice, person,
                        is_maker(telling->silence, person->id)
                            ? STR("you made the silence")
                            : STR("you are on call, and who made the silence cannot be told"));
}

/* Was somebody else than who made it asked for before? Whoever is on call by now is not told too.
 */
static bool others_asked(const struct telling *telling)
{
    const struct page *page;
    size_t at = 0;
    while ((page = page_next(telling->world->pages, &at)))
        if (page->silence == telling->silence->number &&
            !is_maker(telling->silence, str_of(page->person)))
            return true;
    return false;
}

/* Who made it was told, or is being told, whatever the configuration says by now. */
static bool maker_has_it(const struct telling *telling)
{
    const struct page *page;
    size_t at = 0;
    while ((page = page_next(telling->world->pages, &at)))
        if (page->silence == telling->silence->number && page->state != PAGE_FAILED &&
            is_maker(telling->silence, str_of(page->person)))
            return true;
    return false;
}

static void visit_oncall(const struct telling *telling, const struct person *maker)
{
    const struct people *people = telling->world->oncall->people;
    const struct person **party = arena_array(telling->out->arena, LIMIT_PEOPLE, sizeof *party);
    struct notice notice = notice_of(telling);
    if (others_asked(telling)) {
        for (size_t i = 0; i < people->count && i < LIMIT_PEOPLE; i++)
            if (&people->items[i] != maker && notice_was_asked(&notice, &people->items[i]))
                (void)visit(telling, &people->items[i]);
        return;
    }
    size_t count =
        oncall_party(telling->world->oncall, STR(ONCALL_PRIMARY), telling->world->now, party);
    for (size_t i = 0; i < count; i++)
        if (party[i] != maker)
            (void)visit(telling, party[i]);
}

static void tell(const struct telling *telling)
{
    const struct silence *silence = telling->silence;
    const struct person *maker =
        silence->by_person ? person_find(telling->world->oncall->people, str_of(silence->by))
                           : NULL;
    if (maker_has_it(telling))
        return;
    if (!maker || !person_is_reachable(maker) || visit(telling, maker))
        visit_oncall(telling, maker);
}

void silence_notice_decide(const struct page_world *world, struct event_list *out)
{
    for (size_t i = 0; i < world->silences->count; i++) {
        struct telling telling = {
            .world = world, .silence = &world->silences->items[i], .out = out};
        bool room = world->pages->table.count + LIMIT_PEOPLE < PAGE_THREADS_MAX;
        if (telling.silence->told && room && instant_before(world->now, telling.silence->until))
            tell(&telling);
    }
}

/* --- what is said --- */

static struct str number_words(struct arena *arena, const struct silence_notice *notice)
{
    return str_printf(arena, "Silence %lld", (long long)notice->page->silence);
}

static void add_time(struct text *text, struct instant at)
{
    char written[INSTANT_TEXT_BYTES];
    instant_write(at, written);
    text_printf(text, "%.10s %.8s UTC", written, written + 11);
}

struct str silence_notice_subject(struct arena *arena, const struct silence_notice *notice)
{
    const struct silence *silence = notice->silence;
    char until[INSTANT_TEXT_BYTES];
    struct str number = number_words(arena, notice);
    if (!silence)
        return str_printf(arena, "[notice] %.*s is over", STR_ARGS(number));
    instant_write(silence->until, until);
    struct str subject = str_printf(arena, "[notice] %.*s ends at %.5s UTC: %s", STR_ARGS(number),
                                    until + 11, silence->title);
    return str_visible(arena, str_cut(subject, SUBJECT_BYTES), true);
}

/* What it mutes now, one line each. */
static void add_muted(struct arena *arena, struct text *text, const struct silence_notice *notice)
{
    size_t count = 0;
    for (size_t i = 0; i < notice->firing.count; i++) {
        const struct silence_matter *matter = &notice->firing.items[i];
        if (matter->level.n == 0 || !silence_mutes(notice->silence, matter))
            continue;
        if (count++ >= NAMED_MAX)
            continue;
        int64_t age_ms = instant_before(matter->since, notice->now)
                             ? instant_ms_between(matter->since, notice->now)
                             : 0;
        text_printf(text, "  %.*s, for %.*s\n", STR_ARGS(matter->title),
                    STR_ARGS(duration_text(arena, age_ms)));
    }
    if (count > NAMED_MAX)
        text_printf(text, "  and %zu more\n", count - NAMED_MAX);
    if (count == 0)
        text_adds(text, "  nothing any more\n");
}

static void add_silence(struct arena *arena, struct text *text, const struct silence_notice *notice)
{
    const struct silence *silence = notice->silence;
    text_printf(text, "Silence %lld of %s ends at ", (long long)silence->number, silence->title);
    add_time(text, silence->until);
    text_printf(text, " (in %.*s).\nMade by %s: %s\n\nIt mutes now:\n",
                STR_ARGS(duration_text(arena, instant_before(notice->now, silence->until)
                                                  ? instant_ms_between(notice->now, silence->until)
                                                  : 0)),
                silence->by, silence->reason);
    add_muted(arena, text, notice);
    text_adds(text, "\nWhat still fires at its end opens its incident then and pages whoever is on "
                    "call. To keep it quiet for\nlonger, make another silence before that; to have "
                    "the incident now, end this one:\n"
                    "  reeve silence add WHAT --for 2h --reason WHY\n");
    text_printf(text, "  reeve silence end %lld\n", (long long)silence->number);
    if (notice->public_url.n > 0)
        text_printf(text, "  %.*s/\n", STR_ARGS(notice->public_url));
}

struct str silence_notice_text(struct arena *arena, const struct silence_notice *notice)
{
    struct text text;
    text_init(&text, arena, TEXT_BYTES_MAX);
    if (notice->silence)
        add_silence(arena, &text, notice);
    else
        text_printf(&text, "Silence %lld, whose end was to be told to you, is over.\n",
                    (long long)notice->page->silence);
    message_add_end(&text, notice->page, notice->checkpoint);
    return str_visible(arena, text_str(&text), false);
}

static void add_muted_json(struct json_writer *w, const struct silence_notice *notice)
{
    size_t count = 0;
    json_open_array(w, "mutes");
    for (size_t i = 0; i < notice->firing.count; i++) {
        const struct silence_matter *matter = &notice->firing.items[i];
        if (matter->level.n > 0 && silence_mutes(notice->silence, matter) && count++ < NAMED_MAX)
            json_str(w, NULL, matter->title);
    }
    json_close_array(w);
    json_int(w, "mutes_count", (int64_t)count);
}

struct str silence_notice_json(struct arena *arena, const struct silence_notice *notice)
{
    const struct silence *silence = notice->silence;
    struct text text;
    struct json_writer w = {.text = &text};
    text_init(&text, arena, TEXT_BYTES_MAX);
    notice_json_open(&w, "silence.ending", notice->now, notice->page,
                     silence_notice_subject(arena, notice));
    json_int(&w, "silence", notice->page->silence);
    if (silence) {
        json_str(&w, "of", str_of(silence->title));
        json_str(&w, "by", str_of(silence->by));
        json_str(&w, "why", str_of(silence->reason));
        json_instant_us(&w, "until", silence->until.us);
        add_muted_json(&w, notice);
    }
    notice_json_close(&w, notice->checkpoint);
    return text_str(&text);
}
