/* test_call.c - words and JSON into a call, and every refusal with its sentence. */
#include "action/action.h"
#include "harness/test.h"

static struct call begin(const char *name)
{
    struct call call;
    const struct action *action = action_find_name(str_of(name));
    CHECK(action != NULL);
    call_init(&call, action, caller_of_token());
    return call;
}

static bool parse(struct call *call, struct arena *arena, const char *const *words, struct err *err)
{
    int argc = 0;
    while (words[argc])
        argc++;
    return call_parse(call, arena, argc, words, err);
}

static void refuse(struct arena *arena, const char *name, const char *const *words,
                   const char *sentence)
{
    struct err err = {0};
    struct call call = begin(name);
    if (parse(&call, arena, words, &err) && call_check(&call, &err))
        test_fail(__FILE__, __LINE__, "not refused: %s", sentence);
    CHECK_INT(err.kind, ERR_USAGE);
    CHECK_STR(str_of(err.text), sentence);
}

TEST(positions_options_and_the_rest_of_the_line)
{
    struct err err = {0};
    struct call call = begin("incident resolve");
    CHECK_OK(parse(&call, arena,
                   (const char *const[]){"7", "--anyway", "pool", "raised", "to", "40", NULL},
                   &err),
             &err);
    CHECK_INT(call_int(&call, "number"), 7);
    CHECK(call_flag(&call, "anyway"));
    CHECK_STR(call_str(&call, "note"), "pool raised to 40");
    call = begin("incident declare");
    CHECK_OK(parse(&call, arena, (const char *const[]){"--severity=P0", "It burns", NULL}, &err),
             &err);
    CHECK_STR(call_str(&call, "severity"), "P0");
    CHECK_STR(call_str(&call, "title"), "It burns");
    call = begin("incident declare");
    CHECK_OK(parse(&call, arena, (const char *const[]){"It burns", "--severity", "P2", NULL}, &err),
             &err);
    CHECK_STR(call_str(&call, "severity"), "P2");
}

TEST(defaults_are_filled_by_the_check_only)
{
    struct err err = {0};
    struct call call = begin("explain");
    CHECK_OK(parse(&call, arena, (const char *const[]){"It burns", NULL}, &err), &err);
    CHECK_STR(call_str(&call, "heading"), "");
    CHECK_OK(call_check(&call, &err), &err);
    CHECK_STR(call_str(&call, "heading"), "Critical Alerts");
    CHECK(!call.given[1]);
    call = begin("incident tick");
    CHECK_OK(parse(&call, arena, (const char *const[]){"1", "2", NULL}, &err), &err);
    CHECK_OK(call_check(&call, &err), &err);
    CHECK(!call_flag(&call, "undo"));
}

TEST(what_is_out_of_bounds_is_refused_with_its_bounds)
{
    refuse(arena, "incident ack", (const char *const[]){"0", NULL},
           "number must be between 1 and 1000000000.");
    refuse(arena, "incident ack", (const char *const[]){"1000000001", NULL},
           "number must be between 1 and 1000000000.");
    refuse(arena, "incident ack", (const char *const[]){"99999999999999999999", NULL},
           "number must be a whole number, not \"99999999999999999999\".");
    refuse(arena, "incident ack", (const char *const[]){"one", NULL},
           "number must be a whole number, not \"one\".");
    refuse(arena, "incident ack", (const char *const[]){"", NULL},
           "number must be a whole number, not \"\".");
    refuse(arena, "incident declare", (const char *const[]){"Ow", NULL},
           "title must have 3 to 200 bytes, not 2.");
    refuse(arena, "incident declare", (const char *const[]){"\xC3(burns", NULL},
           "title is not UTF-8 at byte 1.");
    refuse(arena, "incident tick", (const char *const[]){"1", "2", "--undo=maybe", NULL},
           "undo is true or false.");
    char title[202];
    memset(title, 'x', 201);
    title[201] = '\0';
    refuse(arena, "incident declare", (const char *const[]){title, NULL},
           "title must have 3 to 200 bytes, not 201.");
    title[200] = '\0';
    struct err err = {0};
    struct call call = begin("incident declare");
    CHECK_OK(parse(&call, arena, (const char *const[]){title, NULL}, &err), &err);
}

