/* call.c - filling a call from words or JSON, held to the bounds of the action's row. */
#include "action/action.h"

#include "access/credentials.h"

#include <stdlib.h>

enum { REPLY_BYTES_MAX = 16 * 1024 * 1024, PATHS_BYTES_MAX = 8 * 1024 * 1024 };

void reply_init(struct reply *reply, struct arena *arena)
{
    *reply = (struct reply){.arena = arena};
    text_init(&reply->text, arena, REPLY_BYTES_MAX);
    text_init(&reply->json, arena, REPLY_BYTES_MAX);
}

struct str reply_age(const struct reply *reply, struct instant from, struct instant now)
{
    return duration_text(reply->arena, instant_ms_between(from, now) / 1000 * 1000);
}

void reply_instant(struct json_writer *w, const char *key, struct instant at)
{
    if (instant_is_zero(at))
        json_null(w, key);
    else
        json_instant_us(w, key, at.us);
}

void call_init(struct call *call, const struct action *action, struct caller caller)
{
    *call = (struct call){.action = action, .caller = caller};
}

/* Index of the argument, or ACTION_ARGUMENTS_MAX. */
static size_t find_argument(const struct action *action, struct str name)
{
    for (size_t i = 0; i < ACTION_ARGUMENTS_MAX && action->arguments[i].name; i++)
        if (str_is(name, action->arguments[i].name))
            return i;
    return ACTION_ARGUMENTS_MAX;
}

/* The first control character, or value.n: a terminal obeys them, and a mail ends its lines there.
 */
static size_t find_control(struct str value)
{
    for (size_t i = 0; i < value.n; i++) {
        unsigned char byte = (unsigned char)value.p[i];
        bool second = byte == 0xc2 && i + 1 < value.n && (unsigned char)value.p[i + 1] < 0xa0;
        if ((byte < ' ' && byte != '\t') || byte == 0x7f || second)
            return i;
    }
    return value.n;
}

static bool check_text(const struct argument *argument, struct str value, struct err *err)
{
    size_t bad_at = 0;
    if (!str_utf8_valid(value, &bad_at))
        return err_set(err, ERR_USAGE, argument->name, "%s is not UTF-8 at byte %zu.",
                       argument->name, bad_at + 1);
    if (argument->type == ARGUMENT_TEXT && find_control(value) < value.n)
        return err_set(err, ERR_USAGE, argument->name,
                       "%s has a control character or a line break at byte %zu; write it as one "
                       "line of plain text.",
                       argument->name, find_control(value) + 1);
    if ((int64_t)value.n < argument->min || (int64_t)value.n > argument->max)
        return err_set(err, ERR_USAGE, argument->name, "%s must have %lld to %lld bytes, not %zu.",
                       argument->name, (long long)argument->min, (long long)argument->max, value.n);
    return true;
}

static bool check_bounds(const struct argument *argument, struct str value, struct err *err)
{
    int64_t number = 0;
    struct str path;
    switch (argument->type) {
    case ARGUMENT_INT:
        if (!str_int(value, &number))
            return err_set(err, ERR_USAGE, argument->name,
                           "%s must be a whole number, not \"%.*s\".", argument->name,
                           STR_ARGS(str_slice(value, 0, 40)));
        if (number < argument->min || number > argument->max)
            return err_set(err, ERR_USAGE, argument->name, "%s must be between %lld and %lld.",
                           argument->name, (long long)argument->min, (long long)argument->max);
        return true;
    case ARGUMENT_FLAG:
        if (!str_is(value, "true") && !str_is(value, "false"))
            return err_set(err, ERR_USAGE, argument->name, "%s is true or false.", argument->name);
        return true;
    case ARGUMENT_TEXT:
    case ARGUMENT_PAIRS:
    case ARGUMENT_FILES:
    case ARGUMENT_PATH: return check_text(argument, value, err);
    /* The sentences do not repeat what may be a secret. */
    case ARGUMENT_PASSWORD:
        return password_hash_is_ours(value) ||
               err_set(err, ERR_USAGE, argument->name,
                       "%s must be an Argon2id hash that begins with %s; leave it out, and the "
                       "password is asked for.",
                       argument->name, PASSWORD_HASH_PREFIX);
    case ARGUMENT_DIGEST:
        return secret_digest_is_one(value) ||
               err_set(err, ERR_USAGE, argument->name,
                       "%s must be SHA-256 in 64 hexadecimal digits; leave it out, and a token is "
                       "made.",
                       argument->name);
    case ARGUMENT_PATHS:
        while (call_next_path(&value, &path))
            if (!check_text(argument, path, err))
                return false;
        return true;
    }
    return true;
}

