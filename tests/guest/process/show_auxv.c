/* Prints the whole auxiliary vector, with its values, and /proc/self/maps. What they must satisfy: check_auxv. */
#include <elf.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

static const struct
{
    unsigned long type;
    const char *name;
} s_names[] = {
    {AT_PHDR, "AT_PHDR"}, {AT_PHENT, "AT_PHENT"}, {AT_PHNUM, "AT_PHNUM"}, {AT_PAGESZ, "AT_PAGESZ"}, {AT_BASE, "AT_BASE"},
    {AT_FLAGS, "AT_FLAGS"}, {AT_ENTRY, "AT_ENTRY"}, {AT_UID, "AT_UID"}, {AT_EUID, "AT_EUID"}, {AT_GID, "AT_GID"},
    {AT_EGID, "AT_EGID"}, {AT_PLATFORM, "AT_PLATFORM"}, {AT_HWCAP, "AT_HWCAP"}, {AT_CLKTCK, "AT_CLKTCK"},
    {AT_SECURE, "AT_SECURE"}, {AT_RANDOM, "AT_RANDOM"}, {AT_HWCAP2, "AT_HWCAP2"}, {AT_EXECFN, "AT_EXECFN"},
    {AT_SYSINFO_EHDR, "AT_SYSINFO_EHDR"}, {51, "AT_MINSIGSTKSZ"}, {27, "AT_RSEQ_FEATURE_SIZE"}, {28, "AT_RSEQ_ALIGN"},
};

static const char *name_of(unsigned long type)
{
    for (size_t i = 0; i < sizeof s_names / sizeof s_names[0]; i++)
    {
        if (s_names[i].type == type)
        {
            return s_names[i].name;
        }
    }

    return "(unknown)";
}

int main(void)
{
    char **end = environ;
    while (*end != NULL)
    {
        end++;
    }

    for (ElfW(auxv_t) *entry = (ElfW(auxv_t) *)(end + 1); entry->a_type != AT_NULL; entry++)
    {
        const char *name = name_of(entry->a_type);
        if (entry->a_type == AT_PLATFORM || entry->a_type == AT_EXECFN)
        {
            printf("%-16s %s\n", name, (const char *)entry->a_un.a_val);
        }
        else
        {
            printf("%-16s 0x%lx\n", name, (unsigned long)entry->a_un.a_val);
        }
    }

    FILE *maps = fopen("/proc/self/maps", "r");
    if (maps == NULL)
    {
        perror("/proc/self/maps");
        return 1;
    }

    char line[512];
    while (fgets(line, sizeof line, maps) != NULL)
    {
        fputs(line, stdout);
    }

    return fclose(maps);
}
