/* database.c - a connection of a probe, and its results as samples. */
#include "probe/database.h"

#include "os/clock.h"
#include "probe/samples.h"

enum { LABELS = 3, VALUES = 12 };

bool database_open(struct probe *probe, struct database *database, const char *name)
{
    struct arena *arena = probe->work->arena;
    struct err err = {0};
    *database = (struct database){.link = {.conn = NULL}};
    if (!address_read(arena, "its address", json_get_str(probe->work->secrets, "url"),
                      &database->address, &err)) {
        probe_refuse(probe, "its address cannot be used: %s", err.text);
        return false;
    }
    if (link_open(&database->link, arena, &database->address, name, probe->until_us))
        return true;
    struct str sentence = database->link.failure.sentence;
    if (str_ends(sentence, "."))
        sentence.n--;
    probe_fail(probe, "%.*s", STR_ARGS(sentence));
    return false;
}

void database_fail(struct probe *probe, struct database *database, const PGresult *result,
                   const char *what)
{
    struct link *link = &database->link;
    struct str within = duration_text(probe->work->arena, probe->work->deadline_ms);
    if (link->timed_out) {
        probe_fail(probe, "did not answer about %s within %.*s; look at its load and its locks",
                   what, STR_ARGS(within));
        return;
    }
    const char *said = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;
    struct str words = address_scrub(probe->work->arena, &database->address,
                                     str_of(said ? said : PQerrorMessage(link->conn)));
    probe_fail(probe, "does not tell about %s: %.*s", what, STR_ARGS(words));
}

static struct str cell(const PGresult *result, int row, int column)
{
    if (column < 0 || PQgetisnull(result, row, column))
        return STR("");
    return (struct str){PQgetvalue(result, row, column), (size_t)PQgetlength(result, row, column)};
}

static void add_row(struct probe *probe, const PGresult *result,
                    const struct database_columns *columns, int row)
{
    struct sample_label labels[SAMPLE_LABELS_MAX] = {{NULL, STR("")}};
    size_t count = 0;
    for (size_t i = 0; i < LABELS && columns->labels[i]; i++) {
        const char *name = columns->label_names[i] ? columns->label_names[i] : columns->labels[i];
        labels[count++] =
            (struct sample_label){name, cell(result, row, PQfnumber(result, columns->labels[i]))};
    }
    for (size_t i = 0; i < VALUES && columns->values[i].column; i++) {
        double value = 0;
        double scale = columns->values[i].scale;
        struct str text = cell(result, row, PQfnumber(result, columns->values[i].column));
        if (str_real(text, &value))
            sample_add_of(&probe->samples, columns->values[i].metric, labels,
                          scale > 0 ? value * scale : value);
    }
}

void database_add(struct probe *probe, const PGresult *result,
                  const struct database_columns *columns)
{
    for (int row = 0; row < PQntuples(result); row++)
        add_row(probe, result, columns, row);
}