bool call_set(struct call *call, struct str name, struct str value, struct err *err)
{
    size_t at = find_argument(call->action, name);
    if (at == ACTION_ARGUMENTS_MAX)
        return err_set(err, ERR_USAGE, call->action->name,
                       "\"%s\" has no argument \"%.*s\"; see \"reeve %s --help\".",
                       call->action->name, STR_ARGS(str_slice(name, 0, 40)), call->action->name);
    if (!check_bounds(&call->action->arguments[at], value, err))
        return false;
    call->values[at] = value;
    call->given[at] = true;
    return true;
}

struct words_in {
    int argc;
    const char *const *argv;
    int at;
};

/* "--name=value", "--name value" or "--flag" at argv[*at]; moves *at past what it took. */
static bool parse_option(struct call *call, int argc, const char *const *argv, int *at,
                         struct err *err)
{
    struct str word = str_from(str_of(argv[*at]), 2);
    size_t equal = str_find_byte(word, '=', 0);
    struct str name = str_slice(word, 0, equal);
    size_t index = find_argument(call->action, name);
    (*at)++;
    if (index < ACTION_ARGUMENTS_MAX && call->action->arguments[index].type == ARGUMENT_FLAG)
        return call_set(call, name, equal < word.n ? str_from(word, equal + 1) : STR("true"), err);
    if (equal < word.n)
        return call_set(call, name, str_from(word, equal + 1), err);
    if (index == ACTION_ARGUMENTS_MAX)
        return call_set(call, name, STR(""), err);
    if (*at == argc)
        return err_set(err, ERR_USAGE, call->action->name, "--%.*s needs a value.", STR_ARGS(name));
    return call_set(call, name, str_of(argv[(*at)++]), err);
}

/* An option that may be given several times keeps all of them. */
static bool add_option(struct call *call, struct arena *arena, struct words_in *in, struct err *err)
{
    struct str name = str_from(str_of(in->argv[in->at]), 2);
    size_t index = find_argument(call->action, str_slice(name, 0, str_find_byte(name, '=', 0)));
    enum argument_type type =
        index < ACTION_ARGUMENTS_MAX ? call->action->arguments[index].type : ARGUMENT_TEXT;
    bool more = (type == ARGUMENT_PAIRS || type == ARGUMENT_FILES) && call->given[index];
    struct str before = more ? call->values[index] : STR("");
    if (!parse_option(call, in->argc, in->argv, &in->at, err))
        return false;
    if (more)
        call->values[index] =
            str_printf(arena, "%.*s\n%.*s", STR_ARGS(before), STR_ARGS(call->values[index]));
    return true;
}

/* The words from *at on, joined by blanks, up to the next option; *at becomes what follows. */
static struct str join_words(struct arena *arena, int argc, const char *const *argv, int *at)
{
    struct text text;
    text_init(&text, arena, 64 * 1024);
    text_adds(&text, argv[(*at)++]);
    for (; *at < argc && strncmp(argv[*at], "--", 2) != 0; (*at)++) {
        text_byte(&text, ' ');
        text_adds(&text, argv[*at]);
    }
    return text_str(&text);
}

static void add_path(struct text *paths, struct str path)
{
    if (paths->n > 0)
        text_byte(paths, '\0');
    text_add(paths, path);
}

