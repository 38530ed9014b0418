/* exposition.c - lines out of chunks, samples out of lines.
 *
 * Speed: memchr finds the lines; a line whose name nobody wants is left after its name; of a line
 * whose text is recognised only the value is read. */
#include "telemetry/exposition.h"

#include "base/noun.h"

#include <endian.h>
#include <math.h>
#include <stdio.h>

void exposition_init(struct exposition *reader, const struct exposition_use *use, char *carry)
{
    *reader = (struct exposition){.use = use, .carry = carry, .max_bytes = LIMIT_SCRAPE_BYTES};
}

static bool fail_line(const struct exposition *reader, struct err *err, const char *what)
{
    char place[32];
    (void)snprintf(place, sizeof place, "line %lld", (long long)reader->line);
    return err_set(err, ERR_OUTSIDE, place,
                   "line %lld of the metrics is not readable: %s; correct the exporter",
                   (long long)reader->line, what);
}

static bool is_name_byte(char c, bool first)
{
    return byte_is_alpha(c) || c == '_' || c == ':' || (!first && byte_is_digit(c));
}

size_t exposition_name_length(struct str s)
{
    size_t n = 0;
    while (n < s.n && is_name_byte(s.p[n], n == 0))
        n++;
    return n;
}

static struct str skip_blanks(struct str s)
{
    size_t i = 0;
    while (i < s.n && byte_is_blank(s.p[i]))
        i++;
    return str_from(s, i);
}

/* Index of the '}' that closes labels, quotes respected; s.n when there is none. */
static size_t find_close(struct str s)
{
    bool quoted = false;
    for (size_t i = 0; i < s.n; i++) {
        if (quoted && s.p[i] == '\\')
            i++;
        else if (s.p[i] == '"')
            quoted = !quoted;
        else if (!quoted && s.p[i] == '}')
            return i;
    }
    return s.n;
}

static struct str take_token(struct str *rest)
{
    size_t n = 0;
    while (n < rest->n && !byte_is_blank(rest->p[n]))
        n++;
    struct str token = str_slice(*rest, 0, n);
    *rest = skip_blanks(str_from(*rest, n));
    return token;
}

static bool is_word(struct str s, const char *word)
{
    return str_is_nocase(s, word);
}

/* Eight digits at once, the first in the lowest byte; false: they are none. */
static inline bool parse_eight(const char *p, int64_t *out_value)
{
    const uint64_t high = 0xF0F0F0F0F0F0F0F0u;
    uint64_t word;
    memcpy(&word, p, sizeof word);
    word = le64toh(word);
    if ((word & high) != 0x3030303030303030u ||
        ((word + 0x0606060606060606u) & high) != 0x3030303030303030u)
        return false;
    word = (word & 0x0F0F0F0F0F0F0F0Fu) * (10 << 8 | 1) >> 8;         /* four numbers of two */
    word = (word & 0x00FF00FF00FF00FFu) * (100 << 16 | 1) >> 16;      /* two of four */
    word = (word & 0x0000FFFF0000FFFFu) * (10000ull << 32 | 1) >> 32; /* one */
    *out_value = (int64_t)word;
    return true;
}

/* Most values are whole numbers that a double holds exactly. */
static inline bool parse_whole(struct str s, double *out_value)
{
    int64_t whole = 0;
    if (s.n == 0 || s.n > 15)
        return false;
    size_t i = s.n >= 8 && parse_eight(s.p, &whole) ? 8 : 0;
    for (; i < s.n && byte_is_digit(s.p[i]); i++)
        whole = whole * 10 + (s.p[i] - '0');
    if (i < s.n)
        return false;
    *out_value = (double)whole;
    return true;
}

bool exposition_parse_value(struct str s, double *out_value)
{
    if (parse_whole(s, out_value))
        return true;
    struct str bare = s;
    bool negative = s.n > 0 && s.p[0] == '-';
    if (s.n > 0 && (s.p[0] == '-' || s.p[0] == '+'))
        bare = str_from(s, 1);
    if (is_word(bare, "inf") || is_word(bare, "infinity")) {
        *out_value = negative ? -INFINITY : INFINITY;
        return true;
    }
    if (is_word(s, "nan")) {
        *out_value = NAN;
        return true;
    }
    return str_real(s, out_value);
}

/* What may follow a value: a timestamp, an exemplar ("# {…} 1"), nothing. */
static bool read_tail(const struct exposition *reader, struct str rest, struct sample *sample,
                      struct err *err)
{
    const double most_us = 9e18;
    if (rest.n > 0 && rest.p[0] != '#') {
        double stamp;
        if (!exposition_parse_value(take_token(&rest), &stamp) || isnan(stamp))
            return fail_line(reader, err, "what follows the value is not a timestamp");
        double us = stamp * (reader->open_metrics ? 1e6 : 1e3);
        us = us > most_us ? most_us : us < -most_us ? -most_us : us;
        sample->is_stamped = true;
        sample->at.us = (int64_t)us;
    }
    if (rest.n > 0 && rest.p[0] != '#')
        return fail_line(reader, err, "something stands behind the timestamp");
    return true;
}

