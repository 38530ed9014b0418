/* alert_test_file.h - promtool's unit-test format: series that are written down, and which alerts
 * have to fire when.
 *
 * Source: Prometheus documentation "Unit testing for rules". Read are evaluation_interval, and of
 * each test its name, interval, input_series and alert_rule_test with exp_labels and
 * exp_annotations. Passed over, for they do not matter to a runbook's rules: rule_files,
 * group_eval_order, external_labels, external_url. Promises: every error has its line and column.
 * Refuses: other keys, as promtool does; more than LIMIT_CONFIG_BYTES. */
#ifndef MAIN_ALERT_TEST_FILE_H
#define MAIN_ALERT_TEST_FILE_H

#include "main/config.h"
#include "telemetry/series_notation.h"

struct expected_pair {
    struct str key, value;
};

/* One alert that has to fire. */
struct expected_alert {
    struct expected_pair *labels, *annotations;
    size_t label_count, annotation_count;
};

/* One of alert_rule_test. */
struct alert_check {
    size_t line;
    int64_t at_ms; /* eval_time */
    struct str name;
    struct expected_alert *alerts;
    size_t alert_count; /* 0: it must not fire */
};

struct alert_test_series {
    struct notated_series series;
    struct notated_value *values;
    size_t value_count;
};

struct alert_test {
    struct str name; /* or "" */
    size_t line;
    int64_t interval_ms;
    struct alert_test_series *series;
    size_t series_count;
    struct alert_check *checks;
    size_t check_count;
    size_t expression_count; /* of promql_expr_test, which only an engine for PromQL can answer */
};

struct alert_test_file {
    int64_t evaluation_ms;
    struct alert_test *tests;
    size_t test_count;
};

/* Strings are in arena. False: out_errors says what is wrong, out_file is untouched. */
MUST_USE bool alert_test_file_read(struct arena *arena, struct str path, struct str text,
                                   struct alert_test_file *out_file,
                                   struct config_errors *out_errors);
/* "1h30m", "15s", "250ms", "0": as Prometheus writes a length of time. */
MUST_USE bool prometheus_duration_read(struct str text, int64_t *out_ms);

#endif
