/* link.c - writing, reading and checking acknowledge links. */
#include "people/link.h"

#include "base/hash.h"
#include "base/secret_value.h"

#include <stdlib.h>

void links_init(struct links *links, struct arena *arena)
{
    *links = (struct links){.arena = arena};
    map_init(&links->used, LINK_USED_MAX);
}

void links_done(struct links *links)
{
    map_done(&links->used);
}

/* The oldest use gives way; whatever was issued before it cannot be told apart any more. */
static void forget_oldest(struct links *links)
{
    struct link_use *oldest = &links->ring[links->next];
    struct instant floor = instant_add_ms(oldest->at, LINK_LIFE_MS);
    map_remove(&links->used, str_of(oldest->page));
    if (instant_before(links->floor, floor))
        links->floor = floor;
    links->count--;
}

void link_fold(struct links *links, const struct event *event)
{
    if (event->kind != EVENT_LINK_USED && event->kind != EVENT_APPROVAL_LINK_USED)
        return;
    struct str page = event_str(event, "page");
    if (page.n >= LINK_PAGE_BYTES || map_find(&links->used, page))
        return;
    if (!links->ring)
        links->ring = arena_array(links->arena, LINK_USED_MAX, sizeof *links->ring);
    if (links->count == LINK_USED_MAX)
        forget_oldest(links);
    struct link_use *use = &links->ring[links->next];
    memcpy(use->page, page.p, page.n);
    use->page[page.n] = '\0';
    use->at = event->at;
    if (!map_put(&links->used, page, use))
        abort(); /* room was made */
    links->next = (links->next + 1) % LINK_USED_MAX;
    links->count++;
}

static struct str url_write(struct arena *arena, struct str data)
{
    struct str standard = base64_write(arena, data.p, data.n);
    char *out = arena_alloc(arena, standard.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < standard.n && standard.p[i] != '='; i++) {
        char c = standard.p[i];
        out[n++] = (char)(c == '+' ? '-' : c == '/' ? '_' : c);
    }
    return (struct str){out, n};
}

/* Canonical only: what is read must be written back the same. */
static bool url_parse(struct arena *arena, struct str s, struct str *out_data)
{
    char *standard = arena_alloc(arena, s.n + 4);
    size_t n = s.n;
    if (s.n == 0)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (!byte_is_alnum(c) && c != '-' && c != '_')
            return false;
        standard[i] = (char)(c == '-' ? '+' : c == '_' ? '/' : c);
    }
    while (n % 4)
        standard[n++] = '=';
    return base64_parse(arena, (struct str){standard, n}, out_data) &&
           str_equal(url_write(arena, *out_data), s);
}

struct str link_payload_write(struct arena *arena, const struct link *link)
{
    if (str_find_byte(link->page, '|', 0) < link->page.n ||
        str_find_byte(link->person, '|', 0) < link->person.n)
        abort();
    struct str plain =
        str_printf(arena, "%.*s|%lld|%.*s|%lld", STR_ARGS(link->page), (long long)link->incident,
                   STR_ARGS(link->person), (long long)(link->expires.us / 1000000));
    if (link->digest.n > 0)
        plain = str_printf(arena, "%.*s|%.*s", STR_ARGS(plain), STR_ARGS(link->digest));
    return url_write(arena, plain);
}

struct str link_token_write(struct arena *arena, struct str payload, struct str mac)
{
    struct str end = url_write(arena, mac);
    return str_printf(arena, "%.*s.%.*s", STR_ARGS(payload), STR_ARGS(end));
}

static bool parse_payload(struct str plain, struct link *link)
{
    struct str incident, expires;
    int64_t seconds;
    bool good = str_split(&plain, '|', &link->page) && str_split(&plain, '|', &incident) &&
                str_split(&plain, '|', &link->person) && str_split(&plain, '|', &expires);
    if (good && plain.p != NULL)
        good = str_split(&plain, '|', &link->digest) && link->digest.n > 0;
    return good && plain.p == NULL && link->page.n && str_int(incident, &link->incident) &&
           str_int(expires, &seconds) && seconds > 0 && seconds < INT64_MAX / 1000000 &&
           (link->expires.us = seconds * 1000000) > 0;
}

