/* The C library's streams over a file. */
#include "../check.h"

#include <stdlib.h>
#include <unistd.h>

int main(void)
{
    char line[128], last[128] = "";
    int count = 0;
    FILE *file = fopen("/tmp/stdio-test", "w+");
    if (file == NULL)
    {
        perror("fopen");
        return 1;
    }

    for (int i = 0; i < 5000; i++)
    {
        fprintf(file, "line %d %.3f %s\n", i, i / 7.0, i % 2 == 0 ? "even" : "odd");
    }

    printf("%ld bytes\n", ftell(file));
    rewind(file);
    while (fgets(line, sizeof line, file) != NULL)
    {
        count++;
        strcpy(last, line);
    }

    printf("%d lines, the last: %s", count, last);
    fseek(file, 5, SEEK_SET);
    int number = -1;
    double third = -1;
    check("fscanf", fscanf(file, "%d %lf", &number, &third) == 2 && number == 0 && third == 0);
    check("ungetc", ungetc('x', file) == 'x' && fgetc(file) == 'x');
    fclose(file);

    file = fopen("/tmp/stdio-test", "a");
    fputs("appended\n", file);
    fclose(file);
    file = fopen("/tmp/stdio-test", "r");
    fseek(file, -9, SEEK_END);
    check("append", fgets(line, sizeof line, file) != NULL && strcmp(line, "appended\n") == 0);
    fclose(file);
    check("remove", remove("/tmp/stdio-test") == 0);
    outcome("fopen of nothing", fopen("/tmp/stdio-test", "r") == NULL ? -1 : 0);

    FILE *temporary = tmpfile();
    check("tmpfile", temporary != NULL && fputs("x", temporary) >= 0 && fflush(temporary) == 0);
    char name[] = "/tmp/stdio-XXXXXX";
    int descriptor = mkstemp(name);
    check("mkstemp", descriptor >= 0 && unlink(name) == 0);
    fputs("standard error is not buffered\n", stderr);
    printf("%s %5d|%-8s|%08.3f|%x|%lld|%c\n", "formats", 42, "left", 3.14159, 255, 1LL << 40, 'c');
    return finish();
}
