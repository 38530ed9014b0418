/* export.h - a runbook's alerts and severities for Prometheus and Alertmanager.
 *
 * Promises: every alert sentence is there, as a rule or as a comment with the reason; names stay
 * while the numbers of a line change; words of the runbook are data, never a template. What
 * Prometheus decides otherwise than Reeve is said at the top.
 * Refuses: a rule for a line whose signal is not bound. */
#ifndef FACE_EXPORT_H
#define FACE_EXPORT_H

#include "alert/naming.h"
#include "incident/severity.h"

struct export_source {
    const struct program *program;
    const struct rules *rules; /* of the program, in order of line */
    const struct severity_plan *plan;
    const struct signals *signals; /* that the rules are bound to */
    const struct naming *namings;  /* by rule: which metrics are read; NULL: it is not known */
    bool quoted; /* rules with names in quotes too: older engines refuse the whole file for one */
};

/* A rules file, as `promtool check rules` takes it. */
void export_write_rules(struct text *out, const struct export_source *source);
/* The names of the rules, as many as there are rules; those that are not exported have one, too. */
struct str *export_rule_names(struct arena *arena, const struct export_source *source);
/* The label or annotation of a rule's alert ("severity", "level", "summary", …), or "". */
struct str export_rule_field(struct arena *arena, const struct export_source *source,
                             const struct rule *rule, struct str name);
/* Routes and receivers by the label severity. */
void export_write_routes(struct text *out, const struct export_source *source);
/* The objectives' rules as a group: the shares of bad events as recording rules, and the alerts
 * over two windows each. names: those of all rules. Nothing when no objective is measured. */
void export_write_objectives(struct text *out, const struct export_source *source,
                             const struct str *names);
/* Labels and annotations of a rule's alert. */
void export_add_fields(struct text *out, const struct export_source *source,
                       const struct rule *rule);
/* By which of its signal's metrics the rule is exported, as a comment. */
void export_add_naming(struct text *out, const struct export_source *source,
                       const struct rule *rule);
/* Why the rule is not written for its metric's name, which no engine before Prometheus 3.0 reads,
 * or
 * "". */
struct str export_quoted_problem(const struct export_source *source, const struct rule *rule);
/* "RUNBOOK.md" from its path. */
struct str export_file_name(const struct export_source *source);
/* Words as one line of a comment. */
void export_add_line(struct text *out, struct str words);

#endif
