/* For LD_PRELOAD: answers greeting() before any library does. */
const char *greeting(void)
{
    return "preloaded";
}