TEST(what_is_missing_unknown_or_too_much_is_refused)
{
    refuse(arena, "incident ack", (const char *const[]){NULL},
           "number is missing: the incident's number. For example: reeve incident ack 1");
    refuse(arena, "incident ack", (const char *const[]){"1", "2", NULL},
           "\"reeve incident ack\" does not take \"2\"; see \"reeve incident ack --help\".");
    refuse(arena, "incident ack", (const char *const[]){"--force", NULL},
           "\"incident ack\" has no argument \"force\"; see \"reeve incident ack --help\".");
    refuse(arena, "incident declare", (const char *const[]){"It burns", "--severity", NULL},
           "--severity needs a value.");
}

TEST(json_is_held_to_the_same_bounds)
{
    static const struct {
        const char *body, *sentence;
    } cases[] = {
        {"[1]", "The body must be a JSON object of arguments."},
        {"{\"number\":[1]}", "Argument \"number\" must be a text, a number or a flag."},
        {"{\"number\":null}", "Argument \"number\" must be a text, a number or a flag."},
        {"{\"number\":1.5}", "number must be a whole number, not \"1.5\"."},
        {"{\"number\":true}", "number must be a whole number, not \"true\"."},
        {"{\"number\":0}", "number must be between 1 and 1000000000."},
        {"{\"n\":1}",
         "\"incident tick\" has no argument \"n\"; see \"reeve incident tick --help\"."},
        {"{\"undo\":1}", "undo is true or false."},
    };
    struct json *json;
    struct err err = {0};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct call call = begin("incident tick");
        CHECK_OK(json_parse(arena, str_of(cases[i].body), &json, &err), &err);
        CHECK(!call_parse_json(&call, arena, json, &err));
        CHECK_STR(str_of(err.text), cases[i].sentence);
    }
    struct call call = begin("incident tick");
    CHECK_OK(json_parse(arena, STR("{\"item\":\"2\",\"number\":1,\"undo\":true}"), &json, &err),
             &err);
    CHECK_OK(call_parse_json(&call, arena, json, &err), &err);
    CHECK_INT(call_int(&call, "number"), 1);
    CHECK_INT(call_int(&call, "item"), 2);
    CHECK(call_flag(&call, "undo"));
}

/* "--set a=1 --set b=2" of another program: a list, as it has it. */
TEST(what_may_be_given_several_times_is_an_array)
{
    static const struct {
        const char *body, *sentence;
    } cases[] = {
        {"{\"procedure\":\"x\",\"set\":[\"a=1\",\"b=2\\nc=3\"]}",
         "Each of several values of set must be one line."},
        {"{\"procedure\":\"x\",\"set\":[1]}", "Argument \"set\" must be an array of texts."},
        {"{\"procedure\":\"x\",\"set\":[[\"a=1\"]]}",
         "Argument \"set\" must be an array of texts."},
        {"{\"procedure\":\"x\",\"set\":[\"\"]}", "set must have 1 to 40000 bytes, not 0."},
        {"{\"procedure\":[\"x\"]}", "Argument \"procedure\" must be a text, a number or a flag."}};
    struct json *json;
    struct err err = {0};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct call call = begin("run");
        CHECK_OK(json_parse(arena, str_of(cases[i].body), &json, &err), &err);
        CHECK(!call_parse_json(&call, arena, json, &err));
        CHECK_STR(str_of(err.text), cases[i].sentence);
    }
    struct call call = begin("run");
    CHECK_OK(json_parse(arena,
                        STR("{\"procedure\":\"x\",\"set\":[\"a=1\",\"b=two words\",\"c=\"]}"),
                        &json, &err),
             &err);
    CHECK_OK(call_parse_json(&call, arena, json, &err), &err);
    CHECK_STR(call_str(&call, "set"), "a=1\nb=two words\nc=");
    call = begin("run");
    CHECK_OK(json_parse(arena, STR("{\"procedure\":\"x\",\"set\":[]}"), &json, &err), &err);
    CHECK_OK(call_parse_json(&call, arena, json, &err), &err);
    CHECK_STR(call_str(&call, "set"), "");
    CHECK_OK(
        parse(&call, arena, (const char *const[]){"x", "--set", "a=1", "--set=b=2", NULL}, &err),
        &err);
    CHECK_STR(call_str(&call, "set"), "a=1\nb=2");
}

