/* dependency.c - the probe of a status page: what a company says of itself, and never more. */
#include "probe/fetch.h"
#include "probe/samples.h"
#include "probe/status_page.h"

static struct status_wanted read_wanted(struct probe *probe)
{
    const struct json *list = json_get(probe->work->body, "components");
    size_t room = list && list->type == JSON_ARRAY ? list->count : 0;
    struct str *names = arena_array(probe->work->arena, room, sizeof *names);
    size_t count = 0;
    for (const struct json *item = room ? list->first : NULL; item; item = item->next)
        names[count++] = item->text;
    return (struct status_wanted){names, count};
}

static void add_samples(struct text *samples, const struct status_page *page)
{
    sample_add(samples, "reeve_status_page_level", (double)page->level);
    sample_add(samples, "reeve_status_page_incidents", (double)page->incident_count);
    for (size_t i = 0; i < page->count; i++)
        sample_add_of(
            samples, "reeve_status_page_component_level",
            (const struct sample_label[SAMPLE_LABELS_MAX]){{"component", page->items[i].name}},
            (double)page->items[i].level);
}

static void read_page(struct probe *probe, const struct fetch *fetch)
{
    struct arena *arena = probe->work->arena;
    struct status_page page;
    struct err err = {0};
    if (!status_page_read(arena, text_str(&fetch->body), read_wanted(probe), &page, &err)) {
        probe_fail(probe, "%s", err.text);
        return;
    }
    add_samples(&probe->samples, &page);
    probe->etag = fetch->etag;
    probe->note = work_clean(arena, status_page_words(arena, &page));
    probe->seen =
        probe->note.n > 0
            ? probe->note
            : work_clean(arena, str_printf(arena, "%.*s says: no outage",
                                           STR_ARGS(page.name.n > 0 ? page.name
                                                                    : STR("its status page"))));
}

void probe_status_page(struct probe *probe)
{
    const struct json *body = probe->work->body;
    struct arena *arena = probe->work->arena;
    struct fetch fetch = {.url = str_copy(arena, json_get_str(body, "url")),
                          .ca = str_copy(arena, json_get_str(body, "ca")),
                          .bearer = STR(""),
                          .if_not = str_copy(arena, json_get_str(body, "etag"))};
    if (!fetch_get(probe, &fetch))
        return;
    if (fetch.status == 304 && fetch.if_not.n > 0) {
        probe->unchanged = true;
        probe->etag = fetch.if_not;
        probe->seen = STR("says the same as before");
    } else if (fetch.status == 200) {
        read_page(probe, &fetch);
    } else if (fetch.status == 429) {
        probe_fail(probe, "is asked too often; give it a longer every: in reeve.yaml");
    } else if (fetch.status >= 300 && fetch.status < 400) {
        probe_fail(probe, "answered %ld, so the page has moved; give its new url", fetch.status);
    } else {
        probe_fail(probe, "answered %ld; look at it in a browser", fetch.status);
    }
}
