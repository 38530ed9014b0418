/* local_alert_test.c - "alert test": the runbook's rules over the series of a test file, and
 * whether they fire when the file says so. */
#include "main/local_actions.h"

#include "alert/trial.h"
#include "face/export.h"
#include "main/alert_test_file.h"
#include "main/compose.h"
#include "main/local_runbook.h"
#include "os/file.h"

#include <stdio.h>

/* What a rule was at the instant of a check. */
struct outcome {
    enum alert_state state;
    bool calm, unknown;
    enum truth truth;
    double value;
    struct str words; /* the value, or why there is none */
};

struct question {
    struct app *app;
    struct program *program;
    struct signals signals;
    struct severity_plan plan;
    struct rules rules;
    struct str *names; /* of the rules, as they are exported */
    struct alert_test_file file;
    const struct alert_test *test; /* that is played */
    struct outcome *outcomes;      /* of its checks */
    struct json_writer *w;         /* NULL: for people */
    int64_t passed, failed, expressions;
};

static bool read_rules(struct question *question, const struct call *call, struct err *err)
{
    struct app *app = question->app;
    struct arena *arena = &app->arena;
    struct str file = call_str(call, "file");
    const struct config none = {0};
    if (!local_find_config(app, &file, err) ||
        !app_read_program(arena, file, app_vocabulary(app), &question->program, err))
        return false;
    const struct config *config = local_is_configured(app, file) ? &app->config : &none;
    if (!compose_signals(&question->signals, arena, config, err))
        return false;
    question->rules = compose_rules(arena, config, question->program, &question->signals);
    struct severity_mapping mapping = compose_mapping(config);
    severity_plan_make(question->program, &mapping, &question->plan);
    struct export_source source = {
        question->program, &question->rules, &question->plan, &question->signals, NULL, false};
    question->names = export_rule_names(arena, &source);
    return true;
}

static bool read_tests(struct question *question, const struct call *call, struct err *err)
{
    struct app *app = question->app;
    struct config_errors errors;
    struct str path = call_str(call, "tests");
    struct str text;
    if (!file_read(&app->arena, path, LIMIT_CONFIG_BYTES, &text, err))
        return false;
    if (alert_test_file_read(&app->arena, path, text, &question->file, &errors))
        return true;
    for (size_t i = 1; i < errors.count && i < CONFIG_ERRORS_MAX; i++)
        (void)fprintf(stderr, "reeve: %s: %s\n", errors.items[i].place, errors.items[i].text);
    *err = errors.items[0];
    return false;
}

/* The rule of an exported name; false when there is none. */
static bool find_rule(const struct question *question, struct str name, size_t *out_rule)
{
    for (size_t i = 0; i < question->rules.count; i++) {
        if (!str_equal(question->names[i], name))
            continue;
        *out_rule = i;
        return true;
    }
    return false;
}

/* A misspelt name would pass wherever nothing is to fire. */
static bool check_names(const struct question *question, const struct call *call, struct err *err)
{
    size_t rule;
    for (size_t t = 0; t < question->file.test_count; t++) {
        const struct alert_test *test = &question->file.tests[t];
        for (size_t i = 0; i < test->check_count; i++) {
            const struct alert_check *check = &test->checks[i];
            if (find_rule(question, check->name, &rule))
                continue;
            struct str place = str_printf(&question->app->arena, "%.*s:%zu",
                                          STR_ARGS(call_str(call, "tests")), check->line);
            return err_set(err, ERR_USAGE, place.p,
                           "No alert of the runbook is exported as \"%.*s\"; the names stand in "
                           "\"reeve export prometheus\".",
                           STR_ARGS(str_cut(check->name, 120)));
        }
    }
    return true;
}

static struct str label_of(const struct notated_series *series, const char *name)
{
    for (size_t i = 0; i < series->label_count; i++)
        if (str_is(series->labels[i].name, name))
            return series->labels[i].value;
    return STR("");
}

/* Who is scraped for a series: Prometheus tells them apart by job and instance. */
static struct str target_of(struct arena *arena, const struct notated_series *series)
{
    struct str job = label_of(series, "job");
    struct str instance = label_of(series, "instance");
    if (job.n > 0 && instance.n > 0)
        return str_printf(arena, "%.*s/%.*s", STR_ARGS(job), STR_ARGS(instance));
    return instance.n > 0 ? instance : job.n > 0 ? job : STR("test");
}