/* What stands behind the text of a sample. */
static bool read_value(struct exposition *reader, struct sample *sample, struct str rest,
                       struct err *err)
{
    if (parse_whole(rest, &sample->value))
        return reader->use->take(reader->use->context, sample, err);
    struct str value = take_token(&rest);
    if (value.n == 0)
        return fail_line(reader, err, "no value follows the name");
    if (!exposition_parse_value(value, &sample->value))
        return fail_line(reader, err, "its value is not a number");
    return (rest.n == 0 || read_tail(reader, rest, sample, err)) &&
           reader->use->take(reader->use->context, sample, err);
}

static bool read_sample(struct exposition *reader, struct str line, size_t name_n, struct err *err)
{
    struct sample sample = {.name = str_slice(line, 0, name_n), .line = reader->line};
    struct str rest = skip_blanks(str_from(line, name_n));
    sample.text = sample.name;
    if (rest.n > 0 && rest.p[0] == '{') {
        rest = str_from(rest, 1);
        size_t close = find_close(rest);
        if (close == rest.n)
            return fail_line(reader, err, "its labels have no closing brace");
        sample.labels = str_slice(rest, 0, close);
        sample.text.n = (size_t)(rest.p - line.p) + close + 1;
        rest = skip_blanks(str_from(rest, close + 1));
    } else if (rest.p == line.p + name_n) {
        return fail_line(reader, err, "no value follows the name");
    }
    return read_value(reader, &sample, rest, err);
}

/* The bytes of a quoted text at the front, with its quotes; 0: there is none, or no end of it. */
static size_t quoted_length(struct str s)
{
    size_t end = 1;
    if (s.n == 0 || s.p[0] != '"')
        return 0;
    while (end < s.n && s.p[end] != '"')
        end += s.p[end] == '\\' ? 2 : 1;
    return end < s.n ? end + 1 : 0;
}

/* A quoted name and what follows it in the braces. */
struct quoted {
    struct str raw;  /* between the quotes */
    struct str rest; /* behind them, without blanks */
};

/* At the brace of {"my.metric",…}; false: it is none such, JSON for instance. */
static bool find_quoted(struct str line, struct quoted *out_quoted)
{
    struct str inside = skip_blanks(str_from(line, 1));
    size_t n = quoted_length(inside);
    struct str rest = skip_blanks(str_from(inside, n));
    if (n < 3 || rest.n == 0 || (rest.p[0] != ',' && rest.p[0] != '}'))
        return false;
    *out_quoted = (struct quoted){str_slice(inside, 1, n - 1), rest};
    return true;
}

/* A sample whose name stands in its braces. */
static bool read_quoted_sample(struct exposition *reader, struct str line, struct err *err)
{
    struct sample sample = {.line = reader->line};
    struct quoted quoted;
    size_t close = 1 + find_close(str_from(line, 1));
    if (close == line.n)
        return fail_line(reader, err, "its labels have no closing brace");
    if (!find_quoted(line, &quoted))
        return fail_line(reader, err, "its braces do not begin with a name in quotes");
    if (quoted.raw.n >= QUOTED_NAME_BYTES)
        return fail_line(reader, err, "its name is longer than 511 bytes");
    if (!str_utf8_valid(quoted.raw, NULL))
        return fail_line(reader, err, "its name is no UTF-8");
    sample.name = exposition_unescape(quoted.raw, reader->name);
    sample.text = str_slice(line, 0, close + 1);
    const char *from = quoted.rest.p + (quoted.rest.p[0] == ',');
    sample.labels = (struct str){from, (size_t)(line.p + close - from)};
    reader->samples++;
    if (!reader->use->wants(reader->use->context, sample.name))
        return true;
    return read_value(reader, &sample, skip_blanks(str_from(line, close + 1)), err);
}

/* What the beginning of a document says about it. */
static bool check_start(struct str line, struct err *err)
{
    const char *kind = NULL;
    char first = line.p[0];
    struct quoted quoted;
    if (first == '{' && find_quoted(line, &quoted))
        return true;
    if (first == '<')
        kind = "HTML";
    else if (first == '{' || first == '[')
        kind = "JSON";
    if (kind)
        return err_set(err, ERR_OUTSIDE, "line 1",
                       "answered %s, not metrics: is this the right path?", kind);
    if (first != '#' && !is_name_byte(first, true))
        return err_set(err, ERR_OUTSIDE, "line 1",
                       "answered something that is not the Prometheus text format: is this the "
                       "right path?");
    return true;
}

