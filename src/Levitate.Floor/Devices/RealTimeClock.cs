namespace Levitate.Floor;

/// <summary>The MC146818 clock in CMOS memory: the time of day at power-on.</summary>
internal static class RealTimeClock
{
    internal static long ReadSeconds()
    {
        for (int spin = 0; spin < 100_000 && (Read(10) & 0x80) != 0; spin++)
        {
            Asm.Pause();
        }

        byte status = Read(11);
        bool isBinary = (status & 4) != 0;
        int second = Decode(Read(0), isBinary);
        int minute = Decode(Read(2), isBinary);
        byte rawHour = Read(4);
        int hour = Decode((byte)(rawHour & 0x7f), isBinary);
        int day = Decode(Read(7), isBinary);
        int month = Decode(Read(8), isBinary);
        int century = Decode(Read(0x32), isBinary);
        int year = Decode(Read(9), isBinary) + (century is 19 or 20 or 21 ? century * 100 : 2000);
        if ((status & 2) == 0)
        {
            hour = (hour % 12) + ((rawHour & 0x80) != 0 ? 12 : 0);
        }

        if (month is < 1 or > 12 || day is < 1 or > 31)
        {
            return 0;
        }

        return (((((DaysBefore(year, month) + day - 1) * 24) + hour) * 60 + minute) * 60) + second;
    }

    /// <summary>Days from 1970-01-01 to the first of a month of the Gregorian calendar.</summary>
    private static long DaysBefore(int year, int month)
    {
        // March-based years put the leap day at the end.
        long y = month <= 2 ? year - 1 : year;
        long m = month <= 2 ? month + 9 : month - 3;
        return (365 * y) + (y / 4) - (y / 100) + (y / 400) + (((153 * m) + 2) / 5) - 719_468;
    }

    private static byte Read(byte register)
    {
        Asm.Out8(0x70, register);
        return Asm.In8(0x71);
    }

    private static int Decode(byte value, bool isBinary) => isBinary ? value : ((value >> 4) * 10) + (value & 15);
}
