/* page_login.c - the pages on which somebody says who they are: logging in, the first
 * administrator, one's own account; and the field that every form of a session carries. */
#include "face/page_internal.h"

static const char field[] = "<input type=\"hidden\" name=\"csrf\" value=\"";
static const char meta[] = "<meta name=\"csrf\" content=\"";

void csrf_write(struct text *text)
{
    text_printf(text, "%s\">", field);
}

void csrf_meta_write(struct text *text)
{
    text_printf(text, "%s\">", meta);
}

/* Puts value behind each place of html, which ends where an empty attribute begins. */
static struct str fill(struct arena *arena, struct str html, const char *place, struct str value)
{
    struct text text;
    size_t length = strlen(place);
    size_t at = 0;
    text_init(&text, arena, 2 * html.n + 1024);
    text_reserve(&text, html.n + 1024);
    for (;;) {
        size_t found = str_find(html, place, at);
        size_t end = found < html.n ? found + length : html.n;
        text_add(&text, str_slice(html, at, end));
        if (found == html.n)
            break;
        text_html(&text, value);
        at = end;
    }
    return text_full(&text) ? html : text_str(&text);
}

struct str page_fill_csrf(struct arena *arena, struct str html, struct str csrf)
{
    return fill(arena, fill(arena, html, field, csrf), meta, csrf);
}

static void sentence_write(struct text *text, const char *class, struct str sentence)
{
    if (sentence.n == 0)
        return;
    text_printf(text, "<p class=\"%s\">", class);
    text_html(text, sentence);
    text_adds(text, "</p>");
}

/* purpose: "current-password" or "new-password", as password managers know it. */
static void password_write(struct text *text, const char *name, const char *label,
                           const char *purpose)
{
    text_printf(text,
                "<label for=\"%s\">%s</label><input id=\"%s\" name=\"%s\" type=\"password\" "
                "required maxlength=\"1024\" autocomplete=\"%s\">",
                name, label, name, name, purpose);
}

static void name_write(struct text *text)
{
    text_adds(text, "<label for=\"name\">Name</label><input id=\"name\" name=\"name\" required "
                    "maxlength=\"32\" autocomplete=\"username\" autocapitalize=\"none\" "
                    "spellcheck=\"false\" autofocus>");
}

/* Without what a session's forms have: there is none yet. */
static void way_write(struct text *text, struct str back)
{
    text_adds(text, "<input type=\"hidden\" name=\"back\" value=\"");
    text_html(text, back);
    text_adds(text, "\">");
}

void page_login_write(struct text *text, const struct login_page *page)
{
    card_open(text, STR("Who is there?"));
    sentence_write(text, "warn", page->problem);
    sentence_write(text, "note", page->note);
    if (page->takes_password) {
        text_adds(text, "<form method=\"post\" action=\"/login\">");
        way_write(text, page->back);
        name_write(text);
        password_write(text, "password", "Password", "current-password");
        text_adds(text, "<button class=\"main\">Log in</button></form>");
    }
    if (page->takes_token) {
        text_adds(text, "<p>Reeve printed an address with a token when it first started. "
                        "<code>reeve token new</code> prints a new one.</p>"
                        "<form method=\"post\" action=\"/login\">");
        way_write(text, page->back);
        password_write(text, "token", "Token", "off");
        text_printf(text, "<button%s>Open</button></form>",
                    page->takes_password ? "" : " class=\"main\"");
    }
    card_close(text);
}

void page_first_write(struct text *text, const struct first_page *page)
{
    card_open(text, page->is_way_back ? STR("The way back in") : STR("The first administrator"));
    sentence_write(text, "warn", page->problem);
    text_adds(text, page->is_way_back
                        ? "<p>This token makes one administrator, or gives one a new password. "
                          "Whoever you name here is logged in with it.</p>"
                        : "<p>Nobody can log in yet. Give a name and a password for the one who "
                          "makes the accounts of the others.</p>");
    text_adds(text, "<form method=\"post\" action=\"/first\"><input type=\"hidden\" name=\"token\" "
                    "value=\"");
    text_html(text, page->token);
    text_adds(text, "\">");
    name_write(text);
    password_write(text, "password", "Password, at least 12 characters", "new-password");
    password_write(text, "again", "The same again", "new-password");
    text_adds(text, "<button class=\"main\">Make the administrator</button></form>");
    card_close(text);
}

void page_account_write(struct text *text, const struct account_page *page)
{
    card_open(text, page->name.n ? page->name : STR("The page's token"));
    sentence_write(text, "warn", page->problem);
    text_adds(text, "<p>");
    if (page->name.n) {
        text_adds(text, "You are logged in with the role <strong>");
        text_html(text, page->role);
        text_adds(text, "</strong>.");
    } else {
        text_adds(text, "This page was opened with the token, without a name.");
    }
    text_adds(text, "</p><form method=\"post\" action=\"/logout\">");
    csrf_write(text);
    text_adds(text, "<button class=\"main\">Log out</button></form>");
    if (page->name.n) {
        text_adds(text, "<h2>Another password</h2><p>You log in with it afterwards, everywhere.</p>"
                        "<form method=\"post\" action=\"/account/password\">");
        csrf_write(text);
        password_write(text, "old", "The password until now", "current-password");
        password_write(text, "password", "The new one, at least 12 characters", "new-password");
        password_write(text, "again", "The same again", "new-password");
        text_adds(text, "<button>Change it</button></form>");
    }
    text_adds(text, "<p><a href=\"/\">Open the runbook</a></p>");
    card_close(text);
}
