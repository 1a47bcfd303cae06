using System.Linq;
using System.Text;
using Levitate.Machine.Firmware;
using Xunit;

namespace Levitate.Machine.Tests;

public sealed class CommandLineTests
{
    [Theory]
    [InlineData("log=boot exit-port=0xf4 trace", 0xf4)]
    [InlineData("exit-port=244", 244)]
    [InlineData("exit-port=65536", null)]
    [InlineData("exit-port=", null)]
    [InlineData("exit-port=0x", null)]
    [InlineData("noexit-port=0xf4", null)]
    [InlineData("", null)]
    public void The_exit_port_is_a_16_bit_number(string line, int? expected) => Assert.Equal(expected, Parse(line).ExitPort);

    [Fact]
    public void Devices_come_in_Linuxs_form_and_malformed_ones_are_skipped()
    {
        CommandLine words = Parse(
            "virtio_mmio.device=512@0xfeb00e00:12 virtio_mmio.device=4K@0xfeb00000:5:0 virtio_mmio.device=512@:5 " +
            "virtio_mmio.device=512@0x1ffffffff:5 virtio_mmio.device=512@0xfeb00000 virtio_mmio.device=512@0xfeb00000:-1 virtio_mmio.device= x@1:2");
        Assert.Equal([(0xfeb00e00UL, 12), (0xfeb00000UL, 5)], words.VirtioDevices.ToArray());
    }

    private static CommandLine Parse(string line) => new(Encoding.Latin1.GetBytes(line));
}
