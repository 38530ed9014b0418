/* driver.c - runs a fuzz target over each file of a folder as a TAP test: one "ok" for each file,
 * in order of name. A finding ends the process, which the test runner reports. */
#include "fuzz.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_BYTES_MAX = 8 * 1024 * 1024 };

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* False when the file cannot be read whole. */
static bool run_file(const char *folder, const char *name)
{
    char path[1024];
    if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path)
        return false;
    FILE *file = fopen(path, "rb");
    if (!file)
        return false;
    uint8_t *data = malloc(FILE_BYTES_MAX);
    size_t size = data ? fread(data, 1, FILE_BYTES_MAX, file) : 0;
    bool whole = data && feof(file) && !ferror(file);
    /* A copy of the exact size lets the address sanitizer see a read behind the end. */
    uint8_t *exact = whole ? malloc(size ? size : 1) : NULL;
    if (exact) {
        memcpy(exact, data, size);
        (void)LLVMFuzzerTestOneInput(exact, size);
    }
    free(exact);
    free(data);
    (void)fclose(file);
    return whole;
}

int main(int argc, char **argv)
{
    struct dirent **names = NULL;
    int failed = 0;
    int count = argc == 2 ? scandir(argv[1], &names, is_visible, alphasort) : -1;
    if (count <= 0) {
        (void)fprintf(stderr, "Give one folder that holds the corpus.\n");
        return 2;
    }
    printf("TAP version 13\n1..%d\n", count);
    for (int i = 0; i < count; i++) {
        (void)fflush(stdout);
        bool read = run_file(argv[1], names[i]->d_name);
        printf("%s %d - %s\n", read ? "ok" : "not ok", i + 1, names[i]->d_name);
        failed += !read;
        free(names[i]);
    }
    free(names);
    return failed > 0;
}
