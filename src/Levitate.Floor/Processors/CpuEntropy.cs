using System.Threading;

namespace Levitate.Floor;

/// <summary>Unpredictable words for the floor and as a seed: RDRAND where there is one, mixed with the counter's jitter.</summary>
public static unsafe class CpuEntropy
{
    private static ulong s_state;

    /// <summary>64 bits.</summary>
    public static ulong Next64()
    {
        ulong value = 0;
        if (CpuFeatures.HasRandom)
        {
            for (int attempt = 0; attempt < 10 && Asm.Random(&value) == 0; attempt++)
            {
            }
        }

        // SplitMix64 over everything seen so far.
        ulong mixed = Interlocked.Add(ref s_state, value ^ Asm.ReadTsc() ^ 0x9e3779b97f4a7c15);
        mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
        return mixed ^ (mixed >> 31);
    }
}
