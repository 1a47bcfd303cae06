namespace Levitate.Kernel.Files;

/// <summary>
/// The description behind a descriptor for the time of one call, out of <see cref="FileTable.Borrow"/>. Where nobody but the
/// calling thread can close the descriptor, the table's own reference does, and two atomic operations are saved (Linux:
/// fdget). Give it back once, after the last use.
/// </summary>
/// <param name="description">The description; null where the descriptor stands for none that the caller may use: EBADF.</param>
/// <param name="isCounted">Whether the caller got a reference.</param>
public readonly struct BorrowedFile(FileDescription? description, bool isCounted)
{
    /// <summary>The description, or null: EBADF.</summary>
    public FileDescription? Description => description;

    /// <summary>Says that the call is done with it.</summary>
    public void GiveBack()
    {
        if (isCounted)
        {
            description!.Release();
        }
    }
}
