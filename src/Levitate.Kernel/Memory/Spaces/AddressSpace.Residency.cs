using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.Memory;

// What of an address space is present, and whose it is.
public sealed partial class AddressSpace
{
    /// <summary>
    /// How many present pages are a file's own, or of memory that is shared, and not copies (Linux: MM_FILEPAGES and
    /// MM_SHMEMPAGES). Looks at every page of such files that is in memory, a mapping at a time: for procfs.
    /// </summary>
    internal long CountFilePages()
    {
        long count = 0;
        for (ulong address = 0; ;)
        {
            using (_lock.Enter())
            {
                int next = _mappings.FirstEndingAfter(address);
                if (next == _mappings.Count)
                {
                    return count;
                }

                MemoryMapping mapping = _mappings[next];
                address = mapping.End;
                count += mapping.Cache?.CountPresent(mapping, _pageTable) ?? 0;
            }
        }
    }
}
