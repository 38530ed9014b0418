/* message.c - reading a line, and the texts in it. */
#include "irc/message.h"

#include "base/text.h"

enum { TEXT_BYTES_MAX = 4096, CUT_BACK_MOST = 40, CTCP = 1 };

static struct str skip_blanks(struct str line)
{
    while (line.n > 0 && line.p[0] == ' ')
        line = str_from(line, 1);
    return line;
}

static struct str take_word(struct str *line)
{
    size_t end = str_find_byte(*line, ' ', 0);
    struct str word = str_slice(*line, 0, end);
    *line = skip_blanks(str_from(*line, end));
    return word;
}

bool irc_message_parse(struct str line, struct irc_message *out_message)
{
    struct irc_message message = {.prefix = STR("")};
    line = skip_blanks(line);
    if (str_starts(line, "@"))
        (void)take_word(&line);
    if (str_starts(line, ":"))
        message.prefix = str_from(take_word(&line), 1);
    message.command = take_word(&line);
    while (line.n > 0 && message.count < IRC_PARAMS_MAX) {
        bool last = line.p[0] == ':' || message.count == IRC_PARAMS_MAX - 1;
        if (line.p[0] == ':')
            line = str_from(line, 1);
        message.params[message.count++] = last ? line : take_word(&line);
        if (last)
            break;
    }
    if (message.command.n == 0)
        return false;
    *out_message = message;
    return true;
}

struct str irc_param(const struct irc_message *message, size_t at)
{
    return at < message->count ? message->params[at] : STR("");
}

struct str irc_nick(const struct irc_message *message)
{
    return str_slice(message->prefix, 0, str_find_byte(message->prefix, '!', 0));
}

static struct str to_utf8(struct arena *arena, struct str bytes)
{
    struct text text;
    if (str_utf8_valid(bytes, NULL))
        return bytes;
    text_init(&text, arena, TEXT_BYTES_MAX);
    for (size_t i = 0; i < bytes.n; i++) {
        unsigned char byte = (unsigned char)bytes.p[i];
        if (byte >= 0x80)
            text_byte(&text, (char)(0xc0 | byte >> 6));
        text_byte(&text, (char)(byte >= 0x80 ? 0x80 | (byte & 0x3f) : byte));
    }
    struct str whole = text_str(&text);
    return str_cut(whole, whole.n);
}

/* How much behind the sign of a colour belongs to it: "4", "04,12". */
static size_t colour_bytes(struct str s)
{
    size_t at = 0;
    while (at < 2 && at < s.n && byte_is_digit(s.p[at]))
        at++;
    if (at == 0 || at + 1 >= s.n || s.p[at] != ',' || !byte_is_digit(s.p[at + 1]))
        return at;
    at += 2;
    return at < s.n && byte_is_digit(s.p[at]) ? at + 1 : at;
}

bool irc_text(struct arena *arena, struct str bytes, struct str *out_text)
{
    struct text text;
    if (bytes.n > 0 && bytes.p[0] == CTCP) {
        bytes = str_from(bytes, 1);
        if (!str_starts(bytes, "ACTION "))
            return false;
        bytes = str_from(bytes, strlen("ACTION "));
    }
    bytes = to_utf8(arena, bytes);
    text_init(&text, arena, bytes.n + 1);
    for (size_t i = 0; i < bytes.n; i++) {
        unsigned char byte = (unsigned char)bytes.p[i];
        bool is_second = byte == 0xc2 && i + 1 < bytes.n && (unsigned char)bytes.p[i + 1] < 0xa0;
        if (byte == 3)
            i += colour_bytes(str_from(bytes, i + 1));
        else if (byte == '\t')
            text_byte(&text, ' ');
        else if (is_second)
            i++;
        else if (byte >= ' ' && byte != 0x7f)
            text_byte(&text, (char)byte);
    }
    *out_text = text_str(&text);
    return true;
}

bool irc_piece(struct str *rest, size_t most, struct str *out_piece)
{
    if (rest->n == 0 || most < 4)
        return false;
    struct str piece = str_cut(*rest, most);
    size_t blank = piece.n;
    while (piece.n < rest->n && blank > 0 && piece.p[blank - 1] != ' ')
        blank--;
    if (blank > 0 && piece.n - blank <= CUT_BACK_MOST)
        piece = str_slice(piece, 0, blank);
    if (piece.n == 0) /* bytes that are no character */
        piece = str_slice(*rest, 0, most);
    *rest = str_from(*rest, piece.n);
    *out_piece = piece;
    return true;
}

static char lower(char byte)
{
    return byte == '[' ? '{' : byte == ']' ? '}' : byte == '\\' ? '|' : byte_lower(byte);
}

bool irc_equal(struct str a, struct str b)
{
    if (a.n != b.n)
        return false;
    for (size_t i = 0; i < a.n; i++)
        if (lower(a.p[i]) != lower(b.p[i]))
            return false;
    return true;
}
