/* bind.c - the wordings of boxes. */
#include "incident/bind.h"

enum { PHRASE_BYTES = 96 };

/* A verb and an object, nothing between or behind them but an article and a tail of the row.
 * Alternatives are parted by commas; a verb alone stands in `alone`. */
struct wording {
    enum tick_binding binding;
    const char *verbs, *objects, *tails, *alone;
};

static const struct wording wordings[] = {
    {TICK_ACKNOWLEDGED, "acknowledge,ack",
     "alert,alerts,page,pager,alarm,incident,pagerduty alert,pagerduty incident,pager alert,"
     "alert or page,page or alert",
     "in,within,via", ""},
    {TICK_CHANNEL, "create,open,start,set up,spin up",
     "incident channel,incident slack channel,slack incident channel,dedicated incident channel,"
     "dedicated slack channel,incident chat channel,slack channel,incident room,incident chat,"
     "channel,war room channel,incident war room channel,irc channel,incident irc channel",
     "in,within,via", ""},
    {TICK_SEVERITY, "assess,determine,set,confirm,classify,establish,assign,evaluate,decide on",
     "severity,severity level,incident severity,incident severity level,impact and severity,"
     "severity and impact,scope and severity,severity and scope,severity of incident,"
     "impact and severity level",
     "within", "severity assessment"},
    {TICK_MITIGATED, "implement,apply,perform,execute,carry out",
     "mitigation,mitigations,immediate mitigation,immediate mitigations,mitigation steps,"
     "immediate mitigation steps,initial mitigation,temporary mitigation,short-term mitigation,"
     "mitigating action,mitigating actions",
     "within", "mitigate,mitigate impact,mitigate issue,mitigate incident,stop bleeding"},
    {TICK_DIAGNOSIS, "begin,start,initiate,kick off",
     "root cause analysis,root-cause analysis,rca,root cause investigation,investigation,"
     "diagnosis,investigating,investigating root cause",
     "", ""},
    {TICK_FIXED, "deploy,ship,release,roll out",
     "fix,hotfix,hot fix,permanent fix,bug fix,bugfix,fix to production,hotfix to production,"
     "fix in production,hot fix to production",
     "", ""},
    {TICK_POSTMORTEM, "write,complete,finish,publish,write and publish",
     "postmortem,post-mortem,post mortem,postmortem report,incident postmortem,"
     "blameless postmortem,blameless post-mortem,incident report,post-incident review,"
     "post-incident report,post incident report,post incident review",
     "within", ""},
};

static bool is_article(struct str word)
{
    static const char *const articles[] = {"the", "a", "an", "this", "your", "our", "any"};
    for (size_t i = 0; i < sizeof articles / sizeof *articles; i++)
        if (str_is_nocase(word, articles[i]))
            return true;
    return false;
}

/* Where the words end that say what is to be done: what stands in brackets or behind a colon or a
 * dash explains it. */
static size_t head_of(struct str text)
{
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        bool dash =
            c == '-' && i > 0 && text.p[i - 1] == ' ' && i + 1 < text.n && text.p[i + 1] == ' ';
        if (c == '(' || c == ':' || c == '#' || c == ';' || dash)
            return i;
    }
    return text.n;
}

/* Lower case, single blanks, "&" as "and", no articles, no marks. False: it is too long. */
static bool phrase_of(struct str text, char out_phrase[PHRASE_BYTES])
{
    size_t n = 0;
    struct str head = str_slice(text, 0, head_of(text));
    for (size_t at = 0; at < head.n;) {
        size_t from = at;
        while (at < head.n && (byte_is_alnum(head.p[at]) || head.p[at] == '-' || head.p[at] == '&'))
            at++;
        struct str word = str_slice(head, from, at);
        if (word.n == 0) {
            if (!memchr(" *_`.!", head.p[at], 6))
                return false; /* a sentence of several parts */
            at++;
            continue;
        }
        if (is_article(word))
            continue;
        if (str_is(word, "&"))
            word = STR("and");
        if (n + word.n + 2 > PHRASE_BYTES)
            return false;
        if (n > 0)
            out_phrase[n++] = ' ';
        for (size_t i = 0; i < word.n; i++)
            out_phrase[n++] = byte_lower(word.p[i]);
    }
    out_phrase[n] = '\0';
    return n > 0;
}

static bool is_tail(const char *tails, struct str rest)
{
    struct str all = str_of(tails);
    struct str tail;
    if (rest.n == 0)
        return true;
    while (all.n > 0 && str_split(&all, ',', &tail))
        if (rest.n > tail.n + 1 && str_equal(str_slice(rest, 0, tail.n), tail) &&
            rest.p[tail.n] == ' ')
            return true;
    return false;
}

/* Does the phrase begin with the words, whole? *out_rest is what follows. */
static bool takes(struct str phrase, struct str words, struct str *out_rest)
{
    if (phrase.n < words.n || !str_equal(str_slice(phrase, 0, words.n), words) ||
        (phrase.n > words.n && phrase.p[words.n] != ' '))
        return false;
    *out_rest = phrase.n > words.n ? str_from(phrase, words.n + 1) : STR("");
    return true;
}

static bool fits_objects(const struct wording *wording, struct str phrase)
{
    struct str objects = str_of(wording->objects);
    struct str object, rest;
    while (objects.n > 0 && str_split(&objects, ',', &object))
        if (takes(phrase, object, &rest) && is_tail(wording->tails, rest))
            return true;
    return false;
}

static bool fits(const struct wording *wording, struct str phrase)
{
    struct str verbs = str_of(wording->verbs);
    struct str alone = str_of(wording->alone);
    struct str words, rest;
    while (alone.n > 0 && str_split(&alone, ',', &words))
        if (str_equal(words, phrase))
            return true;
    while (verbs.n > 0 && str_split(&verbs, ',', &words))
        if (takes(phrase, words, &rest) && rest.n > 0 && fits_objects(wording, rest))
            return true;
    return false;
}

enum tick_binding tick_binding_of(struct str text)
{
    char phrase[PHRASE_BYTES];
    if (!phrase_of(text, phrase))
        return TICK_BY_HAND;
    for (size_t i = 0; i < sizeof wordings / sizeof *wordings; i++)
        if (fits(&wordings[i], str_of(phrase)))
            return wordings[i].binding;
    return TICK_BY_HAND;
}

const char *tick_binding_words(enum tick_binding binding)
{
    static const char *const words[TICK_BINDINGS] = {
        [TICK_BY_HAND] = "",
        [TICK_ACKNOWLEDGED] = "ticked by the acknowledgement",
        [TICK_CHANNEL] = "ticked by the channel's creation",
        [TICK_SEVERITY] = "ticked when the severity is changed or confirmed",
        [TICK_MITIGATED] = "ticked by the mitigation",
        [TICK_DIAGNOSIS] = "ticked by a run or a role for it",
        [TICK_FIXED] = "ticked by the run that deploys it, when that has ended",
        [TICK_POSTMORTEM] = "ticked when the incident is closed with it",
    };
    return words[binding];
}
