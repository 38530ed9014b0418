/* local_health.c - "health:check": every probe and every target once, now, as people or programs
 * read it. The secrets are read here and go to reeve-work on its standard input. */
#include "main/local_actions.h"

#include "base/noun.h"
#include "collect/scrape.h"
#include "keeper/keeper_secret.h"
#include "main/local_ask.h"
#include "main/probe_order.h"
#include "main/programs.h"
#include "os/clock.h"
#include "worker/foreground.h"

enum { EXIT_OUTSIDE = 4, CELL_BYTES = 64 };

struct health {
    struct app *app;
    struct json_writer w;
    struct programs programs;
    size_t name_width;
    int64_t count, failed;
};

/* Those that the order names, in its order. */
static bool read_secrets(struct arena *arena, const struct config_probe *probe,
                         struct secret_value secrets[PROBE_SECRETS_MAX], struct err *err)
{
    const struct config_secret *const from[PROBE_SECRETS_MAX] = {&probe->address, &probe->key};
    size_t count = 0;
    for (size_t i = 0; i < PROBE_SECRETS_MAX; i++) {
        struct str reference = str_printf(arena, "%s:%.*s", from[i]->from_file ? "file" : "env",
                                          STR_ARGS(from[i]->source));
        if (from[i]->name.n > 0 && !keeper_secret_read(arena, reference, &secrets[count++], err))
            return false;
    }
    return true;
}

/* False: the order was not even given. */
static bool look(struct health *health, const struct config_probe *probe,
                 struct probe_line *out_line, struct str *out_says)
{
    struct arena *arena = &health->app->arena;
    struct secret_value secrets[PROBE_SECRETS_MAX] = {{.n = 0}};
    struct err err = {0};
    struct order_result result = {.outcome = ORDER_FAILED, .output = STR("")};
    struct order order = probe_order(arena, probe);
    struct foreground foreground = {
        .program = health->programs.worker, .order = &order, .secrets = secrets};
    if (!read_secrets(arena, probe, secrets, &err) ||
        !worker_perform(arena, &foreground, &result, &err))
        result.detail = str_printf(arena, "%s: %s", err.place, err.text);
    for (size_t i = 0; i < PROBE_SECRETS_MAX; i++)
        secret_value_wipe(&secrets[i]);
    *out_line = probe_line_of(arena, probe, &result, clock_now());
    *out_says = out_line->up ? result.detail : out_line->problem;
    return out_line->up;
}

/* One thing that was looked at, and what was found. */
struct found {
    const struct config_probe *probe;
    const char *kind;
    int64_t ms;
    struct probe_line line;
    struct str says;
};

static void say(struct health *health, const struct found *found)
{
    const struct config_probe *probe = found->probe;
    const struct probe_line *line = &found->line;
    struct app *app = health->app;
    if (app->json) {
        json_open_object(&health->w, NULL);
        json_str(&health->w, "kind", str_of(found->kind));
        json_int(&health->w, "ms", found->ms);
        json_str(&health->w, "name", probe->name);
        json_str(&health->w, "note", line->note);
        json_bool(&health->w, "ok", line->up);
        json_str(&health->w, "place", probe_place(&app->arena, probe));
        json_str(&health->w, "says", found->says);
        json_close_object(&health->w);
        return;
    }
    text_printf(&app->out, "%s  %-*.*s  %-11s  %6lld ms  ", line->up ? "well" : "FAIL",
                (int)health->name_width, STR_ARGS(probe->name), found->kind, (long long)found->ms);
    text_visible(&app->out, found->says, true);
    if (line->note.n > 0 && !str_equal(line->note, found->says)) {
        text_adds(&app->out, "; ");
        text_visible(&app->out, line->note, true);
    }
    text_byte(&app->out, '\n');
}

static void check(struct health *health, const struct config_probe *probe, const char *kind)
{
    struct found found = {.probe = probe, .kind = kind};
    int64_t from_ms = clock_boot_ms();
    health->count++;
    if (!look(health, probe, &found.line, &found.says))
        health->failed++;
    found.ms = clock_boot_ms() - from_ms;
    say(health, &found);
}