/* Sets the paths gathered for the argument at index, which has to be of type PATHS. */
static bool set_paths(struct call *call, size_t index, const struct text *paths, struct err *err)
{
    if (paths->n == 0 && !text_full(paths))
        return true;
    const char *name = call->action->arguments[index].name;
    return text_full(paths) ? err_set(err, ERR_USAGE, name, "There are more than %d MB of paths.",
                                      PATHS_BYTES_MAX / 1024 / 1024)
                            : call_set(call, str_of(name), text_str(paths), err);
}

/* A number that may be left out, before something that may not: "run answer 1 yes". */
static bool is_left_out(const struct argument *argument, struct str word)
{
    int64_t number = 0;
    return argument->type == ARGUMENT_INT && !argument->required && argument[1].name &&
           argument[1].required && !argument[1].is_option && !str_int(word, &number);
}

bool call_parse(struct call *call, struct arena *arena, int argc, const char *const *argv,
                struct err *err)
{
    size_t position = 0;
    struct text paths;
    text_init(&paths, arena, PATHS_BYTES_MAX);
    const struct argument *arguments = call->action->arguments;
    for (int at = 0; at < argc;) {
        struct str word = str_of(argv[at]);
        if (str_starts(word, "--") && word.n > 2) {
            struct words_in in = {argc, argv, at};
            if (!add_option(call, arena, &in, err))
                return false;
            at = in.at;
            continue;
        }
        if (str_is(word, "--")) {
            at++;
            continue;
        }
        while (position < ACTION_ARGUMENTS_MAX && arguments[position].name &&
               arguments[position].is_option)
            position++;
        if (position == ACTION_ARGUMENTS_MAX || !arguments[position].name)
            return err_set(err, ERR_USAGE, call->action->name,
                           "\"reeve %s\" does not take \"%s\"; see \"reeve %s --help\".",
                           call->action->name, argv[at], call->action->name);
        if (is_left_out(&arguments[position], word))
            position++;
        struct str value = word;
        if (arguments[position].type == ARGUMENT_PATHS) {
            if (!check_text(&arguments[position], value, err))
                return false;
            add_path(&paths, value);
            at++;
            continue;
        }
        if (arguments[position].takes_rest)
            value = join_words(arena, argc, argv, &at);
        else
            at++;
        if (!call_set(call, str_of(arguments[position].name), value, err))
            return false;
        position++;
    }
    return position == ACTION_ARGUMENTS_MAX || set_paths(call, position, &paths, err);
}

/* The texts of an array, one for each path. */
static bool parse_json_paths(struct call *call, struct arena *arena, const struct json *array,
                             size_t at, struct err *err)
{
    struct text paths;
    text_init(&paths, arena, PATHS_BYTES_MAX);
    for (const struct json *item = array->first; item; item = item->next) {
        if (item->type != JSON_STRING || item->text.n == 0)
            return err_set(err, ERR_USAGE, "body", "Argument \"%.*s\" must be an array of texts.",
                           STR_ARGS(array->key));
        add_path(&paths, item->text);
    }
    return set_paths(call, at, &paths, err);
}

bool call_add_line(struct call *call, struct arena *arena, struct str name, struct str line,
                   struct err *err)
{
    size_t at = find_argument(call->action, name);
    if (str_find_byte(line, '\n', 0) < line.n)
        return err_set(err, ERR_USAGE, call->action->arguments[at].name,
                       "Each of several values of %s must be one line.",
                       call->action->arguments[at].name);
    if (call->given[at])
        line = str_printf(arena, "%.*s\n%.*s", STR_ARGS(call->values[at]), STR_ARGS(line));
    return call_set(call, name, line, err);
}