/* What a check of a time between two looks finds: the look before it. */
static bool is_of_look(const struct question *question, const struct alert_check *check,
                       int64_t at_ms)
{
    return check->at_ms >= at_ms && check->at_ms < at_ms + question->file.evaluation_ms;
}

static void keep_outcomes(void *context, const struct trial_look *look)
{
    struct question *question = context;
    struct arena *arena = &question->app->arena;
    for (size_t i = 0; i < question->test->check_count; i++) {
        const struct alert_check *check = &question->test->checks[i];
        size_t rule = 0;
        if (!is_of_look(question, check, look->at_ms) || !find_rule(question, check->name, &rule))
            continue;
        const struct evaluation *evaluation = &look->evaluations[rule];
        const struct alert *alert = alert_find(look->alerts, question->rules.items[rule].id);
        bool unknown = evaluation->truth == TRUTH_UNKNOWN;
        question->outcomes[i] = (struct outcome){
            .state = alert ? alert->state : ALERT_INACTIVE,
            .calm = alert && !instant_is_zero(alert->calm_since),
            .unknown = unknown,
            .truth = evaluation->truth,
            .value = evaluation->value,
            .words = str_copy(arena, unknown ? evaluation->reason : evaluation->value_text)};
    }
}

/* What the alert of a rule carries, as it is exported. */
static struct str carried(const struct question *question, size_t rule, struct str key)
{
    struct export_source source = {
        question->program, &question->rules, &question->plan, &question->signals, NULL, false};
    return str_is(key, "alertname") ? question->names[rule]
                                    : export_rule_field(&question->app->arena, &source,
                                                        &question->rules.items[rule], key);
}

/* Why what is expected of a firing alert is not so, or "". What is not said is not demanded. */
static struct str find_difference(const struct question *question, size_t rule,
                                  const struct expected_alert *alert)
{
    for (int annotations = 0; annotations < 2; annotations++) {
        const struct expected_pair *pairs = annotations ? alert->annotations : alert->labels;
        size_t count = annotations ? alert->annotation_count : alert->label_count;
        for (size_t i = 0; i < count; i++) {
            struct str has = carried(question, rule, pairs[i].key);
            if (!str_equal(has, pairs[i].value))
                return str_printf(&question->app->arena, "%.*s is \"%.*s\", not \"%.*s\"",
                                  STR_ARGS(str_cut(pairs[i].key, 80)), STR_ARGS(str_cut(has, 200)),
                                  STR_ARGS(str_cut(pairs[i].value, 200)));
        }
    }
    return STR("");
}

static struct str difference_of(const struct question *question, const struct alert_check *check,
                                const struct outcome *outcome, size_t rule)
{
    bool firing = outcome->state == ALERT_FIRING;
    if (check->alert_count > 1)
        return STR("a rule of a runbook is one alert, and more than one is expected");
    if (check->alert_count == 0 && firing)
        return STR("it fires, and is not to");
    if (check->alert_count == 1 && !firing)
        return STR("it does not fire, and is to");
    return check->alert_count == 0 ? STR("") : find_difference(question, rule, check->alerts);
}

static const char *truth_name(enum truth truth)
{
    static const char *const names[] = {[TRUTH_UNKNOWN] = "unknown",
                                        [TRUTH_FALSE] = "false",
                                        [TRUTH_TRUE] = "true",
                                        [TRUTH_TOO_LITTLE] = "too little traffic"};
    return names[truth];
}

static void write_check(const struct question *question, const struct alert_check *check,
                        const struct outcome *outcome, struct str difference)
{
    struct json_writer *w = question->w;
    json_open_object(w, NULL);
    json_str(w, "test", question->test->name);
    json_int(w, "line", (int64_t)check->line);
    json_str(w, "alertname", check->name);
    json_int(w, "eval_ms", check->at_ms);
    json_bool(w, "passed", difference.n == 0);
    json_str(w, "difference", difference);
    json_str(w, "state", str_of(alert_state_name(outcome->state)));
    json_bool(w, "calmed", outcome->calm);
    json_str(w, "truth", str_of(truth_name(outcome->truth)));
    json_real(w, "value", outcome->value);
    json_str(w, "words", outcome->words);
    json_close_object(w);
}

