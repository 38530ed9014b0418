/* vocabulary.c - the words the controlled English knows, as tables. */
#include "runbook/vocabulary.h"

static bool is_in(struct str word, const char *const *list)
{
    for (int i = 0; list[i]; i++)
        if (str_is_nocase(word, list[i]))
            return true;
    return false;
}

/* Does text hold phrase, beginning where a word begins? */
static bool holds(struct str text, const char *phrase)
{
    for (size_t at = str_find_nocase(text, phrase, 0); at < text.n;
         at = str_find_nocase(text, phrase, at + 1))
        if (at == 0 || !byte_is_alnum(text.p[at - 1]))
            return true;
    return false;
}

static const struct {
    const char *word;
    unsigned section;
} headings[] = {
    {"alert", SECTION_ALERT},
    {"monitor", SECTION_ALERT},
    {"threshold", SECTION_ALERT},
    {"trigger", SECTION_ALERT},
    {"slo", SECTION_OBJECTIVE},
    {"objective", SECTION_OBJECTIVE},
    {"target", SECTION_OBJECTIVE},
    {"key metrics", SECTION_OBJECTIVE},
    {"severit", SECTION_SEVERITY},
    {"priorit", SECTION_SEVERITY},
    {"classification", SECTION_SEVERITY},
    {"incident level", SECTION_SEVERITY},
    {"contact", SECTION_CONTACT},
    {"escalation", SECTION_CONTACT},
    {"support", SECTION_CONTACT},
    {"optimization", SECTION_PRACTICE},
    {"optimisation", SECTION_PRACTICE},
    {"best practice", SECTION_PRACTICE},
    {"planning", SECTION_PRACTICE},
    {"analysis", SECTION_PRACTICE},
    {"symptom", SECTION_PROSE},
    {"cause", SECTION_PROSE},
    {"expected output", SECTION_PROSE},
    {"example", SECTION_PROSE},
    {"faq", SECTION_PROSE},
    {"reference", SECTION_PROSE},
    {"overview", SECTION_PROSE},
    {"background", SECTION_PROSE},
    {"impact", SECTION_PROSE},
    {"meaning", SECTION_PROSE},
};

unsigned vocabulary_sections(struct str heading)
{
    unsigned sections = 0;
    for (size_t i = 0; i < sizeof headings / sizeof headings[0]; i++)
        if (holds(heading, headings[i].word))
            sections |= headings[i].section;
    return sections;
}

static const struct {
    const char *said, *signal;
} signals[] = {
    {"error rate", "error rate"},
    {"failure rate", "error rate"},
    {"http error rate", "error rate"},
    {"5xx rate", "error rate"},
    {"5xx error rate", "error rate"},
    {"response time", "response time"},
    {"response times", "response time"},
    {"latency", "response time"},
    {"request duration", "response time"},
    {"request latency", "response time"},
    {"token usage", "token usage"},
    {"token use", "token usage"},
    {"tokens used", "token usage"},
    {"failed auth attempts", "failed auth attempts"},
    {"failed authentication attempts", "failed auth attempts"},
    {"failed login attempts", "failed auth attempts"},
    {"failed logins", "failed auth attempts"},
    {"failed sign-ins", "failed auth attempts"},
    {"authentication failures", "failed auth attempts"},
    {"login failures", "failed auth attempts"},
    {"database connection pool", "database connection pool"},
    {"db connection pool", "database connection pool"},
    {"connection pool", "database connection pool"},
    {"database connections", "database connection pool"},
    {"database connection usage", "database connection pool"},
    {"db connection usage", "database connection pool"},
    {"disk usage", "disk usage"},
    {"disk space used", "disk usage"},
    {"disk use", "disk usage"},
    {"disk", "disk usage"},
    {"memory usage", "memory usage"},
    {"memory use", "memory usage"},
    {"memory", "memory usage"},
    {"ram usage", "memory usage"},
};

double vocabulary_quantile(struct str word)
{
    int64_t digits = 0;
    if (word.n < 3 || word.n > 5 || byte_lower(word.p[0]) != 'p' ||
        !str_int(str_from(word, 1), &digits) || digits <= 0)
        return 0;
    double scale = word.n == 3 ? 100 : word.n == 4 ? 1000 : 10000;
    return (double)digits / scale;
}

struct str vocabulary_signal(struct str metric)
{
    static const char *const passed_over[] = {"the", "a", "an", "overall", "total", "our", NULL};
    struct words words;
    char plain[128];
    size_t n = 0;
    words_parse(metric, &words);
    for (int i = 0; i < words.count; i++) {
        struct str word = words.at[i].text;
        if (is_in(word, passed_over) || vocabulary_quantile(word) > 0)
            continue;
        if (n + word.n + 1 >= sizeof plain)
            return (struct str){"", 0};
        if (n)
            plain[n++] = ' ';
        memcpy(plain + n, word.p, word.n);
        n += word.n;
    }
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        if (str_is_nocase((struct str){plain, n}, signals[i].said))
            return str_of(signals[i].signal);
    return (struct str){"", 0};
}

