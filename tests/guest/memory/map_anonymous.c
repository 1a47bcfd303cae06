/* Anonymous memory: placement, splitting, protection, giving back. */
#include "../check.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAGE 4096UL

static long map(void *address, size_t length, int protection, int flags)
{
    void *result = mmap(address, length, protection, flags | MAP_ANONYMOUS, -1, 0);
    return result == MAP_FAILED ? -1 : (long)result;
}

static size_t lines_of_maps(uintptr_t start, uintptr_t end)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[512];
    size_t count = 0;
    while (maps != NULL && fgets(line, sizeof line, maps) != NULL)
    {
        uintptr_t from = strtoul(line, NULL, 16);
        count += from >= start && from < end;
    }

    if (maps != NULL)
    {
        fclose(maps);
    }

    return count;
}

int main(void)
{
    char *area = (char *)map(NULL, 16 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE);
    check("new memory is zero", area[0] == 0 && area[16 * PAGE - 1] == 0);
    memset(area, 0xaa, 16 * PAGE);

    check("a hint that is free is taken", map((void *)0x10000000000, PAGE, PROT_READ, MAP_PRIVATE) == 0x10000000000);
    check("a hint that is used is not", map((void *)0x10000000000, PAGE, PROT_READ, MAP_PRIVATE) != 0x10000000000);
    outcome("MAP_FIXED_NOREPLACE over something", map(area, PAGE, PROT_READ, MAP_PRIVATE | MAP_FIXED_NOREPLACE));
    check("MAP_FIXED replaces", map(area + PAGE, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED) == (long)(area + PAGE)
        && area[PAGE] == 0 && area[PAGE - 1] == (char)0xaa && area[2 * PAGE] == (char)0xaa);
    outcome("MAP_FIXED at an odd address", map(area + 1, PAGE, PROT_READ, MAP_PRIVATE | MAP_FIXED));
    outcome("MAP_FIXED in the kernel's half", map((void *)0xffff800000000000, PAGE, PROT_READ, MAP_PRIVATE | MAP_FIXED));
    outcome("MAP_FIXED at the end of user space", map((void *)0x7ffffffff000, PAGE, PROT_READ, MAP_PRIVATE | MAP_FIXED));
    outcome("MAP_FIXED that wraps", map((void *)0x7ffffffff000, ~0UL - 0x7ffffffff000, PROT_READ, MAP_PRIVATE | MAP_FIXED));

    size_t before = lines_of_maps((uintptr_t)area, (uintptr_t)area + 16 * PAGE);
    outcome("mprotect of pages in the middle", mprotect(area + 4 * PAGE, 2 * PAGE, PROT_READ));
    check("splits the mapping in three", lines_of_maps((uintptr_t)area + 1, (uintptr_t)area + 16 * PAGE) >= 2 && before >= 1);
    check("and they are still readable", area[4 * PAGE] == (char)0xaa);
    outcome("mprotect back", mprotect(area + 4 * PAGE, 2 * PAGE, PROT_READ | PROT_WRITE));
    area[4 * PAGE] = 1;
    outcome("mprotect over a hole", mprotect((void *)0x10000000000, 2 * PAGE, PROT_READ));
    outcome("mprotect at an odd address", mprotect(area + 1, PAGE, PROT_READ));
    outcome("mprotect with unknown bits", mprotect(area, PAGE, 0x4000));
    outcome("mprotect of nothing", mprotect(area, 0, PROT_READ));

    outcome("munmap in the middle", munmap(area + 8 * PAGE, PAGE));
    check("leaves both sides", area[8 * PAGE - 1] == (char)0xaa && area[9 * PAGE] == (char)0xaa);
    outcome("munmap of a hole", munmap(area + 8 * PAGE, PAGE));
    outcome("munmap of nothing", munmap(area, 0));
    outcome("munmap at an odd address", munmap(area + 1, PAGE));
    outcome("munmap beyond user space", munmap((void *)0x7ffffffff000, 2 * PAGE));

    outcome("madvise DONTNEED", madvise(area + 2 * PAGE, PAGE, MADV_DONTNEED));
    check("zeroes", area[2 * PAGE] == 0 && area[3 * PAGE] == (char)0xaa);
    outcome("madvise NORMAL", madvise(area, 4 * PAGE, MADV_NORMAL));
    outcome("madvise over a hole", madvise(area + 8 * PAGE, PAGE, MADV_NORMAL));
    outcome("madvise of an unknown kind", madvise(area, PAGE, 12345));

    unsigned char resident[4] = {0};
    char *fresh = (char *)map(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE);
    fresh[PAGE] = 1;
    check("mincore tells the touched page", mincore(fresh, 4 * PAGE, resident) == 0 && (resident[1] & 1) == 1);
    outcome("mincore of a hole", mincore(area + 8 * PAGE, PAGE, resident));

    char *shared = (char *)map(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED);
    strcpy(shared, "shared");
    check("shared anonymous memory", strcmp(shared, "shared") == 0 && shared[PAGE] == 0);

    /* Memory that is only reserved costs nothing: 256 GB more than there is. */
    char *huge = (char *)map(NULL, 256UL << 30, PROT_NONE, MAP_PRIVATE | MAP_NORESERVE);
    check("reserving 256 GB", huge != (char *)-1 && mprotect(huge + (128UL << 30), PAGE, PROT_READ | PROT_WRITE) == 0);
    huge[128UL << 30] = 1;
    outcome("munmap of it", munmap(huge, 256UL << 30));
    return finish();
}
