/* way_phone.c - short messages and calls: by Twilio, and by any gateway that speaks HTTP. */
#include "notify/ways.h"

enum {
    SMS_BYTES = 1500,   /* Twilio takes 1600 characters */
    TWIML_BYTES = 4000, /* the most that a call takes without an address of its own */
    SPOKEN_BYTES = 1200,
    BODY_BYTES = 64 * 1024,
    TEMPLATE_BYTES = 128 * 1024
};

static struct str one_text(const struct way *way)
{
    return way_text(way, SMS_BYTES);
}

static void begin_twilio(const struct way *way, const char *what, struct way_request *out_request)
{
    struct arena *arena = way->arena;
    struct str account = way_of(way, "account");
    struct text path;
    text_init(&path, arena, 512);
    text_adds(&path, "/2010-04-01/Accounts/");
    way_percent(&path, account);
    text_printf(&path, "/%s.json", what);
    *out_request = (struct way_request){.method = STR("POST"),
                                        .url = way_url(way, text_str(&path).p),
                                        .content_type = STR("application/x-www-form-urlencoded"),
                                        .user = account,
                                        .password = way->token};
}

static void add_callback(const struct way *way, struct text *body)
{
    struct str callback = way_of(way, "callback");
    if (callback.n > 0)
        way_form(body, "StatusCallback", callback);
}

bool twilio_sms_write(const struct way *way, struct way_request *out_request,
                      struct err *err __attribute__((unused)))
{
    struct str service = way_of(way, "service");
    struct text body;
    text_init(&body, way->arena, BODY_BYTES);
    begin_twilio(way, "Messages", out_request);
    way_form(&body, "To", way->message->to);
    if (service.n > 0)
        way_form(&body, "MessagingServiceSid", service);
    else
        way_form(&body, "From", way_of(way, "from"));
    way_form(&body, "Body", one_text(way));
    add_callback(way, &body);
    out_request->body = text_str(&body);
    return true;
}

/* Read twice: the first words of a call are often lost. */
bool twilio_call_write(const struct way *way, struct way_request *out_request,
                       struct err *err __attribute__((unused)))
{
    struct text body;
    struct text twiml;
    text_init(&body, way->arena, BODY_BYTES);
    text_init(&twiml, way->arena, BODY_BYTES);
    text_adds(&twiml, "<Response><Pause length=\"1\"/><Say loop=\"2\">");
    struct str spoken = way_cut(way->arena, way->message->text, SPOKEN_BYTES);
    text_html(&twiml, spoken);
    while (twiml.n > TWIML_BYTES - 32 && spoken.n > 0) { /* signs that grew when escaped */
        spoken = str_cut(spoken, spoken.n / 2);
        twiml.n = strlen("<Response><Pause length=\"1\"/><Say loop=\"2\">");
        text_html(&twiml, spoken);
    }
    text_adds(&twiml, "</Say></Response>");
    begin_twilio(way, "Calls", out_request);
    way_form(&body, "To", way->message->to);
    way_form(&body, "From", way_of(way, "from"));
    way_form(&body, "Twiml", text_str(&twiml));
    add_callback(way, &body);
    out_request->body = text_str(&body);
    return true;
}

/* 201 with an error_code is a message that will not go out. */
enum order_outcome twilio_judge(const struct way *way, const struct way_answer *answer,
                                struct str *out_why)
{
    const struct json *root = way_json(way->arena, answer->body);
    int64_t code = 0;
    if (!root || (json_get_str(root, "sid").n == 0)) {
        *out_why = STR("what it answered is no answer of Twilio");
        return ORDER_DOUBTED;
    }
    struct str status = json_get_str(root, "status");
    bool failed = str_is(status, "failed") || str_is(status, "undelivered") ||
                  str_starts(status, "cancel"); /* as Americans write it */
    if ((json_get_int(root, "error_code", &code) && code != 0) || failed) {
        *out_why =
            str_printf(way->arena, "status %.*s, error %lld", STR_ARGS(status), (long long)code);
        return ORDER_REFUSED;
    }
    *out_why =
        str_printf(way->arena, "%.*s %.*s", STR_ARGS(json_get_str(root, "sid")), STR_ARGS(status));
    return ORDER_DONE;
}

/* --- gateway: a template of reeve.yaml --- */

