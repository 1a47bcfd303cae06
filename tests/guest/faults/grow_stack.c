/* The stack grows on demand: 7 MB of the usual 8, by deep frames and by one big array. */
#include "../check.h"

#include <stdint.h>
#include <sys/resource.h>

static int descend(int depth)
{
    volatile char frame[1024];
    memset((char *)frame, depth & 0x7f, sizeof frame);
    return depth == 0 ? frame[0] : descend(depth - 1) + (frame[512] == (depth & 0x7f) ? 0 : 1);
}

static int touch_far(void)
{
    volatile char area[4 << 20];
    area[0] = 1;
    area[sizeof area - 1] = 2;
    return area[0] + area[sizeof area - 1];
}

int main(void)
{
    check("4,000 frames of a kilobyte", descend(4000) == 0);
    check("one frame of 4 MB", touch_far() == 3);
    return finish();
}
