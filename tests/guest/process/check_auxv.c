/* What the auxiliary vector, the stack and /proc/self/maps must satisfy, whatever the addresses are. */
#include "../check.h"

#include <elf.h>
#include <link.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

extern char **environ;
extern const char __ehdr_start[] __attribute__((visibility("hidden")));
extern void _start(void);

/* An entry of the vector itself: glibc's getauxval answers some types with something of its own. */
static unsigned long entry(unsigned long type)
{
    char **end = environ;
    while (*end != NULL)
    {
        end++;
    }

    ElfW(auxv_t) *vector = (ElfW(auxv_t) *)(end + 1);
    while (vector->a_type != type && vector->a_type != AT_NULL)
    {
        vector++;
    }

    return vector->a_type == type ? vector->a_un.a_val : 0;
}

/* Finds the line of /proc/self/maps that holds an address; false where none does. */
static int find_mapping(uintptr_t address, char *permissions, char *path)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[512];
    int found = 0;
    while (maps != NULL && !found && fgets(line, sizeof line, maps) != NULL)
    {
        unsigned long start, end;
        path[0] = 0;
        found = sscanf(line, "%lx-%lx %4s %*s %*s %*s %255[^\n]", &start, &end, permissions, path) >= 3 && address >= start && address < end;
    }

    if (maps != NULL)
    {
        fclose(maps);
    }

    return found;
}

static int ends_with(const char *text, const char *tail)
{
    size_t length = strlen(text), tail_length = strlen(tail);
    return length >= tail_length && strcmp(text + length - tail_length, tail) == 0;
}

int main(int argc, char **argv)
{
    const ElfW(Ehdr) *header = (const ElfW(Ehdr) *)__ehdr_start;
    char permissions[8], path[256];
    int local = 0;

    check("AT_PHDR is the program's", entry(AT_PHDR) == (uintptr_t)header + header->e_phoff);
    check("AT_PHENT", entry(AT_PHENT) == sizeof(ElfW(Phdr)));
    check("AT_PHNUM is the program's", entry(AT_PHNUM) == header->e_phnum);
    check("AT_ENTRY is the program's", entry(AT_ENTRY) == (uintptr_t)_start);
    check("AT_PAGESZ", entry(AT_PAGESZ) == 4096);
    check("AT_FLAGS", entry(AT_FLAGS) == 0);
    check("AT_CLKTCK", entry(AT_CLKTCK) == 100);
    check("AT_UID, AT_EUID, AT_GID, AT_EGID",
        entry(AT_UID) == getuid() && entry(AT_EUID) == geteuid() && entry(AT_GID) == getgid() && entry(AT_EGID) == getegid());
    check("AT_SECURE", entry(AT_SECURE) == 0);
    check("AT_HWCAP has the floating-point unit", (entry(AT_HWCAP) & 1) != 0);
    check("AT_MINSIGSTKSZ", entry(51) >= 1024 || entry(51) == 0);
    check("AT_PLATFORM", strcmp((const char *)entry(AT_PLATFORM), "x86_64") == 0);
    check("AT_EXECFN is how it was called", strcmp((const char *)entry(AT_EXECFN), argv[0]) == 0);

    const unsigned char *random = (const unsigned char *)entry(AT_RANDOM);
    int different = 0;
    for (int i = 1; i < 16; i++)
    {
        different += random[i] != random[0];
    }

    check("AT_RANDOM varies", different > 8);

    uintptr_t base = entry(AT_BASE);
    check("AT_BASE is an ELF header", base % 4096 == 0 && memcmp((const void *)base, ELFMAG, SELFMAG) == 0);
    check("AT_BASE is mapped", find_mapping(base, permissions, path));
    check("AT_BASE is the interpreter", strstr(path, "ld-") != NULL || ends_with(path, "libc.so"));
    check("the program is mapped", find_mapping((uintptr_t)header, permissions, path) && ends_with(path, "check_auxv") + ends_with(path, "check_auxv_glibc") == 1);
    check("its header is not writable", permissions[1] == '-');
    check("its code is executable, not writable", find_mapping((uintptr_t)_start, permissions, path) && strcmp(permissions, "r-xp") == 0);
    check("its data is writable, not executable", find_mapping((uintptr_t)&s_failed, permissions, path) && strcmp(permissions, "rw-p") == 0);
    check("the stack is named", find_mapping((uintptr_t)&local, permissions, path) && strcmp(path, "[stack]") == 0 && strcmp(permissions, "rw-p") == 0);
    check("argv is on the stack", find_mapping((uintptr_t)argv[0], permissions, path) && strcmp(path, "[stack]") == 0);
    check("argv ends with NULL", argv[argc] == NULL && (char **)(argv + argc + 1) == environ);
    check("argc stands below argv at a multiple of 16", ((uintptr_t)(argv - 1) & 15) == 0);
    check("the page below the interpreter is not mapped", !find_mapping(0x1000, permissions, path));

    /* musl's sbrk refuses; the heap's page may also be there already. */
    uintptr_t end = (uintptr_t)syscall(SYS_brk, 0);
    check("the heap grows", (uintptr_t)syscall(SYS_brk, end + 4096) == end + 4096);
    check("the heap is named", find_mapping(end, permissions, path) && strcmp(path, "[heap]") == 0);
    check("the heap lies above the program", end > (uintptr_t)&s_failed);
    return finish();
}
