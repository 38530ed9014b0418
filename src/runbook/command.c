/* command.c - commands that never end, commands that destroy: a table of each. */
#include "runbook/command.h"

#include "base/text.h"
#include "runbook/shell.h"

enum { NEAR_WORDS = 4 };

/* A rule is a row of words: the program, then the items that must follow it. "a|b" is either; "rm*"
 * begins so, "*:dev" ends so; "-f" is that option, "~r" a letter among short options ("-rf"),
 * "!--count" an option that must be absent; "^top" is the program itself, not a word of another's.
 */
struct rule {
    uint64_t fronts; /* of its programs: most rules are passed over by them */
    const char *programs, *items;
    const char *reason;
};

/* The first three letters of a program as a bit; few meet on the same one. */
#define ON(first, second, third) ((uint64_t)1 << (((first)*59 + (second)*29 + (third)) & 63))

static const struct rule endless[] = {
    {ON('t', 'a', 'i'), "tail", "~f|--follow|~F", ""},
    {ON('j', 'o', 'u'), "journalctl", "~f|--follow", ""},
    {ON('w', 'a', 't'), "^watch", "", ""},
    {ON('t', 'o', 'p'), "^top", "!-b|-n|-l", ""},
    {ON('h', 't', 'o'), "^htop", "", ""},
    {ON('k', '9', 's'), "^k9s", "!version|info|help", ""},
    {ON('s', 't', 'e'), "^stern", "", ""},
    {ON('t', 'c', 'p'), "^tcpdump", "!-c", ""},
    {ON('p', 'i', 'n'), "^ping", "!-c|--count", ""},
    {ON('c', 'o', 'm') | ON('c', 'r', 'i') | ON('d', 'o', 'c') | ON('k', 'u', 'b') |
         ON('n', 'e', 'r') | ON('o', 'c', 0) | ON('p', 'o', 'd'),
     "docker|docker-compose|podman|kubectl|oc|nerdctl|crictl|compose", "logs -f|--follow", ""},
    {ON('k', 'u', 'b') | ON('o', 'c', 0), "kubectl|oc", "port-forward|proxy|attach", ""},
    {ON('k', 'u', 'b') | ON('o', 'c', 0), "kubectl|oc", "get|rollout -w|--watch|--watch-only", ""},
    {ON('d', 'o', 'c') | ON('p', 'o', 'd'), "docker|podman", "stats !--no-stream", ""},
    {ON('d', 'o', 'c') | ON('p', 'o', 'd'), "docker|podman", "attach|events", ""},
    {ON('d', 'o', 'c') | ON('p', 'o', 'd'), "docker|podman",
     "compose up !-d|--detach|--abort-on-container-exit|--exit-code-from", ""},
    {ON('d', 'o', 'c'), "docker-compose",
     "up !-d|--detach|--abort-on-container-exit|--exit-code-from", ""},
    {ON('b', 'u', 'n') | ON('n', 'p', 'm') | ON('n', 'p', 'x') | ON('p', 'n', 'p') |
         ON('y', 'a', 'r'),
     "npm|pnpm|yarn|bun|npx", "dev|dev:*|*:dev|serve|serve:*|start|watch|watch:*|*:watch", ""},
    {ON('a', 's', 't') | ON('f', 'i', 'r') | ON('n', 'e', 't') | ON('n', 'e', 'x') |
         ON('n', 'u', 'x') | ON('s', 'h', 'o') | ON('s', 's', 't') | ON('v', 'e', 'r') |
         ON('v', 'i', 't') | ON('w', 'r', 'a'),
     "netlify|wrangler|vercel|next|nuxt|astro|vite|shopify|sst|firebase",
     "dev|serve|emulators:start", ""},
    {ON('e', 'a', 's') | ON('s', 's', 't') | ON('w', 'r', 'a'), "wrangler|eas|sst", "tail", ""},
    {ON('h', 'u', 'g') | ON('j', 'e', 'k') | ON('m', 'k', 'd') | ON('n', 'g', 0) |
         ON('z', 'o', 'l'),
     "ng|hugo|jekyll|mkdocs|zola", "serve|server", ""},
    {ON('s', 't', 'r'), "stripe", "listen", ""},
    {ON('f', 'l', 'a') | ON('p', 'y', 't'), "flask|python|python3", "run|runserver|http.server",
     ""},
    {ON('r', 'a', 'i'), "rails", "server|s", ""},
    {ON('c', 'e', 'l') | ON('g', 'u', 'n') | ON('n', 'o', 'd') | ON('r', 'e', 'd') |
         ON('u', 'v', 'i'),
     "uvicorn|gunicorn|celery|redis-server|nodemon", "", ""},
    {ON('r', 'e', 'd'), "redis-cli", "monitor|MONITOR", ""},
    {ON('p', 'm', '2'), "pm2", "logs !--nostream", ""},
};

