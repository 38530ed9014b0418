/* baselines.h - what `baselines:` of reeve.yaml gives a meaning: lines with relative limits, and
 * the hours of the archive behind them. */
#ifndef MAIN_BASELINES_H
#define MAIN_BASELINES_H

#include "alert/relative.h"
#include "main/config.h"

struct archive;

/* The baseline of that name, or BASELINE_NONE. */
enum baseline_kind baselines_find(const struct config *config, struct str name);
/* The same of one statement, whose path ends in its heading. False: it stays what it is. */
bool baselines_read(struct arena *arena, const struct config *config, struct statement *statement);
/* A line that is not understood only for its relative limit, whose baseline reeve.yaml names, is
 * an alert from now on, and its finding is answered. */
void baselines_answer(struct arena *arena, const struct config *config, struct program *program);
/* Computes the baselines of the rules whose hour is another than now's, from whole hours. */
MUST_USE bool baselines_compute(struct archive *archive, const struct rules *rules,
                                struct instant now, struct err *err);

#endif
