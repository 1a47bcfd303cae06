using System;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Ipc;
using Levitate.Kernel.Memory;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Text;

namespace Levitate.Kernel.FileSystems.Procfs;

/// <summary>/proc/sysvipc: the objects of System V, whoever may use them, in the order of their places.</summary>
internal sealed class IpcFiles : ProcDirectory
{
    private readonly KernelSystem _kernel;

    /// <summary>The directory.</summary>
    public IpcFiles(ProcFileSystem fileSystem)
        : base(fileSystem, fileSystem.NextNumber(), 0x16d, 0, 0)
    {
        _kernel = fileSystem.Kernel;
        Add("msg", new ProcFile(fileSystem, fileSystem.NextNumber(), 0x124, 0, 0, WriteQueues));
        Add("sem", new ProcFile(fileSystem, fileSystem.NextNumber(), 0x124, 0, 0, WriteSemaphores));
        Add("shm", new ProcFile(fileSystem, fileSystem.NextNumber(), 0x124, 0, 0, WriteSegments));
    }

    private Errno WriteQueues(ProcText text, UserThread? reader)
    {
        text.AddLine("       key      msqid perms      cbytes       qnum lspid lrpid   uid   gid  cuid  cgid      stime      rtime      ctime");
        _kernel.MessageQueues.ForEach(queue => text.AddLine(
            $"{Beginning(queue)}  {queue.Bytes,10} {queue.Messages.Count,10} {queue.LastProcesses.Sender,5} {queue.LastProcesses.Receiver,5} {Owners(queue)} {queue.Times.Send,10} {queue.Times.Receive,10} {queue.Times.Change,10}"));
        return Errno.None;
    }

    private Errno WriteSemaphores(ProcText text, UserThread? reader)
    {
        text.AddLine("       key      semid perms      nsems   uid   gid  cuid  cgid      otime      ctime");
        _kernel.SemaphoreSets.ForEach(set => text.AddLine($"{Beginning(set)} {set.Semaphores.Length,10} {Owners(set)} {set.OperationTime,10} {set.ChangeTime,10}"));
        return Errno.None;
    }

    private Errno WriteSegments(ProcText text, UserThread? reader)
    {
        text.AddLine("       key      shmid perms                  size  cpid  lpid nattch   uid   gid  cuid  cgid      atime      dtime      ctime                   rss                  swap");
        _kernel.SharedSegments.ForEach(segment =>
        {
            SegmentStatus status = SegmentStatus.Of(segment);
            SegmentHistory history = segment.History;
            text.Add($"{Beginning(segment, status.Permissions.Mode)} {segment.Size,21} {history.Creator,5} {history.LastUser,5}  {status.Attachments,5} {Owners(segment)}");
            text.AddLine($" {history.AttachTime,10} {history.DetachTime,10} {history.ChangeTime,10} {segment.Pages.ResidentPages * PageSize.Bytes,21} {0,21}");
        });
        return Errno.None;
    }

    private static string Beginning(IIpcObject item, uint? mode = null) =>
        $"{item.Permissions.Key,10} {item.Id,10}  {Convert.ToString(mode ?? item.Permissions.Mode, 8),4}";

    private static string Owners(IIpcObject item)
    {
        IpcPermissions owners = item.Permissions;
        return $"{owners.UserId,5} {owners.GroupId,5} {owners.CreatorUserId,5} {owners.CreatorGroupId,5}";
    }
}