static const struct rule destructive[] = {
    {ON('f', 'i', 'n'), "find", "-delete", "removes files"},
    {ON('r', 'm', 'd'), "rmdir", "", "removes folders"},
    {ON('t', 'r', 'u'), "truncate", "-s|--size", "empties files"},
    {ON('d', 'd', 0), "dd", "of=*", "writes over a device or a file"},
    {ON('f', 'd', 'i') | ON('m', 'k', 'f') | ON('p', 'a', 'r') | ON('w', 'i', 'p'),
     "mkfs*|wipefs|fdisk|parted", "", "formats a disk"},
    {ON('l', 'v', 'r') | ON('p', 'v', 'r') | ON('v', 'g', 'r'), "lvremove|vgremove|pvremove", "",
     "removes volumes"},
    {ON('z', 'f', 's') | ON('z', 'p', 'o'), "zfs|zpool", "destroy", "destroys a file system"},
    {ON('r', 's', 'y'), "rsync", "--delete*", "removes files that the source has not"},
    {ON('c', 'd', 'k') | ON('p', 'u', 'l') | ON('s', 's', 't') | ON('t', 'e', 'r') |
         ON('t', 'o', 'f'),
     "terraform|tofu|terragrunt|pulumi|cdk|sst", "destroy|remove", "destroys infrastructure"},
    {ON('t', 'e', 'r') | ON('t', 'o', 'f'), "terraform|tofu|terragrunt", "apply -destroy",
     "destroys infrastructure"},
    {ON('t', 'e', 'r') | ON('t', 'o', 'f'), "terraform|tofu|terragrunt", "state rm",
     "forgets infrastructure"},
    {ON('k', 'u', 'b') | ON('o', 'c', 0), "kubectl|oc", "delete", "deletes objects of the cluster"},
    {ON('k', 'u', 'b') | ON('o', 'c', 0), "kubectl|oc", "replace --force",
     "deletes and makes anew objects of the cluster"},
    {ON('h', 'e', 'l'), "helm", "uninstall|delete|del", "uninstalls a release"},
    {ON('v', 'e', 'l'), "velero", "delete", "deletes backups"},
    {ON('g', 'i', 't'), "git", "push --force*|-f|--mirror", "writes over the history of a branch"},
    {ON('g', 'i', 't'), "git", "push --delete|-d", "deletes a branch"},
    {ON('g', 'i', 't'), "git", "reset --hard", "throws away uncommitted work"},
    {ON('g', 'i', 't'), "git", "clean ~f|--force", "removes files that are not committed"},
    {ON('g', 'i', 't'), "git", "branch -D", "deletes a branch"},
    {ON('d', 'o', 'c') | ON('p', 'o', 'd'), "docker|podman",
     "system|volume|image|container|network|builder prune", "removes what no container uses"},
    {ON('d', 'o', 'c') | ON('p', 'o', 'd'), "docker|podman", "volume rm|remove",
     "removes volumes with their data"},
    {ON('d', 'o', 'c') | ON('p', 'o', 'd'), "docker|podman|docker-compose", "down -v|--volumes",
     "removes volumes with their data"},
    {ON('d', 'o', 'c') | ON('p', 'o', 'd'), "docker|podman", "rm|rmi",
     "removes containers or images"},
    {ON('a', 'w', 's'), "aws", "s3 rb|rm", "removes stored objects"},
    {ON('a', 'w', 's'), "aws", "sync --delete", "removes stored objects that the source has not"},
    {ON('a', 'w', 's'), "aws", "delete-*|terminate-*|deregister-*",
     "deletes a resource of the account"},
    {ON('g', 's', 'u'), "gsutil", "rm|rb", "removes stored objects"},
    {ON('a', 'z', 0) | ON('d', 'o', 'c') | ON('e', 'k', 's') | ON('g', 'c', 'l') |
         ON('h', 'c', 'l') | ON('i', 'b', 'm') | ON('l', 'i', 'n'),
     "gcloud|az|doctl|hcloud|ibmcloud|eksctl|linode-cli", "delete|purge",
     "deletes a resource of the account"},
    {ON('f', 'l', 'y') | ON('g', 'h', 0) | ON('h', 'e', 'r') | ON('n', 'e', 't') |
         ON('r', 'a', 'i') | ON('s', 'u', 'p') | ON('v', 'e', 'r') | ON('w', 'r', 'a'),
     "vercel|netlify|heroku|fly|flyctl|railway|supabase|wrangler|gh",
     "rm|remove|delete|destroy|unset|env:unset|config:unset|apps:destroy|pg:reset|repo:delete",
     "removes what the service keeps"},
    {ON('s', 'u', 'p'), "supabase", "db reset", "empties a database"},
    {ON('r', 'e', 'd'), "redis-cli", "FLUSHALL|FLUSHDB|flushall|flushdb", "empties the store"},
    {ON('r', 'e', 'd'), "redis-cli", "DEL|UNLINK|del|unlink", "deletes keys"},
    {ON('e', 't', 'c'), "etcdctl", "del", "deletes keys"},
    {ON('d', 'r', 'o'), "dropdb|dropuser", "", "drops a database"},
    {ON('p', 'g', '_'), "pg_restore", "~c|--clean", "drops what is there before it restores"},
    {ON('m', 'o', 'n'), "mongorestore", "--drop", "drops what is there before it restores"},
    {ON('r', 'a', 'b'), "rabbitmqctl", "reset|force_reset|purge_queue|delete_queue|delete_vhost",
     "deletes messages"},
    {ON('k', 'a', 'f'), "kafka-topics*|kafka-consumer-groups*", "--delete",
     "deletes topics or offsets"},
    {ON('v', 'a', 'u'), "vault", "delete|destroy|revoke", "deletes or revokes secrets"},
    {ON('d', 'e', 'l') | ON('g', 'r', 'o') | ON('u', 's', 'e'), "userdel|deluser|groupdel", "",
     "removes a user"},
    {ON('c', 'r', 'o'), "crontab", "-r", "removes every scheduled job"},
    {ON('i', 'p', '6') | ON('i', 'p', 't'), "iptables|ip6tables", "-F|--flush",
     "removes every rule of the firewall"},
    {ON('a', 'p', 'k') | ON('a', 'p', 't') | ON('b', 'r', 'e') | ON('d', 'n', 'f') |
         ON('y', 'u', 'm'),
     "apt|apt-get|yum|dnf|apk|brew", "purge|remove|autoremove|del|uninstall|erase",
     "removes packages"},
    {ON('g', 'e', 'm') | ON('n', 'p', 'm') | ON('p', 'i', 'p') | ON('s', 'n', 'a'),
     "snap|pip|npm|gem", "uninstall|remove", "removes packages"},
    {ON('r', 'm', 0) | ON('u', 'n', 'l'), "rm|unlink", "~r|~R|--recursive",
     "removes folders with everything in them"},
    {ON('r', 'm', 0) | ON('s', 'h', 'r') | ON('u', 'n', 'l'), "rm|unlink|shred", "",
     "removes files"},
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
static bool may_be(struct str wanted, struct str word)
{
    char first = wanted.n ? wanted.p[0] : '*';
    return first == '*' || first == '~' || (word.n && word.p[0] == first);
}

static bool item_is(struct str item, struct str word)
{
    struct str wanted;
    while (str_split(&item, '|', &wanted))
        if (may_be(wanted, word) && alternative_is(wanted, word))
            return true;
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

/* The items behind the program, found among the words from from on. */
static bool items_follow(struct str items, const struct shell_words *words, int from)
{
    struct str item;
    while (str_split(&items, ' ', &item)) {
        bool absent = item.p[0] == '!';
        struct str wanted = absent ? str_from(item, 1) : item;
        bool option = is_option_item(wanted);
        bool found = false;
        int plain = 0;
        int i = option ? 1 : from;
        for (; i < words->count && !found && plain < NEAR_WORDS; i++) {
            bool dashed = str_starts(words->at[i], "-");
            found = dashed == option && item_is(wanted, words->at[i]);
            plain += !option && !dashed;
        }
        if (found == absent)
            return false;
        if (!option)
            from = i;
    }
    return true;
}

/* The words of a simple command as names of programs. */
struct heads {
    struct str name[SHELL_WORDS_MAX];
    uint64_t front[SHELL_WORDS_MAX]; /* its first letters as a bit; 0 for what names none */
    uint64_t fronts;
};

static uint64_t front_of(struct str name)
{
    const unsigned char *p = (const unsigned char *)name.p;
    return ON(p[0], p[1], name.n > 2 ? p[2] : 0);
}

static void find_heads(const struct shell_words *words, int first, struct heads *heads)
{
    heads->fronts = 0;
    for (int i = first; i < words->count; i++) {
        struct str name = base_name(words->at[i]);
        heads->name[i] = name;
        bool none = name.n < 2 || words->quoted[i] || !byte_is_alpha(name.p[0]);
        heads->front[i] = none ? 0 : front_of(name);
        heads->fronts |= heads->front[i];
    }
}

/* Is the word one of the programs, which are compared letter by letter up to a "|"? */
static bool names_program(const char *programs, struct str word)
{
    const char *p = programs;
    while (*p) {
        size_t n = 0;
        while (n < word.n && p[n] == word.p[n])
            n++;
        if (p[n] == '*' || (n == word.n && (p[n] == '|' || p[n] == '\0')))
            return true;
        while (*p && *p != '|')
            p++;
        p += *p == '|';
    }
    return false;
}

static bool rule_is(const struct rule *rule, const struct heads *heads,
                    const struct shell_words *words, int first)
{
    bool alone = rule->programs[0] == '^';
    int end = alone ? first + 1 : words->count;
    for (int i = first; i < end; i++)
        if ((rule->fronts & heads->front[i]) &&
            names_program(rule->programs + alone, heads->name[i]) &&
            (!rule->items[0] || items_follow(str_of(rule->items), words, i + 1)))
            return true;
    return false;
}

/* The first of the rules that the command goes by, or NULL. */
static const struct rule *find_rule(const struct rule *rules, size_t count,
                                    const struct heads *heads, const struct shell_words *words,
                                    int first)
{
    for (size_t i = 0; heads->fronts && i < count; i++)
        if ((rules[i].fronts & heads->fronts) && rule_is(&rules[i], heads, words, first))
            return &rules[i];
    return NULL;
}

/* The word that is the program: behind settings and the programs that start another. */
static int first_word(const struct shell_words *words)
{
    static const char *const starters[] = {"sudo",    "env",  "time", "nohup", "exec",  "then",
                                           "do",      "else", "if",   "while", "until", "!",
                                           "command", "doas", "{",    NULL};
    int i = 0;
    while (i + 1 < words->count) {
        bool passes = shell_is_assignment(words->at[i]) || (i > 0 && str_starts(words->at[i], "-"));
        for (int k = 0; starters[k] && !passes; k++)
            passes = words->at[i].p[0] == starters[k][0] && str_is(words->at[i], starters[k]);
        if (!passes)
            return i;
        i++;
    }
    return i;
}

/* Programs that show or look for words, whatever the words are. */
static bool only_speaks(struct str program)
{
    static const char *const programs[] = {"echo", "printf", "grep",  "egrep", "rg", "man", "which",
                                           "type", "cat",    "alias", "cd",    "ls", NULL};
    for (int i = 0; programs[i]; i++)
        if (program.n && program.p[0] == programs[i][0] && str_is(program, programs[i]))
            return true;
    return false;
}

/* "--tail" with no number behind it waits for more; "--tail=100" does not. */
static bool waits_for_more(const struct shell_words *words)
{
    for (int i = 1; i < words->count; i++)
        if (str_is(words->at[i], "--follow") ||
            (str_is(words->at[i], "--tail") &&
             (i + 1 == words->count || !byte_is_digit(words->at[i + 1].p[0]))))
            return true;
    return false;
}

static bool never_ends(const struct shell_words *words, const struct heads *heads, int first)
{
    return waits_for_more(words) ||
           find_rule(endless, sizeof endless / sizeof endless[0], heads, words, first);
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

static bool runs_tasks(struct str program)
{
    static const char *const programs[] = {
        "npm",       "pnpm",    "yarn",   "bun",    "npx",    "make",    "rake", "rails",
        "just",      "task",    "bundle", "php",    "python", "python3", "knex", "prisma",
        "sequelize", "alembic", "flask",  "invoke", "mix",    NULL};
    for (int i = 0; programs[i]; i++)
        if (program.n && program.p[0] == programs[i][0] && str_is(program, programs[i]))
            return true;
    return false;
}

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

static const char *task_destroys(const struct shell_words *words, int first)
{
    if (!runs_tasks(base_name(words->at[first])))
        return "";
    for (int i = first + 1; i < words->count; i++) {
        bool named = !str_starts(words->at[i], "-") && !words->quoted[i];
        bool joined = str_find_byte(words->at[i], '=', 0) < words->at[i].n;
        for (size_t k = 0; named && !joined && k < sizeof tasks / sizeof tasks[0]; k++)
            if (has_part(words->at[i], tasks[k].verb) &&
                (!tasks[k].subject || has_part(words->at[i], tasks[k].subject)))
                return tasks[k].reason;
    }
    return "";
}

static struct str destroys(const struct shell_words *words, const struct heads *heads, int first)
{
    const struct rule *rule =
        find_rule(destructive, sizeof destructive / sizeof destructive[0], heads, words, first);
    if (rule)
        return str_of(rule->reason);
    for (int i = first; i < words->count; i++)
        if (words->quoted[i] && sql_begins(words->at[i]) && sql_destroys(words->at[i]).n)
            return sql_destroys(words->at[i]);
    return str_of(task_destroys(words, first));
}

/* SQL that a shell hands to a database: psql -c "SELECT …". */
static enum sql_effect effect_of(const struct shell_words *words)
{
    static const char *const programs[] = {"psql", "mysql", "mariadb", "sqlite3", "sqlcmd", NULL};
    bool database = false;
    bool quoted = false;
    enum sql_effect effect = SQL_NONE;
    for (int i = 0; i < words->count; i++)
        quoted |= words->quoted[i];
    for (int i = 0; quoted && i < words->count; i++) {
        struct str name = base_name(words->at[i]);
        for (int k = 0; programs[k] && name.n; k++)
            database |= name.p[0] == programs[k][0] && str_is(name, programs[k]);
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

static void keep_names(struct command_names *names, const struct shell_words *words)
{
    static const char *const setters[] = {"read",    "for",     "select", "local",
                                          "declare", "mapfile", NULL};
    for (int i = 0; i < words->count; i++)
        if (shell_is_assignment(words->at[i]))
            add_name(names, str_slice(words->at[i], 0, str_find_byte(words->at[i], '=', 0)));
    int first = words->count ? first_word(words) : 0;
    for (int i = 0; setters[i] && words->count; i++)
        for (int k = first + 1; k < words->count && words->at[first].p[0] == setters[i][0] &&
                                str_is(words->at[first], setters[i]);
             k++)
            if (!str_starts(words->at[k], "-"))
                add_name(names, words->at[k]);
}

static void judge_simple(const struct shell_words *words, struct str rest,
                         struct command_traits *traits)
{
    struct heads heads;
    int first = first_word(words);
    if (only_speaks(words->at[first]))
        return;
    find_heads(words, first, &heads);
    if (!traits->endless && never_ends(words, &heads, first))
        traits->endless = !is_ended(words, first, rest);
    if (traits->destroys.n == 0)
        traits->destroys = destroys(words, &heads, first);
}

static void judge_shell(struct str command, struct command_names *names,
                        struct command_traits *traits)
{
    struct str rest = command;
    struct shell_words words;
    while (shell_next(&rest, &words)) {
        keep_names(names, &words);
        judge_simple(&words, rest, traits);
        enum sql_effect effect = effect_of(&words);
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
