/* protobuf.c - what is not read on the quick path, and the writer. */
#include "telemetry/protobuf.h"

enum { LENGTH_BYTES = 5 };

bool protobuf_varint_long(struct protobuf *reader, uint64_t *out_value)
{
    uint64_t value = 0;
    for (unsigned shift = 0; reader->at < reader->end && shift < 70; shift += 7) {
        uint64_t byte = (unsigned char)*reader->at++;
        if (shift == 63 && byte > 1)
            return protobuf_fail(reader, "a number has over 64 bits");
        value |= (byte & 0x7F) << shift;
        if (byte < 0x80) {
            *out_value = value;
            return true;
        }
    }
    return protobuf_fail(reader, "it ends within a number");
}

bool protobuf_check(const struct protobuf *reader, const char *name, struct err *err)
{
    return !reader->bad || err_set(err, ERR_USAGE, name,
                                   "The body is not a message that can be read: in %s %s; send it "
                                   "as the protocol has it.",
                                   name, reader->bad);
}

static void write_number(struct text *text, uint64_t value)
{
    char bytes[10];
    size_t n = 0;
    for (; value >= 0x80; value >>= 7)
        bytes[n++] = (char)(value | 0x80);
    bytes[n++] = (char)value;
    text_add(text, (struct str){bytes, n});
}

void protobuf_write_varint(struct text *text, uint32_t number, uint64_t value)
{
    write_number(text, PROTOBUF_KEY(number, PROTOBUF_VARINT));
    write_number(text, value);
}

void protobuf_write_fixed64(struct text *text, uint32_t number, uint64_t value)
{
    uint64_t little = htole64(value);
    write_number(text, PROTOBUF_KEY(number, PROTOBUF_FIXED64));
    text_add(text, (struct str){(const char *)&little, sizeof little});
}

void protobuf_write_fixed32(struct text *text, uint32_t number, uint32_t value)
{
    uint32_t little = htole32(value);
    write_number(text, PROTOBUF_KEY(number, PROTOBUF_FIXED32));
    text_add(text, (struct str){(const char *)&little, sizeof little});
}

void protobuf_write_double(struct text *text, uint32_t number, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    protobuf_write_fixed64(text, number, bits);
}

void protobuf_write_bytes(struct text *text, uint32_t number, struct str bytes)
{
    write_number(text, PROTOBUF_KEY(number, PROTOBUF_BYTES));
    write_number(text, bytes.n);
    text_add(text, bytes);
}

size_t protobuf_open(struct text *text, uint32_t number)
{
    write_number(text, PROTOBUF_KEY(number, PROTOBUF_BYTES));
    char *length = text_extend(text, LENGTH_BYTES);
    if (length)
        memset(length, 0, LENGTH_BYTES);
    return text->n;
}

void protobuf_close(struct text *text, size_t opened)
{
    if (text_full(text))
        return;
    size_t n = text->n - opened;
    char *length = text->p + opened - LENGTH_BYTES;
    for (size_t i = 0; i < LENGTH_BYTES; i++, n >>= 7)
        length[i] = (char)((n & 0x7F) | (i + 1 < LENGTH_BYTES ? 0x80 : 0));
}
