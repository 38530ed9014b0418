/* ask_password.c - passwords from the terminal or standard input, hashed here; tokens made here. */
#include "main/ask_password.h"

#include "access/credentials.h"
#include "base/secret_value.h"
#include "os/file.h"
#include "os/random.h"

#include <sodium.h>
#include <stdio.h>
#include <termios.h>
#include <unistd.h>

enum { LINE_BYTES = PASSWORD_BYTES_MAX + 2, TOKEN_BYTES = 32, BROKEN_OFF = 3 };

/* One line of standard input, without its end; false when it was broken off. */
static bool read_line(struct secret_value *out_line)
{
    char line[LINE_BYTES];
    size_t n = 0;
    size_t got = 0;
    while (n < sizeof line && fd_fill(STDIN_FILENO, line + n, 1, &got) && got == 1 &&
           line[n] != '\n' && line[n] != BROKEN_OFF)
        n++;
    bool broken = n < sizeof line && got == 1 && line[n] == BROKEN_OFF;
    bool good = !broken && secret_value_set(out_line, (struct str){line, n});
    sodium_memzero(line, sizeof line);
    return good;
}

/* Without showing what is typed. Ctrl-C ends the line instead of us, so that the terminal is shown
 * again. */
static bool ask(const char *question, struct secret_value *out_line)
{
    struct termios shown;
    struct termios hidden;
    (void)fputs(question, stderr);
    (void)fflush(stderr);
    if (tcgetattr(STDIN_FILENO, &shown) != 0)
        return false;
    hidden = shown;
    hidden.c_lflag &= ~(tcflag_t)(ECHO | ISIG);
    hidden.c_cc[VEOL] = BROKEN_OFF;
    if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden) != 0)
        return false;
    bool good = read_line(out_line);
    (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
    (void)fputc('\n', stderr);
    return good;
}

static bool read_password(struct secret_value *out_password, struct err *err)
{
    SECRET_SCOPED again = {0};
    if (!isatty(STDIN_FILENO))
        return read_line(out_password) ||
               err_set(err, ERR_USAGE, "password", "Standard input gives no password.");
    if (!ask("Password: ", out_password) || !ask("The same again: ", &again))
        return err_set(err, ERR_USAGE, "password", "The terminal gives no password.");
    return secret_value_equal(out_password, &again) ||
           err_set(err, ERR_USAGE, "password", "The two are not the same; nothing was changed.");
}

static bool fill_hash(struct arena *arena, struct call *call, const struct argument *argument,
                      struct err *err)
{
    SECRET_SCOPED password = {0};
    char hash[crypto_pwhash_STRBYTES];
    struct str name = call_str(call, "name");
    if (name.n == 0)
        return true; /* what is missing is said without asking first */
    if (!read_password(&password, err) ||
        !password_check(name, secret_value_reveal(&password), err))
        return false;
    if (sodium_init() < 0 || crypto_pwhash_str_alg(hash, secret_value_reveal(&password).p,
                                                   password.n, crypto_pwhash_OPSLIMIT_INTERACTIVE,
                                                   crypto_pwhash_MEMLIMIT_INTERACTIVE,
                                                   crypto_pwhash_ALG_ARGON2ID13) != 0)
        return err_set(err, ERR_SELF, "password",
                       "There is not enough memory to hash a password (64 MB).");
    return call_set(call, str_of(argument->name), str_copy(arena, str_of(hash)), err);
}

static bool fill_digest(struct arena *arena, struct call *call, const struct argument *argument,
                        struct str *out_token, struct err *err)
{
    char digest[HASH_HEX_BYTES];
    struct str random = random_id(arena, TOKEN_BYTES);
    struct str token = str_printf(arena, "%s%.*s", API_TOKEN_PREFIX, STR_ARGS(random));
    secret_digest(token, digest);
    if (!call_set(call, str_of(argument->name), str_copy(arena, str_of(digest)), err))
        return false;
    *out_token = token;
    return true;
}

bool ask_secrets(struct arena *arena, struct call *call, struct str *out_token, struct err *err)
{
    for (size_t i = 0; i < ACTION_ARGUMENTS_MAX && call->action->arguments[i].name; i++) {
        const struct argument *argument = &call->action->arguments[i];
        if (call->given[i])
            continue;
        if (argument->type == ARGUMENT_PASSWORD && !fill_hash(arena, call, argument, err))
            return false;
        if (argument->type == ARGUMENT_DIGEST &&
            !fill_digest(arena, call, argument, out_token, err))
            return false;
    }
    return true;
}
