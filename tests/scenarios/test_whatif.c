/* test_whatif.c - "alert whatif" and "oncall whatif" give exactly what then happens.
 *
 * A company, its rotas, leave, overrides and silences are drawn from a seed. It is asked what would
 * follow if some rules fired at an instant; then the core itself is played to that instant, the
 * rules fire, nobody answers, and for three days everything is written down. Both lists have to be
 * the same: who is told by what and when, which waits for the morning, what is opened, missed and
 * escalated, and what a silence mutes until when. REEVE_LONG plays 5,000 seeds, REEVE_WHATIF_SEED
 * one. */
#include "action/perform.h"
#include "alert/depend.h"
#include "base/json.h"
#include "harness/core.h"
#include "harness/test.h"
#include "ledger/codec.h"
#include "main/compose.h"
#include "state/whatif.h"
#include "whatif_company.h"

#include <stdio.h>
#include <stdlib.h>

enum { SEEDS = 200, LONG_SEEDS = 5000, LINES_MAX = 3000, STEP_MS = 5 * 60 * 1000, WORDS_MAX = 12 };

struct play {
    uint64_t seed;
    struct chance chance;
    struct arena arena;
    struct core core;
    struct config config;
    struct instant now;
    struct instant at; /* when they fire */
    bool *firing;
    struct evaluation *evaluations;
    int64_t muting[SILENCES_MAX]; /* silences that cover what fires */
    size_t muting_count;
};

/* One fact, as both lists write it. */
struct line {
    struct instant at;
    struct str text;
    struct event page; /* kind 0: it is none */
    int64_t again;
};

struct lines {
    struct line items[LINES_MAX];
    size_t count;
};

static struct lines said, happened;

/* How many cases had what a case should have: a run in which nothing happens proves nothing. */
static struct {
    int muted, waiting, escalated, ahead, unanswered;
} seen;

static void begin(struct play *play)
{
    struct config_errors errors;
    struct program *program;
    struct err err = {0};
    struct config_input input = {.file = STR("reeve.yaml"),
                                 .text = whatif_configuration(&play->arena, &play->chance)};
    struct str runbook = whatif_runbook(&play->arena, &play->chance);
    if (!config_read(&play->arena, &input, &play->config, &errors))
        test_fail(__FILE__, __LINE__, "seed %llu: %s: %s\n%.*s", (unsigned long long)play->seed,
                  errors.items[0].place, errors.items[0].text, STR_ARGS(input.text));
    CHECK_OK(program_read(&play->arena, STR("RUNBOOK.md"), runbook, &program, &err), &err);
    core_init(&play->core);
    core_open(&play->core);
    CHECK_OK(compose_world(&play->core.world, &play->core.arena, &play->config, program, &err),
             &err);
    CHECK_OK(core_replay(&play->core, &err), &err);
    CHECK(core_record_start(&play->core, play->now));
    size_t count = play->core.world.rules.count;
    CHECK_INT(count, 4);
    play->firing = arena_array(&play->arena, count, sizeof *play->firing);
    play->evaluations = arena_array(&play->arena, count, sizeof *play->evaluations);
    for (size_t i = 0; i < count; i++)
        play->evaluations[i] =
            (struct evaluation){.truth = TRUTH_FALSE, .value_text = STR("1 %"), .series = STR("")};
    play->core.world.evaluations = play->evaluations;
}

/* Everything that is due goes on, and every page arrives. */
static void settle(struct play *play)
{
    struct engine *engine = &play->core.engine;
    struct err err = {0};
    for (;;) {
        struct arena arena;
        size_t count = 0;
        CHECK_OK(engine_turn(engine, play->now, &err), &err);
        CHECK_INT(engine->refused_rounds, 0);
        arena_init(&arena);
        const struct page **ready = page_ready(&play->core.world.pages, play->now, &arena, &count);
        for (size_t i = 0; i < count; i++) {
            struct event_list events;
            event_list_init(&events, &arena);
            page_start(ready[i], play->now, &events);
            CHECK_OK(engine_append(engine, &events, &err), &err);
            event_list_init(&events, &arena);
            page_finish(ready[i], PAGE_WAS_SENT, STR(""), play->now, &events);
            CHECK_OK(engine_append(engine, &events, &err), &err);
        }
        arena_done(&arena);
        if (count == 0)
            return;
    }
}

