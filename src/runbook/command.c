/* command.c - commands that never end, commands that destroy: a table of each. */
#include "runbook/command.h"

#include "base/text.h"
#include "runbook/command_program.h"
#include "runbook/front.h"
#include "runbook/shell.h"

enum { NEAR_WORDS = 4 };

/* A rule is a row of words: the programs, then the items that must follow them. "a|b" is either;
 * "rm*" begins so, "*:dev" ends so; "-f" is that option, "~r" a letter among short options ("-rf"),
 * "!--count" an option that must be absent. */
struct rule {
    uint64_t sets;
    bool alone; /* the program itself, not a word of another's */
    const char *items;
    const char *reason;
};

static const struct rule endless[] = {
    {SET(TAIL), false, "~f|--follow|~F", ""},
    {SET(JOURNAL), false, "~f|--follow", ""},
    {SET(WATCH), true, "", ""},
    {SET(TOP), true, "!-b|-n|-l", ""},
    {SET(K9S), true, "!version|info|help", ""},
    {SET(TCPDUMP), true, "!-c", ""},
    {SET(PING), true, "!-c|--count", ""},
    {SET(DOCKER) | SET(COMPOSE) | SET(KUBE) | SET(CONTAINERS), false, "logs -f|--follow", ""},
    {SET(KUBE), false, "port-forward|proxy|attach", ""},
    {SET(KUBE), false, "get|rollout -w|--watch|--watch-only", ""},
    {SET(DOCKER), false, "stats !--no-stream", ""},
    {SET(DOCKER), false, "attach|events", ""},
    {SET(DOCKER), false, "compose up !-d|--detach|--abort-on-container-exit|--exit-code-from", ""},
    {SET(COMPOSE), false, "up !-d|--detach|--abort-on-container-exit|--exit-code-from", ""},
    {SET(NPM), false, "dev|dev:*|*:dev|serve|serve:*|start|watch|watch:*|*:watch", ""},
    {SET(DEV), false, "dev|serve|emulators:start", ""},
    {SET(LOGS), false, "tail", ""},
    {SET(SITE), false, "serve|server", ""},
    {SET(STRIPE), false, "listen", ""},
    {SET(FLASK), false, "run|runserver|http.server", ""},
    {SET(RAILS), false, "server|s", ""},
    {SET(SERVER), false, "", ""},
    {SET(REDIS), false, "monitor|MONITOR", ""},
    {SET(PM2), false, "logs !--nostream", ""},
};

static const struct rule destructive[] = {
    {SET(FIND), false, "-delete", "removes files"},
    {SET(RMDIR), false, "", "removes folders"},
    {SET(TRUNCATE), false, "-s|--size", "empties files"},
    {SET(DD), false, "of=*", "writes over a device or a file"},
    {SET(FORMAT), false, "", "formats a disk"},
    {SET(LVM), false, "", "removes volumes"},
    {SET(ZFS), false, "destroy", "destroys a file system"},
    {SET(RSYNC), false, "--delete*", "removes files that the source has not"},
    {SET(TERRAFORM) | SET(PULUMI), false, "destroy|remove", "destroys infrastructure"},
    {SET(TERRAFORM), false, "apply -destroy", "destroys infrastructure"},
    {SET(TERRAFORM), false, "state rm", "forgets infrastructure"},
    {SET(KUBE), false, "delete", "deletes objects of the cluster"},
    {SET(KUBE), false, "replace --force", "deletes and makes anew objects of the cluster"},
    {SET(HELM), false, "uninstall|delete|del", "uninstalls a release"},
    {SET(VELERO), false, "delete", "deletes backups"},
    {SET(GIT), false, "push --force*|-f|--mirror", "writes over the history of a branch"},
    {SET(GIT), false, "push --delete|-d", "deletes a branch"},
    {SET(GIT), false, "reset --hard", "throws away uncommitted work"},
    {SET(GIT), false, "clean ~f|--force", "removes files that are not committed"},
    {SET(GIT), false, "branch -D", "deletes a branch"},
    {SET(DOCKER), false, "system|volume|image|container|network|builder prune",
     "removes what no container uses"},
    {SET(DOCKER), false, "volume rm|remove", "removes volumes with their data"},
    {SET(DOCKER) | SET(COMPOSE), false, "down -v|--volumes", "removes volumes with their data"},
    {SET(DOCKER), false, "rm|rmi", "removes containers or images"},
    {SET(AWS), false, "s3 rb|rm", "removes stored objects"},
    {SET(AWS), false, "sync --delete", "removes stored objects that the source has not"},
    {SET(AWS), false, "delete-*|terminate-*|deregister-*", "deletes a resource of the account"},
    {SET(GSUTIL), false, "rm|rb", "removes stored objects"},
    {SET(CLOUD), false, "delete|purge", "deletes a resource of the account"},
    {SET(HOSTING), false,
     "rm|remove|delete|destroy|unset|env:unset|config:unset|apps:destroy|pg:reset|repo:delete",
     "removes what the service keeps"},
    {SET(SUPABASE), false, "db reset", "empties a database"},
    {SET(REDIS), false, "FLUSHALL|FLUSHDB|flushall|flushdb", "empties the store"},
    {SET(REDIS), false, "DEL|UNLINK|del|unlink", "deletes keys"},
    {SET(ETCD), false, "del", "deletes keys"},
    {SET(DROPDB), false, "", "drops a database"},
    {SET(PG_RESTORE), false, "~c|--clean", "drops what is there before it restores"},
    {SET(MONGO), false, "--drop", "drops what is there before it restores"},
    {SET(RABBIT), false, "reset|force_reset|purge_queue|delete_queue|delete_vhost",
     "deletes messages"},
    {SET(KAFKA), false, "--delete", "deletes topics or offsets"},
    {SET(VAULT), false, "delete|destroy|revoke", "deletes or revokes secrets"},
    {SET(USERDEL), false, "", "removes a user"},
    {SET(CRONTAB), false, "-r", "removes every scheduled job"},
    {SET(IPTABLES), false, "-F|--flush", "removes every rule of the firewall"},
    {SET(APT), false, "purge|remove|autoremove|del|uninstall|erase", "removes packages"},
    {SET(PIP), false, "uninstall|remove", "removes packages"},
    {SET(RM), false, "~r|~R|--recursive", "removes folders with everything in them"},
    {SET(RM) | SET(SHRED), false, "", "removes files"},
};

