using System;
using System.Collections.Generic;
using System.Linq;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Syscalls;
using Levitate.Kernel.Tests.Simulation;
using Xunit;

namespace Levitate.Kernel.Tests.Syscalls;

/// <summary>Every system call with arguments that no honest program passes: an errno each, never an exception, a hang or a leak.</summary>
public sealed class HostilePointerTests
{
    private const int Rounds = 40;

    /// <summary>Calls that make threads, which would outlive the test's kernel: fork, vfork, clone, clone3.</summary>
    private static readonly uint[] s_makesThreads = [56, 57, 58, 435];

    private static readonly ulong[] s_hostileAddresses =
    [
        0,
        1,
        0xfff,
        UserLayout.MinimumAddress - 1,
        UserLayout.KernelWindowStart,
        UserLayout.KernelWindowStart - 1,
        UserLayout.KernelWindowStart + 0x12345,
        UserLayout.KernelWindowEnd - 8,
        UserLayout.End - 1,
        UserLayout.End,
        0x7fff_ffff_ffff,
        0x8000_0000_0000,
        0xffff_8000_0000_0000,
        0xffff_ffff_8000_0000,
        ulong.MaxValue - 7,
        ulong.MaxValue,
    ];

    private static readonly ulong[] s_numbers = [0, 1, 2, 3, 4, 7, 8, 16, 24, 100, 4095, 4096, 65536, int.MaxValue, 0x8000_0000, uint.MaxValue, long.MaxValue, 1UL << 63, ulong.MaxValue];

    public static TheoryData<uint> Numbers
    {
        get
        {
            var numbers = new TheoryData<uint>();
            for (uint number = 0; number < 600; number++)
            {
                if (SyscallTable.Find(number) is not null && !s_makesThreads.Contains(number))
                {
                    numbers.Add(number);
                }
            }

            return numbers;
        }
    }

    [Theory]
    [MemberData(nameof(Numbers))]
    public void Hostile_arguments_get_an_errno_and_nothing_else(uint number)
    {
        var machine = new SimulatedMachine(totalFrames: 512);
        var kernel = new SimulatedKernel(machine);
        SyscallInfo info = SyscallTable.Find(number)!;
        var random = new Random((int)number);
        var addresses = new List<ulong>(s_hostileAddresses);

        // A page whose neighbour is missing, and a place in it so near to its end that everything straddles.
        ulong mapped = kernel.Map(PageSize.Bytes).Value;
        addresses.Add(mapped);
        addresses.Add(mapped + PageSize.Bytes - 3);
        addresses.Add(mapped + PageSize.Bytes);
        kernel.Caller.Memory.Write(new UserAddress(mapped), "/x\0"u8);
        Span<ulong> arguments = stackalloc ulong[6];
        for (int round = 0; round < Rounds; round++)
        {
            // A pending signal: what would block ends at once.
            kernel.Caller.AddOwnWork(ThreadWork.Signal);
            for (int i = 0; i < arguments.Length; i++)
            {
                bool isAddress = i < info.Parameters.Length && info.Parameters[i].Kind == SyscallParameterKind.Address;
                arguments[i] = isAddress || random.Next(4) == 0 ? addresses[random.Next(addresses.Count)] : s_numbers[random.Next(s_numbers.Length)];
            }

            SyscallResult result = Dispatch(kernel.Caller, number, arguments);
            Assert.True(!result.IsError || result.Error.ToString()[0] == 'E', $"{info.Name}: {result.Value} is no errno");
        }
    }

    [Theory]
    [InlineData(0UL)]
    [InlineData(UserLayout.KernelWindowStart)]
    [InlineData(UserLayout.KernelWindowEnd - 4)]
    [InlineData(0xffff_8000_0000_0000UL)]
    [InlineData(ulong.MaxValue - 3)]
    public void What_stores_a_structure_refuses_an_address_that_is_not_the_users(ulong address)
    {
        using var kernel = new SimulatedKernel();
        (uint Number, ulong[] Arguments)[] calls =
        [
            (63, [address]),
            (99, [address]),
            (97, [7, address]),
            (98, [0, address]),
            (118, [address, address, address]),
            (127, [address, 8]),
            (158, [0x1003, address]),
            (204, [0, 8, address]),
            (228, [1, address]),
            (318, [address, 16, 0]),
        ];
        foreach ((uint number, ulong[] arguments) in calls)
        {
            Assert.Equal(Errno.EFAULT, Dispatch(kernel.Caller, number, arguments).Error);
        }
    }

    private static SyscallResult Dispatch(UserThread caller, uint number, ReadOnlySpan<ulong> arguments)
    {
        ref UserRegisters registers = ref caller.Context.Registers;
        registers.Rax = number;
        Span<ulong> all = stackalloc ulong[6];
        all.Clear();
        arguments.CopyTo(all);
        registers.Rdi = all[0];
        registers.Rsi = all[1];
        registers.Rdx = all[2];
        registers.R10 = all[3];
        registers.R8 = all[4];
        registers.R9 = all[5];
        return SyscallTable.Dispatch(caller, ref registers, number);
    }
}
