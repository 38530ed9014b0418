/* read_logs.c - "logs:errors": error messages of the followed logs, gathered by their shape. */
#include "action/reads.h"
#include "base/moment.h"

/* The newest run of a procedure that deploys, in production; else an hour ago. */
static struct instant last_deploy(const struct world *world, bool *out_found)
{
    const struct runs *runs = &world->runs;
    for (size_t i = runs->count; i-- > 0;) {
        const struct run *run = runs->items[i];
        *out_found = run->environment.n == 0 && !run->cancelled &&
                     str_find_nocase(run->procedure, "deploy", 0) < run->procedure.n;
        if (*out_found)
            return run->opened;
    }
    *out_found = false;
    return instant_add_ms(world->now, -(int64_t)3600 * 1000);
}

static void add_row(const struct world *world, const struct log_error_row *row,
                    struct instant since, struct reply *reply, struct json_writer *w)
{
    char first[INSTANT_TEXT_BYTES];
    char last[INSTANT_TEXT_BYTES];
    int64_t before;
    int64_t after;
    bool is_new = !instant_before(row->first, since);
    log_errors_around(row, since, world->now, &before, &after);
    instant_write(row->first, first);
    instant_write(row->last, last);
    text_printf(&reply->text, "%lld × %s %s: ", (long long)row->count, row->source, row->level);
    text_visible(&reply->text, str_visible_line(reply->arena, str_of(row->shape)), true);
    text_printf(&reply->text, "\n    first %.19sZ, last %.19sZ; %lld before, %lld since%s\n", first,
                last, (long long)before, (long long)after, is_new ? ", new" : "");
    json_open_object(w, NULL);
    json_str(w, "source", str_of(row->source));
    json_str(w, "level", str_of(row->level));
    json_str(w, "shape", str_of(row->shape));
    json_int(w, "count", row->count);
    json_str(w, "first", str_of(first));
    json_str(w, "last", str_of(last));
    json_int(w, "before", before);
    json_int(w, "since", after);
    json_bool(w, "new", is_new);
    json_close_object(w);
}

bool read_logs_errors(const struct call *call, const struct world *world, struct reply *reply,
                      struct err *err)
{
    const struct log_errors *errors = &world->telemetry.errors;
    struct str said = call_str(call, "since");
    bool deployed = false;
    struct instant since = last_deploy(world, &deployed);
    if (said.n > 0 && !moment_parse(said, MOMENT_BEHIND, world->now, &since, err))
        return false;
    if (instant_before(world->now, since))
        return err_set(err, ERR_USAGE, NULL, "%.*s has not been yet; give a time before now.",
                       STR_ARGS(str_cut(said, 40)));
    char text[INSTANT_TEXT_BYTES];
    instant_write(since, text);
    const size_t *order = log_errors_order(errors, reply->arena);
    struct json_writer w = {.text = &reply->json};
    if (errors->count == 0)
        text_adds(&reply->text, "No error was seen in the followed logs. The daemon keeps them: "
                                "name the files under logs: in reeve.yaml.\n");
    else
        text_printf(&reply->text, "Compared: since %.19sZ%s, and as long before.\n", text,
                    said.n == 0 && deployed ? ", when the newest deploy was begun" : "");
    json_open_object(&w, NULL);
    json_str(&w, "since", str_of(text));
    json_int(&w, "forgotten", errors->forgotten_count);
    json_open_array(&w, "errors");
    for (size_t i = 0; i < errors->count; i++)
        add_row(world, &errors->rows[order[i]], since, reply, &w);
    json_close_array(&w);
    json_close_object(&w);
    if (errors->forgotten_count > 0)
        text_printf(&reply->text, "%lld shapes that were not seen for longest were forgotten.\n",
                    (long long)errors->forgotten_count);
    return true;
}
