/* Prints its arguments, environment and working directory. Status: 0. */
#include <stdio.h>
#include <unistd.h>

extern char **environ;

int main(int argc, char **argv)
{
    char directory[4096];
    printf("%d arguments\n", argc);
    for (int i = 0; i < argc; i++)
    {
        printf("argument %d: \"%s\"\n", i, argv[i]);
    }

    for (char **variable = environ; *variable != NULL; variable++)
    {
        printf("environment: \"%s\"\n", *variable);
    }

    printf("directory: %s\n", getcwd(directory, sizeof directory));
    return argv[argc] == NULL ? 0 : 1;
}
