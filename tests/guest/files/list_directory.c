/* list_directory PATH: the names in a directory, sorted, with their kinds; twice, the second time after a rewind. */
#include "../check.h"

#include <dirent.h>
#include <stdlib.h>

static int by_name(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

int main(int argc, char **argv)
{
    DIR *directory = opendir(argc > 1 ? argv[1] : ".");
    if (directory == NULL)
    {
        perror("opendir");
        return 1;
    }

    char *names[1024];
    int count = 0, again = 0;
    for (struct dirent *entry; count < 1024 && (entry = readdir(directory)) != NULL; count++)
    {
        size_t size = strlen(entry->d_name) + 32;
        names[count] = malloc(size);
        snprintf(names[count], size, "%s (kind %d)", entry->d_name, entry->d_type);
    }

    rewinddir(directory);
    while (readdir(directory) != NULL)
    {
        again++;
    }

    qsort(names, (size_t)count, sizeof names[0], by_name);
    for (int i = 0; i < count; i++)
    {
        puts(names[i]);
    }

    check("the same number after a rewind", again == count);
    closedir(directory);
    return finish();
}
