using System;
using Xunit;

namespace Levitate.Kernel.Tests.Floor;

public sealed unsafe class MathFunctionsTests
{
    private static readonly double[] s_corners =
    [
        0.0, -0.0, 0.5, -0.5, 1, -1, 2, -2, 2.5, -2.5, 3, -3, 1e18, 1e19, -1e19, 1e300, -1e300, double.Epsilon,
        double.PositiveInfinity, double.NegativeInfinity, double.NaN,
    ];

    [Fact]
    public void Pow_agrees_with_the_host_at_the_corners_and_between()
    {
        var pow = (delegate* unmanaged<double, double, double>)AssemblyLibrary.Find("pow");
        foreach (double x in s_corners)
        {
            foreach (double y in s_corners)
            {
                AssertClose(Math.Pow(x, y), pow(x, y), $"pow({x}, {y})");
            }
        }

        var random = new Random(1);
        for (int round = 0; round < 100_000; round++)
        {
            double x = Math.ScaleB(random.NextDouble(), random.Next(-30, 30));
            double y = (random.NextDouble() - 0.5) * 20;
            AssertClose(Math.Pow(x, y), pow(x, y), $"pow({x}, {y})");
        }
    }

    [Theory]
    [InlineData("log")]
    [InlineData("log2")]
    [InlineData("log10")]
    [InlineData("exp")]
    [InlineData("floor")]
    [InlineData("ceil")]
    [InlineData("trunc")]
    [InlineData("rint")]
    [InlineData("atan")]
    public void A_function_of_one_argument_agrees_with_the_host(string name)
    {
        var function = (delegate* unmanaged<double, double>)AssemblyLibrary.Find(name);
        Func<double, double> expected = name switch
        {
            "log" => Math.Log,
            "log2" => Math.Log2,
            "log10" => Math.Log10,
            "exp" => Math.Exp,
            "floor" => Math.Floor,
            "ceil" => Math.Ceiling,
            "trunc" => Math.Truncate,
            "rint" => Math.Round,
            _ => Math.Atan,
        };
        foreach (double x in s_corners)
        {
            AssertClose(expected(x), function(x), $"{name}({x})");
        }

        var random = new Random(2);
        for (int round = 0; round < 20_000; round++)
        {
            double x = (random.NextDouble() - 0.5) * 1400;
            AssertClose(expected(x), function(x), $"{name}({x})");
        }
    }

    [Fact]
    public void Fmod_and_modf_agree_with_the_host()
    {
        var fmod = (delegate* unmanaged<double, double, double>)AssemblyLibrary.Find("fmod");
        var modf = (delegate* unmanaged<double, double*, double>)AssemblyLibrary.Find("modf");
        foreach (double x in s_corners)
        {
            foreach (double y in s_corners)
            {
                AssertClose(x % y, fmod(x, y), $"fmod({x}, {y})");
            }

            double integer;
            double fraction = modf(x, &integer);
            AssertClose(Math.Truncate(x), integer, $"modf({x}): the integer");
            AssertClose(double.IsInfinity(x) ? Math.CopySign(0, x) : Math.CopySign(x - Math.Truncate(x), x), fraction, $"modf({x}): the fraction");
        }
    }

    /// <summary>Equal, or two steps of a double apart.</summary>
    private static void AssertClose(double expected, double actual, string what)
    {
        bool isClose = double.IsNaN(expected)
            ? double.IsNaN(actual)
            : unchecked((ulong)(BitConverter.DoubleToInt64Bits(expected) - BitConverter.DoubleToInt64Bits(actual) + 2)) <= 4;
        Assert.True(isClose, $"{what}: expected {expected:r}, got {actual:r}");
    }
}
