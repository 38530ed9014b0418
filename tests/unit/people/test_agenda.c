/* test_agenda.c - what the reader of calendar files answers, made into turns; and rotas by them. */
#include "base/text.h"
#include "harness/test.h"
#include "people/agenda.h"
#include "people/gap.h"

static const struct person team[] = {
    {.id = {"ana", 3}, .reach[METHOD_SMTP] = {"ana@acme.example", 16}},
    {.id = {"ben", 3}, .reach[METHOD_SMTP] = {"ben@acme.example", 16}},
    {.id = {"cai", 3}, .reach[METHOD_SMTP] = {"cai@acme.example", 16}}};
static const struct people people = {team, 3};
static const struct agenda_person names[] = {{{"ana", 3}, {"ana@acme.example", 16}},
                                             {{"ben", 3}, {"ben@acme.example", 16}},
                                             {{"cai", 3}, {"", 0}},
                                             {{"Dee Doe", 7}, {"dee.doe@acme.example", 20}}};
static const struct agenda_people known = {names, 4, NULL, false};

/* Who is on from when on, as "10 ana,ben; 20 -". */
static struct str turns(struct arena *arena, const struct agenda_reading *reading)
{
    struct text text;
    text_init(&text, arena, 4000);
    for (size_t i = 0; i < reading->entry_count; i++) {
        const struct agenda_entry *entry = &reading->entries[i];
        text_printf(&text, "%s%lld ", i ? "; " : "", (long long)entry->from.us);
        for (size_t k = 0; k < entry->slot.count; k++)
            text_printf(&text, "%s%.*s", k ? "," : "", STR_ARGS(entry->slot.people[k]));
        text_adds(&text, entry->slot.count ? "" : "-");
    }
    return text_str(&text);
}

static struct agenda_reading read_all(struct arena *arena, const char *answer)
{
    struct agenda_reading reading;
    struct err err = {0};
    CHECK_OK(agenda_read(arena, &known, str_of(answer), &reading, &err), &err);
    return reading;
}

#define HEAD "agenda 1\nW\t0\t1000\n"

TEST(events_become_turns_without_gaps_between_those_that_meet)
{
    struct agenda_reading reading =
        read_all(arena, HEAD "E\t3\t5\tOn call: Ana\t\nT\t10\t20\nT\t20\t30\nT\t50\t60\n"
                             "E\t9\t5\tben\t\nT\t25\t40\nZ\t0\n.\t2\t4\n");
    CHECK_STR(turns(arena, &reading), "10 ana; 25 ana,ben; 30 ben; 40 -; 50 ana; 60 -");
    CHECK_INT(reading.finding_count, 0);
}

TEST(the_best_priority_counts_where_it_names_somebody_known)
{
    struct agenda_reading reading = read_all(
        arena, HEAD "E\t1\t5\tana\t\nT\t0\t100\nE\t2\t1\tben\t\nT\t20\t30\n"
                    "E\t3\t1\tzed\t\nT\t50\t60\nE\t4\t9\tcai\t\nT\t90\t120\nZ\t0\n.\t4\t4\n");
    CHECK_STR(turns(arena, &reading), "0 ana; 20 ben; 30 ana; 100 cai; 120 -");
    CHECK_INT(reading.finding_count, 1);
    CHECK_INT(reading.findings[0].line, 3);
    CHECK_STR(reading.findings[0].sentence,
              "The event \"zed\" names nobody of people:; write an id or an address in its title, "
              "or invite them.");
}

static struct str named(struct arena *arena, const char *words)
{
    bool found[4] = {false};
    struct text text;
    size_t count = agenda_find_names(&known, str_of(words), found);
    text_init(&text, arena, 100);
    for (int i = 0; i < 4; i++)
        if (found[i])
            text_printf(&text, "%s%.*s", text.n ? "," : "", STR_ARGS(names[i].id));
    CHECK_INT(count, found[0] + found[1] + found[2] + found[3]);
    return text_str(&text);
}

TEST(names_are_words_of_their_own)
{
    CHECK_STR(named(arena, "Ana"), "ana");
    CHECK_STR(named(arena, "ANA's week (ben)"), "ana,ben");
    CHECK_STR(named(arena, "on call: ana."), "ana");
    CHECK_STR(named(arena, "ana/cai - all day"), "ana,cai");
    CHECK_STR(named(arena, "Banana, anaphora, ana-maria, ana@other.example, _ana"), "");
    CHECK_STR(named(arena, "Anä"), "");
    CHECK_STR(named(arena, "BEN@acme.example on call"), "ben");
    CHECK_STR(named(arena, "week of dee doe"), "Dee Doe");
    CHECK_STR(named(arena, "Dee Doering, dee"), "");
    CHECK_STR(named(arena, "dee.doe@acme.example"), "Dee Doe");
    CHECK_STR(named(arena, ""), "");
}

TEST(addresses_count_where_the_title_names_nobody)
{
    struct agenda_reading reading = read_all(
        arena, HEAD "E\t1\t5\tOn call\tcai@x\tANA@acme.example\tben@acme.example\nT\t0\t10\n"
                    "E\t2\t5\tOn call\tben@acme.example\tzed@x\nT\t10\t20\n"
                    "E\t3\t5\tcai\tben@acme.example\tana@acme.example\nT\t20\t30\nZ\t0\n.\t3\t3\n");
    CHECK_STR(turns(arena, &reading), "0 ana,ben; 10 ben; 20 cai; 30 -");
    CHECK_INT(reading.finding_count, 1);
    CHECK_STR(reading.findings[0].sentence,
              "The title \"cai\" names other people than those invited; the title counts.");
}

