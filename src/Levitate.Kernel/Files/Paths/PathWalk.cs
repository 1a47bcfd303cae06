using System;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Files.Paths;

/// <summary>How a path is walked (openat2(2)'s RESOLVE_ flags and the calls' own).</summary>
[Flags]
internal enum WalkOptions
{
    None = 0,

    /// <summary>A symbolic link as the last component is followed.</summary>
    Follow = 1,

    /// <summary>What is found must be a directory.</summary>
    Directory = 2,

    /// <summary>RESOLVE_NO_XDEV.</summary>
    NoMountCrossing = 4,

    /// <summary>RESOLVE_NO_MAGICLINKS.</summary>
    NoMagicLinks = 8,

    /// <summary>RESOLVE_NO_SYMLINKS.</summary>
    NoSymbolicLinks = 16,

    /// <summary>RESOLVE_BENEATH.</summary>
    Beneath = 32,

    /// <summary>RESOLVE_IN_ROOT: the start is the root.</summary>
    InRoot = 64,
}

/// <summary>What the last component of a path is.</summary>
internal enum LastComponent
{
    /// <summary>A name.</summary>
    Name,

    /// <summary>The path has no component: "/".</summary>
    Root,

    /// <summary>".".</summary>
    Dot,

    /// <summary>"..".</summary>
    DotDot,
}

/// <summary>On whose behalf a path is walked.</summary>
/// <param name="Root">What "/" is.</param>
/// <param name="Credentials">Whose permissions count.</param>
/// <param name="Caller">Who /proc/self is; null in the kernel's own walks.</param>
internal readonly record struct PathContext(Location Root, Credentials Credentials, UserThread? Caller);

