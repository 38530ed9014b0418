/* report.h - findings in the forms that other programs show beside the code: SARIF 2.1.0 and the
 * annotations of GitHub's and compatible CI logs.
 *
 * Promises: written file by file, so that nothing of a file has to be kept; columns count
 * characters, not bytes. A finding that the configuration answers is a suppressed result in SARIF
 * and no annotation. Refuses: ranking; levels are those of the findings. */
#ifndef RUNBOOK_REPORT_H
#define RUNBOOK_REPORT_H

#include "base/json.h"
#include "runbook/program.h"

enum { REPORT_CODES_MAX = 64 };

/* A SARIF log that is being written into writer.text, which may be emptied between two calls. */
struct sarif {
    struct json_writer writer;
    const char *codes[REPORT_CODES_MAX]; /* met so far: they become the rules */
    size_t code_count;
};

/* What of a file could not be read at all; line and column are 0 when there is no place. */
struct report_problem {
    struct str file;
    int line, column; /* column in bytes */
    const char *sentence;
};

void sarif_begin(struct sarif *sarif, struct text *text);
void sarif_add_program(struct sarif *sarif, const struct program *program);
void sarif_add_problem(struct sarif *sarif, const struct report_problem *problem);
/* failed: a file could not be read. */
void sarif_end(struct sarif *sarif, bool failed);

/* One line a finding: "::warning file=…,line=…,col=…,title=…::sentence". */
void annotation_add_program(struct text *text, const struct program *program);
void annotation_add_problem(struct text *text, const struct report_problem *problem);

#endif
