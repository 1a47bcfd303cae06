using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Xunit;

namespace Levitate.Cli.Tests;

/// <summary>An entry of an archive as a reader finds it.</summary>
internal sealed record CpioArchiveEntry(string Name, uint Inode, uint Mode, uint UserId, uint GroupId, uint Links, uint Time, byte[] Data, int DataOffset, uint Major, uint Minor, int NameSize);

/// <summary>Reads archives in the tests' own way.</summary>
internal static class CpioArchive
{
    /// <summary>The entries up to the trailer.</summary>
    public static List<CpioArchiveEntry> Read(byte[] archive)
    {
        var entries = new List<CpioArchiveEntry>();
        for (int at = 0; ;)
        {
            Assert.Equal("070701"u8.ToArray(), archive[at..(at + 6)]);
            uint Field(int index) => uint.Parse(Encoding.ASCII.GetString(archive, at + 6 + (index * 8), 8), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            int nameSize = (int)Field(11);
            int data = (at + 110 + nameSize + 3) / 4 * 4;
            int size = (int)Field(6);
            string name = Encoding.Latin1.GetString(archive, at + 110, nameSize).Split('\0')[0];
            if (name == "TRAILER!!!")
            {
                return entries;
            }

            entries.Add(new CpioArchiveEntry(name, Field(0), Field(1), Field(2), Field(3), Field(4), Field(5), archive[data..(data + size)], data, Field(9), Field(10), nameSize));
            at = (data + size + 3) / 4 * 4;
        }
    }
}