bool vocabulary_state(const struct words *words, int *out_subject_end)
{
    static const char *const states[] = {
        "exhausted", "saturated", "full",     "down",    "unavailable", "unreachable", "detected",
        "failing",   "failed",    "failures", "failure", "corrupted",   "expired",     "offline",
        "unhealthy", "missing",   "stopped",  "stuck",   "lost",        NULL};
    static const char *const links[] = {"is", "are", "has", "been", "was", NULL};
    int last = words->count - 1;
    if (words->cut || last < 1 || last > 9 || !is_in(words->at[last].text, states))
        return false;
    while (last > 1 && is_in(words->at[last - 1].text, links))
        last--;
    *out_subject_end = last;
    return true;
}

static const char *const sure_verbs[] = {
    "acknowledge", "add",      "announce",    "answer",    "apply",     "ask",      "assess",
    "assign",      "avoid",    "begin",       "call",      "clean",     "close",    "collect",
    "communicate", "complete", "configure",   "confirm",   "connect",   "consider", "contact",
    "coordinate",  "copy",     "create",      "decide",    "define",    "delete",   "deploy",
    "determine",   "disable",  "discuss",     "don't",     "download",  "drain",    "email",
    "enable",      "encrypt",  "ensure",      "escalate",  "establish", "evaluate", "examine",
    "execute",     "find",     "fix",         "follow",    "gather",    "generate", "get",
    "give",        "go",       "identify",    "implement", "improve",   "increase", "inform",
    "inspect",     "install",  "investigate", "invite",    "involve",   "isolate",  "join",
    "keep",        "kill",     "look",        "maintain",  "make",      "mark",     "merge",
    "migrate",     "mitigate", "modify",      "monitor",   "move",      "navigate", "notify",
    "obtain",      "open",     "pause",       "perform",   "pin",       "prepare",  "prevent",
    "prioritize",  "promote",  "provide",     "provision", "publish",   "pull",     "push",
    "put",         "rebuild",  "recover",     "redeploy",  "reduce",    "remove",   "replace",
    "reproduce",   "require",  "resolve",     "respond",   "restart",   "restore",  "resume",
    "retrieve",    "revert",   "revoke",      "rotate",    "run",       "save",     "send",
    "set",         "share",    "ssh",         "start",     "stop",      "submit",   "switch",
    "take",        "tell",     "terminate",   "throttle",  "try",       "turn",     "uncordon",
    "upgrade",     "upload",   "use",         "validate",  "verify",    "wait",     "write",
    "check",       "escalate", NULL};

static const char *const maybe_verbs[] = {
    "access",  "alert",    "audit",  "archive",  "backup",  "block",  "cache",    "change",
    "code",    "compute",  "cordon", "document", "draft",   "export", "factor",   "filter",
    "flag",    "force",    "import", "index",    "limit",   "list",   "load",     "lock",
    "log",     "network",  "note",   "order",    "page",    "patch",  "plan",     "post",
    "process", "query",    "read",   "record",   "release", "report", "request",  "resource",
    "review",  "rollback", "roll",   "route",    "scale",   "scan",   "schedule", "search",
    "secure",  "select",   "show",   "state",    "store",   "test",   "trace",    "track",
    "trigger", "update",   "view",   "watch",    "work",    NULL};

enum verb vocabulary_verb(struct str word)
{
    if (is_in(word, sure_verbs))
        return VERB_SURE;
    return is_in(word, maybe_verbs) ? VERB_MAYBE : VERB_NO;
}

bool vocabulary_condition(const struct words *words)
{
    static const char *const conditions[] = {
        "passing",    "clean",     "ready",    "green",   "done",    "complete",
        "accessible", "available", "in place", "healthy", "current", "working",
        "running",    "ok",        "valid",    "stable",  "known",   NULL};
    if (words->count < 2)
        return false;
    struct str last = words->at[words->count - 1].text;
    return is_in(last, conditions) || (last.n > 4 && str_ends(last, "ed"));
}

