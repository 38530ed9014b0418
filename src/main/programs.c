/* programs.c - where this program and reeve-work are. */
#include "main/programs.h"

#include <unistd.h>

static const char *find_worker(struct arena *arena, const char *program)
{
    struct str self = str_of(program);
    size_t slash = self.n;
    while (slash > 0 && self.p[slash - 1] != '/')
        slash--;
    struct str folder = str_slice(self, 0, slash);
    static const char *const places[] = {"reeve-work", "../worker/reeve-work",
                                         "../libexec/reeve/reeve-work"};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        struct str path = str_printf(arena, "%.*s%s", STR_ARGS(folder), places[i]);
        if (access(path.p, X_OK) == 0)
            return path.p;
    }
    return NULL;
}

bool programs_find(struct arena *arena, struct programs *out_programs, struct err *err)
{
    char self[4096];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    if (n <= 0)
        return err_set(err, ERR_SELF, "/proc/self/exe", "This program cannot find itself.");
    struct programs found = {.self = str_copy(arena, (struct str){self, (size_t)n}).p};
    found.worker = find_worker(arena, found.self);
    if (!found.worker)
        return err_set(err, ERR_SELF, found.self,
                       "The program reeve-work does not stand beside this one; install both.");
    *out_programs = found;
    return true;
}
