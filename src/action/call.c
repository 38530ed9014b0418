/* call.c - filling a call from words or JSON, held to the bounds of the action's row. */
#include "action/action.h"

#include <stdlib.h>

enum { REPLY_BYTES_MAX = 16 * 1024 * 1024 };

void reply_init(struct reply *reply, struct arena *arena)
{
    *reply = (struct reply){.arena = arena};
    text_init(&reply->text, arena, REPLY_BYTES_MAX);
    text_init(&reply->json, arena, REPLY_BYTES_MAX);
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

static bool check_bounds(const struct argument *argument, struct str value, struct err *err)
{
    int64_t number = 0;
    size_t bad_at = 0;
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
    case ARGUMENT_PATH:
        if (!str_utf8_valid(value, &bad_at))
            return err_set(err, ERR_USAGE, argument->name, "%s is not UTF-8 at byte %zu.",
                           argument->name, bad_at + 1);
        if ((int64_t)value.n < argument->min || (int64_t)value.n > argument->max)
            return err_set(err, ERR_USAGE, argument->name,
                           "%s must have %lld to %lld bytes, not %zu.", argument->name,
                           (long long)argument->min, (long long)argument->max, value.n);
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

bool call_parse(struct call *call, struct arena *arena, int argc, const char *const *argv,
                struct err *err)
{
    size_t position = 0;
    const struct argument *arguments = call->action->arguments;
    for (int at = 0; at < argc;) {
        struct str word = str_of(argv[at]);
        if (str_starts(word, "--") && word.n > 2) {
            if (!parse_option(call, argc, argv, &at, err))
                return false;
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
        struct str value = word;
        if (arguments[position].takes_rest)
            value = join_words(arena, argc, argv, &at);
        else
            at++;
        if (!call_set(call, str_of(arguments[position].name), value, err))
            return false;
        position++;
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

void call_write_json(const struct call *call, struct text *out)
{
    struct json_writer writer = {.text = out};
    json_open_object(&writer, NULL);
    for (size_t i = 0; i < ACTION_ARGUMENTS_MAX && call->action->arguments[i].name; i++)
        if (call->given[i])
            json_str(&writer, call->action->arguments[i].name, call->values[i]);
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