static const char *const practices[] = {
    "index",
    "query performance",
    "connection pool",
    "replica",
    "partition",
    "profiling",
    "memory",
    "caching",
    "api response",
    "bundle size",
    "cdn",
    "load balancing",
    "auto-scaling",
    "autoscaling",
    "resource allocation",
    "cost",
    "input validation",
    "sql injection",
    "xss",
    "csrf",
    "secure coding",
    "segmentation",
    "firewall",
    "ssl",
    "tls",
    "access control",
    "logging",
    "encryption",
    "key management",
    "classification",
    "user growth",
    "usage pattern",
    "consumption",
    "scaling",
    "capacity",
    "storage",
    "bandwidth",
    "compute resource",
    "service limit",
    "resource utili",
    "waste",
    "right-sizing",
    "rightsizing",
    "monitoring",
    "vulnerability",
    "dependency",
    "rate limiting",
    "password",
    "secrets",
    "vacuum",
};

struct str vocabulary_practice(struct str text)
{
    for (size_t i = 0; text.n < 200 && i < sizeof practices / sizeof practices[0]; i++)
        if (holds(text, practices[i]))
            return str_of(practices[i]);
    return (struct str){"", 0};
}

static bool is_exactly_in(struct str word, const char *const *list)
{
    for (int i = 0; list[i]; i++)
        if (str_is(word, list[i]))
            return true;
    return false;
}

enum program_word vocabulary_program(struct str word)
{
    static const char *const sure[] = {"npm",        "npx",
                                       "yarn",       "pnpm",
                                       "netlify",    "supabase",
                                       "stripe",     "git",
                                       "docker",     "docker-compose",
                                       "kubectl",    "helm",
                                       "terraform",  "aws",
                                       "gcloud",     "az",
                                       "psql",       "pg_dump",
                                       "pg_restore", "redis-cli",
                                       "curl",       "wget",
                                       "ssh",        "scp",
                                       "rsync",      "systemctl",
                                       "journalctl", "sudo",
                                       "grep",       "ls",
                                       "cp",         "mv",
                                       "rm",         "mkdir",
                                       "python",     "python3",
                                       "pip",        "php",
                                       "mvn",        "openssl",
                                       "dig",        "nslookup",
                                       "oc",         "ansible-playbook",
                                       "reeve",      "vercel",
                                       "heroku",     "flyctl",
                                       "gh",         "df",
                                       "ps",         "bash",
                                       "jq",         "createdb",
                                       "dropdb",     "sqlite3",
                                       "mysql",      "mysqldump",
                                       "etcdctl",    "chef-client",
                                       NULL};
    static const char *const also_english[] = {
        "node", "cat",   "tail", "cd",   "export", "echo", "ruby", "rake", "bundle", "java", "make",
        "ping", "vault", "fly",  "free", "top",    "kill", "sh",   "for",  "while",  "if",   NULL};
    if (is_exactly_in(word, sure))
        return PROGRAM_SURE;
    return is_exactly_in(word, also_english) ? PROGRAM_MAYBE : PROGRAM_NO;
}

bool vocabulary_fact(const struct words *words)
{
    static const char *const facts[] = {
        "effect",   "cache",         "ttl",       "timeout", "timeouts", "estimated", "estimate",
        "duration", "propagates",    "propagate", "means",   "because",  "typically", "usually",
        "e.g",      "approximately", "example",   "takes",   "default",  "ago",       NULL};
    for (int i = 0; i < words->count; i++)
        if (is_in(words->at[i].text, facts))
            return true;
    return false;
}

int vocabulary_weekday(struct str word)
{
    static const char *const names[] = {"sunday",   "monday", "tuesday", "wednesday",
                                        "thursday", "friday", "saturday"};
    for (int i = 0; i < 7; i++) {
        struct str name = str_of(names[i]);
        struct str singular =
            word.n > 3 && byte_lower(word.p[word.n - 1]) == 's' && word.n == name.n + 1
                ? str_slice(word, 0, word.n - 1)
                : word;
        if (str_equal_nocase(singular, name) ||
            (word.n == 3 && str_equal_nocase(word, str_slice(name, 0, 3))))
            return i;
    }
    return -1;
}

static const struct {
    const char *word;
    int64_t ms;
    int months;
} frequencies[] = {
    {"hourly", 3600000, 0},   {"daily", 86400000, 0},      {"nightly", 86400000, 0},
    {"weekly", 604800000, 0}, {"biweekly", 1209600000, 0}, {"fortnightly", 1209600000, 0},
    {"monthly", 0, 1},        {"quarterly", 0, 3},         {"annual", 0, 12},
    {"annually", 0, 12},      {"yearly", 0, 12},
};

bool vocabulary_frequency(struct str word, int64_t *out_every_ms, int *out_every_months)
{
    for (size_t i = 0; i < sizeof frequencies / sizeof frequencies[0]; i++) {
        if (!str_is_nocase(word, frequencies[i].word))
            continue;
        *out_every_ms = frequencies[i].ms;
        *out_every_months = frequencies[i].months;
        return true;
    }
    return false;
}
