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

    int first = count(1), second = count(2);
    printf("%s %d %d\n", say(), first, second);
    printf("no such symbol: %s\n", dlsym(library, "greeting_that_is_not_there") == NULL ? "missing, as it should be" : "found");
    printf("a second opening is the same library: %s\n", dlopen(argv[1], RTLD_NOW) == library ? "yes" : "no");
    first = dlclose(library);
    printf("closed once: %d\n", first);
    second = dlclose(library);
    printf("closed twice: %d\n", second);
    return 0;
}