enum fill { FILL_PERCENT, FILL_JSON, FILL_PLAIN };

static struct str value_of(const struct way *way, struct str name)
{
    if (str_is(name, "to"))
        return way->message->to;
    if (str_is(name, "text"))
        return one_text(way);
    if (str_is(name, "token"))
        return way->token;
    return STR("");
}

static void add_filled(struct text *text, struct str value, enum fill how)
{
    if (how == FILL_PERCENT) {
        way_percent(text, value);
    } else if (how == FILL_JSON) {
        struct text quoted;
        text_init(&quoted, text->arena, TEMPLATE_BYTES);
        json_quote(&quoted, value);
        text_add(text, str_slice(text_str(&quoted), 1, quoted.n - 1));
    } else {
        text_add(text, value);
    }
}

/* {to}, {text} and {token} are replaced; the configuration refused all other braces' names. */
static struct str fill_in(const struct way *way, struct str template, enum fill how)
{
    static const char *const names[] = {"{to}", "{text}", "{token}"};
    struct text text;
    text_init(&text, way->arena, TEMPLATE_BYTES);
    for (size_t i = 0; i < template.n;) {
        size_t name = 0;
        while (name < 3 && !str_starts(str_from(template, i), names[name]))
            name++;
        if (name == 3) {
            text_byte(&text, template.p[i++]);
            continue;
        }
        size_t n = strlen(names[name]);
        add_filled(&text, value_of(way, str_slice(template, i + 1, i + n - 1)), how);
        i += n;
    }
    return text_str(&text);
}

static struct str gateway_form(const struct way *way, const struct json *form)
{
    struct text body;
    text_init(&body, way->arena, TEMPLATE_BYTES);
    for (const struct json *field = form->first; field; field = field->next) {
        if (body.n > 0)
            text_byte(&body, '&');
        way_percent(&body, field->key);
        text_byte(&body, '=');
        way_percent(&body, fill_in(way, field->text, FILL_PLAIN));
    }
    return text_str(&body);
}

static void add_body(const struct way *way, struct way_request *request)
{
    const struct json *form = json_get(way->provider, "form");
    struct str template = way_of(way, "json");
    if (template.n > 0) {
        request->content_type = STR("application/json");
        request->body = fill_in(way, template, FILL_JSON);
    } else if (form && str_is(request->method, "GET")) {
        bool asks = str_find_byte(request->url, '?', 0) < request->url.n;
        request->url = str_printf(way->arena, "%.*s%s%.*s", STR_ARGS(request->url),
                                  asks ? "&" : "?", STR_ARGS(gateway_form(way, form)));
    } else if (form) {
        request->content_type = STR("application/x-www-form-urlencoded");
        request->body = gateway_form(way, form);
    }
}

bool gateway_write(const struct way *way, struct way_request *out_request, struct err *err)
{
    const struct json *headers = json_get(way->provider, "headers");
    struct str method = way_of(way, "method");
    struct str user = way_of(way, "user");
    struct way_request request = {.method = method.n > 0 ? method : STR("POST"),
                                  .url = fill_in(way, way_of(way, "url"), FILL_PERCENT),
                                  .user = user,
                                  .password = user.n > 0 ? way->token : STR("")};
    add_body(way, &request);
    for (const struct json *one = headers ? headers->first : NULL; one; one = one->next) {
        if (request.header_count == WAY_HEADERS_MAX)
            return err_set(err, ERR_USAGE, "gateway", "it has more than %d headers",
                           WAY_HEADERS_MAX);
        way_header(&request, way->arena, str_copy(way->arena, one->key).p,
                   fill_in(way, one->text, FILL_PLAIN));
    }
    *out_request = request;
    return true;
}

/* Which statuses mean that it was taken stands in reeve.yaml. */
enum order_outcome gateway_judge(const struct way *way, const struct way_answer *answer,
                                 struct str *out_why)
{
    const struct json *taken = json_get(way->provider, "taken");
    bool good = !taken && answer->status >= 200 && answer->status < 300;
    for (const struct json *one = taken ? taken->first : NULL; one; one = one->next)
        good = good || (long)one->number == answer->status;
    *out_why = answer->body;
    return good ? ORDER_DONE : ORDER_REFUSED;
}