/* As the collector asks it. */
static void check_target(struct health *health, const struct config_target *target)
{
    struct arena *arena = &health->app->arena;
    struct config_probe probe = probe_of_target(target);
    struct scrape_address address;
    struct err err = {0};
    if (!scrape_parse_url(arena, target->url, &address, &err)) {
        struct found found = {.probe = &probe,
                              .kind = "target",
                              .line = {.name = target->name, .note = STR("")},
                              .says = str_of(err.text)};
        health->count++;
        health->failed++;
        say(health, &found);
        return;
    }
    bool bare =
        str_find_byte(target->url, '/', str_find(target->url, "//", 0) + 2) == target->url.n;
    if (bare)
        probe.url = str_printf(arena, "%.*s%.*s", STR_ARGS(target->url), STR_ARGS(address.path));
    check(health, &probe, "target");
}

/* Is it there, does it take our log-in, does it answer a question? */
static void check_engine(struct health *health, const struct config_ask *ask)
{
    struct arena *arena = &health->app->arena;
    struct config_probe probe = {.name = ask->name, .kind = STR("http"), .url = ask->url};
    struct str question = STR("vector(1)");
    struct ask_batch batch = {.questions = &question, .count = 1, .version = true};
    struct found found = {.probe = &probe,
                          .kind = "ask",
                          .line = {.name = ask->name, .note = STR("")},
                          .says = STR("")};
    struct asked_answer *answers = NULL;
    struct str version = STR("");
    struct err err = {0};
    int64_t from_ms = clock_boot_ms();
    health->count++;
    bool asked = local_ask(health->app, &batch, &answers, &version, &err);
    found.ms = clock_boot_ms() - from_ms;
    found.line.up = asked && answers[0].problem.n == 0;
    if (!asked)
        found.says = str_of(err.text);
    else if (answers[0].problem.n > 0)
        found.says = answers[0].problem;
    else
        found.says = str_printf(arena, "answered in %lld ms%s%.*s", (long long)answers[0].took_ms,
                                version.n > 0 ? ", version " : "", STR_ARGS(version));
    if (!found.line.up)
        health->failed++;
    say(health, &found);
}

static void measure(struct health *health, struct str name)
{
    if (name.n > health->name_width)
        health->name_width = name.n < CELL_BYTES ? name.n : CELL_BYTES;
}

static void check_all(struct health *health)
{
    const struct config *config = &health->app->config;
    for (size_t i = 0; i < config->probe_count; i++)
        measure(health, config->probes[i].name);
    for (size_t i = 0; i < config->target_count; i++)
        measure(health, config->targets[i].name);
    if (config->ask.on)
        measure(health, config->ask.name);
    for (size_t i = 0; i < config->probe_count; i++)
        check(health, &config->probes[i],
              str_is(config->probes[i].kind, PROBE_PAGE) ? "target" : config->probes[i].kind.p);
    for (size_t i = 0; i < config->target_count; i++)
        check_target(health, &config->targets[i]);
    if (config->ask.on)
        check_engine(health, &config->ask);
}

bool local_health_check(struct app *app, const struct call *call, struct err *err)
{
    struct health health = {.app = app, .w = {.text = &app->out}};
    (void)call;
    if (!app_read_config(app, err) || !programs_find(&app->arena, &health.programs, err))
        return false;
    if (app->config.probe_count + app->config.target_count == 0 && !app->config.ask.on)
        return err_set(err, ERR_USAGE, app->config.file.n > 0 ? app->config.file.p : "reeve.yaml",
                       "There is nothing to look at; write probes:, targets: or ask:.");
    if (app->json) {
        json_open_object(&health.w, NULL);
        json_open_array(&health.w, "checks");
    }
    check_all(&health);
    if (app->json) {
        json_close_array(&health.w);
        json_int(&health.w, "failed", health.failed);
        json_close_object(&health.w);
        text_byte(&app->out, '\n');
    } else if (health.failed == 0) {
        text_printf(&app->out, "All %lld are well.\n", (long long)health.count);
    } else {
        text_printf(&app->out, "%lld of %lld %s not well.\n", (long long)health.failed,
                    (long long)health.count, noun(health.failed, "is", "are"));
    }
    app->exit_code = health.failed > 0 ? EXIT_OUTSIDE : 0;
    return true;
}
