/* codec.c - canonical leaves: the event table read in both directions. */
#include "ledger/codec.h"

#include "base/json.h"
#include "base/limits.h"
#include "ledger/merkle.h"

#include <math.h>

struct coder { /* one event on its way into or out of a leaf */
    struct arena *arena;
    const struct event_row *row;
    const struct ledger_entry *entry; /* reading */
    const struct event *event;        /* writing: with salts from random, by writer into out */
    codec_random *random;
    struct json_writer writer;
    struct ledger_entry out;
    char place[64];
};

static struct str text_digest(struct arena *arena, struct str salt, struct str text)
{
    char *joined = arena_alloc(arena, salt.n + text.n);
    memcpy(joined, salt.p, salt.n);
    if (text.n > 0)
        memcpy(joined + salt.n, text.p, text.n);
    struct hash hash = hash_of((struct str){joined, salt.n + text.n});
    char hex[HASH_HEX_BYTES];
    hash_hex(&hash, hex);
    return str_copy(arena, str_of(hex));
}

/* Fields stand in the table as people tell them; in the leaf they are sorted by name. */
static size_t sort_fields(const struct event_row *row, size_t out_order[EVENT_FIELDS_MAX])
{
    size_t count = 0;
    for (; count < EVENT_FIELDS_MAX && row->fields[count].name; count++) {
        size_t at = count;
        while (at > 0 && strcmp(row->fields[out_order[at - 1]].name, row->fields[count].name) > 0) {
            out_order[at] = out_order[at - 1];
            at--;
        }
        out_order[at] = count;
    }
    return count;
}

static bool check_str(const char *place, struct str value, const char *field, struct err *err)
{
    size_t bad_at = 0;
    if (str_utf8_valid(value, &bad_at))
        return true;
    return err_set(err, ERR_SELF, place,
                   "Field %s is not valid UTF-8 at byte %zu; it must be checked where it comes in.",
                   field, bad_at);
}

static void write_text(struct coder *coder, size_t field, struct str value)
{
    unsigned char *salt = arena_alloc(coder->arena, CODEC_SALT_BYTES);
    coder->random(salt, CODEC_SALT_BYTES);
    if (!coder->out.texts)
        coder->out.texts = arena_array(coder->arena, EVENT_FIELDS_MAX, sizeof *coder->out.texts);
    struct ledger_text *text = &coder->out.texts[coder->out.text_count++];
    *text = (struct ledger_text){
        .field = field, .salt = {(const char *)salt, CODEC_SALT_BYTES}, .text = value};
    json_open_object(&coder->writer, coder->row->fields[field].name);
    json_str(&coder->writer, "digest", text_digest(coder->arena, text->salt, value));
    json_close_object(&coder->writer);
}

static bool write_field(struct coder *coder, size_t field, struct err *err);

static bool write_event(struct coder *coder, struct err *err)
{
    const struct event *event = coder->event;
    struct json_writer *writer = &coder->writer;
    if (!check_str(coder->place, event->actor, "actor", err) ||
        !check_str(coder->place, event->subject, "subject", err))
        return false;
    size_t order[EVENT_FIELDS_MAX];
    size_t count = sort_fields(coder->row, order);
    json_open_object(writer, NULL);
    json_str(writer, "actor", event->actor);
    json_instant_us(writer, "at", event->at.us);
    json_open_object(writer, "data");
    for (size_t i = 0; i < count; i++)
        if (!write_field(coder, order[i], err))
            return false;
    json_close_object(writer);
    json_str(writer, "kind", str_of(coder->row->name));
    json_str(writer, "subject", event->subject);
    json_close_object(writer);
    return true;
}

/* What the leaf will need when no string in it needs many escapes. */
static size_t likely_bytes(const struct coder *coder)
{
    size_t bytes = 128 + coder->event->actor.n + coder->event->subject.n;
    for (size_t i = 0; i < EVENT_FIELDS_MAX && coder->row->fields[i].name; i++)
        bytes +=
            40 + (coder->row->fields[i].type == FIELD_STR ? coder->event->values[i].str.n : 40);
    return bytes;
}

bool codec_write(struct arena *arena, const struct event *event, codec_random *random,
                 struct ledger_entry *out_entry, struct err *err)
{
    struct text leaf;
    struct coder coder = {.arena = arena,
                          .row = event_row(event->kind),
                          .event = event,
                          .random = random,
                          .writer = {.text = &leaf},
                          .out = {.subject = event->subject}};
    text_init(&leaf, arena, LIMIT_EVENT_BYTES);
    text_reserve(&leaf, likely_bytes(&coder));
    memcpy(coder.place, coder.row->name, strlen(coder.row->name) + 1);
    if (!write_event(&coder, err))
        return false;
    if (text_full(&leaf))
        return err_set(err, ERR_SELF, coder.place,
                       "The entry would be longer than %d bytes; shorten its fields.",
                       LIMIT_EVENT_BYTES);
    coder.out.leaf = text_str(&leaf);
    coder.out.leaf_hash = merkle_leaf_hash(coder.out.leaf);
    *out_entry = coder.out;
    return true;
}

