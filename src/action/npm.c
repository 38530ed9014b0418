/* npm.c - options that npm kept for itself: "npm run db:rollback --target=7" begins us without it.
 *
 * npm takes every option before "--" as its own and only leaves it in the environment of what it
 * starts: npm_config_target=7, "true" for one without "=". There it also tells its own settings, so
 * that only names are looked for that the action has. */
#include "action/action.h"

enum { NAME_BYTES_MAX = 80, LINE_BYTES_MAX = 500, SHOWN_BYTES = 80 };

/* What npm tells to each script, whoever typed what. */
static bool is_npms_own(const char *name)
{
    static const char *const own[] = {"user-agent",  "prefix",   "cache",        "globalconfig",
                                      "userconfig",  "noproxy",  "local-prefix", "global-prefix",
                                      "npm-version", "node-gyp", "init-module",  "nodedir"};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (strcmp(name, own[i]) == 0)
            return true;
    return false;
}

/* Is it this action that the script is named after: "db:ping", or what "run" is to run? */
static bool is_script_of(const struct call *call, struct str script)
{
    const struct argument *first = &call->action->arguments[0];
    if (str_is(script, call->action->name))
        return true;
    return first->name && !first->is_option && first->type == ARGUMENT_TEXT && call->given[0] &&
           str_equal(call->values[0], script);
}

/* What npm has kept under that name; NULL: nothing. */
static const char *find_kept(const char *name, variable_find *find)
{
    char variable[NAME_BYTES_MAX] = "npm_config_";
    size_t n = strlen(variable);
    for (const char *c = name; *c && n + 1 < sizeof variable; c++)
        variable[n++] = *c;
    for (size_t i = 0; i < n; i++)
        variable[i] = (char)(variable[i] == '-' ? '_' : variable[i]);
    variable[n] = '\0';
    const char *value = is_npms_own(name) ? NULL : find(variable);
    return value && value[0] && strcmp(value, "false") != 0 ? value : NULL;
}

/* "--target=7"; what may be a secret, or came without a value, as "--target=TARGET". */
static void add_option(struct text *line, const struct argument *argument, struct str value)
{
    bool secret = argument->type == ARGUMENT_PASSWORD || argument->type == ARGUMENT_DIGEST;
    bool whole = !str_is(value, "true") && str_find_byte(value, '\n', 0) == value.n && !secret &&
                 value.n <= SHOWN_BYTES;
    text_printf(line, " --%s", argument->name);
    if (argument->type == ARGUMENT_FLAG)
        return;
    text_byte(line, '=');
    if (argument->type == ARGUMENT_PAIRS && !whole) {
        text_adds(line, "NAME=VALUE");
    } else if (!whole) {
        for (const char *c = argument->name; *c; c++)
            text_byte(line, (char)(*c >= 'a' && *c <= 'z' ? *c - 32 : *c));
    } else if (str_find_byte(value, ' ', 0) < value.n) {
        text_printf(line, "\"%.*s\"", STR_ARGS(value));
    } else {
        text_add(line, value);
    }
}

bool call_check_npm(const struct call *call, const struct call_common *common, variable_find *find,
                    struct err *err)
{
    static const struct argument json = {.name = "json", .type = ARGUMENT_FLAG};
    static const struct argument config = {.name = "config", .type = ARGUMENT_PATH};
    struct arena arena;
    struct text line;
    const char *script = find("npm_lifecycle_event");
    if (!script || !is_script_of(call, str_of(script)))
        return true;
    arena_init(&arena);
    text_init(&line, &arena, LINE_BYTES_MAX);
    for (size_t i = 0; i < ACTION_ARGUMENTS_MAX && call->action->arguments[i].name; i++) {
        const struct argument *argument = &call->action->arguments[i];
        const char *kept =
            argument->is_option && !call->given[i] ? find_kept(argument->name, find) : NULL;
        if (kept)
            add_option(&line, argument, str_of(kept));
    }
    if (!common->json && find_kept(json.name, find))
        add_option(&line, &json, STR("true"));
    if (!common->config && find_kept(config.name, find))
        add_option(&line, &config, str_of(find_kept(config.name, find)));
    bool good = line.n == 0 ||
                err_set(err, ERR_USAGE, call->action->name,
                        "npm has kept%.*s for itself, and nothing was done. Options of a script "
                        "stand behind two dashes: npm run %.100s --%.*s",
                        STR_ARGS(text_str(&line)), script, STR_ARGS(text_str(&line)));
    arena_done(&arena);
    return good;
}

