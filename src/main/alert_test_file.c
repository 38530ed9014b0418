/* alert_test_file.c - from the tree of the file to its tests. */
#include "main/alert_test_file.h"

#include "main/config_inside.h"

static const int64_t duration_most_ms = INT64_C(100) * 366 * 86400 * 1000;
static const int64_t evaluation_default_ms = 60 * 1000;

bool prometheus_duration_read(struct str text, int64_t *out_ms)
{
    static const struct {
        const char *name;
        int64_t ms;
    } units[] = {{"y", INT64_C(31536000000)},
                 {"w", 604800000},
                 {"d", 86400000},
                 {"h", 3600000},
                 {"m", 60000},
                 {"s", 1000},
                 {"ms", 1}};
    int64_t sum_ms = 0;
    size_t least = 0; /* units go from large to small */
    if (str_is(text, "0")) {
        *out_ms = 0;
        return true;
    }
    for (size_t at = 0; at < text.n || at == 0;) {
        size_t digits = at;
        while (digits < text.n && byte_is_digit(text.p[digits]))
            digits++;
        size_t letters = digits;
        while (letters < text.n && byte_is_alpha(text.p[letters]))
            letters++;
        int64_t number = 0;
        size_t unit = least;
        while (unit < sizeof units / sizeof units[0] &&
               !str_is(str_slice(text, digits, letters), units[unit].name))
            unit++;
        if (!str_int(str_slice(text, at, digits), &number) ||
            unit == sizeof units / sizeof units[0] || number > duration_most_ms / units[unit].ms)
            return false;
        sum_ms += number * units[unit].ms;
        least = unit + 1;
        at = letters;
    }
    *out_ms = sum_ms;
    return true;
}

static bool refuse(struct config_reader *reader, const struct config_node *node, const char *words)
{
    config_error(reader, node->key_place, "%s", words);
    return false;
}

/* Is node of the type? One without a value is an empty list or map, and no text. */
static bool check_type(struct config_reader *reader, const struct config_node *node,
                       enum config_node_type type)
{
    if (node->type == type || (node->type == NODE_NOTHING && type != NODE_SCALAR))
        return true;
    config_error(reader, node->place, "%s is wanted here.",
                 type == NODE_MAP    ? "A map"
                 : type == NODE_LIST ? "A list"
                                     : "One value");
    return false;
}

/* Do only these keys stand in the map? names ends with NULL. */
static bool check_keys(struct config_reader *reader, const struct config_node *map,
                       const char *const *names)
{
    if (!check_type(reader, map, NODE_MAP))
        return false;
    for (const struct config_node *child = map->first; child; child = child->next) {
        size_t i = 0;
        while (names[i] && !str_is(child->key, names[i]))
            i++;
        if (names[i])
            continue;
        config_error(reader, child->key_place, "\"%.*s\" is no key of promtool's unit tests here.",
                     STR_ARGS(str_cut(child->key, 80)));
        return false;
    }
    return true;
}

/* A text that must be there. */
static bool read_text(struct config_reader *reader, const struct config_node *map, const char *key,
                      struct str *out_text)
{
    const struct config_node *node = config_find(map, key);
    if (!node) {
        config_error(reader, map->place, "\"%s\" is missing here.", key);
        return false;
    }
    if (!check_type(reader, node, NODE_SCALAR))
        return false;
    *out_text = node->text;
    return true;
}

/* A length of time; fallback_ms when the key is not there, which must be when that is below 0. */
static bool read_duration(struct config_reader *reader, const struct config_node *map,
                          const char *key, int64_t fallback_ms, int64_t *out_ms)
{
    const struct config_node *node = config_find(map, key);
    struct str text;
    if (!node && fallback_ms >= 0) {
        *out_ms = fallback_ms;
        return true;
    }
    if (!read_text(reader, map, key, &text) || !node)
        return false;
    if (prometheus_duration_read(text, out_ms) && (*out_ms > 0 || fallback_ms < 0))
        return true;
    config_error(reader, node->place,
                 "\"%.*s\" is no length of time as Prometheus writes them, like 1m, 90s or 1h30m.",
                 STR_ARGS(str_cut(text, 80)));
    return false;
}

static bool read_pairs(struct config_reader *reader, const struct config_node *map,
                       struct expected_pair **out_pairs, size_t *out_count)
{
    *out_count = 0;
    if (!map)
        return true;
    if (!check_type(reader, map, NODE_MAP))
        return false;
    *out_pairs = arena_array(reader->arena, map->count + 1, sizeof **out_pairs);
    for (const struct config_node *child = map->first; child; child = child->next) {
        if (!check_type(reader, child, NODE_SCALAR))
            return false;
        (*out_pairs)[(*out_count)++] = (struct expected_pair){child->key, child->text};
    }
    return true;
}

