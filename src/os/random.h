/* random.h - the only source of chance: the kernel's getrandom. Aborts when it fails. */
#ifndef OS_RANDOM_H
#define OS_RANDOM_H

#include "base/str.h"

void random_bytes(void *bytes, size_t size_bytes);
/* size_bytes random bytes in lower-case hex, for ids and tokens; at most 64 bytes. */
struct str random_id(struct arena *arena, size_t size_bytes);

#endif
