/* keeper_secret.c - what env:NAME or file:PATH refers to. */
#include "keeper/keeper_secret.h"

#include "os/file.h"

#include <stdlib.h>

bool keeper_secret_read(struct arena *arena, struct str reference, struct secret_value *out_value,
                        struct err *err)
{
    struct str name = str_copy(arena, reference);
    struct str value = {0};
    if (str_starts(name, "env:")) {
        const char *found = getenv(name.p + 4);
        if (!found)
            return err_set(err, ERR_USAGE, name.p,
                           "This variable is not set; set it in the environment of Reeve.");
        value = str_of(found);
    } else if (str_starts(name, "file:")) {
        if (!file_read(arena, str_from(name, 5), SECRET_BYTES_MAX, &value, err))
            return false;
        value = str_trim(value);
    } else {
        return err_set(err, ERR_USAGE, name.p, "A secret is written as env:NAME or file:PATH.");
    }
    if (value.n == 0)
        return err_set(err, ERR_USAGE, name.p, "This secret is empty.");
    return secret_value_set(out_value, value) ||
           err_set(err, ERR_USAGE, name.p, "This secret is longer than %d bytes.",
                   SECRET_BYTES_MAX);
}