static bool order(struct play *play, int argc, const char *const *argv, struct reply *reply)
{
    struct call call;
    struct err err = {0};
    int used = 0;
    const struct action *action = action_find(argc, argv, &used);
    CHECK(action != NULL);
    call_init(&call, action, caller_of_user(&play->arena, STR("ana")));
    reply_init(reply, &play->arena);
    return call_parse(&call, &play->arena, argc - used, argv + used, &err) &&
           action_perform(&play->core.engine, &call, play->now, reply, &err);
}

static const char *length(struct play *play, uint64_t most_min)
{
    return str_printf(&play->arena, "%llum",
                      (unsigned long long)(1 + draw(&play->chance, most_min)))
        .p;
}

static const char *moment(struct play *play, struct instant at)
{
    char text[INSTANT_TEXT_BYTES];
    instant_write(at, text);
    return str_copy(&play->arena, str_of(text)).p;
}

/* Silences, leave and overrides; what is refused was drawn for nothing. */
static void change(struct play *play)
{
    static const char *const what[] = {"all", "disk usage", "Memory usage > 95%", "CPU usage"};
    struct reply reply;
    struct chance *chance = &play->chance;
    for (uint64_t i = draw(chance, 3); i > 0; i--) {
        const char *words[] = {
            "silence",  "add", what[draw(chance, 4)], "--for", length(play, 48 * 60),
            "--reason", "work"};
        (void)order(play, 7, words, &reply);
    }
    for (uint64_t i = draw(chance, 3); i > 0; i--) {
        const char *from =
            moment(play, instant_add_ms(play->now, (int64_t)draw(chance, 48 * 60) * 60000));
        const char *leave[] = {"oncall",           "leave",    whatif_person(chance),
                               "--from",           from,       "--for",
                               length(play, 3000), "--reason", "away"};
        const char *override[] = {"oncall",
                                  "override",
                                  draw(chance, 2) ? "primary" : "secondary",
                                  whatif_person(chance),
                                  "--from",
                                  from,
                                  "--for",
                                  length(play, 3000),
                                  "--reason",
                                  "instead"};
        bool away = draw(chance, 2);
        (void)order(play, away ? 9 : 10, away ? leave : override, &reply);
    }
    settle(play);
}

static void add(struct play *play, struct lines *lines, struct line line)
{
    if (lines->count == LINES_MAX)
        test_fail(__FILE__, __LINE__, "seed %llu: more facts than lines",
                  (unsigned long long)play->seed);
    lines->items[lines->count++] = line;
}

static void ask(struct play *play)
{
    struct world *world = &play->core.world;
    size_t count = 0;
    world->now = play->now;
    const struct whatif_silence *silences =
        whatif_silences(world, &play->arena, play->firing, play->at, &count);
    play->muting_count = 0;
    for (size_t i = 0; i < count; i++)
        play->muting[play->muting_count++] = silences[i].silence->number;
    const struct whatif whatif = whatif_play(world, &play->arena, play->firing, play->at);
    said.count = 0;
    for (size_t i = 0; i < whatif.count; i++)
        add(play, &said,
            (struct line){
                .at = whatif.facts[i].at,
                .text = str_printf(&play->arena, "%.*s again %lld",
                                   STR_ARGS(event_sentence(&play->arena, &whatif.facts[i].event)),
                                   (long long)whatif.facts[i].again)});
    CHECK(!whatif.is_cut);
    seen.muted += count > 0;
    seen.ahead += instant_before(play->now, play->at);
    for (size_t i = 0; i < whatif.count; i++) {
        seen.waiting += whatif.facts[i].held;
        seen.escalated += whatif.facts[i].event.kind == EVENT_INCIDENT_ESCALATED;
    }
}

