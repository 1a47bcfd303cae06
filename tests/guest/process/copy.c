/* copy [SIZE]: standard input to standard output in pieces of SIZE bytes (default 65536), and the count to standard error. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    size_t size = argc > 1 ? (size_t)atol(argv[1]) : 65536;
    char *buffer = malloc(size);
    unsigned long total = 0;
    ssize_t count;
    while (buffer != NULL && (count = read(STDIN_FILENO, buffer, size)) > 0)
    {
        for (ssize_t written = 0; written < count;)
        {
            ssize_t part = write(STDOUT_FILENO, buffer + written, (size_t)(count - written));
            if (part < 0)
            {
                perror("write");
                return 1;
            }

            written += part;
        }

        total += (unsigned long)count;
    }

    fprintf(stderr, "%lu bytes\n", total);
    return 0;
}
