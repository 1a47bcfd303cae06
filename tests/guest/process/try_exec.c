/* try_exec FILE...: says what execve of each answers. One that succeeds ends the list. */
#include "../check.h"

#include <unistd.h>

extern char **environ;

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
    {
        char *arguments[] = {argv[i], NULL};
        fflush(stdout);
        outcome(argv[i], execve(argv[i], arguments, environ));
    }

    printf("still alive\n");
    return 0;
}