/* Who of a party "oncall whatif" names first. */
static struct str first_of(struct play *play)
{
    struct reply reply;
    struct json *json;
    struct err err = {0};
    struct text text;
    const char *words[] = {"oncall", "whatif", "--at", moment(play, play->at)};
    CHECK(order(play, 4, words, &reply));
    CHECK_OK(json_parse(&play->arena, text_str(&reply.json), &json, &err), &err);
    const struct json *people = json_get(json_get(json, "pages")->first, "people");
    text_init(&text, &play->arena, 1000);
    for (const struct json *one = people->first; one; one = one->next)
        text_printf(&text, "%.*s ", STR_ARGS(one->text));
    return text_str(&text);
}

static bool is_muting(const struct play *play, int64_t number)
{
    for (size_t i = 0; i < play->muting_count; i++)
        if (play->muting[i] == number)
            return true;
    return false;
}

static bool is_told(const struct play *play, const struct event *event)
{
    enum event_kind kind = event->kind;
    if (kind == EVENT_PAGE_REQUESTED)
        return event_int(event, "number") > 0 || event_int(event, "silence") > 0;
    if (kind >= EVENT_SILENCE_ENDING && kind <= EVENT_SILENCE_EXPIRED)
        return is_muting(play, event_int(event, "number"));
    return str_starts(event->subject, "incident:") &&
           !(kind >= EVENT_PAGE_STARTED && kind <= EVENT_PAGE_STOPPED);
}

static bool is_same(const struct event *a, const struct event *b)
{
    return a->kind == b->kind && str_equal(event_str(a, "person"), event_str(b, "person")) &&
           str_equal(event_str(a, "method"), event_str(b, "method")) &&
           str_equal(event_str(a, "reason"), event_str(b, "reason")) &&
           event_int(a, "number") == event_int(b, "number") &&
           event_int(a, "silence") == event_int(b, "silence");
}

/* Adds a fact, or counts a page that was there already. */
static void write_down(struct play *play, const struct event *event)
{
    bool page = event->kind == EVENT_PAGE_REQUESTED;
    struct instant at = event->at;
    if (!is_told(play, event))
        return;
    for (size_t i = 0; page && i < happened.count; i++) {
        if (happened.items[i].page.kind == event->kind && is_same(&happened.items[i].page, event)) {
            happened.items[i].again++;
            return;
        }
    }
    if (page && instant_before(at, event_instant(event, "not_before")))
        at = event_instant(event, "not_before");
    struct line line = {.at = at, .text = event_sentence(&play->arena, event)};
    if (page)
        line.page = *event;
    add(play, &happened, line);
}

static struct instant sooner(struct instant a, struct instant b)
{
    return instant_is_zero(a) || (!instant_is_zero(b) && instant_before(b, a)) ? b : a;
}

/* The next instant at which anything can be due, or STEP_MS later. */
static struct instant next_of(struct play *play)
{
    struct world *world = &play->core.world;
    struct arena arena;
    arena_init(&arena);
    world->now = play->now;
    struct incident_world incidents = world_incidents(world, &arena);
    struct page_world pages = world_pages(world);
    struct instant next = sooner(incident_next_due(&incidents), page_next_due(&pages, &arena));
    for (size_t i = 0; i < world->alerts.silences.count; i++) {
        const struct silence *silence = &world->alerts.silences.items[i];
        struct instant tells = silence_tells_at(silence);
        next = sooner(next, silence->until);
        if (instant_before(play->now, tells))
            next = sooner(next, tells);
    }
    arena_done(&arena);
    struct instant later = instant_add_ms(play->now, STEP_MS);
    if (instant_is_zero(next) || !instant_before(play->now, next) || instant_before(later, next))
        next = later;
    return next;
}

