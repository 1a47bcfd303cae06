using System;
using System.Collections.Generic;
using System.Linq;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Memory;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Tests.Simulation;
using Xunit;

namespace Levitate.Kernel.Tests.Memory;

/// <summary>
/// Random operations on an address space and its children, compared page by page with a model that keeps every page
/// as a byte array: what is mapped, with which protection, and what is in it.
/// </summary>
public sealed class AddressSpaceModelTests
{
    private const PageAccess ReadWrite = PageAccess.Read | PageAccess.Write;
    private const PageAccess All = ReadWrite | PageAccess.Execute;
    private const int WindowPages = 40;
    private const int FilePages = 12;
    private static readonly UserAddress s_base = new(0x1000_0000);

    private readonly SimulatedMachine _machine = new(totalFrames: 4096);

    /// <summary>A page of the model. Shared and file pages are looked up in the file, private ones hold what was copied.</summary>
    private sealed class ModelPage
    {
        public PageAccess Access;
        public bool IsShared;
        public ModelFile? File;
        public long FilePage;
        public byte[]? Private;

        public byte[] Content => Private ?? (File is null ? s_zeros : File.Page(FilePage));

        public bool IsBeyondEnd => File is not null && FilePage >= File.Pages;

        public ModelPage Clone() => new() { Access = Access, IsShared = IsShared, File = File, FilePage = FilePage, Private = (byte[]?)Private?.Clone() };
    }

    private sealed class ModelFile
    {
        private readonly Dictionary<long, byte[]> _pages = [];

        public long Length;

        public long Pages => (Length + 4095) / 4096;

        public byte[] Page(long index)
        {
            if (!_pages.TryGetValue(index, out byte[]? page))
            {
                _pages[index] = page = new byte[4096];
            }

            return page;
        }

        public void SetLength(long length)
        {
            foreach ((long index, byte[] page) in _pages)
            {
                int keep = (int)Math.Clamp(Math.Min(length, Length) - (index * 4096), 0, 4096);
                page.AsSpan(keep).Clear();
            }

            Length = length;
        }
    }

    private static readonly byte[] s_zeros = new byte[4096];

    private sealed class Subject(AddressSpace space, ModelPage?[] pages)
    {
        public readonly AddressSpace Space = space;
        public readonly ModelPage?[] Pages = pages;
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void Random_operations_match_the_model(int seed)
    {
        var random = new Random(seed);
        var file = new TestFile(_machine, FilePages * 4096, fill: 0);
        var modelFile = new ModelFile { Length = FilePages * 4096 };
        var subjects = new List<Subject> { new(AddressSpace.Create(_machine).Value, new ModelPage?[WindowPages]) };
        for (int step = 0; step < 2500; step++)
        {
            Subject subject = subjects[random.Next(subjects.Count)];
            int first = random.Next(WindowPages);
            int count = random.Next(1, Math.Min(8, WindowPages - first) + 1);
            switch (random.Next(12))
            {
                case 0 or 1:
                    MapSomething(random, subject, first, count, file, modelFile);
                    break;
                case 2:
                    Assert.Equal(Errno.None, subject.Space.Unmap(At(first), (ulong)count * 4096));
                    subject.Pages.AsSpan(first, count).Clear();
                    break;
                case 3 or 4:
                    ProtectSomething(random, subject, first, count);
                    break;
                case 5:
                    RemapSomething(random, subject, first, count);
                    break;
                case 6:
                    Discard(subject, first, count);
                    break;
                case 7 when step % 10 == 0:
                    ResizeFile(random, subjects, file, modelFile);
                    break;
                case 8 when step % 20 == 0 && subjects.Count < 4:
                    subjects.Add(new Subject(subject.Space.Fork().Value, [.. subject.Pages.Select(page => page?.Clone())]));
                    break;
                case 9 when step % 20 == 0 && subjects.Count > 1:
                    subject.Space.Release();
                    subjects.Remove(subject);
                    break;
                default:
                    Store(random, subject, first);
                    break;
            }

            if (step % 8 == 0)
            {
                Compare(subjects[random.Next(subjects.Count)]);
            }
        }

        foreach (Subject subject in subjects)
        {
            Compare(subject);
            subject.Space.Release();
        }

        Assert.False(file.IsClosed);
        file.Release();
        Assert.True(file.IsClosed);
        _machine.AssertNothingLeaked();
    }

