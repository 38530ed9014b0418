/* programs.c - where this program and those that it starts are. */
#include "main/programs.h"

#include <unistd.h>

enum { PLACES = 3 };

static const char *find_beside(struct arena *arena, const char *program,
                               const char *const places[PLACES])
{
    struct str self = str_of(program);
    size_t slash = self.n;
    while (slash > 0 && self.p[slash - 1] != '/')
        slash--;
    struct str folder = str_slice(self, 0, slash);
    for (size_t i = 0; i < PLACES; i++) {
        struct str path = str_printf(arena, "%.*s%s", STR_ARGS(folder), places[i]);
        if (access(path.p, X_OK) == 0)
            return path.p;
    }
    return NULL;
}

static const char *find_worker(struct arena *arena, const char *program)
{
    static const char *const places[PLACES] = {"reeve-work", "../worker/reeve-work",
                                               "../libexec/reeve/reeve-work"};
    return find_beside(arena, program, places);
}

struct str programs_find_ics(struct arena *arena, const char *self)
{
    static const char *const places[PLACES] = {"reeve-ics", "../ical/reeve-ics",
                                               "../libexec/reeve/reeve-ics"};
    return str_of(find_beside(arena, self, places));
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
