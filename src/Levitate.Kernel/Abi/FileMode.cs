namespace Levitate.Kernel.Abi;

/// <summary>The bits of st_mode: a file's type and its permissions (inode(7)).</summary>
public static class FileMode
{
    public const uint S_IFMT = 0xf000;
    public const uint S_IFSOCK = 0xc000;
    public const uint S_IFLNK = 0xa000;
    public const uint S_IFREG = 0x8000;
    public const uint S_IFBLK = 0x6000;
    public const uint S_IFDIR = 0x4000;
    public const uint S_IFCHR = 0x2000;
    public const uint S_IFIFO = 0x1000;
    public const uint S_ISUID = 0x800;
    public const uint S_ISGID = 0x400;
    public const uint S_ISVTX = 0x200;

    /// <summary>rwxrwxrwx.</summary>
    public const uint S_IRWXUGO = 0x1ff;

    /// <summary>All that chmod can change.</summary>
    public const uint S_IALLUGO = 0xfff;

    /// <summary>x of anyone.</summary>
    public const uint S_IXUGO = 0x49;
}
