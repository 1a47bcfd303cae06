/* mremap: growing, shrinking, moving; and brk. */
#include "../check.h"

#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAGE 4096UL

static char *map(size_t pages)
{
    char *result = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (size_t i = 0; result != MAP_FAILED && i < pages; i++)
    {
        result[i * PAGE] = (char)('a' + i);
    }

    return result;
}

static int shows(const char *area, const char *letters)
{
    for (size_t i = 0; letters[i] != 0; i++)
    {
        if (area[i * PAGE] != (letters[i] == '0' ? 0 : letters[i]))
        {
            return 0;
        }
    }

    return 1;
}

int main(void)
{
    char *area = map(8);
    check("shrinking stays", mremap(area, 8 * PAGE, 6 * PAGE, 0) == area && shows(area, "abcdef"));
    check("the same size stays", mremap(area, 6 * PAGE, 6 * PAGE, 0) == area);
    check("growing into free space stays", mremap(area, 6 * PAGE, 7 * PAGE, 0) == area && shows(area, "abcdef0"));

    char *blocked = map(4);
    mmap(blocked + 2 * PAGE, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    outcome("growing into something without MAYMOVE", (long)mremap(blocked, 2 * PAGE, 3 * PAGE, 0) == -1 ? -1 : 0);
    char *moved = mremap(blocked, 2 * PAGE, 5 * PAGE, MREMAP_MAYMOVE);
    check("with MAYMOVE it moves", moved != MAP_FAILED && moved != blocked && shows(moved, "ab000"));
    unsigned char resident;
    check("and is gone from where it was", mincore(blocked, PAGE, &resident) == -1 && errno == ENOMEM);

    char *target = map(5);
    check("MREMAP_FIXED takes the place", mremap(moved, 5 * PAGE, 5 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, target) == target && shows(target, "ab000"));
    outcome("MREMAP_FIXED without MAYMOVE", (long)mremap(target, PAGE, PAGE, MREMAP_FIXED, area) == -1 ? -1 : 0);
    outcome("MREMAP_FIXED onto itself", (long)mremap(target, 3 * PAGE, 3 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, target + PAGE) == -1 ? -1 : 0);
    outcome("an odd address", (long)mremap(target + 1, PAGE, 2 * PAGE, MREMAP_MAYMOVE) == -1 ? -1 : 0);
    outcome("a new size of zero", (long)mremap(target, PAGE, 0, MREMAP_MAYMOVE) == -1 ? -1 : 0);
    outcome("what is not mapped", (long)mremap((void *)0x10000, PAGE, 2 * PAGE, MREMAP_MAYMOVE) == -1 ? -1 : 0);
    outcome("unknown flags", (long)mremap(target, PAGE, PAGE, 0x100) == -1 ? -1 : 0);
    outcome("a size beyond all memory", (long)mremap(target, PAGE, 1UL << 46, MREMAP_MAYMOVE) == -1 ? -1 : 0);

    char *pieces = map(6);
    check("a piece out of the middle moves", (moved = mremap(pieces + 2 * PAGE, 2 * PAGE, 4 * PAGE, MREMAP_MAYMOVE)) != MAP_FAILED
        && shows(moved, "cd00") && shows(pieces, "ab") && shows(pieces + 4 * PAGE, "ef"));

    char *shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    outcome("a second mapping of a page in its own place", (long)mremap(shared, 0, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, shared) == -1 ? -1 : 0);
    shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    shared[0] = 's';
    char *second = mremap(shared, 0, PAGE, MREMAP_MAYMOVE);
    check("and elsewhere", second != MAP_FAILED && second != shared && second[0] == 's' && shared[0] == 's');

    uintptr_t end = (uintptr_t)syscall(SYS_brk, 0);
    check("brk grows", (uintptr_t)syscall(SYS_brk, end + 100000) == end + 100000);
    char *heap = (char *)end;
    check("with zeroes", heap[0] == 0 && heap[99999] == 0);
    memset(heap, 1, 100000);
    check("brk shrinks", (uintptr_t)syscall(SYS_brk, end) == end);
    check("and grows with zeroes again", (uintptr_t)syscall(SYS_brk, end + 100000) == end + 100000 && heap[50000] == 0);
    check("brk below the program stays", (uintptr_t)syscall(SYS_brk, 4096) == end + 100000);
    check("brk into the kernel's half stays", (uintptr_t)syscall(SYS_brk, 0xffff800000000000) == end + 100000);
    return finish();
}
