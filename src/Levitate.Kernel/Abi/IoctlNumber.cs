namespace Levitate.Kernel.Abi;

/// <summary>ioctl(2) requests (asm-generic/ioctls.h).</summary>
internal static class IoctlNumber
{
    public const uint TCGETS = 0x5401;
    public const uint TCSETS = 0x5402;
    public const uint TCSETSW = 0x5403;
    public const uint TCSETSF = 0x5404;
    public const uint TCGETA = 0x5405;
    public const uint TCSETA = 0x5406;
    public const uint TCSETAW = 0x5407;
    public const uint TCSETAF = 0x5408;
    public const uint TCSBRK = 0x5409;
    public const uint TCXONC = 0x540a;
    public const uint TCFLSH = 0x540b;
    public const uint TIOCEXCL = 0x540c;
    public const uint TIOCNXCL = 0x540d;
    public const uint TIOCSCTTY = 0x540e;
    public const uint TIOCGPGRP = 0x540f;
    public const uint TIOCSPGRP = 0x5410;
    public const uint TIOCOUTQ = 0x5411;
    public const uint TIOCSTI = 0x5412;
    public const uint TIOCGWINSZ = 0x5413;
    public const uint TIOCSWINSZ = 0x5414;
    public const uint FIONREAD = 0x541b;
    public const uint TIOCPKT = 0x5420;
    public const uint FIONBIO = 0x5421;
    public const uint TIOCNOTTY = 0x5422;
    public const uint TIOCSETD = 0x5423;
    public const uint TIOCGETD = 0x5424;
    public const uint TCSBRKP = 0x5425;
    public const uint TIOCGSID = 0x5429;
    public const uint TIOCVHANGUP = 0x5437;
    public const uint TIOCGPTPEER = 0x5441;
    public const uint FIONCLEX = 0x5450;
    public const uint FIOCLEX = 0x5451;
    public const uint FIOASYNC = 0x5452;
    public const uint TCGETS2 = 0x802c542a;
    public const uint TIOCGPTN = 0x80045430;
    public const uint TIOCGDEV = 0x80045432;
    public const uint TIOCGPKT = 0x80045438;
    public const uint TIOCGPTLCK = 0x80045439;
    public const uint TIOCGEXCL = 0x80045440;
    public const uint TCSETS2 = 0x402c542b;
    public const uint TCSETSW2 = 0x402c542c;
    public const uint TCSETSF2 = 0x402c542d;
    public const uint TIOCSPTLCK = 0x40045431;
    public const uint TIOCSIG = 0x40045436;
}
