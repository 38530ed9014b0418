/* pgbackrest.c - the program pgbackrest. */
#include "postgres/pgbackrest.h"

#include "os/capture.h"
#include "os/clock.h"

#include <stdlib.h>
#include <unistd.h>

enum { OUTPUT_MOST = 32 * 1024 * 1024, REASON_MOST = 400 };

bool pgbackrest_read(const struct work *work, struct pgbackrest *out_pgbackrest)
{
    *out_pgbackrest = (struct pgbackrest){.work = work,
                                          .program = json_get_str(work->body, "program"),
                                          .stanza = json_get_str(work->body, "stanza"),
                                          .config = json_get_str(work->body, "config"),
                                          .until_ms = clock_boot_ms() + work->deadline_ms};
    return out_pgbackrest->program.n > 0 && out_pgbackrest->stanza.n > 0;
}

const char *const *plain_environment(struct arena *arena)
{
    const char **environment = arena_array(arena, 3, sizeof *environment);
    const char *path = getenv("PATH");
    environment[0] = str_printf(arena, "PATH=%s", path ? path : "/usr/bin:/bin").p;
    environment[1] = "LC_ALL=C.UTF-8";
    return environment;
}

static const char *text_of(const struct work *work, struct str s)
{
    return str_copy(work->arena, s).p; /* copies end with a NUL */
}

/* "P00  ERROR: [055]: unable to …": the sentence behind the marks, or all of it. */
static struct str reason_in(struct arena *arena, struct str said)
{
    size_t at = str_find(said, "ERROR: ", 0);
    struct str reason = at < said.n ? str_from(said, at + 7) : said;
    reason = str_slice(reason, 0, str_find_byte(reason, '\n', 0));
    return str_cut(work_clean(arena, reason), REASON_MOST);
}

/* pgbackrest's answer; false with the reason, which is a whole sentence. */
bool pgbackrest_ask(const struct pgbackrest *pgbackrest, const char *const *words,
                    struct str *out_said, struct str *out_reason)
{
    struct arena *arena = pgbackrest->work->arena;
    const char *argv[PGBACKREST_WORDS_MAX + 1] = {NULL};
    size_t n = 0;
    char folder[4096];
    bool is_absolute = str_starts(pgbackrest->config, "/") || !getcwd(folder, sizeof folder);
    argv[n++] = text_of(pgbackrest->work, pgbackrest->program);
    argv[n++] = "--log-level-file=off";
    argv[n++] = "--log-level-stderr=off";
    argv[n++] = "--log-level-console=error";
    argv[n++] = str_printf(arena, "--stanza=%.*s", STR_ARGS(pgbackrest->stanza)).p;
    if (pgbackrest->config.n > 0) /* it goes to / before it reads that */
        argv[n++] = str_printf(arena, "--config=%s%s%.*s", is_absolute ? "" : folder,
                               is_absolute ? "" : "/", STR_ARGS(pgbackrest->config))
                        .p;
    for (; *words; words++)
        argv[n++] = *words;
    struct capture capture = {argv, plain_environment(arena), pgbackrest->until_ms, OUTPUT_MOST,
                              true};
    struct captured captured;
    struct err err = {0};
    if (!capture_run(arena, &capture, &captured, &err)) {
        *out_reason =
            str_printf(arena,
                       "%.*s cannot be started (%s); install pgbackrest, or name it under "
                       "services.backup.program.",
                       STR_ARGS(pgbackrest->program), err.text);
        return false;
    }
    if (captured.late)
        *out_reason = STR("pgbackrest did not answer in time; its repository may hang.");
    else if (captured.cut)
        *out_reason = STR("pgbackrest printed more than 32 MB.");
    else if (captured.exit_code != 0)
        *out_reason = str_printf(arena, "pgbackrest ended with %d: %.*s", captured.exit_code,
                                 STR_ARGS(reason_in(arena, captured.output)));
    else
        *out_said = captured.output;
    return !captured.late && !captured.cut && captured.exit_code == 0;
}
