/* read_alert.c - "alert list": every rule of the runbook with its value against its limit. */
#include "action/reads.h"

#include "alert/ask.h"
#include "alert/meant.h"
#include "alert/naming.h"

static const char *truth_name(enum truth truth)
{
    switch (truth) {
    case TRUTH_UNKNOWN: return "unknown";
    case TRUTH_FALSE: return "false";
    case TRUTH_TRUE: return "true";
    case TRUTH_TOO_LITTLE: return "too little traffic";
    }
    return "";
}

/* What the ledger says too: unknown from alert.unknown on, until then only not read yet. One that
 * is pending or fires was read. */
static const char *truth_said(const struct evaluation *now, const struct alert *alert)
{
    bool said = alert && (alert->state != ALERT_INACTIVE || !instant_is_zero(alert->unknown_since));
    return now->truth == TRUTH_UNKNOWN && !said ? "not read yet" : truth_name(now->truth);
}

static void add_rule(const struct world *world, size_t index, struct reply *reply,
                     struct json_writer *w)
{
    const struct rule *rule = &world->rules.items[index];
    const struct alert *alert = alert_find(&world->alerts, rule->id);
    struct evaluation none = {.reason = STR("read by the daemon only, which is not running")};
    const struct evaluation *now = world->evaluations ? &world->evaluations[index] : &none;
    const char *state = alert_state_name(alert ? alert->state : ALERT_INACTIVE);
    struct str reading = now->truth == TRUTH_UNKNOWN ? now->reason : now->value_text;
    struct str progress = alert ? alert_progress(reply->arena, alert, rule,
                                                 world->evaluations ? now : NULL, world->now)
                                : STR("");
    const struct silence *silence = silence_of_rule(&world->alerts.silences, rule);
    struct naming naming = naming_find(rule, &world->telemetry);
    struct rule named = *rule;
    naming_apply(reply->arena, &naming, &named);
    progress = view_aside(world, reply->arena, rule, progress);
    bool is_told = now->truth == TRUTH_UNKNOWN && reading.n > 0 &&
                   str_find(progress, reading.p, 0) < progress.n;
    text_printf(&reply->text, "%-8s %-18s line %-4d %.*s: %.*s%s%.*s\n", state,
                truth_said(now, alert), rule->line, STR_ARGS(rule_shown(reply->arena, rule)),
                is_told ? 0 : (int)reading.n, reading.p, is_told || progress.n == 0 ? "" : "; ",
                STR_ARGS(progress));
    json_open_object(w, NULL);
    json_str(w, "rule", rule->id);
    json_int(w, "line", rule->line);
    json_str(w, "title", rule->title);
    json_str(w, "part", rule->part);
    json_str(w, "state", str_of(state));
    json_str(w, "truth", str_of(truth_said(now, alert)));
    json_str(w, "reading", reading);
    json_str(w, "progress", progress);
    json_int(w, "silence", silence ? silence->number : 0);
    json_str(w, "meaning", rule->meaning);
    json_str(w, "signal", rule->signal_name);
    json_str(w, "promql", named.promql);
    naming_write(w, "reads", &naming, rule);
    json_str(w, "question", rule->question_count > 0 ? rule->questions[0].words : STR(""));
    json_str(w, "asked", ask_words(reply->arena, rule, &world->telemetry));
    json_real(w, "limit", rule->limit);
    if (now->truth == TRUTH_TRUE || now->truth == TRUTH_FALSE)
        json_real(w, "value", now->value);
    else
        json_null(w, "value");
    json_close_object(w);
}

bool read_alert_list(const struct call *call, const struct world *world, struct reply *reply,
                     struct err *err)
{
    (void)call;
    (void)err;
    struct json_writer w = {.text = &reply->json};
    json_open_array(&w, NULL);
    for (size_t i = 0; i < world->rules.count; i++)
        add_rule(world, i, reply, &w);
    json_close_array(&w);
    if (world->rules.count == 0)
        text_adds(&reply->text, "The runbook has no alert sentence.\n");
    return true;
}
