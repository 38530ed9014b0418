/* look_kinds.c - the table of looks. */
#include "postgres/look_all.h"

#define LOOK(look)                                                                                 \
    {                                                                                              \
#look, look_##look##_questions,                                                            \
            sizeof look_##look##_questions / sizeof *look_##look##_questions, look_##look##_judge  \
    }

static const struct look_kind kinds[] = {
    LOOK(locks),     LOOK(connections), LOOK(slow),     LOOK(vacuum), LOOK(indexes),
    LOOK(sequences), LOOK(replication), LOOK(settings), LOOK(bloat),  LOOK(grants),
};

const struct look_kind *look_kind_find(struct str name)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (str_is(name, kinds[i].name))
            return &kinds[i];
    return NULL;
}