    private static UserAddress At(int page) => s_base + ((ulong)page * 4096);

    private static void MapSomething(Random random, Subject subject, int first, int count, TestFile file, ModelFile modelFile)
    {
        var access = (PageAccess)random.Next(4);
        bool isShared = random.Next(2) == 0;
        bool isFile = isShared || random.Next(2) == 0;
        int filePage = random.Next(FilePages);
        MappingOptions options = MappingOptions.Fixed | (isShared ? MappingOptions.Shared : 0) | (random.Next(4) == 0 ? MappingOptions.Populate : 0);
        Assert.Equal(At(first), subject.Space.Map(At(first), (ulong)count * 4096, access, All, options, isFile ? file : null, filePage * 4096).Value);
        for (int i = 0; i < count; i++)
        {
            subject.Pages[first + i] = new ModelPage { Access = access, IsShared = isShared, File = isFile ? modelFile : null, FilePage = filePage + i };
        }

        // Populating a private writable mapping copies, up to the first page past the end of file.
        bool copies = (options & MappingOptions.Populate) != 0 && !isShared && (access & PageAccess.Write) != 0;
        for (int i = first; copies && i < first + count && !subject.Pages[i]!.IsBeyondEnd; i++)
        {
            subject.Pages[i]!.Private = (byte[])subject.Pages[i]!.Content.Clone();
        }
    }

    private static void ProtectSomething(Random random, Subject subject, int first, int count)
    {
        var access = (PageAccess)random.Next(8);
        int changed = 0;
        while (changed < count && subject.Pages[first + changed] is { } page)
        {
            page.Access = access;
            changed++;
        }

        Assert.Equal(changed == count ? Errno.None : Errno.ENOMEM, subject.Space.Protect(At(first), (ulong)count * 4096, access));
    }

    private static void RemapSomething(Random random, Subject subject, int first, int count)
    {
        int target = random.Next(WindowPages);
        int newCount = random.Next(1, Math.Min(8, WindowPages - target) + 1);
        Result<UserAddress> result = subject.Space.Remap(At(first), (ulong)count * 4096, (ulong)newCount * 4096, RemapFlags.MREMAP_MAYMOVE | RemapFlags.MREMAP_FIXED, At(target));
        bool overlaps = first < target + newCount && target < first + count;
        if (overlaps || subject.Pages[first] is null)
        {
            Assert.Equal(subject.Pages[first] is null ? Errno.EFAULT : Errno.EINVAL, result.Error);
            return;
        }

        // One mapping is pages that agree in all but their content.
        int needed = Math.Min(count, newCount);
        for (int i = 1; i < needed; i++)
        {
            if (!Continues(subject.Pages[first + i - 1]!, subject.Pages[first + i]))
            {
                Assert.Equal(Errno.EFAULT, result.Error);
                return;
            }
        }

        Assert.Equal(At(target), result.Value);
        subject.Pages.AsSpan(target, newCount).Clear();
        for (int i = 0; i < newCount; i++)
        {
            ModelPage start = subject.Pages[first]!;
            subject.Pages[target + i] = i < needed
                ? subject.Pages[first + i]
                : new ModelPage { Access = start.Access, IsShared = start.IsShared, File = start.File, FilePage = start.FilePage + i };
        }

        subject.Pages.AsSpan(first, count).Clear();
    }

