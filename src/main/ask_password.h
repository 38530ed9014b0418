/* ask_password.h - what the command line asks for, or makes, so that no secret is typed as an
 * argument: passwords (only their hash is handed on) and API tokens (only their digest is). */
#ifndef MAIN_ASK_PASSWORD_H
#define MAIN_ASK_PASSWORD_H

#include "action/action.h"

/* Fills the arguments of type ARGUMENT_PASSWORD and ARGUMENT_DIGEST that were not given.
 * *out_token: the token that was made, or "". */
MUST_USE bool ask_secrets(struct arena *arena, struct call *call, struct str *out_token,
                          struct err *err);

#endif
