using System;
using System.Diagnostics;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.FileSystems.Tmpfs;
using Levitate.Kernel.Logging;
using Levitate.Kernel.Platform;

namespace Levitate.Kernel.FileSystems.Devtmpfs;

/// <summary>/dev: a tmpfs that the kernel has filled with its devices.</summary>
internal sealed class DevtmpfsFileSystem : TmpfsFileSystem
{
    private const uint EveryoneReadsAndWrites = 0x1b6;
    private const uint OwnerReadsAndWrites = 0x180;
    private const uint OwnerWritesEveryoneReads = 0x1a4;

    /// <summary>/dev with everything that <paramref name="devices"/> will know.</summary>
    public DevtmpfsFileSystem(IMachine machine, CharacterDevices devices, KernelLog log)
        : base(machine, rootPermissions: 0x1ed, devices)
    {
        foreach (MemoryDeviceKind kind in (ReadOnlySpan<MemoryDeviceKind>)[MemoryDeviceKind.Null, MemoryDeviceKind.Zero, MemoryDeviceKind.Full, MemoryDeviceKind.Random, MemoryDeviceKind.Urandom])
        {
            devices.Register(new DeviceNumber(1, (uint)kind), new MemoryDevice(kind));
        }

        devices.Register(new DeviceNumber(1, KernelLogDevice.Minor), new KernelLogDevice(log));
        AddDevice("null"u8, 1, (uint)MemoryDeviceKind.Null, EveryoneReadsAndWrites);
        AddDevice("zero"u8, 1, (uint)MemoryDeviceKind.Zero, EveryoneReadsAndWrites);
        AddDevice("full"u8, 1, (uint)MemoryDeviceKind.Full, EveryoneReadsAndWrites);
        AddDevice("random"u8, 1, (uint)MemoryDeviceKind.Random, EveryoneReadsAndWrites);
        AddDevice("urandom"u8, 1, (uint)MemoryDeviceKind.Urandom, EveryoneReadsAndWrites);
        AddDevice("kmsg"u8, 1, KernelLogDevice.Minor, OwnerWritesEveryoneReads);
        AddDevice("tty"u8, 5, 0, EveryoneReadsAndWrites);
        AddDevice("console"u8, 5, 1, OwnerReadsAndWrites);
        AddDevice("ptmx"u8, 5, 2, EveryoneReadsAndWrites);
        AddLink("fd"u8, "/proc/self/fd"u8);
        AddLink("stdin"u8, "/proc/self/fd/0"u8);
        AddLink("stdout"u8, "/proc/self/fd/1"u8);
        AddLink("stderr"u8, "/proc/self/fd/2"u8);
        Add("pts"u8, new NewFile(FileMode.S_IFDIR | 0x1ed, 0, 0));
        Add("shm"u8, new NewFile(FileMode.S_IFDIR | FileMode.S_ISVTX | FileMode.S_IRWXUGO, 0, 0));
    }

    /// <inheritdoc/>
    public override string TypeName => "devtmpfs";

    /// <summary>It is there as long as the kernel is, mounted or not.</summary>
    protected override void OnUnmounted()
    {
    }

    private void AddDevice(ReadOnlySpan<byte> name, uint major, uint minor, uint permissions) =>
        Add(name, new NewFile(FileMode.S_IFCHR | permissions, 0, 0, new DeviceNumber(major, minor)));

    private void AddLink(ReadOnlySpan<byte> name, ReadOnlySpan<byte> text) =>
        Add(name, new NewFile(FileMode.S_IFLNK, 0, 0, LinkText: text.ToArray()));

    private void Add(ReadOnlySpan<byte> name, in NewFile file)
    {
        bool added = ((DirectoryInode)Root.Inode).Create(Root, name, file).Succeeded;
        Debug.Assert(added, "a fresh directory takes every name once");
    }
}
