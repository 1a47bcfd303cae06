using System.Runtime;

namespace Levitate.Floor.Runtime;

internal static unsafe class CStrings
{
    [RuntimeExport("strlen")]
    public static nuint Length(byte* text)
    {
        nuint length = 0;
        while (text[length] != 0)
        {
            length++;
        }

        return length;
    }
}
