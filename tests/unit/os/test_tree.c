/* test_tree.c - walking folders: order, what is passed over, and never a loop. */
#include "harness/test.h"

#include "base/limits.h"
#include "base/text.h"
#include "os/tree.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

struct seen {
    struct str folder;
    struct text text;
    int left; /* files until the visitor has enough */
};

static bool wants(struct str name, bool is_folder)
{
    return is_folder ? !str_starts(name, ".") : str_ends(name, ".md");
}

static bool see(void *context, struct str path)
{
    struct seen *seen = context;
    text_printf(&seen->text, "%.*s\n", STR_ARGS(str_from(path, seen->folder.n)));
    return --seen->left > 0;
}

static void pass_over(void *context, struct str path, const char *sentence)
{
    struct seen *seen = context;
    text_printf(&seen->text, "%.*s: %s\n", STR_ARGS(str_from(path, seen->folder.n)), sentence);
}

static struct str walk(struct arena *arena, struct str folder, int left)
{
    struct seen seen = {.folder = folder, .left = left};
    struct tree_visitor visitor = {&seen, wants, see, pass_over};
    text_init(&seen.text, arena, 64 * 1024);
    CHECK(tree_walk(folder, &visitor) == (seen.left > 0));
    return text_str(&seen.text);
}

static void make_file(struct arena *arena, struct str folder, const char *name)
{
    FILE *file = fopen(str_printf(arena, "%.*s/%s", STR_ARGS(folder), name).p, "w");
    CHECK(file != NULL);
    CHECK(fclose(file) == 0);
}

static struct str make_folder(struct arena *arena, struct str folder, const char *name)
{
    struct str path = str_printf(arena, "%.*s/%s", STR_ARGS(folder), name);
    CHECK(mkdir(path.p, 0700) == 0);
    return path;
}

TEST(files_come_in_the_order_of_their_names)
{
    struct str top = test_folder(arena);
    make_file(arena, top, "z.md");
    make_file(arena, make_folder(arena, top, "m"), "a.md");
    make_file(arena, make_folder(arena, top, ".git"), "a.md");
    make_file(arena, top, "B.md");
    make_file(arena, top, "a.txt");
    make_file(arena, top, "a.md");
    CHECK(mkfifo(str_printf(arena, "%.*s/pipe.md", STR_ARGS(top)).p, 0600) == 0);
    CHECK_STR(walk(arena, top, 9), "/B.md\n/a.md\n/m/a.md\n/z.md\n");
    CHECK_STR(walk(arena, top, 2), "/B.md\n/a.md\n");
}

TEST(links_to_folders_are_said_and_not_followed)
{
    struct str top = test_folder(arena);
    struct str inner = make_folder(arena, top, "inner");
    make_file(arena, inner, "a.md");
    CHECK(symlink("..", str_printf(arena, "%.*s/loop", STR_ARGS(inner)).p) == 0);
    CHECK(symlink("inner/a.md", str_printf(arena, "%.*s/link.md", STR_ARGS(top)).p) == 0);
    CHECK(symlink("self.md", str_printf(arena, "%.*s/self.md", STR_ARGS(top)).p) == 0);
    CHECK_STR(walk(arena, top, 9),
              "/inner/a.md\n"
              "/inner/loop: This symbolic link to a folder is not followed; name the folder "
              "itself.\n"
              "/link.md\n/self.md\n");
}

TEST(a_tree_that_is_too_deep_is_said)
{
    struct str top = test_folder(arena);
    struct str folder = top;
    for (int i = 1; i < LIMIT_TREE_DEPTH; i++)
        folder = make_folder(arena, folder, "d");
    make_file(arena, folder, "last.md");
    make_file(arena, make_folder(arena, folder, "more"), "beyond.md");
    struct str said = walk(arena, top, 9);
    CHECK(str_find(said, "/last.md\n", 0) < said.n);
    CHECK(str_find(said, "/more: This folder lies too deep", 0) < said.n);
    CHECK(str_find(said, "beyond.md", 0) == said.n);
}

TEST(a_folder_that_is_not_there_is_said)
{
    struct str top = test_folder(arena);
    struct str gone = str_printf(arena, "%.*s/gone", STR_ARGS(top));
    CHECK_STR(walk(arena, gone, 9), ": This folder cannot be read.\n");
}
