/* beat_file.c - the file of what was heard, and the addresses of beats. */
#include "alert/beat_file.h"

#include "base/hash.h"
#include "base/text.h"

#define FIRST_LINE "reeve-heartbeats 1"

enum { CODE_MOST = 255, STEP_MS = 2000 }; /* less is no step: clocks are read one after the other */

static void write_clock(struct text *text, const struct beat_clock *clock)
{
    text_printf(text, "clock %.*s %lld\n", STR_ARGS(clock->boot.n > 0 ? clock->boot : STR("-")),
                (long long)clock->offset_ms);
}

struct str beat_file_write(struct arena *arena, const struct beats *beats,
                           const struct beat_clock *clock)
{
    struct text text;
    char hex[HASH_HEX_BYTES];
    text_init(&text, arena, BEAT_FILE_BYTES);
    text_adds(&text, FIRST_LINE "\n");
    write_clock(&text, clock);
    for (size_t i = 0; i < beats->count; i++) {
        const struct beat_heard *heard = &beats->items[i]->heard;
        text_printf(&text, "beat %s %lld %lld %lld %lld %lld\n", beats->items[i]->name,
                    (long long)heard->done.us, (long long)heard->begun.us,
                    (long long)heard->failed.us, (long long)heard->code, (long long)heard->count);
    }
    struct hash sum = hash_of(text_str(&text));
    hash_hex(&sum, hex);
    text_printf(&text, "sum %s\n", hex);
    return text_str(&text);
}

/* The words of a line behind its kind; false when there are more or fewer. */
static bool split_words(struct str line, struct str *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!str_split(&line, ' ', &words[i]) || words[i].n == 0)
            return false;
    return line.n == 0;
}

struct file_reader {
    const struct beats *beats;
    const struct beat_clock *clock;
    struct instant now;
    int64_t moved_ms; /* how far the clock was set since it was written */
};

static bool read_clock(struct file_reader *reader, struct str line)
{
    struct str words[3];
    int64_t offset_ms = 0;
    if (!split_words(line, words, 3) || !str_is(words[0], "clock") ||
        !str_int(words[2], &offset_ms) || offset_ms > INT64_MAX / 4000 ||
        offset_ms < INT64_MIN / 4000)
        return false;
    if (reader->clock->boot.n > 0 && str_equal(words[1], reader->clock->boot))
        reader->moved_ms = reader->clock->offset_ms - offset_ms;
    if (reader->moved_ms <= STEP_MS && reader->moved_ms >= -STEP_MS)
        reader->moved_ms = 0;
    return true;
}

static bool read_time(const struct file_reader *reader, struct str word, struct instant *out_at)
{
    int64_t us = 0;
    if (!str_int(word, &us) || us < 0 || us > INT64_MAX / 4)
        return false;
    struct instant at = {us};
    if (us > 0)
        at = instant_add_ms(at, reader->moved_ms);
    if (at.us < 0)
        return false;
    *out_at = instant_before(reader->now, at) ? reader->now : at;
    return true;
}

/* into NULL: only looked at. */
static bool read_beat(const struct file_reader *reader, struct str line, bool keeps)
{
    struct str words[7];
    struct beat_heard heard = {.code = 0};
    if (!split_words(line, words, 7) || !str_is(words[0], "beat") || !beat_name_is_good(words[1]) ||
        !read_time(reader, words[2], &heard.done) || !read_time(reader, words[3], &heard.begun) ||
        !read_time(reader, words[4], &heard.failed) || !str_int(words[5], &heard.code) ||
        heard.code < BEAT_SAID_FAILED || heard.code > CODE_MOST ||
        !str_int(words[6], &heard.count) || heard.count < 0 || heard.count > INT64_MAX / 2)
        return false;
    struct beat *beat = keeps ? beat_find(reader->beats, words[1]) : NULL;
    if (beat)
        beat->heard = heard;
    return true;
}

static bool read_lines(struct file_reader *reader, struct str text, bool keeps)
{
    struct str line;
    if (!str_split(&text, '\n', &line) || !str_is(line, FIRST_LINE) ||
        !str_split(&text, '\n', &line) || !read_clock(reader, line))
        return false;
    while (str_split(&text, '\n', &line))
        if (!read_beat(reader, line, keeps))
            return false;
    return true;
}

/* Takes the last line off; false when its sum is not that of what stands before it. */
static bool check_sum(struct str *text)
{
    char hex[HASH_HEX_BYTES];
    if (text->n < 2 || text->p[text->n - 1] != '\n')
        return false;
    size_t begin = text->n - 1;
    while (begin > 0 && text->p[begin - 1] != '\n')
        begin--;
    struct str line = str_slice(*text, begin, text->n - 1);
    struct hash sum = hash_of(str_slice(*text, 0, begin));
    hash_hex(&sum, hex);
    if (!str_starts(line, "sum ") || !str_is(str_from(line, 4), hex))
        return false;
    *text = str_slice(*text, 0, begin > 0 ? begin - 1 : 0);
    return true;
}

bool beat_file_read(struct beats *beats, struct str text, const struct beat_clock *clock,
                    struct instant now, struct err *err)
{
    struct file_reader reader = {.beats = beats, .clock = clock, .now = now};
    if (text.n > BEAT_FILE_BYTES || !check_sum(&text) || !read_lines(&reader, text, false))
        return err_set(err, ERR_REFUSED, "", "The file of heartbeats is damaged.");
    return read_lines(&reader, text, true);
}

static bool read_word(struct str word, struct beat_call *call)
{
    call->word = str_is(word, "start")  ? BEAT_BEGUN
                 : str_is(word, "fail") ? BEAT_FAILURE
                                        : BEAT_DONE;
    call->code = BEAT_SAID_FAILED;
    if (word.n == 0 || call->word != BEAT_DONE)
        return true;
    if (word.n > 3 || !str_int(word, &call->code) || call->code < 0 || call->code > CODE_MOST)
        return false;
    call->word = call->code == 0 ? BEAT_DONE : BEAT_FAILURE;
    return true;
}

bool beat_call_read(struct str path, bool has_header, struct beat_call *out_call)
{
    struct beat_call call = {.token = STR("")};
    struct str word = STR("");
    struct str rest = STR("");
    if (!str_starts(path, "/beat/"))
        return false;
    path = str_from(path, strlen("/beat/"));
    if (!str_split(&path, '/', &call.name) || !beat_name_is_good(call.name))
        return false;
    if (!has_header && (!str_split(&path, '/', &call.token) || call.token.n == 0))
        return false;
    if (str_split(&path, '/', &word) && str_split(&path, '/', &rest))
        return false;
    if (!read_word(word, &call))
        return false;
    *out_call = call;
    return true;
}