TEST(what_is_written_as_json_reads_back_the_same)
{
    struct err err = {0};
    struct text text;
    struct json *json;
    struct call call = begin("incident note");
    CHECK_OK(parse(&call, arena, (const char *const[]){"3", "he said \"no\"", NULL}, &err), &err);
    text_init(&text, arena, 4096);
    call_write_json(&call, &text);
    CHECK_STR(text_str(&text), "{\"number\":\"3\",\"note\":\"he said \\\"no\\\"\"}");
    struct call again = begin("incident note");
    CHECK_OK(json_parse(arena, text_str(&text), &json, &err), &err);
    CHECK_OK(call_parse_json(&again, arena, json, &err), &err);
    CHECK_SAME(call_str(&again, "note"), call_str(&call, "note"));
    CHECK_INT(call_int(&again, "number"), 3);
}

static void check_paths(const struct call *call, const char *const *wanted)
{
    struct str path;
    struct str rest = call_str(call, "file");
    while (call_next_path(&rest, &path)) {
        CHECK(*wanted);
        CHECK_STR(path, *wanted++);
        CHECK(path.p[path.n] == '\0');
    }
    CHECK(*wanted == NULL);
}

TEST(several_paths_are_one_argument)
{
    static const char *const wanted[] = {"a b.md", "docs", "c.md", NULL};
    struct err err = {0};
    struct text text;
    struct json *json;
    struct call call = begin("check");
    CHECK_OK(parse(&call, arena, (const char *const[]){"a b.md", "docs", "--strict", "c.md", NULL},
                   &err),
             &err);
    CHECK(call_flag(&call, "strict"));
    check_paths(&call, wanted);
    text_init(&text, arena, 4096);
    call_write_json(&call, &text);
    CHECK_STR(text_str(&text), "{\"file\":[\"a b.md\",\"docs\",\"c.md\"],\"strict\":\"true\"}");
    struct call again = begin("check");
    CHECK_OK(json_parse(arena, text_str(&text), &json, &err), &err);
    CHECK_OK(call_parse_json(&again, arena, json, &err), &err);
    check_paths(&again, wanted);
    call = begin("check");
    CHECK_OK(call_set(&call, STR("file"), STR("one.md"), &err), &err);
    check_paths(&call, (const char *const[]){"one.md", NULL});
    call = begin("check");
    CHECK_OK(parse(&call, arena, (const char *const[]){NULL}, &err), &err);
    check_paths(&call, (const char *const[]){NULL});
}

TEST(each_of_several_paths_is_held_to_the_bounds)
{
    static const char *const bodies[] = {"{\"file\":[1]}", "{\"file\":[\"a\",\"\"]}",
                                         "{\"strict\":[\"true\"]}", "{\"nope\":[\"a\"]}"};
    struct err err = {0};
    struct json *json;
    refuse(arena, "check", (const char *const[]){"a.md", "", NULL},
           "file must have 1 to 4096 bytes, not 0.");
    refuse(arena, "check", (const char *const[]){"a.md", "\xC3(", NULL},
           "file is not UTF-8 at byte 1.");
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        struct call call = begin("check");
        CHECK_OK(json_parse(arena, str_of(bodies[i]), &json, &err), &err);
        CHECK(!call_parse_json(&call, arena, json, &err));
    }
    /* More paths than are taken: 4097 bytes with its separator, 2048 times. */
    enum { PATH_BYTES = 4096, PATHS = 2049 };
    char *path = arena_alloc(arena, PATH_BYTES + 1);
    const char **words = arena_array(arena, PATHS + 1, sizeof *words);
    memset(path, 'x', PATH_BYTES);
    for (int i = 0; i < PATHS; i++)
        words[i] = path;
    refuse(arena, "check", words, "There are more than 8 MB of paths.");
}
