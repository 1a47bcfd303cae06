/* malloc under load: sizes from 1 byte to 1 MB in a random order (seeded), with each block's content watched. */
#include "../check.h"

#include <stdint.h>
#include <stdlib.h>

enum { SLOTS = 500, STEPS = 20000 };

static struct
{
    unsigned char *block;
    size_t size;
    unsigned char mark;
} s_slots[SLOTS];

static uint64_t s_state = 88172645463325252;

static uint64_t next(void)
{
    s_state ^= s_state << 13;
    s_state ^= s_state >> 7;
    return s_state ^= s_state << 17;
}

static int intact(int slot)
{
    size_t size = s_slots[slot].size;
    const unsigned char *block = s_slots[slot].block;
    return block == NULL || (block[0] == s_slots[slot].mark && block[size / 2] == s_slots[slot].mark && block[size - 1] == s_slots[slot].mark);
}

static void fill(int slot, size_t size)
{
    s_slots[slot].size = size;
    s_slots[slot].mark = (unsigned char)next();
    if (s_slots[slot].block != NULL)
    {
        s_slots[slot].block[0] = s_slots[slot].block[size / 2] = s_slots[slot].block[size - 1] = s_slots[slot].mark;
    }
}

int main(void)
{
    int good = 1, there = 1;
    size_t held = 0;
    for (int step = 0; step < STEPS; step++)
    {
        int slot = (int)(next() % SLOTS);
        good &= intact(slot);
        size_t size = 1 + next() % (1UL << (next() % 21));
        held -= s_slots[slot].block == NULL ? 0 : s_slots[slot].size;
        if (next() % 3 == 0 || held > 8 << 20)
        {
            free(s_slots[slot].block);
            s_slots[slot].block = NULL;
        }
        else
        {
            s_slots[slot].block = next() % 2 == 0 ? realloc(s_slots[slot].block, size) : (free(s_slots[slot].block), calloc(1, size));
            there &= s_slots[slot].block != NULL;
            held += size;
            fill(slot, size);
        }
    }

    check("every allocation succeeded", there);
    for (int slot = 0; slot < SLOTS; slot++)
    {
        good &= intact(slot);
        free(s_slots[slot].block);
    }

    check("every block kept what was written", good);
    void *volatile impossible = malloc((size_t)1 << 50);
    check("a petabyte is refused", impossible == NULL);
    void *aligned = NULL;
    check("aligned memory", posix_memalign(&aligned, 65536, 100) == 0 && (uintptr_t)aligned % 65536 == 0);
    free(aligned);
    return finish();
}