static void go_to(struct play *play, struct instant to)
{
    while (instant_before(play->now, to)) {
        struct instant next = next_of(play);
        play->now = instant_before(to, next) ? to : next;
        settle(play);
    }
}

static void play_on(struct play *play)
{
    if (instant_before(play->now, play->at)) {
        go_to(play, instant_add_ms(play->at, -1));
        play->now = play->at;
    }
    size_t from = play->core.memory.count;
    for (size_t i = 0; i < play->core.world.rules.count; i++)
        if (play->firing[i])
            play->evaluations[i] = (struct evaluation){
                .truth = TRUTH_TRUE, .value = 99, .value_text = STR("99 %"), .series = STR("")};
    settle(play);
    go_to(play, instant_add_ms(play->at, WHATIF_LENGTH_MS));
    happened.count = 0;
    for (size_t i = from; i < play->core.memory.count; i++) {
        struct event event;
        struct err err = {0};
        CHECK_OK(codec_read(&play->arena, &play->core.memory.entries[i], &event, &err), &err);
        write_down(play, &event);
    }
    for (size_t i = 0; i < happened.count; i++)
        happened.items[i].text =
            str_printf(&play->arena, "%.*s again %lld", STR_ARGS(happened.items[i].text),
                       (long long)happened.items[i].again);
}

static int compare_lines(const void *a, const void *b)
{
    const struct line *x = a;
    const struct line *y = b;
    if (x->at.us != y->at.us)
        return x->at.us < y->at.us ? -1 : 1;
    size_t n = x->text.n < y->text.n ? x->text.n : y->text.n;
    int order_of = memcmp(x->text.p, y->text.p, n);
    return order_of ? order_of : (x->text.n > y->text.n) - (x->text.n < y->text.n);
}

static struct str list(struct play *play, struct lines *lines)
{
    struct text text;
    text_init(&text, &play->arena, 1 << 20);
    qsort(lines->items, lines->count, sizeof *lines->items, compare_lines);
    for (size_t i = 0; i < lines->count; i++)
        text_printf(&text, "%s %.*s\n", moment(play, lines->items[i].at),
                    STR_ARGS(lines->items[i].text));
    return text_str(&text);
}

/* Those who were told at once because they are on call, as "oncall whatif" lists them. */
static void check_first(struct play *play, struct str first)
{
    struct str rest = first;
    struct str name;
    size_t asked = 0;
    for (size_t i = 0; i < happened.count; i++) {
        const struct line *line = &happened.items[i];
        if (line->page.kind != EVENT_PAGE_REQUESTED || line->page.at.us != play->at.us ||
            !str_is(event_str(&line->page, "reason"), "on call"))
            continue;
        asked++;
        struct str word =
            str_printf(&play->arena, "%.*s ", STR_ARGS(event_str(&line->page, "person")));
        if (str_find(first, word.p, 0) == first.n)
            test_fail(__FILE__, __LINE__, "seed %llu: %.*s was told, and whatif names %.*s",
                      (unsigned long long)play->seed, STR_ARGS(word), STR_ARGS(first));
    }
    while (asked > 0 && str_split(&rest, ' ', &name)) {
        bool found = name.n == 0;
        for (size_t i = 0; i < happened.count; i++)
            found = found || (happened.items[i].page.kind == EVENT_PAGE_REQUESTED &&
                              str_equal(event_str(&happened.items[i].page, "person"), name));
        if (!found)
            test_fail(__FILE__, __LINE__, "seed %llu: whatif names %.*s, who was not told",
                      (unsigned long long)play->seed, STR_ARGS(name));
    }
}

