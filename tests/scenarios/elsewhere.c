/* elsewhere.c - what jobs say of themselves, and the alerts that other systems send. */
#include "alert/beat_file.h"
#include "expect.h"

static struct beat_clock clock_of(const struct scenario *scenario)
{
    return (struct beat_clock){STR("scenario"), scenario->core.clock_offset_ms};
}

bool elsewhere_open(struct scenario *scenario, struct err *err)
{
    struct beats *beats = &scenario->core.world.beats;
    struct beat_clock clock = clock_of(scenario);
    if (scenario->beat_file.n > 0 &&
        !beat_file_read(beats, scenario->beat_file, &clock, scenario_now(scenario), err))
        return false;
    beats_know(beats, false, scenario_now(scenario));
    return true;
}

/* job NAME ends|begins|fails: what was heard is written down before the turn. */
bool elsewhere_job(struct scenario *scenario, const struct line *line, struct err *err)
{
    enum beat_word word = BEAT_DONE;
    struct beats *beats = &scenario->core.world.beats;
    if (expect_word(line, 2, "begins"))
        word = BEAT_BEGUN;
    else if (expect_word(line, 2, "fails"))
        word = BEAT_FAILURE;
    else if (!expect_word(line, 2, "ends"))
        return scenario_bad(scenario, &line->words[0], err,
                            "Write: job nightly-backup ends, begins or fails.");
    if (!beat_find(beats, line->words[1].text))
        return scenario_bad(scenario, &line->words[1], err, "There is no heartbeat \"%.*s\".",
                            STR_ARGS(line->words[1].text));
    if (!beat_hear(beats, line->words[1].text, word, BEAT_SAID_FAILED, scenario_now(scenario)))
        return scenario_wrong(scenario, err, "there is no room for a heartbeat");
    struct beat_clock clock = clock_of(scenario);
    scenario->beat_file = beat_file_write(&scenario->arena, beats, &clock);
    return clock_turn(scenario, err);
}

static const struct config_inbound *find_sender(const struct scenario *scenario, struct str name)
{
    for (size_t i = 0; i < scenario->config.inbound_count; i++)
        if (str_equal(scenario->config.inbounds[i].name, name))
            return &scenario->config.inbounds[i];
    return NULL;
}

/* SENDER sends KEY fires|resolves ["name"]; all alerts of a sender are one group. */
bool elsewhere_send(struct scenario *scenario, const struct line *line, struct err *err)
{
    bool fires = expect_word(line, 3, "fires");
    if (line->word_count < 4 || (!fires && !expect_word(line, 3, "resolves")))
        return scenario_bad(scenario, &line->words[0], err,
                            "Write: send grafana key-1 fires \"Disk full\", or send grafana key-1 "
                            "resolves.");
    const struct config_inbound *sender = find_sender(scenario, line->words[1].text);
    if (!sender)
        return scenario_bad(scenario, &line->words[1], err, "There is no sender \"%.*s\".",
                            STR_ARGS(line->words[1].text));
    struct arena *arena = &scenario->arena;
    struct str key = str_copy(arena, line->words[2].text);
    struct inbound_alert alert = {
        .change = fires ? INBOUND_FIRES : INBOUND_RESOLVES,
        .key = key,
        .group = STR("all"),
        .name = line->word_count > 4 ? str_copy(arena, line->words[4].text) : key,
        .severity = STR(""),
        .summary = STR("it is bad"),
        .url =
            str_printf(arena, "https://%.*s.example/%.*s", STR_ARGS(sender->name), STR_ARGS(key)),
        .starts = fires ? scenario_now(scenario) : (struct instant){0}};
    struct world *world = &scenario->core.world;
    struct inbound_post post = {.sender = {.name = sender->name, .opens = sender->opens},
                                .batch = {&alert, 1, 1},
                                .silences = &world->alerts.silences,
                                .now = scenario_now(scenario)};
    struct event_list events;
    struct inbound_taken taken;
    struct err failed = {0};
    event_list_init(&events, arena);
    inbound_take(&world->inbounds, &post, &events, &taken);
    if (!engine_append(&scenario->core.engine, &events, &failed))
        return scenario->core.crashed
                   ? clock_turn(scenario, err)
                   : scenario_wrong(scenario, err, "it could not be recorded: %s", failed.text);
    inbound_hear(&world->inbounds, &post);
    return clock_turn(scenario, err);
}
