/* result_redact.c - the texts of an answer, one after the other through one redactor. */
#include "main/result_redact.h"

#include "run/redact.h"

enum { RESULT_BYTES_MAX = 1024 * 1024 };

/* Stands between two texts: nothing that looks like a secret reaches over it. */
static const char between[] = "\n\x1e\n";

struct redaction {
    struct arena *arena;
    struct str values[CONFIG_VARIABLES_MAX]; /* revealed, for as long as the secrets live */
    size_t value_count;
    struct text all; /* the texts as they are */
    struct text out; /* and clean */
    struct str rest; /* of out, while it is given back */
    bool apart;      /* a secret reached over the edge of a text: each goes by itself */
};

static void add_piece(void *context, struct str piece)
{
    text_add(context, piece);
}

static bool clean_into(struct redaction *redaction, struct str text, struct text *out)
{
    struct redact *redact = NULL;
    struct redact_sink sink = {add_piece, out};
    if (!redact_make(redaction->arena, redaction->values, redaction->value_count, &redact, NULL))
        return false;
    redact_write(redact, text, &sink);
    redact_end(redact, &sink);
    return !text_full(out);
}

static void collect(struct redaction *redaction, const struct json *value)
{
    for (const struct json *child = value->first; child; child = child->next)
        collect(redaction, child);
    if (value->type != JSON_STRING)
        return;
    for (size_t i = 0; i < value->text.n; i++)
        text_byte(&redaction->all, value->text.p[i] == between[1] ? '?' : value->text.p[i]);
    text_adds(&redaction->all, between);
}

static struct str next_clean(struct redaction *redaction, struct str text)
{
    struct text out;
    size_t end = str_find(redaction->rest, between, 0);
    if (!redaction->apart) {
        struct str clean = str_slice(redaction->rest, 0, end);
        redaction->rest = str_from(redaction->rest, end + strlen(between));
        return clean;
    }
    text_init(&out, redaction->arena, RESULT_BYTES_MAX);
    return clean_into(redaction, text, &out) ? text_str(&out) : STR(REDACT_MARK);
}

/* In the order of collect: children first. Keys are names of ours or of nothing secret. */
static void write(struct redaction *redaction, struct json_writer *w, const struct json *value,
                  bool has_key)
{
    const char *key = has_key ? str_copy(redaction->arena, value->key).p : NULL;
    switch (value->type) {
    case JSON_NULL: json_null(w, key); return;
    case JSON_FALSE:
    case JSON_TRUE: json_bool(w, key, value->type == JSON_TRUE); return;
    case JSON_NUMBER: json_real(w, key, value->number); return;
    case JSON_STRING: json_str(w, key, next_clean(redaction, value->text)); return;
    case JSON_ARRAY: json_open_array(w, key); break;
    case JSON_OBJECT: json_open_object(w, key); break;
    }
    for (const struct json *child = value->first; child; child = child->next)
        write(redaction, w, child, value->type == JSON_OBJECT);
    if (value->type == JSON_ARRAY)
        json_close_array(w);
    else
        json_close_object(w);
}

static size_t count_texts(const struct json *value)
{
    size_t count = value->type == JSON_STRING;
    for (const struct json *child = value->first; child; child = child->next)
        count += count_texts(child);
    return count;
}

static size_t count_edges(struct str text)
{
    size_t count = 0;
    for (size_t at = str_find(text, between, 0); at < text.n;
         at = str_find(text, between, at + strlen(between)))
        count++;
    return count;
}

/* The values of the commands' environment; those too short to be told from other words are not
 * sought. */
static bool take_values(struct serve *serve, struct redaction *redaction,
                        struct secret_value *secrets, struct err *err)
{
    const struct config_commands *commands = &serve->app->config.commands;
    for (size_t i = 0; i < commands->variable_count; i++) {
        const struct config_variable *variable = &commands->variables[i];
        struct secret_value *secret = &secrets[i];
        if (variable->secret.name.n == 0)
            continue;
        if (serve->keeper.fd < 0 ||
            !keeper_give(&serve->keeper, variable->secret.name, secret, err))
            return err && err->kind != ERR_NONE
                       ? false
                       : err_set(err, ERR_SELF, "keeper", "The keeper does not answer.");
        struct str value = secret_value_reveal(secret);
        if (value.n >= REDACT_VALUE_MIN && value.n <= REDACT_VALUE_MAX)
            redaction->values[redaction->value_count++] = value;
    }
    return true;
}

bool result_redact(struct serve *serve, struct arena *arena, const struct json *output,
                   struct str *out_text, struct err *err)
{
    struct secret_value secrets[CONFIG_VARIABLES_MAX] = {0};
    struct redaction redaction = {.arena = arena};
    struct text text;
    text_init(&redaction.all, arena, RESULT_BYTES_MAX);
    text_init(&redaction.out, arena, RESULT_BYTES_MAX);
    text_init(&text, arena, RESULT_BYTES_MAX);
    collect(&redaction, output);
    bool good = take_values(serve, &redaction, secrets, err) &&
                clean_into(&redaction, text_str(&redaction.all), &redaction.out);
    redaction.rest = text_str(&redaction.out);
    redaction.apart = count_edges(redaction.rest) != count_texts(output);
    struct json_writer w = {.text = &text};
    if (good)
        write(&redaction, &w, output, false);
    good = good && !text_full(&text);
    for (size_t i = 0; i < CONFIG_VARIABLES_MAX; i++)
        secret_value_wipe(&secrets[i]);
    if (!good && err->kind == ERR_NONE)
        return err_set(err, ERR_SELF, "result", "it is too long without its secrets");
    *out_text = text_str(&text);
    return good;
}

struct str result_redact_text(struct arena *arena, struct str sentence)
{
    struct redaction redaction = {.arena = arena};
    struct text out;
    text_init(&out, arena, RESULT_BYTES_MAX);
    return clean_into(&redaction, sentence, &out) ? text_str(&out) : STR("it failed");
}