TEST(answers_that_are_cut_or_damaged_are_refused)
{
    static const char *const bad[] = {"",
                                      "agenda 2\n",
                                      "agenda 1\n",
                                      HEAD,
                                      HEAD "Z\t0\n",
                                      HEAD "T\t0\t10\n.\t0\t1\n",
                                      HEAD "E\t1\t5\tana\t\nT\t10\t10\n.\t1\t1\n",
                                      HEAD "E\t1\t5\tana\t\nT\t0\t10\n.\t1\t2\n",
                                      HEAD "E\t1\t0\tana\t\n.\t1\t0\n",
                                      HEAD "E\t0\t5\tana\t\n.\t1\t0\n",
                                      HEAD ".\t0\t0\nZ\t0\n",
                                      "agenda 1\nE\t1\t5\tana\t\n",
                                      HEAD "X\n.\t0\t0\n",
                                      "agenda 1\nW\t9\t1\n.\t0\t0\n",
                                      HEAD "\xff\n.\t0\t0\n"};
    struct agenda_reading reading;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct err err = {0};
        CHECK(!agenda_read(arena, &known, str_of(bad[i]), &reading, &err));
        CHECK(str_starts(str_of(err.text), "The answer about the file is damaged: "));
    }
    struct err err = {0};
    CHECK(!agenda_read(arena, &known, STR("agenda 1\nF\tline 3: It is <\x1b[1m>.\n"), &reading,
                       &err));
    CHECK_STR(str_of(err.text), "line 3: It is <<U+001B>[1m>.");
}

/* --- a rota by an agenda --- */

static struct instant day(int64_t number)
{
    return (struct instant){number * INT64_C(86400000000)};
}

static const struct str ana = {"ana", 3}, ben = {"ben", 3}, cai = {"cai", 3};
static const struct agenda_entry entries[] = {{{INT64_C(10) * 86400000000}, {&ana, 1}},
                                              {{INT64_C(17) * 86400000000}, {&ben, 1}},
                                              {{INT64_C(24) * 86400000000}, {NULL, 0}},
                                              {{INT64_C(26) * 86400000000}, {&cai, 1}},
                                              {{INT64_C(33) * 86400000000}, {NULL, 0}}};

static void check_on(const struct shift_source *source, struct arena *arena, int64_t number,
                     const char *who)
{
    struct shift shift = shift_at(source, arena, day(number));
    CHECK_STR(shift_names(arena, &shift), who);
}

TEST(a_rota_by_a_calendar_has_leave_overrides_and_gaps_as_others)
{
    struct agenda agenda = {STR("oncall.ics"), entries, 5};
    struct rota_layer layers[2] = {{.agenda = &agenda}};
    struct rota rota = {.name = STR("primary"), .layers = layers, .layer_count = 1};
    struct oncall_changes changes;
    oncall_changes_init(&changes, arena);
    struct oncall oncall = {
        .people = &people, .rotas = &rota, .rota_count = 1, .changes = &changes};
    struct shift_source source = oncall_source(&oncall, &rota);
    static const char *const who[] = {"nobody", "ana", "ben", "nobody", "cai", "nobody"};
    struct shifts shifts = shifts_between(&source, arena, day(5), day(60));
    CHECK_INT(shifts.count, 6);
    for (size_t i = 0; i < shifts.count; i++)
        CHECK_STR(shift_names(arena, &shifts.items[i]), who[i]);
    CHECK_INT(shifts.items[1].from.us, day(10).us);
    CHECK_INT(shifts.items[5].to.us, ROTA_NEVER.us);
    CHECK_STR(shift_reason(arena, &rota, &shifts.items[1]), "oncall.ics");
    struct gap_source gaps = {&oncall, &rota, arena};
    struct rota_gap gap;
    CHECK(gap_find(&gaps, day(11), day(40), &gap));
    CHECK_INT(gap.from.us, day(24).us);
    CHECK_INT(gap.to.us, day(26).us);
    /* Leave of Ana for two days of her week: the next of the calendar covers. */
    struct event_list events;
    event_list_init(&events, arena);
    struct event *leave =
        event_list_add(&events, EVENT_ONCALL_LEAVE, day(11), STR("ana"), STR("oncall"));
    event_set_int(leave, "number", 1);
    event_set_str(leave, "person", STR("ana"));
    event_set_instant(leave, "from", day(12));
    event_set_instant(leave, "until", day(14));
    oncall_change_fold(&changes, leave);
    check_on(&source, arena, 11, "ana");
    check_on(&source, arena, 13, "ben");
    check_on(&source, arena, 15, "ana");
    struct shift cover = shift_at(&source, arena, day(13));
    CHECK_STR(shift_reason(arena, &rota, &cover), "oncall.ics, covering for ana");
    /* Another file: the next question has its answer. */
    agenda.count = 1;
    check_on(&source, arena, 26, "ana");
    int64_t version = oncall_version(&oncall);
    oncall.agenda_version++;
    CHECK(oncall_version(&oncall) != version);
}