/* "# TYPE queue_seconds gaugehistogram"; other types change nothing. */
static void read_comment(const struct exposition *reader, struct str line)
{
    struct str rest = skip_blanks(str_from(line, 1));
    if (!reader->use->stands || !str_is(take_token(&rest), "TYPE"))
        return;
    struct str name = take_token(&rest);
    if (str_is(take_token(&rest), "gaugehistogram"))
        reader->use->stands(reader->use->context, name);
}

static bool read_line(struct exposition *reader, struct str line, struct err *err)
{
    reader->line++;
    if (line.n > 0 && line.p[line.n - 1] == '\r')
        line.n--;
    if (line.n > 0 && byte_is_blank(line.p[0]))
        line = skip_blanks(line);
    if (line.n == 0)
        return true;
    if (!reader->started) {
        reader->started = true;
        if (!check_start(line, err))
            return false;
    }
    if (line.p[0] == '#') {
        if (str_is(line, "# EOF"))
            reader->ended = true;
        read_comment(reader, line);
        return true;
    }
    if (reader->ended)
        return fail_line(reader, err, "it stands behind \"# EOF\"");
    size_t known_n =
        reader->use->recognise ? reader->use->recognise(reader->use->context, line) : 0;
    if (known_n > 0) {
        struct sample sample = {.text = str_slice(line, 0, known_n), .line = reader->line};
        reader->samples++;
        return read_value(reader, &sample, skip_blanks(str_from(line, known_n)), err);
    }
    size_t name_n = exposition_name_length(line);
    if (name_n == 0 && line.p[0] == '{')
        return read_quoted_sample(reader, line, err);
    if (name_n == 0)
        return fail_line(reader, err, "it begins with no metric name");
    reader->samples++;
    if (!reader->use->wants(reader->use->context, str_slice(line, 0, name_n)))
        return true;
    return read_sample(reader, line, name_n, err);
}

static bool keep(struct exposition *reader, struct str piece, struct err *err)
{
    if (piece.n > LIMIT_SCRAPE_LINE_BYTES - reader->carry_bytes) {
        reader->line++;
        return fail_line(reader, err, "it is longer than 64 KiB");
    }
    if (piece.n > 0)
        memcpy(reader->carry + reader->carry_bytes, piece.p, piece.n);
    reader->carry_bytes += piece.n;
    return true;
}

static bool feed_line(struct exposition *reader, struct str piece, struct err *err)
{
    if (reader->carry_bytes == 0) {
        if (piece.n <= LIMIT_SCRAPE_LINE_BYTES)
            return read_line(reader, piece, err);
        return keep(reader, piece, err); /* refuses it with its number */
    }
    if (!keep(reader, piece, err))
        return false;
    struct str whole = {reader->carry, reader->carry_bytes};
    reader->carry_bytes = 0;
    return read_line(reader, whole, err);
}

bool exposition_feed(struct exposition *reader, struct str chunk, struct err *err)
{
    reader->body_bytes += chunk.n;
    if (reader->body_bytes > reader->max_bytes)
        return err_set(err, ERR_OUTSIDE, NULL,
                       "the answer is larger than %zu MiB after %lld %s; fewer metrics or "
                       "several targets are needed",
                       reader->max_bytes / (1024 * 1024), (long long)reader->line,
                       noun(reader->line, "line", "lines"));
    while (chunk.n > 0) {
        const char *end = memchr(chunk.p, '\n', chunk.n);
        if (!end)
            return keep(reader, chunk, err);
        size_t n = (size_t)(end - chunk.p);
        if (!feed_line(reader, str_slice(chunk, 0, n), err))
            return false;
        chunk = str_from(chunk, n + 1);
    }
    return true;
}

bool exposition_is_open_metrics(struct str content_type)
{
    struct str type = str_trim(str_slice(content_type, 0, str_find_byte(content_type, ';', 0)));
    return str_is_nocase(type, "application/openmetrics-text");
}

bool exposition_end(struct exposition *reader, struct err *err)
{
    bool is_open = str_trim((struct str){reader->carry, reader->carry_bytes}).n > 0;
    if (reader->carry_bytes > 0 && !feed_line(reader, STR(""), err))
        return false;
    if (!reader->started)
        return err_set(err, ERR_OUTSIDE, NULL,
                       "answered an empty page, not metrics: is this the right path?");
    /* "5" may be the beginning of "500"; behind "# EOF" nothing can be missing. */
    if (is_open && !reader->ended && !reader->open_metrics)
        return err_set(err, ERR_OUTSIDE, NULL,
                       "the page of metrics ends in the middle of line %lld, so it may be cut; its "
                       "last line must end with a line feed too",
                       (long long)reader->line);
    return reader->ended || !reader->open_metrics ||
           err_set(err, ERR_OUTSIDE, NULL,
                   "the page of metrics ends after %lld %s without \"# EOF\", so it was cut; look "
                   "into its own log",
                   (long long)reader->line, noun(reader->line, "line", "lines"));
}