static bool alternative_is(struct str wanted, struct str word)
{
    if (str_is(wanted, "*"))
        return true;
    if (str_ends(wanted, "*"))
        return word.n >= wanted.n - 1 && memcmp(word.p, wanted.p, wanted.n - 1) == 0;
    if (wanted.n && wanted.p[0] == '*')
        return word.n >= wanted.n - 1 &&
               memcmp(word.p + word.n - (wanted.n - 1), wanted.p + 1, wanted.n - 1) == 0;
    if (str_starts(wanted, "~")) {
        size_t i = 1;
        bool found = false;
        if (word.n < 2 || word.p[0] != '-' || word.p[1] == '-')
            return false;
        for (; i < word.n && byte_is_alpha(word.p[i]); i++)
            found |= word.p[i] == wanted.p[1];
        return found;
    }
    bool option = str_starts(wanted, "--") && word.n > wanted.n && word.p[wanted.n] == '=';
    return str_equal(wanted, option ? str_slice(word, 0, wanted.n) : word);
}

/* Most alternatives are passed over by their first letter; a word is what begins as it does, but
 * for the marks "*" and "~". */
static bool item_is(struct str item, struct str word)
{
    char begins = word.n ? word.p[0] : '\0';
    for (size_t at = 0; at <= item.n;) {
        char first = at < item.n ? item.p[at] : '*';
        size_t end = at;
        while (end < item.n && item.p[end] != '|')
            end++;
        if ((first == begins || first == '*' || first == '~') &&
            alternative_is(str_slice(item, at, end), word))
            return true;
        at = end + 1;
    }
    return false;
}

static struct str base_name(struct str word)
{
    size_t begin = word.n;
    while (begin > 0 && word.p[begin - 1] != '/')
        begin--;
    return str_from(word, begin);
}

static bool is_option_item(struct str item)
{
    return item.p[0] == '-' || item.p[0] == '~';
}

/* The first letters of the alternatives, as bits: a word that begins otherwise is none of them. */
static uint32_t fronts_of(struct str item)
{
    uint32_t fronts = 0;
    for (size_t i = 0; i < item.n; i++)
        if (i == 0 || item.p[i - 1] == '|')
            fronts |= item.p[i] == '*' || item.p[i] == '~' ? UINT32_MAX : FRONT_BIT(item.p[i]);
    return fronts;
}

