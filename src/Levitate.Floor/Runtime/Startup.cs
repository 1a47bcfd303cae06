using System.Runtime;

namespace Levitate.Floor.Runtime;

internal static unsafe class Startup
{
    [RuntimeExport("atexit")]
    public static int AtExit(void* function) => 0;

    [RuntimeExport("levitate_missing_symbol")]
    public static void MissingSymbol(byte* name)
    {
        while (true)
        {
        }
    }
}