bool link_parse(struct arena *arena, struct str text, struct link_token *out_token, struct err *err)
{
    struct link_token token = {0};
    struct str plain;
    size_t dot = str_find_byte(text, '.', 0);
    if (text.n > LINK_BYTES_MAX || dot == text.n ||
        !url_parse(arena, str_slice(text, 0, dot), &plain) ||
        !url_parse(arena, str_from(text, dot + 1), &token.mac) ||
        !parse_payload(plain, &token.link))
        return err_set(err, ERR_USAGE, NULL,
                       "This is not a whole link; open it from the page again, or use "
                       "the command that stands there.");
    token.payload = str_slice(text, 0, dot);
    *out_token = token;
    return true;
}

bool link_check(const struct links *links, const struct link *link, const struct link_check *check,
                struct err *err)
{
    if (check->want_mac.n == 0 || !secret_equal(check->got_mac, check->want_mac))
        return err_set(err, ERR_REFUSED, NULL,
                       "This link was not written by this Reeve; open it from the page again.");
    if (link->incident != check->incident)
        return err_set(err, ERR_REFUSED, NULL,
                       "This link is about incident %lld, not incident %lld.",
                       (long long)link->incident, (long long)check->incident);
    if (!instant_before(check->now, link->expires) ||
        (!instant_is_zero(links->floor) && link->expires.us <= links->floor.us))
        return err_set(err, ERR_REFUSED, NULL,
                       "This link has expired; use \"reeve incident ack %lld\".",
                       (long long)link->incident);
    if (map_find(&links->used, link->page))
        return err_set(err, ERR_REFUSED, NULL,
                       "This link was used already; \"reeve incident show %lld\" says by whom.",
                       (long long)link->incident);
    return true;
}

void link_use(const struct link *link, struct str actor, struct instant now, struct event_list *out)
{
    struct event *event =
        event_list_add(out, EVENT_LINK_USED, now, actor,
                       str_printf(out->arena, "incident:%lld", (long long)link->incident));
    event_set_str(event, "page", str_copy(out->arena, link->page));
    event_set_str(event, "nonce", str_copy(out->arena, link->page));
}

bool link_check_person(const struct people *people, const struct link *link, struct err *err)
{
    if (person_find(people, link->person))
        return true;
    return err_set(
        err, ERR_REFUSED, NULL,
        "This link is %.*s's, who is not under people: in reeve.yaml any more; it changes "
        "nothing.",
        STR_ARGS(str_cut(link->person, 64)));
}

struct str link_stand(struct arena *arena, const struct link *link, const struct incident *incident)
{
    long long number = incident ? incident->number : link->incident;
    char at[INSTANT_TEXT_BYTES];
    if (!incident)
        return str_printf(arena, "Incident %lld is resolved; there is nothing to acknowledge.",
                          number);
    if (incident->merged_into)
        return str_printf(arena,
                          "Incident %lld was merged into incident %lld; acknowledge that "
                          "one.",
                          number, (long long)incident->merged_into);
    if (incident->state == INCIDENT_RESOLVED) {
        instant_write(incident->resolved, at);
        return str_printf(arena,
                          "Incident %lld is resolved since %.10s %.5s UTC; there is nothing to "
                          "acknowledge.",
                          number, at, at + 11);
    }
    if (instant_is_zero(incident->acknowledged))
        return STR("");
    instant_write(incident->acknowledged, at);
    return str_printf(arena, "Incident %lld was already acknowledged by %s at %.10s %.5s UTC.",
                      number, incident->acknowledged_by, at, at + 11);
}