/* The items behind the program, found among the words from from on. */
static bool items_follow(struct str items, const struct shell_words *words, int from)
{
    struct str item;
    while (str_split(&items, ' ', &item)) {
        bool absent = item.p[0] == '!';
        struct str wanted = absent ? str_from(item, 1) : item;
        bool option = is_option_item(wanted);
        uint32_t fronts = fronts_of(wanted);
        bool found = false;
        int plain = 0;
        int i = option ? 1 : from;
        for (; i < words->count && !found && plain < NEAR_WORDS; i++) {
            bool dashed = str_starts(words->at[i], "-");
            found = dashed == option && (fronts & FRONT_BIT(words->at[i].p[0])) &&
                    item_is(wanted, words->at[i]);
            plain += !option && !dashed;
        }
        if (found == absent)
            return false;
        if (!option)
            from = i;
    }
    return true;
}

/* The words of a simple command, each looked up once. */
struct heads {
    uint64_t sets[SHELL_WORDS_MAX]; /* of programs that the word names */
    uint64_t ruled;                 /* those that rules speak of, from the program on */
    int first;                      /* the word that is the program */
    bool quoted, assigns;           /* some word is a quotation, an assignment */
};

/* What no rule of the tables speaks of. */
static const uint64_t unruled = SET(SETTER) | SET(SPEAKS) | SET(SQL) | SET(STARTER) | SET(TASKS);

/* Is the word in the set by its own name, not by that at the end of a path? */
static bool is_plainly(const struct heads *heads, const struct shell_words *words, int i,
                       enum program_set set)
{
    return (heads->sets[i] & SET(set)) && str_find_byte(words->at[i], '/', 0) == words->at[i].n;
}

/* Settings, options and the programs that start another stand before the program. */
static bool stands_before(const struct heads *heads, const struct shell_words *words, int i)
{
    struct str word = words->at[i];
    bool mark = word.n == 1 && (word.p[0] == '!' || word.p[0] == '{');
    return mark || (i > 0 && str_starts(word, "-")) || is_plainly(heads, words, i, STARTER) ||
           (heads->assigns && shell_is_assignment(word));
}

static void find_heads(const struct shell_words *words, struct heads *heads)
{
    heads->ruled = 0;
    heads->first = 0;
    heads->quoted = heads->assigns = false;
    for (int i = 0; i < words->count; i++) {
        heads->sets[i] = program_sets(base_name(words->at[i]));
        heads->quoted |= words->quoted[i];
        heads->assigns |= shell_is_assignment(words->at[i]);
    }
    while (heads->first + 1 < words->count && stands_before(heads, words, heads->first))
        heads->first++;
    for (int i = heads->first; i < words->count; i++)
        heads->ruled |= words->quoted[i] ? 0 : heads->sets[i] & ~unruled;
}

static bool rule_is(const struct rule *rule, const struct heads *heads,
                    const struct shell_words *words)
{
    int end = rule->alone ? heads->first + 1 : words->count;
    for (int i = heads->first; i < end; i++)
        if ((rule->sets & heads->sets[i]) && !words->quoted[i] &&
            (!rule->items[0] || items_follow(str_of(rule->items), words, i + 1)))
            return true;
    return false;
}

/* The first of the rules that the command goes by, or NULL. */
static const struct rule *find_rule(const struct rule *rules, size_t count,
                                    const struct heads *heads, const struct shell_words *words)
{
    for (size_t i = 0; heads->ruled && i < count; i++)
        if ((rules[i].sets & heads->ruled) && rule_is(&rules[i], heads, words))
            return &rules[i];
    return NULL;
}

/* "--tail" with no number behind it waits for more; "--tail=100" does not. */
static bool waits_for_more(const struct shell_words *words)
{
    for (int i = 1; i < words->count; i++)
        if (words->at[i].p[0] == '-' &&
            (str_is(words->at[i], "--follow") ||
             (str_is(words->at[i], "--tail") &&
              (i + 1 == words->count || !byte_is_digit(words->at[i + 1].p[0])))))
            return true;
    return false;
}

static bool never_ends(const struct shell_words *words, const struct heads *heads)
{
    return waits_for_more(words) ||
           find_rule(endless, sizeof endless / sizeof endless[0], heads, words);
}

/* Does something end it from outside: a pipe into "head", "timeout" before it? */
static bool is_ended(const struct shell_words *words, int first, struct str rest)
{
    struct shell_words next;
    return words->background || str_is(words->at[first], "timeout") ||
           (words->piped && shell_next(&rest, &next) && str_is(next.at[0], "head"));
}

/* Tasks of a project say by their name what they do: "db:rollback", "keys:rotate". */
static const struct {
    const char *subject, *verb, *reason;
} tasks[] = {
    {NULL, "drop|reset|wipe|purge|flush|truncate|destroy|delete|erase|prune|nuke|fresh",
     "removes data, by its name"},
    {"db|database|migrate|migration|migrations|schema|data", "rollback|revert|down|undo",
     "undoes changes of the database, by its name"},
    {"db|database|data|backup", "import|restore|load", "writes over data, by its name"},
    {"key|keys|secret|secrets|token|tokens|password|passwords|credentials|certs", "rotate|revoke",
     "ends the old keys, by its name"},
};

