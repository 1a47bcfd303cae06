/* dlopen, dlsym, dlerror and dlclose: open_library FILE. The library has thread-local storage of its own. */
#include <dlfcn.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    if (argc != 2)
    {
        fprintf(stderr, "usage: open_library FILE\n");
        return 2;
    }

    void *library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
    if (library == NULL)
    {
        printf("cannot open %s\n", argv[1]);
        return 1;
    }

    const char *(*say)(void) = (const char *(*)(void))dlsym(library, "greeting");
    int (*count)(int) = (int (*)(int))dlsym(library, "greeting_count");
    if (say == NULL || count == NULL)
    {
        printf("a symbol is missing\n");
        return 1;
    }

    printf("%s %d %d\n", say(), count(1), count(2));
    printf("no such symbol: %s\n", dlsym(library, "greeting_that_is_not_there") == NULL ? "missing, as it should be" : "found");
    printf("a second opening is the same library: %s\n", dlopen(argv[1], RTLD_NOW) == library ? "yes" : "no");
    printf("closed: %d %d\n", dlclose(library), dlclose(library));
    return 0;
}
