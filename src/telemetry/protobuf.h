/* protobuf.h - the wire format of Protocol Buffers: a bounded reader, and a writer for answers.
 *
 * Source: protobuf.dev "Encoding". The reader walks one message; a message within it is a field
 * whose bytes another reader walks.
 * Promises: allocates nothing, never reads beyond the body; every length and number is checked.
 * Refuses: groups, field number 0, numbers of more than 64 bits; says so once, in bad. A field
 * whose wire type is not the one wanted has another key, so it is skipped as an unknown one. */
#ifndef TELEMETRY_PROTOBUF_H
#define TELEMETRY_PROTOBUF_H

#include "base/text.h"

#include <endian.h>

enum protobuf_wire {
    PROTOBUF_VARINT = 0,
    PROTOBUF_FIXED64 = 1,
    PROTOBUF_BYTES = 2,
    PROTOBUF_FIXED32 = 5
};

/* A field as a switch reads it. */
#define PROTOBUF_KEY(number, wire) ((uint32_t)(number) << 3 | (uint32_t)(wire))

struct protobuf {
    const char *at;
    const char *end;
    const char *bad; /* NULL, or what is wrong with it: nothing more is read */
};

struct protobuf_field {
    uint32_t key;     /* PROTOBUF_KEY */
    uint64_t value;   /* varint, fixed32, fixed64 */
    struct str bytes; /* string, bytes, message, packed numbers */
};

static inline struct protobuf protobuf_of(struct str message)
{
    const char *at = message.p ? message.p : "";
    return (struct protobuf){at, at + message.n, NULL};
}

static inline bool protobuf_fail(struct protobuf *reader, const char *bad)
{
    reader->bad = bad;
    reader->at = reader->end;
    return false;
}

/* A number of any length. */
bool protobuf_varint_long(struct protobuf *reader, uint64_t *out_value);

/* A bare number, as packed fields hold them one behind the other. */
static inline bool protobuf_varint(struct protobuf *reader, uint64_t *out_value)
{
    const unsigned char *at = (const unsigned char *)reader->at;
    size_t left = (size_t)(reader->end - reader->at);
    if (left > 0 && at[0] < 0x80) {
        *out_value = at[0];
        reader->at++;
        return true;
    }
    if (left < 2 || at[1] >= 0x80)
        return protobuf_varint_long(reader, out_value);
    *out_value = (uint64_t)at[1] << 7 | (at[0] & 0x7F);
    reader->at += 2;
    return true;
}

static inline uint64_t protobuf_load64(const char *from)
{
    uint64_t value;
    memcpy(&value, from, sizeof value);
    return le64toh(value);
}

static inline double protobuf_double(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* A quick look: most texts are. */
static inline bool protobuf_is_ascii(struct str s)
{
    const uint64_t high = 0x8080808080808080u;
    uint64_t all = 0;
    uint64_t eight;
    if (!s.p)
        return true;
    if (s.n < 8) {
        for (size_t i = 0; i < s.n; i++)
            all |= (unsigned char)s.p[i];
        return all < 0x80;
    }
    for (size_t i = 0; i + 8 <= s.n; i += 8) {
        memcpy(&eight, s.p + i, 8);
        all |= eight;
    }
    memcpy(&eight, s.p + s.n - 8, 8); /* what is left, with some of what was seen */
    return ((all | eight) & high) == 0;
}

/* sint32 and sint64 */
static inline int64_t protobuf_zigzag(uint64_t value)
{
    return (int64_t)(value >> 1) ^ -(int64_t)(value & 1);
}

/* The next field; false at the end, and when the message is bad. */
static inline bool protobuf_next(struct protobuf *reader, struct protobuf_field *field)
{
    if (reader->at == reader->end)
        return false;
    uint64_t key = (unsigned char)*reader->at;
    if (key < 0x80)
        reader->at++;
    else if (!protobuf_varint_long(reader, &key))
        return false;
    if (key < 8 || key > UINT32_MAX)
        return protobuf_fail(reader, "a field has a number that cannot be");
    field->key = (uint32_t)key;
    size_t left = (size_t)(reader->end - reader->at);
    switch (key & 7) {
    case PROTOBUF_VARINT: return protobuf_varint(reader, &field->value);
    case PROTOBUF_FIXED64:
        if (left < 8)
            return protobuf_fail(reader, "it ends within a number");
        field->value = protobuf_load64(reader->at);
        reader->at += 8;
        return true;
    case PROTOBUF_BYTES: {
        uint64_t n;
        if (!protobuf_varint(reader, &n))
            return false;
        if (n > (uint64_t)(reader->end - reader->at))
            return protobuf_fail(reader, "a field reaches beyond the end");
        field->bytes = (struct str){reader->at, (size_t)n};
        reader->at += n;
        return true;
    }
    case PROTOBUF_FIXED32: {
        uint32_t value;
        if (left < 4)
            return protobuf_fail(reader, "it ends within a number");
        memcpy(&value, reader->at, sizeof value);
        field->value = le32toh(value);
        reader->at += 4;
        return true;
    }
    default: return protobuf_fail(reader, "a field is a group, which nobody sends any more");
    }
}

/* Takes the field off the front when it has this key, of one byte, and up to 127 bytes: nearly all
 * have. */
static inline bool protobuf_take_short(struct str *rest, char key, struct str *out_bytes)
{
    const char *p = rest->p;
    if (rest->n < 2 || p[0] != key || (unsigned char)p[1] >= 0x80 ||
        (unsigned char)p[1] > rest->n - 2)
        return false;
    size_t n = (unsigned char)p[1];
    *out_bytes = (struct str){p + 2, n};
    *rest = (struct str){p + 2 + n, rest->n - 2 - n};
    return true;
}

/* After the last field: was the message whole? name is that of the message, for the sentence. */
MUST_USE bool protobuf_check(const struct protobuf *reader, const char *name, struct err *err);

/* Writer: numbers and bytes of one message behind the other into text. */
void protobuf_write_varint(struct text *text, uint32_t number, uint64_t value);
void protobuf_write_fixed64(struct text *text, uint32_t number, uint64_t value);
void protobuf_write_fixed32(struct text *text, uint32_t number, uint32_t value);
void protobuf_write_double(struct text *text, uint32_t number, double value);
void protobuf_write_bytes(struct text *text, uint32_t number, struct str bytes);
/* A message within the message, whose length is known at its end only: what open gives is handed
 * to close. Its length takes five bytes, whatever it is. */
size_t protobuf_open(struct text *text, uint32_t number);
void protobuf_close(struct text *text, size_t opened);

#endif
