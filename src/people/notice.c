/* notice.c - one way after the other, those that ring last. */
#include "people/notice.h"

static struct str thread_of(const struct notice *notice, struct str person, enum method method)
{
    return str_printf(notice->out->arena, "%c%lld-%.*s-%s", notice->letter,
                      (long long)notice->number, STR_ARGS(person), method_name(method));
}

const struct page *notice_page(const struct notice *notice, struct str person, enum method method)
{
    return map_find(&notice->world->pages->table, thread_of(notice, person, method));
}

bool notice_was_asked(const struct notice *notice, const struct person *person)
{
    for (int method = 0; method < METHODS; method++)
        if (notice_page(notice, person->id, (enum method)method))
            return true;
    return false;
}

void notice_ask(const struct notice *notice, const struct person *person, enum method method,
                struct str reason)
{
    struct event_list *out = notice->out;
    struct event *event = event_list_add(out, EVENT_PAGE_REQUESTED, notice->world->now,
                                         STR("reeve"), notice->subject);
    event_set_str(event, "page",
                  str_printf(out->arena, "%.*s-%lld",
                             STR_ARGS(thread_of(notice, person->id, method)),
                             (long long)notice->attempt));
    event_set_str(event, "person", str_copy(out->arena, person->id));
    event_set_str(event, "method", str_of(method_name(method)));
    event_set_str(event, "reason", reason);
    event_set_int(event, "attempt", notice->attempt);
    event_set_instant(event, "not_before", notice->not_before);
    event_set_int(event, "after_ack", 1);
    event_set_int(event, notice->key, notice->number);
}

static size_t take(const struct contact *all, size_t count, bool rings,
                   struct contact out_contacts[METHODS])
{
    size_t taken = 0;
    for (size_t i = 0; i < count; i++)
        if (method_row(all[i].method)->rings == rings)
            out_contacts[taken++] = all[i];
    return taken;
}

size_t notice_contacts(const struct notice *notice, const struct person *person,
                       struct contact out_contacts[METHODS])
{
    struct contact all[METHODS];
    bool at_once;
    size_t count = person_contacts(person, all, &at_once);
    size_t calm = take(all, count, false, out_contacts);
    if (calm > 0 && !notice->may_ring)
        return calm;
    return calm + take(all, count, true, out_contacts + calm);
}

bool notice_visit(const struct notice *notice, const struct person *person, struct str reason)
{
    struct contact contacts[METHODS];
    size_t count = notice_contacts(notice, person, contacts);
    for (size_t i = 0; i < count; i++) {
        const struct page *page = notice_page(notice, person->id, contacts[i].method);
        if (!page)
            notice_ask(notice, person, contacts[i].method, reason);
        if (!page || page->state != PAGE_FAILED)
            return false;
    }
    return true;
}

void notice_json_open(struct json_writer *w, const char *type, struct instant now,
                      const struct page *page, struct str subject)
{
    json_open_object(w, NULL);
    json_str(w, "type", str_of(type));
    json_instant_us(w, "timestamp", now.us);
    json_open_object(w, "data");
    json_str(w, "page", str_of(page->id));
    json_str(w, "person", str_of(page->person));
    json_str(w, "reason", str_of(page->reason));
    json_str(w, "subject", subject);
}

void notice_json_close(struct json_writer *w, struct str checkpoint)
{
    json_str(w, "checkpoint", checkpoint);
    json_close_object(w);
    json_close_object(w);
}
