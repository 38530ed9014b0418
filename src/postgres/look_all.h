/* look_all.h - the looks one by one; look_kinds.c finds them by name. */
#ifndef POSTGRES_LOOK_ALL_H
#define POSTGRES_LOOK_ALL_H

#include "postgres/look.h"

extern const struct look_question look_locks_questions[3];
void look_locks_judge(struct look *look, const struct look_table *tables);

extern const struct look_question look_connections_questions[4];
void look_connections_judge(struct look *look, const struct look_table *tables);

extern const struct look_question look_slow_questions[2];
void look_slow_judge(struct look *look, const struct look_table *tables);

extern const struct look_question look_vacuum_questions[4];
void look_vacuum_judge(struct look *look, const struct look_table *tables);

extern const struct look_question look_indexes_questions[6];
void look_indexes_judge(struct look *look, const struct look_table *tables);

extern const struct look_question look_sequences_questions[1];
void look_sequences_judge(struct look *look, const struct look_table *tables);

extern const struct look_question look_replication_questions[6];
void look_replication_judge(struct look *look, const struct look_table *tables);

extern const struct look_question look_settings_questions[3];
void look_settings_judge(struct look *look, const struct look_table *tables);

extern const struct look_question look_bloat_questions[4];
void look_bloat_judge(struct look *look, const struct look_table *tables);

extern const struct look_question look_grants_questions[2];
void look_grants_judge(struct look *look, const struct look_table *tables);

#endif