static void say_check(const struct question *question, const struct alert_check *check,
                      const struct outcome *outcome, struct str difference)
{
    struct text *out = &question->app->out;
    struct arena *arena = &question->app->arena;
    text_printf(out, "line %zu: %.*s at %.*s: %.*s\n", check->line, STR_ARGS(check->name),
                STR_ARGS(duration_text(arena, check->at_ms)), STR_ARGS(difference));
    text_printf(out, "  expected %s; got %s%s, %s%s%.*s\n",
                check->alert_count > 0 ? "firing" : "not firing", alert_state_name(outcome->state),
                outcome->calm ? " in its quiet time" : "", truth_name(outcome->truth),
                outcome->words.n > 0 ? ": " : "", STR_ARGS(outcome->words));
}

static bool play(struct question *question, const struct alert_test *test, struct err *err)
{
    struct arena *arena = &question->app->arena;
    struct trial trial = {.rules = &question->rules,
                          .signals = &question->signals,
                          .series_count = test->series_count,
                          .interval_ms = test->interval_ms,
                          .step_ms = question->file.evaluation_ms,
                          .looked = keep_outcomes,
                          .context = question};
    struct trial_series *series = arena_array(arena, test->series_count + 1, sizeof *series);
    for (size_t i = 0; i < test->series_count; i++)
        series[i] = (struct trial_series){.text = test->series[i].series.text,
                                          .target = target_of(arena, &test->series[i].series),
                                          .values = test->series[i].values,
                                          .count = test->series[i].value_count};
    trial.series = series;
    for (size_t i = 0; i < test->check_count; i++)
        if (test->checks[i].at_ms > trial.until_ms)
            trial.until_ms = test->checks[i].at_ms;
    question->test = test;
    question->outcomes = arena_array(arena, test->check_count + 1, sizeof *question->outcomes);
    return trial_run(&trial, err);
}

static void judge(struct question *question)
{
    const struct alert_test *test = question->test;
    for (size_t i = 0; i < test->check_count; i++) {
        const struct alert_check *check = &test->checks[i];
        const struct outcome *outcome = &question->outcomes[i];
        size_t rule = 0;
        (void)find_rule(question, check->name, &rule);
        struct str difference = difference_of(question, check, outcome, rule);
        question->passed += difference.n == 0;
        question->failed += difference.n > 0;
        if (question->w)
            write_check(question, check, outcome, difference);
        else if (difference.n > 0)
            say_check(question, check, outcome, difference);
    }
    question->expressions += (int64_t)test->expression_count;
}

static bool play_all(struct question *question, const struct call *call, struct err *err)
{
    for (size_t i = 0; i < question->file.test_count; i++) {
        const struct alert_test *test = &question->file.tests[i];
        struct err inner = {0};
        if (!play(question, test, &inner)) {
            struct str place = str_printf(&question->app->arena, "%.*s:%zu",
                                          STR_ARGS(call_str(call, "tests")), test->line);
            return err_set(err, inner.kind, place.p, "%s", inner.text);
        }
        judge(question);
    }
    return true;
}

static void say_sum(const struct question *question)
{
    struct text *out = &question->app->out;
    text_printf(out, "%lld passed, %lld failed", (long long)question->passed,
                (long long)question->failed);
    if (question->expressions > 0)
        text_printf(out, "; %lld of promql_expr_test were passed over, for Reeve has no PromQL",
                    (long long)question->expressions);
    text_byte(out, '\n');
}

bool local_alert_test(struct app *app, const struct call *call, struct err *err)
{
    struct question question = {.app = app};
    struct json_writer w = {.text = &app->out};
    if (!read_rules(&question, call, err) || !read_tests(&question, call, err) ||
        !check_names(&question, call, err))
        return false;
    if (app->json) {
        question.w = &w;
        json_open_object(&w, NULL);
        json_open_array(&w, "checks");
    }
    if (!play_all(&question, call, err))
        return false;
    if (app->json) {
        json_close_array(&w);
        json_int(&w, "passed", question.passed);
        json_int(&w, "failed", question.failed);
        json_int(&w, "passed_over", question.expressions);
        json_close_object(&w);
        text_byte(&app->out, '\n');
    } else {
        say_sum(&question);
    }
    app->exit_code = question.failed > 0 ? 1 : 0;
    return true;
}