    private static bool Continues(ModelPage page, ModelPage? next) =>
        next is not null
        && next.Access == page.Access
        && next.IsShared == page.IsShared
        && next.File == page.File
        && (page.File is null || next.FilePage == page.FilePage + 1);

    private static void Discard(Subject subject, int first, int count)
    {
        bool isWhole = true;
        for (int i = first; i < first + count; i++)
        {
            isWhole &= subject.Pages[i] is not null;
            if (subject.Pages[i] is { } page)
            {
                page.Private = null;
            }
        }

        Assert.Equal(isWhole ? Errno.None : Errno.ENOMEM, subject.Space.Advise(At(first), (ulong)count * 4096, MemoryAdvice.MADV_DONTNEED));
    }

    private static void ResizeFile(Random random, List<Subject> subjects, TestFile file, ModelFile modelFile)
    {
        long length = random.Next((FilePages * 4096) + 1);
        long old = modelFile.Pages;
        Assert.Equal(Errno.None, file.Pages.SetLength(length));
        modelFile.SetLength(length);
        foreach (ModelPage? page in subjects.SelectMany(subject => subject.Pages))
        {
            if (page?.File is not null && page.FilePage >= modelFile.Pages && page.FilePage < old)
            {
                page.Private = null;
            }
        }
    }

    private static void Store(Random random, Subject subject, int index)
    {
        ModelPage? page = subject.Pages[index];
        FaultResolution expected = page switch
        {
            null => FaultResolution.NotMapped,
            _ when (page.Access & PageAccess.Write) == 0 => FaultResolution.AccessDenied,
            { Private: null, IsBeyondEnd: true } => FaultResolution.BeyondEndOfFile,
            _ => FaultResolution.Resolved,
        };
        Assert.Equal(expected, subject.Space.HandleFault(At(index), PageAccess.Write));
        if (expected != FaultResolution.Resolved)
        {
            return;
        }

        if (!page!.IsShared)
        {
            page.Private ??= (byte[])page.Content.Clone();
        }

        int offset = random.Next(4096);
        var bytes = new byte[random.Next(1, 4096 - offset + 1)];
        random.NextBytes(bytes);
        bytes.CopyTo(page.Content, offset);
        Assert.Equal(Errno.None, subject.Space.WriteRemote(At(index) + (ulong)offset, bytes));
    }

    private static void Compare(Subject subject)
    {
        var content = new byte[4096];
        IReadOnlyList<MappingInfo> mappings = subject.Space.GetMappings();
        for (int i = 1; i < mappings.Count; i++)
        {
            Assert.True(mappings[i - 1].End <= mappings[i].Start);
        }

        Assert.Equal((ulong)subject.Pages.Count(page => page is not null) * 4096, subject.Space.Usage.Virtual);
        Assert.Equal((ulong)((SimulatedPageTable)subject.Space.PageTable).PresentPages * 4096, subject.Space.Usage.Resident);
        for (int i = 0; i < WindowPages; i++)
        {
            ModelPage? page = subject.Pages[i];
            MappingInfo mapping = mappings.FirstOrDefault(info => info.Start <= At(i) && At(i) < info.End);
            Assert.Equal(page is not null, mapping.Path is not null);
            if (page is null)
            {
                continue;
            }

            Assert.Equal((page.Access, page.IsShared), (mapping.Access, mapping.IsShared));
            if (page is { Private: null, IsBeyondEnd: true })
            {
                Assert.Equal(Errno.EFAULT, subject.Space.ReadRemote(At(i), content));
                continue;
            }

            Assert.Equal(Errno.None, subject.Space.ReadRemote(At(i), content));
            Assert.True(page.Content.AsSpan().SequenceEqual(content), $"page {i} differs");
            PageAccess present = subject.Space.PageTable.Find(At(i)).Access;
            Assert.Equal(PageAccess.None, present & ~(page.Access == PageAccess.None ? PageAccess.None : page.Access | PageAccess.Read));
        }
    }
}
