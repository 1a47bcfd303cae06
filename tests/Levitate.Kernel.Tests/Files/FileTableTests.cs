using System;
using Levitate.Kernel.Files;
using Levitate.Kernel.Processes;
using Xunit;

namespace Levitate.Kernel.Tests.Files;

public sealed class FileTableTests : IDisposable
{
    private readonly FileTestKernel _kernel = new();

    public void Dispose() => _kernel.Dispose();

    [Fact]
    public void A_table_that_one_thread_has_lends_its_own_reference()
    {
        (FileTable files, int fd) = OpenOne();
        BorrowedFile file = files.Borrow(fd);
        Assert.Equal(1, file.Description!.ReferenceCount);
        file.GiveBack();
        Assert.Equal(1, file.Description.ReferenceCount);
        _kernel.Close(fd);
        Assert.Null(files.Borrow(fd).Description);
        Assert.Null(files.Borrow(-1).Description);
        Assert.Null(files.Borrow(1000).Description);
    }

    [Fact]
    public void A_file_borrowed_from_a_shared_table_outlives_the_close_of_its_descriptor()
    {
        (FileTable files, int fd) = OpenOne();
        files.BeginSharing();
        BorrowedFile file = files.Borrow(fd);
        Assert.Equal(2, file.Description!.ReferenceCount);
        _kernel.Close(fd);
        Assert.Equal(1, file.Description.ReferenceCount);
        file.GiveBack();
        Assert.Equal(0, file.Description.ReferenceCount);
        Assert.Null(files.Borrow(fd).Description);
    }

    [Fact]
    public void A_second_thread_makes_a_table_shared_which_a_copy_for_a_fork_is_not()
    {
        (FileTable files, int fd) = OpenOne();
        Process process = _kernel.Caller.Process;
        UserThread second = UserThread.Create(process, 1000).Value;
        Assert.True(process.TryAddThread(second));
        FileTable copy = files.Clone();
        BorrowedFile counted = files.Borrow(fd), lent = copy.Borrow(fd);
        Assert.Same(counted.Description, lent.Description);
        Assert.Equal(3, lent.Description!.ReferenceCount);
        counted.GiveBack();
        lent.GiveBack();
        Assert.Equal(2, lent.Description.ReferenceCount);
        copy.Release();
        process.RemoveUnborn(second);
        second.Context.Dispose();
        _kernel.Close(fd);
    }

    [Fact]
    public void A_copy_has_every_open_descriptor_and_room_for_more()
    {
        (FileTable files, int fd) = OpenOne();
        Assert.Equal(29, files.Duplicate(fd, 29, closeOnExec: true, limit: 1024).Value);
        FileTable copy = files.Clone();
        Assert.True(copy.GetCloseOnExec(29).Value);
        Assert.False(copy.GetCloseOnExec(fd).Value);
        Assert.Equal(500, copy.Duplicate(fd, 500, closeOnExec: false, limit: 1024).Value);
        Assert.Null(files.Borrow(500).Description);
        copy.Release();
        _kernel.Close(29);
        _kernel.Close(fd);
    }

    private (FileTable Files, int Descriptor) OpenOne()
    {
        _kernel.Create("/file");
        return (_kernel.Caller.Files, _kernel.Open("/file"));
    }
}
