/* log.c - lines for whoever debugs Reeve. */
#include "os/log.h"

#include "base/json.h"
#include "os/clock.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

enum { LINE_BYTES = 4096, TEXT_BYTES = 1024 };

static const char *log_role = "reeve";
static enum log_level log_least = LOG_LEVEL_INFO;

static const char *const level_names[] = {
    [LOG_LEVEL_DEBUG] = "debug",
    [LOG_LEVEL_INFO] = "info",
    [LOG_LEVEL_WARNING] = "warning",
    [LOG_LEVEL_ERROR] = "error",
};

void log_start(const char *role, enum log_level least)
{
    log_role = role;
    log_least = least;
}

static void write_line(enum log_level level, const char *about, struct str text)
{
    struct arena arena;
    struct text line;
    if (level < log_least)
        return;
    arena_init(&arena);
    text_init(&line, &arena, LINE_BYTES);
    struct json_writer writer = {.text = &line};
    json_open_object(&writer, NULL);
    if (about)
        json_str(&writer, "about", str_of(about));
    json_instant_us(&writer, "at", clock_now().us);
    json_str(&writer, "level", str_of(level_names[level]));
    json_str(&writer, "role", str_of(log_role));
    json_str(&writer, "text", text);
    json_close_object(&writer);
    text_byte(&line, '\n');
    if (text_full(&line)) {
        text_init(&line, &arena, LINE_BYTES);
        text_printf(&line, "{\"level\":\"%s\",\"role\":\"%s\",\"text\":\"(line too long)\"}\n",
                    level_names[level], log_role);
    }
    int saved = errno;
    (void)!write(STDERR_FILENO, line.p, line.n);
    errno = saved;
    arena_done(&arena);
}

/* Bytes that are not UTF-8 would break the line's JSON. */
static struct str clean(char *text, size_t n)
{
    struct str s = {text, n};
    size_t bad_at = 0;
    while (!str_utf8_valid(s, &bad_at))
        text[bad_at] = '?';
    return s;
}

void log_line(enum log_level level, const char *about, const char *format, ...)
{
    char text[TEXT_BYTES];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (n < 0)
        return;
    write_line(level, about, clean(text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1));
}

void log_err(enum log_level level, const char *about, const struct err *err)
{
    log_line(level, about, "%s%s%s", err->place, err->place[0] ? ": " : "", err->text);
}
