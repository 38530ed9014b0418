/* local_ask.c - a question to the engine, asked by reeve-work while one waits. */
#include "main/local_ask.h"

#include "alert/ask.h"
#include "alert/meant.h"
#include "keeper/keeper_secret.h"
#include "main/programs.h"
#include "os/clock.h"
#include "worker/foreground.h"

#define HOUR_MS (INT64_C(60) * 60 * 1000)

enum { SHOWN_SERIES = 100 };

static bool read_secret(struct app *app, const struct order *order, struct secret_value *secret,
                        struct err *err)
{
    const struct config_ask *ask = &app->config.ask;
    const struct config_secret *from = ask->token.name.n > 0 ? &ask->token : &ask->password;
    if (order->secret_count == 0)
        return true;
    return keeper_secret_read(&app->arena,
                              str_printf(&app->arena, "%s:%.*s", from->from_file ? "file" : "env",
                                         STR_ARGS(from->source)),
                              secret, err);
}

bool local_ask(struct app *app, const struct ask_batch *batch, struct asked_answer **out_answers,
               struct str *out_version, struct err *err)
{
    SECRET_SCOPED secret = {.n = 0};
    struct programs programs;
    struct order_result result = {.outcome = ORDER_FAILED, .output = STR("")};
    struct order order = ask_order(&app->arena, &app->config.ask, batch);
    if (!programs_find(&app->arena, &programs, err) || !read_secret(app, &order, &secret, err))
        return false;
    struct foreground foreground = {
        .program = programs.worker, .order = &order, .secrets = &secret};
    if (!worker_perform(&app->arena, &foreground, &result, err))
        return false;
    *out_answers = ask_answers(&app->arena, batch, &result, clock_now(), out_version);
    return true;
}

static void say_series(struct text *out, const struct asked_answer *answer)
{
    for (size_t i = 0; i < answer->count && i < SHOWN_SERIES; i++) {
        const struct asked_series *series = &answer->series[i];
        text_printf(out, "  %-10.*s  ", STR_ARGS(series->part));
        if (series->le.n > 0)
            text_printf(out, "le %-8.*s  ", STR_ARGS(series->le));
        text_printf(out, "%.12g", series->value);
        text_adds(out, series->labels.n > 0 ? "  " : "");
        text_add(out, series->labels);
        text_byte(out, '\n');
    }
}

/* Each question with its answer; those of a baseline as of the beginning of the hour. */
static bool ask_all(struct app *app, const struct rule *rule, struct asked *asked,
                    struct instant *at, struct err *err)
{
    struct instant hour = {at->us / 1000 / HOUR_MS * HOUR_MS * 1000};
    struct asked_answer *answers = NULL;
    struct str words[ASK_BATCH_MAX];
    struct str version;
    for (size_t done = 0; done < rule->question_count;) {
        const struct asked_wanted *first = &rule->questions[done];
        struct ask_batch batch = {.questions = words, .at = first->hourly ? hour : *at};
        while (done + batch.count < rule->question_count && batch.count < ASK_BATCH_MAX &&
               first[batch.count].hourly == first->hourly) {
            words[batch.count] = first[batch.count].words;
            batch.count++;
        }
        batch.count = ask_batch_count(words, batch.count);
        if (!local_ask(app, &batch, &answers, &version, err))
            return false;
        for (size_t i = 0; i < batch.count; i++) {
            asked_take(asked, words[i], &answers[i]);
            if (app->json)
                continue; /* write_json */
            text_add(&app->out, words[i]);
            text_adds(&app->out, ":\n");
            if (answers[i].problem.n > 0)
                text_printf(&app->out, "  %.*s\n", STR_ARGS(answers[i].problem));
            say_series(&app->out, &answers[i]);
        }
        *at = done == 0 ? answers[0].at : *at;
        done += batch.count;
    }
    return true;
}

static const char *const truths[] = {[TRUTH_UNKNOWN] = "unknown",
                                     [TRUTH_FALSE] = "false",
                                     [TRUTH_TRUE] = "true",
                                     [TRUTH_TOO_LITTLE] = "too little traffic"};

static void write_json(struct app *app, const struct rule *rule, const struct telemetry *telemetry,
                       struct instant at)
{
    struct evaluation evaluation = rule_evaluate(&app->arena, rule, telemetry, at);
    bool unknown = evaluation.truth == TRUTH_UNKNOWN;
    struct json_writer w = {.text = &app->out};
    json_open_object(&w, NULL);
    json_str(&w, "rule", rule->title);
    json_str(&w, "part", rule->part);
    json_str(&w, "asked", ask_words(&app->arena, rule, telemetry));
    json_open_array(&w, "questions");
    for (size_t i = 0; i < rule->question_count; i++)
        json_str(&w, NULL, rule->questions[i].words);
    json_close_array(&w);
    json_open_array(&w, "answers");
    for (size_t i = 0; i < rule->question_count; i++)
        asked_write(&w, &asked_find(telemetry->asked, rule->questions[i].words)->newest);
    json_close_array(&w);
    reply_instant(&w, "at", at);
    json_str(&w, "truth", str_of(truths[evaluation.truth]));
    json_str(&w, "words", unknown ? evaluation.reason : evaluation.value_text);
    json_str(&w, "meaning", rule->meaning);
    json_close_object(&w);
    text_byte(&app->out, '\n');
}

bool local_ask_why(struct app *app, const struct local_rule *local, struct instant at,
                   struct err *err)
{
    const struct rule *rule = &local->rule;
    struct telemetry telemetry;
    struct asked asked;
    char when[INSTANT_TEXT_BYTES];
    asked_init(&asked, &app->arena);
    asked.engine = app->config.ask.url;
    asked.every_ms = app->config.ask.every_ms;
    asked.stale_ms = app->config.ask.stale_ms;
    asked_set(&asked, rule->questions, rule->question_count);
    telemetry_init(&telemetry, &app->arena);
    telemetry.asked = &asked;
    if (!app->json)
        text_printf(&app->out, "%.*s (line %d)\n", STR_ARGS(rule_shown(&app->arena, rule)),
                    rule->line);
    bool good = ask_all(app, rule, &asked, &at, err);
    if (good && app->json)
        write_json(app, rule, &telemetry, at);
    if (good && !app->json) {
        struct evaluation evaluation = rule_evaluate(&app->arena, rule, &telemetry, at);
        struct str words =
            evaluation.truth == TRUTH_UNKNOWN ? evaluation.reason : evaluation.value_text;
        instant_write(at, when);
        text_printf(&app->out, "%.*s\nat %.10s %.8sZ: %s: %.*s\nthe rule %.*s\n",
                    STR_ARGS(ask_words(&app->arena, rule, &telemetry)), when, when + 11,
                    truths[evaluation.truth], STR_ARGS(words), STR_ARGS(rule->meaning));
    }
    telemetry_done(&telemetry); /* and asked with it */
    return good;
}