static struct str second_of(struct play *play, struct instant at)
{
    struct reply reply;
    struct json *json;
    struct err err = {0};
    struct text text;
    const char *words[] = {"oncall", "whatif", "--at", moment(play, at)};
    CHECK(order(play, 4, words, &reply));
    CHECK_OK(json_parse(&play->arena, text_str(&reply.json), &json, &err), &err);
    const struct json *people = json_get(json_get(json, "pages")->first->next, "people");
    text_init(&text, &play->arena, 1000);
    text_adds(&text, " ");
    for (const struct json *one = people->first; one; one = one->next)
        text_printf(&text, "%.*s ", STR_ARGS(one->text));
    return text_str(&text);
}

/* Who comes on later is told at the hand-over, and whatif is asked of one instant. */
static bool is_missed_at(struct play *play, const struct event *page)
{
    struct str words = str_printf(&play->arena, "Incident %lld was not answered ",
                                  (long long)event_int(page, "number"));
    for (size_t i = 0; i < happened.count; i++)
        if (happened.items[i].page.kind == 0 && happened.items[i].at.us == page->at.us &&
            str_starts(happened.items[i].text, words.p))
            return true;
    return false;
}

/* Who was told because nobody answered is whom "oncall whatif" names for that instant. */
static void check_unanswered(struct play *play)
{
    for (size_t i = 0; i < happened.count; i++) {
        const struct event *page = &happened.items[i].page;
        if (page->kind != EVENT_PAGE_REQUESTED ||
            !str_is(event_str(page, "reason"), "nobody answered within the response time") ||
            !is_missed_at(play, page))
            continue;
        struct str named = second_of(play, page->at);
        struct str word = str_printf(&play->arena, " %.*s ", STR_ARGS(event_str(page, "person")));
        seen.unanswered++;
        if (str_find(named, word.p, 0) == named.n)
            test_fail(__FILE__, __LINE__,
                      "seed %llu: %.*s was told as nobody answered, and whatif names%.*s",
                      (unsigned long long)play->seed, STR_ARGS(word), STR_ARGS(named));
    }
}

static void play_seed(uint64_t seed)
{
    struct play play = {.seed = seed, .chance = {seed}};
    /* From March to April, over the changes to summer time, or in their winter counterpart. */
    int64_t begin_s = draw(&play.chance, 2) ? INT64_C(1772323200) : INT64_C(1792022400);
    arena_init(&play.arena);
    play.now = (struct instant){(begin_s + (int64_t)draw(&play.chance, 50 * 86400)) * 1000000};
    begin(&play);
    settle(&play);
    change(&play);
    play.at = play.now;
    if (draw(&play.chance, 2))
        play.at = instant_add_ms(play.now, (int64_t)draw(&play.chance, 48 * 3600) * 1000);
    size_t rules = play.core.world.rules.count;
    play.firing[draw(&play.chance, rules)] = true;
    if (draw(&play.chance, 3) == 0)
        play.firing[draw(&play.chance, rules)] = true;
    ask(&play);
    struct str first = first_of(&play);
    play_on(&play);
    struct str want = list(&play, &said);
    struct str got = list(&play, &happened);
    if (!str_equal(want, got))
        (void)printf("# seed %llu, they fire at %s\n", (unsigned long long)seed,
                     moment(&play, play.at));
    CHECK_SAME(got, want);
    check_first(&play, first);
    check_unanswered(&play);
    core_done(&play.core);
    arena_done(&play.arena);
}

TEST(what_if_gives_exactly_what_then_happens)
{
    const char *one = getenv("REEVE_WHATIF_SEED");
    uint64_t seed = one ? strtoull(one, NULL, 10) : 1;
    uint64_t to = one ? seed : getenv("REEVE_LONG") ? LONG_SEEDS : SEEDS;
    for (; seed <= to; seed++)
        play_seed(seed);
    CHECK(one || (seen.muted > 20 && seen.waiting > 20 && seen.escalated > 20 && seen.ahead > 20 &&
                  seen.unanswered > 20));
}