/// <summary>
/// A walk along a path, component by component. <see cref="WalkToLast"/> stops before the last one, so that create,
/// unlink and rename can deal with it themselves; <see cref="Resolve"/> goes to the end.
/// </summary>
/// <remarks>Linux: path_resolution(7), symlink(7).</remarks>
internal ref struct PathWalk
{
    /// <summary>How many symbolic links a walk follows before it is ELOOP.</summary>
    public const int MaximumLinks = 40;

    /// <summary>The longest name in bytes.</summary>
    public const int MaximumName = 255;

    private readonly PathContext _context;
    private readonly Location _root;
    private readonly WalkOptions _options;
    private readonly int _startMountId;

    /// <summary>What is left of the path or link text that is being walked.</summary>
    private ReadOnlySpan<byte> _rest;

    /// <summary>The link text that <see cref="_rest"/> is part of, where it is not the path itself.</summary>
    private ReadOnlyMemory<byte> _linkText;
    private bool _isInPath;

    /// <summary>What is left of the path while a link's text is being walked.</summary>
    private ReadOnlySpan<byte> _restOfPath;

    /// <summary>What is left, outermost first, of the link texts in which further links were met.</summary>
    private ReadOnlyMemory<byte>[]? _restsOfLinks;
    private int _restsOfLinksCount;
    private int _linksFollowed;
    private Location _current;
    private Errno _startError;

    /// <summary>A walk.</summary>
    /// <param name="context">On whose behalf.</param>
    /// <param name="start">Where a relative path begins.</param>
    /// <param name="path">The path.</param>
    /// <param name="options">How.</param>
    public PathWalk(PathContext context, Location start, ReadOnlySpan<byte> path, WalkOptions options)
    {
        _context = context;
        _options = options;
        _root = (options & (WalkOptions.InRoot | WalkOptions.Beneath)) != 0 ? start : context.Root;
        _startMountId = (path.StartsWith("/"u8) ? _root : start).Mount.Id;
        _current = start;
        _startError = path.IsEmpty ? Errno.ENOENT : Errno.None;
        _startError = path.Length >= 4096 ? Errno.ENAMETOOLONG : _startError;
        MustBeDirectory = (options & WalkOptions.Directory) != 0;
        if (_startError == Errno.None)
        {
            _startError = BeginText(path);
        }
    }

    /// <summary>After <see cref="WalkToLast"/>: the directory that the last component is in.</summary>
    public readonly Location Directory => _current;

    /// <summary>After <see cref="WalkToLast"/>: the last component.</summary>
    public ReadOnlySpan<byte> Name { get; private set; }

    /// <summary>After <see cref="WalkToLast"/>: what kind of component that is.</summary>
    public LastComponent Kind { get; private set; }

    /// <summary>Whether the last component must be a directory: asked for, or a slash followed it.</summary>
    public bool MustBeDirectory { get; private set; }

    /// <summary>Whether a slash followed the last component.</summary>
    public bool HasTrailingSlash { get; private set; }

    /// <summary>Walks to the end.</summary>
    public Result<Location> Resolve()
    {
        while (true)
        {
            Errno error = WalkToLast();
            if (error != Errno.None)
            {
                return error;
            }

            if (!StepLast(out bool isLink).TryGet(out Location found, out error))
            {
                return error;
            }

            if (isLink && ((_options & WalkOptions.Follow) != 0 || HasTrailingSlash))
            {
                error = FollowLast(found, out bool jumped);
                if (error != Errno.None)
                {
                    return error;
                }

                if (!jumped)
                {
                    continue;
                }

                found = _current;
            }

            return MustBeDirectory && found.Inode is not DirectoryInode ? Errno.ENOTDIR : found;
        }
    }

    /// <summary>Walks to before the last component; searching each directory on the way needs its x bit.</summary>
    public Errno WalkToLast()
    {
        if (_startError != Errno.None)
        {
            return _startError;
        }

        while (true)
        {
            if (_rest.IsEmpty)
            {
                // Only a text of nothing but slashes gets here: what it began with is the root.
                Name = default;
                Kind = LastComponent.Root;
                return Errno.None;
            }

            Errno error = TakeComponent(out bool isLast);
            if (error != Errno.None || isLast)
            {
                return error;
            }

            if (!StepLast(out bool isLink).TryGet(out Location next, out error))
            {
                return error;
            }

            if (isLink)
            {
                error = FollowLast(next, out _);
                if (error != Errno.None)
                {
                    return error;
                }
            }
            else
            {
                _current = next;
            }

            if (_rest.IsEmpty)
            {
                PopText();
            }

            if (_current.Inode is not DirectoryInode)
            {
                return Errno.ENOTDIR;
            }
        }
    }

    /// <summary>Looks the last component up in <see cref="Directory"/>, without following a symbolic link.</summary>
    public Result<Location> StepLast(out bool isLink)
    {
        isLink = false;
        switch (Kind)
        {
            case LastComponent.DotDot:
                return StepUp();
            case LastComponent.Root or LastComponent.Dot:
                return _current;
        }

        if (_current.Inode is not DirectoryInode directory)
        {
            return Errno.ENOTDIR;
        }

        if (!directory.Lookup(_current.Dentry, Name, _context.Caller).TryGet(out Dentry? child, out Errno error))
        {
            return error;
        }

        Location found = _current.Mount.Namespace.Cross(new Location(_current.Mount, child));
        isLink = found.Inode is LinkInode;
        return CheckCrossing(found);
    }

    /// <summary>Goes on with what a symbolic link (found by <see cref="StepLast"/>) stands for.</summary>
    /// <param name="link">The link.</param>
    /// <param name="jumped">Whether the link led straight to a file (/proc/self/exe), which <see cref="Directory"/> now is.</param>
    public Errno FollowLast(Location link, out bool jumped)
    {
        jumped = false;
        if (_linksFollowed++ >= MaximumLinks || (_options & WalkOptions.NoSymbolicLinks) != 0 || (link.Mount.Options & MountOptions.NoSymbolicLinks) != 0)
        {
            return Errno.ELOOP;
        }

        link.MarkAccessed();
        if (!((LinkInode)link.Inode).Follow(_context.Caller).TryGet(out LinkTarget target, out Errno error))
        {
            return error;
        }

        if (target.File is { } file)
        {
            if ((_options & WalkOptions.NoMagicLinks) != 0)
            {
                return Errno.ELOOP;
            }

            if ((_options & (WalkOptions.Beneath | WalkOptions.InRoot)) != 0)
            {
                return Errno.EXDEV;
            }

            _current = file;
            jumped = true;
            return CheckCrossing(file).Error;
        }

        if (target.Text.IsEmpty)
        {
            return Errno.ENOENT;
        }

        PushText();
        return BeginText(target.Text.Span, target.Text);
    }

    private Errno BeginText(ReadOnlySpan<byte> text, ReadOnlyMemory<byte> memory = default)
    {
        _linkText = memory;
        _isInPath = memory.IsEmpty;
        int slashes = CountSlashes(text);
        _rest = text[slashes..];
        if (slashes == 0)
        {
            return Errno.None;
        }

        if ((_options & WalkOptions.Beneath) != 0)
        {
            return Errno.EXDEV;
        }

        _current = _root;
        return CheckCrossing(_current).Error;
    }

    private void PushText()
    {
        if (_rest.IsEmpty)
        {
            return;
        }

        if (_isInPath)
        {
            _restOfPath = _rest;
            return;
        }

        _restsOfLinks ??= new ReadOnlyMemory<byte>[MaximumLinks];
        _restsOfLinks[_restsOfLinksCount++] = _linkText[^_rest.Length..];
    }

    private void PopText()
    {
        if (_restsOfLinksCount > 0)
        {
            _linkText = _restsOfLinks![--_restsOfLinksCount];
            _rest = _linkText.Span;
        }
        else if (!_restOfPath.IsEmpty)
        {
            _isInPath = true;
            _rest = _restOfPath;
            _restOfPath = default;
        }
    }

    private Errno TakeComponent(out bool isLast)
    {
        isLast = false;
        if (_current.Inode is not DirectoryInode directory)
        {
            return Errno.ENOTDIR;
        }

        Errno error = Permissions.Check(directory, _context.Credentials, AccessKinds.Execute);
        if (error != Errno.None)
        {
            return error;
        }

        int end = _rest.IndexOf((byte)'/');
        ReadOnlySpan<byte> name = end < 0 ? _rest : _rest[..end];
        _rest = _rest[name.Length..];
        int slashes = CountSlashes(_rest);
        _rest = _rest[slashes..];
        isLast = _rest.IsEmpty && _restsOfLinksCount == 0 && _restOfPath.IsEmpty;
        HasTrailingSlash |= isLast && slashes > 0;
        MustBeDirectory |= HasTrailingSlash;
        Name = name;
        Kind = name.SequenceEqual("."u8) ? LastComponent.Dot : name.SequenceEqual(".."u8) ? LastComponent.DotDot : LastComponent.Name;
        return name.Length > MaximumName ? Errno.ENAMETOOLONG : Errno.None;
    }

    private readonly Result<Location> StepUp()
    {
        Location place = _current;
        while (true)
        {
            if (place == _root || place == _context.Root)
            {
                return (_options & WalkOptions.Beneath) != 0 ? Errno.EXDEV : place;
            }

            if (!place.IsMountRoot)
            {
                break;
            }

            if (place.Mount.Place is not { } covered)
            {
                return place;
            }

            place = covered;
        }

        Location up = place.Dentry.Parent is { } parent ? new Location(place.Mount, parent) : place;
        return CheckCrossing(up.Mount.Namespace.Cross(up));
    }

    private readonly Result<Location> CheckCrossing(Location place) =>
        (_options & WalkOptions.NoMountCrossing) != 0 && place.Mount.Id != _startMountId ? Errno.EXDEV : place;

    private static int CountSlashes(ReadOnlySpan<byte> text)
    {
        int other = text.IndexOfAnyExcept((byte)'/');
        return other < 0 ? text.Length : other;
    }
}
