/* noun.h - a counted noun: "1 step", "2 steps", "0 steps". */
#ifndef BASE_NOUN_H
#define BASE_NOUN_H

#include <stdint.h>

/* For printf: "%d %s", count, noun(count, "step", "steps"). Also of a verb: "is", "are". */
static inline const char *noun(int64_t count, const char *one, const char *many)
{
    return count == 1 ? one : many;
}

#endif