static bool write_field(struct coder *coder, size_t field, struct err *err)
{
    const struct event_value *value = &coder->event->values[field];
    struct json_writer *writer = &coder->writer;
    const char *name = coder->row->fields[field].name;
    switch (coder->row->fields[field].type) {
    case FIELD_STR:
        if (!check_str(coder->place, value->str, name, err))
            return false;
        json_str(writer, name, value->str);
        return true;
    case FIELD_TEXT:
        if (!check_str(coder->place, value->str, name, err))
            return false;
        if (value->str.n > LIMIT_EVENT_TEXT_BYTES)
            return err_set(err, ERR_SELF, coder->place,
                           "Text %s has %zu bytes, more than %d; cut it where it comes in.", name,
                           value->str.n, LIMIT_EVENT_TEXT_BYTES);
        if (value->str.n == 0)
            json_null(writer, name);
        else
            write_text(coder, field, value->str);
        return true;
    case FIELD_INT: json_int(writer, name, value->integer); return true;
    case FIELD_BOOL: json_bool(writer, name, value->integer != 0); return true;
    case FIELD_REAL: json_real(writer, name, value->real); return true;
    case FIELD_INSTANT:
        if (value->integer == 0)
            json_null(writer, name);
        else
            json_instant_us(writer, name, value->integer);
        return true;
    case FIELD_NONE: break;
    }
    return true;
}

static bool read_text(const struct coder *coder, const struct json *value, size_t field,
                      struct event_value *out_value, struct err *err)
{
    const char *name = coder->row->fields[field].name;
    struct str digest = json_get_str(value, "digest");
    for (size_t i = 0; i < coder->entry->text_count; i++) {
        const struct ledger_text *text = &coder->entry->texts[i];
        if (text->field != field)
            continue;
        if (!text->erased && !str_equal(digest, text_digest(coder->arena, text->salt, text->text)))
            return err_set(err, ERR_SELF, coder->place,
                           "Text %s of this entry does not fit its digest: it was changed after it "
                           "was recorded.",
                           name);
        out_value->erased = text->erased;
        if (!text->erased)
            out_value->str = text->text;
        return true;
    }
    return err_set(err, ERR_SELF, coder->place,
                   "Text %s of this entry is missing and was not erased: it was taken away after "
                   "it was recorded.",
                   name);
}

static bool read_value(const struct coder *coder, const struct json *value, size_t field,
                       struct event_value *out_value, struct err *err)
{
    struct instant at = {0};
    bool good = false;
    switch (coder->row->fields[field].type) {
    case FIELD_STR:
        good = value->type == JSON_STRING;
        out_value->str = value->text;
        break;
    case FIELD_INT:
        good = value->type == JSON_NUMBER && str_int(value->text, &out_value->integer);
        break;
    case FIELD_BOOL:
        good = value->type == JSON_TRUE || value->type == JSON_FALSE;
        out_value->integer = value->type == JSON_TRUE;
        break;
    case FIELD_REAL:
        good = value->type == JSON_NUMBER || value->type == JSON_NULL;
        out_value->real = value->type == JSON_NULL ? (double)NAN : value->number;
        break;
    case FIELD_INSTANT:
        good = value->type == JSON_NULL ||
               (value->type == JSON_STRING && instant_parse(value->text, &at));
        out_value->integer = at.us;
        break;
    case FIELD_TEXT:
        if (value->type == JSON_OBJECT)
            return read_text(coder, value, field, out_value, err);
        good = value->type == JSON_NULL;
        break;
    case FIELD_NONE: break;
    }
    return good ||
           err_set(err, ERR_SELF, coder->place, "Field %s of this entry is not what kind %s says.",
                   coder->row->fields[field].name, coder->row->name);
}

static bool read_data(const struct coder *coder, const struct json *data, struct event *out_event,
                      struct err *err)
{
    for (const struct json *value = data->first; value; value = value->next) {
        for (size_t i = 0; i < EVENT_FIELDS_MAX && coder->row->fields[i].name; i++) {
            if (!str_is(value->key, coder->row->fields[i].name))
                continue;
            if (!read_value(coder, value, i, &out_event->values[i], err))
                return false;
            break;
        }
    }
    return true;
}

bool codec_read(struct arena *arena, const struct ledger_entry *entry, struct event *out_event,
                struct err *err)
{
    struct coder coder = {.arena = arena, .entry = entry};
    struct text place;
    text_init(&place, arena, sizeof coder.place - 1);
    text_adds(&place, "entry ");
    text_int(&place, entry->sequence);
    memcpy(coder.place, place.p, place.n + 1);
    struct json *root = NULL;
    struct err inner = {0};
    if (!json_parse(arena, entry->leaf, &root, &inner))
        return err_set(err, ERR_SELF, coder.place, "This entry is not JSON any more (%s): %s",
                       inner.place, inner.text);
    struct event event = {.actor = json_get_str(root, "actor"),
                          .subject = json_get_str(root, "subject")};
    const struct json *data = json_get(root, "data");
    struct str kind = json_get_str(root, "kind");
    if (root->type != JSON_OBJECT || !data || data->type != JSON_OBJECT || kind.n == 0 ||
        !instant_parse(json_get_str(root, "at"), &event.at))
        return err_set(err, ERR_SELF, coder.place,
                       "This entry lacks actor, at, data, kind or subject: it is damaged.");
    if (!event_kind_find(kind, &event.kind))
        return err_set(err, ERR_USAGE, coder.place,
                       "Kind \"%.*s\" is not known to Reeve " REEVE_VERSION
                       "; a newer Reeve wrote it: use that one.",
                       STR_ARGS(kind));
    coder.row = event_row(event.kind);
    if (!read_data(&coder, data, &event, err))
        return false;
    *out_event = event;
    return true;
}
