/* Writes lines by turns to standard output and to standard error, and says what stands behind the three descriptors. */
#include <stdio.h>
#include <unistd.h>

int main(void)
{
    for (int i = 0; i < 100; i++)
    {
        dprintf(i % 2 == 0 ? STDOUT_FILENO : STDERR_FILENO, "%s line %d\n", i % 2 == 0 ? "output" : "error", i);
    }

    printf("terminals: %d %d %d\n", isatty(0), isatty(1), isatty(2));
    static const unsigned char every_byte[] = {0, 1, 2, 3, 4, 9, 10, 13, 17, 19, 26, 27, 28, 127, 128, 192, 254, 255};
    fwrite(every_byte, 1, sizeof every_byte, stdout);
    fwrite(every_byte, 1, sizeof every_byte, stderr);
    return 0;
}