static bool has_part(struct str word, const char *wanted)
{
    size_t begin = 0;
    for (size_t i = 0; i <= word.n; i++) {
        if (i < word.n && byte_is_alnum(word.p[i]))
            continue;
        if (item_is(str_of(wanted), str_slice(word, begin, i)))
            return true;
        begin = i + 1;
    }
    return false;
}

static const char *task_destroys(const struct shell_words *words, const struct heads *heads)
{
    if (!(heads->sets[heads->first] & SET(TASKS)))
        return "";
    for (int i = heads->first + 1; i < words->count; i++) {
        bool named = !str_starts(words->at[i], "-") && !words->quoted[i];
        bool joined = str_find_byte(words->at[i], '=', 0) < words->at[i].n;
        for (size_t k = 0; named && !joined && k < sizeof tasks / sizeof tasks[0]; k++)
            if (has_part(words->at[i], tasks[k].verb) &&
                (!tasks[k].subject || has_part(words->at[i], tasks[k].subject)))
                return tasks[k].reason;
    }
    return "";
}

static struct str destroys(const struct shell_words *words, const struct heads *heads)
{
    const struct rule *rule =
        find_rule(destructive, sizeof destructive / sizeof destructive[0], heads, words);
    if (rule)
        return str_of(rule->reason);
    for (int i = heads->first; heads->quoted && i < words->count; i++)
        if (words->quoted[i] && sql_begins(words->at[i]) && sql_destroys(words->at[i]).n)
            return sql_destroys(words->at[i]);
    return str_of(task_destroys(words, heads));
}

/* SQL that a shell hands to a database: psql -c "SELECT …". */
static enum sql_effect effect_of(const struct shell_words *words, const struct heads *heads)
{
    bool database = false;
    enum sql_effect effect = SQL_NONE;
    for (int i = 0; heads->quoted && i < words->count; i++) {
        database |= (heads->sets[i] & SET(SQL)) != 0;
        if (!database || !words->quoted[i] || !sql_begins(words->at[i]))
            continue;
        enum sql_effect next = sql_effect_of(words->at[i]);
        effect = next > effect ? next : effect;
    }
    return effect;
}

static void add_name(struct command_names *names, struct str name)
{
    if (names->count < COMMAND_NAMES_MAX)
        names->at[names->count++] = name;
}

static void keep_names(struct command_names *names, const struct shell_words *words,
                       const struct heads *heads)
{
    for (int i = 0; heads->assigns && i < words->count; i++)
        if (shell_is_assignment(words->at[i]))
            add_name(names, str_slice(words->at[i], 0, str_find_byte(words->at[i], '=', 0)));
    if (!is_plainly(heads, words, heads->first, SETTER))
        return;
    for (int i = heads->first + 1; i < words->count; i++)
        if (!str_starts(words->at[i], "-"))
            add_name(names, words->at[i]);
}

static void judge_simple(const struct shell_words *words, const struct heads *heads,
                         struct str rest, struct command_traits *traits)
{
    if (is_plainly(heads, words, heads->first, SPEAKS))
        return;
    if (!traits->endless && never_ends(words, heads))
        traits->endless = !is_ended(words, heads->first, rest);
    if (traits->destroys.n == 0)
        traits->destroys = destroys(words, heads);
}

static void judge_shell(struct str command, struct command_names *names,
                        struct command_traits *traits)
{
    struct str rest = command;
    struct shell_words words;
    struct heads heads = {.sets = {0}};
    while (shell_next(&rest, &words)) {
        find_heads(&words, &heads);
        keep_names(names, &words, &heads);
        judge_simple(&words, &heads, rest, traits);
        enum sql_effect effect = effect_of(&words, &heads);
        traits->sql = effect > traits->sql ? effect : traits->sql;
    }
}

void command_judge(struct arena *arena, struct str command, enum command_language language,
                   struct command_names *names, struct command_traits *out_traits)
{
    struct command_traits traits = {.destroys = {"", 0}};
    if (language == LANGUAGE_SQL) {
        traits.sql = sql_effect_of(command);
        traits.destroys = sql_destroys(command);
    } else if (language == LANGUAGE_SHELL) {
        judge_shell(command, names, &traits);
    }
    placeholder_find(arena, command, language, names, &traits);
    *out_traits = traits;
}