static bool read_check(struct config_reader *reader, const struct config_node *node,
                       struct alert_check *check)
{
    static const char *const keys[] = {"eval_time", "alertname", "exp_alerts", NULL};
    static const char *const alert_keys[] = {"exp_labels", "exp_annotations", NULL};
    check->line = node->place.line;
    if (!check_keys(reader, node, keys) ||
        !read_duration(reader, node, "eval_time", -1, &check->at_ms) ||
        !read_text(reader, node, "alertname", &check->name))
        return false;
    const struct config_node *alerts = config_find(node, "exp_alerts");
    if (!alerts)
        return true;
    if (!check_type(reader, alerts, NODE_LIST))
        return false;
    check->alerts = arena_array(reader->arena, alerts->count + 1, sizeof *check->alerts);
    for (const struct config_node *one = alerts->first; one; one = one->next) {
        struct expected_alert *alert = &check->alerts[check->alert_count++];
        if (!check_keys(reader, one, alert_keys) ||
            !read_pairs(reader, config_find(one, "exp_labels"), &alert->labels,
                        &alert->label_count) ||
            !read_pairs(reader, config_find(one, "exp_annotations"), &alert->annotations,
                        &alert->annotation_count))
            return false;
    }
    return true;
}

static bool read_series(struct config_reader *reader, const struct config_node *node,
                        struct alert_test_series *series)
{
    static const char *const keys[] = {"series", "values", NULL};
    struct err err = {0};
    struct str name;
    struct str values;
    if (!check_keys(reader, node, keys) || !read_text(reader, node, "series", &name) ||
        !read_text(reader, node, "values", &values))
        return false;
    const char *key = "series";
    bool good = series_notation_read_name(reader->arena, name, &series->series, &err);
    if (good) {
        key = "values";
        good = series_notation_read_values(reader->arena, values, &series->values,
                                           &series->value_count, &err);
    }
    if (!good)
        config_error(reader, config_find(node, key)->place, "This is not how %s are written: %s.",
                     key, err.text);
    return good;
}

/* Promtool refuses a series that stands twice, too. */
static bool check_twice(struct config_reader *reader, const struct config_node *node,
                        const struct alert_test *test)
{
    const struct alert_test_series *newest = &test->series[test->series_count - 1];
    for (const struct alert_test_series *other = test->series; other < newest; other++)
        if (str_equal(other->series.text, newest->series.text))
            return refuse(reader, node, "This series stands twice in the test.");
    return true;
}

static bool read_test(struct config_reader *reader, const struct config_node *node,
                      int64_t evaluation_ms, struct alert_test *test)
{
    static const char *const keys[] = {"name",
                                       "interval",
                                       "input_series",
                                       "alert_rule_test",
                                       "promql_expr_test",
                                       "external_labels",
                                       "external_url",
                                       NULL};
    test->line = node->place.line;
    if (!check_keys(reader, node, keys) ||
        !read_duration(reader, node, "interval", evaluation_ms, &test->interval_ms))
        return false;
    test->name = config_text_at(node, "name");
    const struct config_node *series = config_find(node, "input_series");
    const struct config_node *checks = config_find(node, "alert_rule_test");
    const struct config_node *expressions = config_find(node, "promql_expr_test");
    test->expression_count = expressions ? expressions->count : 0;
    if (series && !check_type(reader, series, NODE_LIST))
        return false;
    if (checks && !check_type(reader, checks, NODE_LIST))
        return false;
    test->series =
        arena_array(reader->arena, (series ? series->count : 0) + 1, sizeof *test->series);
    test->checks =
        arena_array(reader->arena, (checks ? checks->count : 0) + 1, sizeof *test->checks);
    for (const struct config_node *one = series ? series->first : NULL; one; one = one->next)
        if (!read_series(reader, one, &test->series[test->series_count++]) ||
            !check_twice(reader, one, test))
            return false;
    for (const struct config_node *one = checks ? checks->first : NULL; one; one = one->next)
        if (!read_check(reader, one, &test->checks[test->check_count++]))
            return false;
    return true;
}

static bool read_file(struct config_reader *reader, const struct config_node *root,
                      struct alert_test_file *file)
{
    static const char *const keys[] = {"rule_files", "evaluation_interval", "group_eval_order",
                                       "tests", NULL};
    if (!check_keys(reader, root, keys) ||
        !read_duration(reader, root, "evaluation_interval", evaluation_default_ms,
                       &file->evaluation_ms))
        return false;
    const struct config_node *tests = config_find(root, "tests");
    if (!tests)
        return refuse(reader, root, "There are no \"tests\" in this file.");
    if (!check_type(reader, tests, NODE_LIST))
        return false;
    file->tests = arena_array(reader->arena, tests->count + 1, sizeof *file->tests);
    for (const struct config_node *one = tests->first; one; one = one->next)
        if (!read_test(reader, one, file->evaluation_ms, &file->tests[file->test_count++]))
            return false;
    return true;
}

bool alert_test_file_read(struct arena *arena, struct str path, struct str text,
                          struct alert_test_file *out_file, struct config_errors *out_errors)
{
    struct config_reader reader = {.arena = arena, .file = path, .errors = out_errors};
    struct alert_test_file file = {0};
    out_errors->count = 0;
    const struct config_node *root = config_tree(&reader, text);
    if (!root || !read_file(&reader, root, &file))
        return false;
    *out_file = file;
    return true;
}