/* An array of texts, for an argument that may be given several times. */
static bool parse_json_array(struct call *call, struct arena *arena, const struct json *array,
                             struct err *err)
{
    size_t at = find_argument(call->action, array->key);
    if (at == ACTION_ARGUMENTS_MAX)
        return call_set(call, array->key, STR(""), err);
    enum argument_type type = call->action->arguments[at].type;
    if (type == ARGUMENT_PATHS)
        return parse_json_paths(call, arena, array, at, err);
    if (type != ARGUMENT_PAIRS && type != ARGUMENT_FILES)
        return err_set(err, ERR_USAGE, "body",
                       "Argument \"%.*s\" must be a text, a number or a flag.",
                       STR_ARGS(array->key));
    for (const struct json *item = array->first; item; item = item->next) {
        if (item->type != JSON_STRING)
            return err_set(err, ERR_USAGE, "body", "Argument \"%.*s\" must be an array of texts.",
                           STR_ARGS(array->key));
        if (!call_add_line(call, arena, array->key, str_copy(arena, item->text), err))
            return false;
    }
    return true;
}

bool call_parse_json(struct call *call, struct arena *arena, const struct json *arguments,
                     struct err *err)
{
    if (arguments->type != JSON_OBJECT)
        return err_set(err, ERR_USAGE, "body", "The body must be a JSON object of arguments.");
    for (const struct json *member = arguments->first; member; member = member->next) {
        struct str value = member->text;
        if (member->type == JSON_ARRAY) {
            if (!parse_json_array(call, arena, member, err))
                return false;
            continue;
        }
        if (member->type == JSON_TRUE || member->type == JSON_FALSE)
            value = member->type == JSON_TRUE ? STR("true") : STR("false");
        else if (member->type != JSON_STRING && member->type != JSON_NUMBER)
            return err_set(err, ERR_USAGE, "body",
                           "Argument \"%.*s\" must be a text, a number or a flag.",
                           STR_ARGS(member->key));
        if (!call_set(call, member->key, str_copy(arena, value), err))
            return false;
    }
    return true;
}

bool call_check(struct call *call, struct err *err)
{
    for (size_t i = 0; i < ACTION_ARGUMENTS_MAX && call->action->arguments[i].name; i++) {
        const struct argument *argument = &call->action->arguments[i];
        if (call->given[i])
            continue;
        if (argument->required)
            return err_set(err, ERR_USAGE, call->action->name, "%s is missing: %s. For example: %s",
                           argument->name, argument->help, call->action->example);
        if (argument->default_value)
            call->values[i] = str_of(argument->default_value);
    }
    return true;
}

static void write_paths(struct json_writer *writer, const char *name, struct str paths)
{
    struct str path;
    json_open_array(writer, name);
    while (call_next_path(&paths, &path))
        json_str(writer, NULL, path);
    json_close_array(writer);
}

void call_write_json(const struct call *call, struct text *out)
{
    struct json_writer writer = {.text = out};
    json_open_object(&writer, NULL);
    for (size_t i = 0; i < ACTION_ARGUMENTS_MAX && call->action->arguments[i].name; i++) {
        const struct argument *argument = &call->action->arguments[i];
        if (call->given[i] && argument->type == ARGUMENT_PATHS)
            write_paths(&writer, argument->name, call->values[i]);
        else if (call->given[i])
            json_str(&writer, argument->name, call->values[i]);
    }
    json_close_object(&writer);
}

static size_t must_find(const struct call *call, const char *name)
{
    size_t at = find_argument(call->action, str_of(name));
    if (at == ACTION_ARGUMENTS_MAX)
        abort();
    return at;
}

struct str call_str(const struct call *call, const char *name)
{
    struct str value = call->values[must_find(call, name)];
    return value.p ? value : STR("");
}

int64_t call_int(const struct call *call, const char *name)
{
    int64_t value = 0;
    if (!str_int(call_str(call, name), &value))
        return 0;
    return value;
}

bool call_flag(const struct call *call, const char *name)
{
    return str_is(call_str(call, name), "true");
}

bool call_next_path(struct str *rest, struct str *out_path)
{
    return rest->n > 0 && str_split(rest, '\0', out_path);
}
