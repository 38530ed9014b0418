/* page_sample.c - writes one page of the fabricated state to stdout: page-sample RUNBOOK PAGE.
 * For looking at, by people and by tests/e2e; asks nothing of the network. */
#include "face/page.h"
#include "sample_run.h"
#include "sample_view.h"

#include <stdio.h>

static bool read_all(struct arena *arena, const char *path, struct str *out_source)
{
    static char buffer[4 * 1024 * 1024];
    FILE *file = fopen(path, "rb");
    if (!file)
        return false;
    size_t n = fread(buffer, 1, sizeof buffer, file);
    (void)fclose(file);
    *out_source = str_copy(arena, (struct str){buffer, n});
    return true;
}

static void write_one(struct text *text, struct str name, const struct page_view *view)
{
    struct incident_view incident =
        view->incident_count ? view->incidents[0] : (struct incident_view){0};
    struct procedure_view procedure = sample_procedure(text->arena);
    if (str_is(name, "run"))
        page_run_write(text, sample_run(text->arena), STR("person:page"), view->now);
    else if (str_is(name, "procedure"))
        page_procedure_write(text, &procedure, view->now);
    else if (str_is(name, "incident"))
        page_incident_write(text, &incident, view->now);
    else if (str_is(name, "acknowledge"))
        page_acknowledge_write(text, &(struct acknowledge_page){.number = 12,
                                                                .severity = STR("P1"),
                                                                .title = incident.title,
                                                                .person = STR("ana"),
                                                                .action = STR("/ack/sample")});
    else if (str_is(name, "login"))
        page_login_write(text, &(struct login_page){STR("Name or password is wrong."), STR(""),
                                                    STR("/"), true, true});
    else if (str_is(name, "problem"))
        page_problem_write(text, 404, STR("No incident has the number 99."));
    else
        page_write(text, view);
}

int main(int argc, char **argv)
{
    struct arena arena;
    struct str source;
    struct program *program = NULL;
    struct err err = {0};
    arena_init(&arena);
    if (argc != 3 || !read_all(&arena, argv[1], &source)) {
        (void)fprintf(stderr, "usage: page-sample RUNBOOK page|calm|incident|run|procedure|"
                              "acknowledge|login\n");
        return 2;
    }
    if (!program_read(&arena, str_of(argv[1]), source, &program, &err)) {
        (void)fprintf(stderr, "%s: %s\n", err.place, err.text);
        return err_exit_code(err.kind);
    }
    struct str name = str_of(argv[2]);
    struct page_view view = sample_view(&arena, program, str_is(name, "calm"));
    struct text text;
    text_init(&text, &arena, 16 * 1024 * 1024);
    write_one(&text, name, &view);
    (void)fwrite(text.p, 1, text.n, stdout);
    arena_done(&arena);
    return 0;
}