/* The names of npm's own settings (npm 6 to 11) and of node-gyp's, which .npmrc may hold. */
static bool is_npms_setting(struct str name)
{
    static const char settings[] =
        " access all allow-directory allow-file allow-git allow-remote allow-same-version "
        "allow-scripts allow-scripts-pending allow-scripts-pin also always-auth arch argv "
        "audit audit-level auth-type before bin-links browser build-from-source bypass-2fa "
        "ca cache cache-lock-retries cache-lock-stale cache-lock-wait cache-max cache-min "
        "cafile call cert cidr color commit-hooks cpu dangerously-allow-all-scripts depth "
        "description dev devdir diff diff-dst-prefix diff-ignore-all-space diff-name-only "
        "diff-no-prefix diff-src-prefix diff-text diff-unified dist-url disturl dry-run "
        "editor engine-strict expect-result-count expect-results expires fetch-retries "
        "fetch-retry-factor fetch-retry-maxtimeout fetch-retry-mintimeout fetch-timeout "
        "force foreground-scripts format-package-lock fund git git-tag-version global "
        "global-prefix global-style globalconfig ham-it-up heading https-proxy if-present "
        "ignore-scripts include include-attestations include-staged include-workspace-root "
        "init-author-email init-author-name init-author-url init-license init-module "
        "init-private init-type init-version init.author.email init.author.name "
        "init.author.url init.license init.module init.version install-links "
        "install-strategy json key legacy-bundling legacy-peer-deps libc link local-address "
        "local-prefix location lockfile-version loglevel logs-dir logs-max long maxsockets "
        "message metrics-registry min-release-age min-release-age-exclude msvs-version name "
        "node-gyp node-options nodedir noproxy npm-version offline omit "
        "omit-lockfile-registry-resolved onload-script only optional orgs orgs-permission os "
        "otp pack-destination package package-lock package-lock-only packages packages-all "
        "packages-and-scopes-permission parseable password prefer-dedupe prefer-offline "
        "prefer-online prefix preid production progress provenance provenance-file proxy "
        "prune python read-only rebuild-bundle registry replace-registry-host rollback "
        "runtime sass-binary-site save save-bundle save-dev save-exact save-optional "
        "save-peer save-prefix save-prod sbom-format sbom-type scope scopes script-shell "
        "searchexclude searchlimit searchopts searchstaleness send-metrics shell shrinkwrap "
        "sign-git-commit sign-git-tag sso-poll-frequency sso-type strict-allow-scripts "
        "strict-peer-deps strict-ssl tag tag-version-prefix timing tmp token-description "
        "umask unicode update-binary update-notifier usage user-agent userconfig version "
        "versions viewer which workspace workspaces workspaces-update yes ";
    char word[NAME_BYTES_MAX + 3];
    if (name.n == 0 || name.n > NAME_BYTES_MAX || name.p[0] == '-' ||
        str_find_byte(name, '/', 0) < name.n || str_find_byte(name, ':', 0) < name.n)
        return true; /* a registry's own, and none of ours */
    word[0] = ' ';
    for (size_t i = 0; i < name.n; i++)
        word[i + 1] = (char)(name.p[i] == '_' ? '-' : name.p[i]);
    word[name.n + 1] = ' ';
    word[name.n + 2] = '\0';
    return strstr(settings, word) != NULL;
}

bool call_check_npm_rest(const struct call *call, const char *script,
                         const char *const *environment, struct err *err)
{
    static const char prefix[] = "npm_config_";
    if (!script || call->action->effect != EFFECT_RECORD)
        return true;
    for (; *environment; environment++) {
        struct str one = str_of(*environment);
        if (!str_starts(one, prefix))
            continue;
        one = str_from(one, strlen(prefix));
        struct str name = str_slice(one, 0, str_find_byte(one, '=', 0));
        if (name.n == one.n || is_npms_setting(name))
            continue;
        return err_set(err, ERR_USAGE, call->action->name,
                       "npm has kept --%.*s for itself (or .npmrc sets it), and nothing was done. "
                       "Options of a script stand behind two dashes: npm run %.100s -- --%.*s",
                       STR_ARGS(str_cut(name, SHOWN_BYTES)), script,
                       STR_ARGS(str_cut(name, SHOWN_BYTES)));
    }
    return true;
}
