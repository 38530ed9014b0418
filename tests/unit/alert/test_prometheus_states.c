/* test_prometheus_states.c - the state machine of Prometheus' rules, point by point: where Reeve's
 * is the same, and where it is another by design (docs/decisions/0043-prometheus-states.md, whose
 * numbers these are). The marks of a play are one look each, a second apart: T true, F false,
 * U unknown; "R" is a restart in which 100 s pass. */
#include "alert/alert.h"
#include "harness/test.h"

struct player {
    struct arena *arena;
    struct rule rule;
    struct alerts alerts;
    struct instant now;
    struct text script;
    int64_t look;
};

static void begin(struct player *player, struct arena *arena, int64_t for_s)
{
    *player = (struct player){
        .arena = arena,
        .rule = {.id = STR("0123456789abcdef"), .title = STR("Error rate"), .for_ms = for_s * 1000},
        .now = {INT64_C(1700000000) * 1000000}};
    alerts_init(&player->alerts, arena);
    text_init(&player->script, arena, 4096);
}

static void restart(struct player *player)
{
    struct event_list events;
    event_list_init(&events, player->arena);
    struct instant last_seen = player->now;
    player->now = instant_add_ms(player->now, 100 * 1000);
    struct event *event =
        event_list_add(&events, EVENT_NODE_STARTED, player->now, STR("reeve"), STR("node"));
    event_set_instant(event, "last_seen", last_seen);
    alert_fold(&player->alerts, event);
}

static void look(struct player *player, char mark)
{
    static const char letters[] = "PCFRUKX"; /* in the order of the event table */
    struct rules rules = {.items = &player->rule, .count = 1, .written = 1};
    struct evaluation evaluation = {.value = 1,
                                    .truth = mark == 'T'   ? TRUTH_TRUE
                                             : mark == 'F' ? TRUTH_FALSE
                                                           : TRUTH_UNKNOWN};
    for (int round = 0; round < 8; round++) {
        struct event_list decided;
        event_list_init(&decided, player->arena);
        alert_decide(&player->alerts, &rules, &evaluation, player->now, &decided);
        for (size_t i = 0; i < decided.count; i++) {
            alert_fold(&player->alerts, &decided.items[i]);
            text_printf(&player->script, "%s%lld%c", player->script.n > 0 ? " " : "",
                        (long long)player->look,
                        letters[decided.items[i].kind - EVENT_ALERT_PENDING]);
        }
        if (decided.count == 0)
            break;
    }
    player->look++;
    player->now = instant_add_ms(player->now, 1000);
}

/* "1P 4F": at look 1 pending, at look 4 fired. */
static struct str play(struct arena *arena, const char *marks, int64_t for_s)
{
    struct player player;
    begin(&player, arena, for_s);
    for (size_t i = 0; marks[i]; i++) {
        if (marks[i] == 'R')
            restart(&player);
        else
            look(&player, marks[i]);
    }
    alerts_done(&player.alerts);
    return text_str(&player.script);
}

TEST(point_1_the_same_sentence_twice_is_one_alert_and_no_error)
{
    struct rule twice[2] = {{.id = STR("a"), .for_ms = 0}, {.id = STR("a"), .for_ms = 0}};
    struct rules rules = {.items = twice, .count = 2, .written = 2};
    struct evaluation evaluations[2] = {{.truth = TRUTH_TRUE, .value = 1},
                                        {.truth = TRUTH_TRUE, .value = 1}};
    struct alerts alerts;
    struct event_list decided;
    alerts_init(&alerts, arena);
    event_list_init(&decided, arena);
    alert_decide(&alerts, &rules, evaluations, (struct instant){INT64_C(1700000000000000)},
                 &decided);
    CHECK_INT(decided.count, 1);
    CHECK(decided.items[0].kind == EVENT_ALERT_FIRED);
    alerts_done(&alerts);
}

TEST(point_2_fires_in_the_same_look_in_which_it_has_held_long_enough)
{
    CHECK_STR(play(arena, "FT", 0), "1F");
    CHECK_STR(play(arena, "FTTTT", 3), "1P 4F");
    /* Between nothing and a step: at the next look. */
    CHECK_STR(play(arena, "TT", 1), "0P 1F");
}

TEST(point_3_false_ends_pending_at_once_and_firing_after_the_quiet_time)
{
    CHECK_STR(play(arena, "TTFTTTT", 3), "0P 2C 3P 6F");
    CHECK_STR(play(arena, "TFFFFFFFFFFFFFFFF", 0), "0F 1C 16R");
    /* Again in between: it never stopped, and the quiet time begins anew. */
    CHECK_STR(play(arena, "TFFFFFTFFFFFFFFFFFFFFFF", 0), "0F 1C 6P 7C 22R");
}

TEST(point_4_what_is_resolved_is_a_fact_and_not_sent_again_by_time)
{
    CHECK_STR(play(arena, "TFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF", 0), "0F 1C 16R");
}

TEST(point_5_unknown_freezes_as_an_error_does_and_for_as_long_as_it_lasts)
{
    CHECK_STR(play(arena, "TTUUUUTT", 3), "0P 2U 6K 7F");
    CHECK_STR(play(arena, "TUUUUUUUUUUUUUUUUUUUUUUUUUUUUUUUUUUUU", 0), "0F 1U");
    /* The quiet time does not run in the dark. */
    CHECK_STR(play(arena, "TFUFFFFFFFFFFFFFFFF", 0), "0F 1C 2U 3K 3C 18R");
}

TEST(point_8_a_longer_for_does_not_take_back_what_fires)
{
    struct player player;
    begin(&player, arena, 2);
    look(&player, 'T');
    look(&player, 'T');
    look(&player, 'T');
    player.rule.for_ms = 300 * 1000;
    look(&player, 'T');
    look(&player, 'T');
    CHECK_STR(text_str(&player.script), "0P 2F");
    /* What is pending has to hold for the new time, counted from when it began. */
    struct player other;
    begin(&other, arena, 2);
    look(&other, 'T');
    other.rule.for_ms = 4 * 1000;
    for (int i = 0; i < 4; i++)
        look(&other, 'T');
    CHECK_STR(text_str(&other.script), "0P 4F");
    alerts_done(&player.alerts);
    alerts_done(&other.alerts);
}

TEST(point_9_a_restart_loses_no_state_and_its_time_does_not_count)
{
    /* Pending for 2 s of 5, 100 s away, then the other 3 s: whatever `for` is, and at once. */
    CHECK_STR(play(arena, "TTRTTTTT", 5), "0P 5F");
    /* Firing stays firing, with a short `for` as with none, and is not said anew. */
    CHECK_STR(play(arena, "TTTRTTTT", 2), "0P 2F");
    CHECK_STR(play(arena, "TRTTT", 0), "0F");
    /* Its quiet time begins anew: what was false while nobody looked is not known. */
    CHECK_STR(play(arena, "TFFFRFFFFFFFFFFFFFFFF", 0), "0F 1C 4C 19R");
    /* Not known after the restart: nothing resolves. */
    CHECK_STR(play(arena, "TRUUUUUUUUUUUUUUUUUUUUUUUUUUUUT", 0), "0F");
}

TEST(point_12_a_value_that_swings_around_its_limit_is_one_firing)
{
    CHECK_STR(play(arena, "TFTFTFTFTF", 0), "0F 1C 2P 3C 4P 5C 6P 7C 8P 9C");
}
