using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Signals;
using Levitate.Kernel.Tests.Processes;
using Xunit;

namespace Levitate.Kernel.Tests.Signals;

public sealed class SignalDeliveryTests
{
    private const ulong Data = ProcessTestKernel.Data;
    private const ulong Self = 2;

    [Fact]
    public void The_frame_has_the_layout_of_Linux()
    {
        Assert.Equal(SignalFrame.Size, Marshal.SizeOf<SignalFrame>());
        Assert.Equal(SignalFrame.InfoOffset, (int)Marshal.OffsetOf<SignalFrame>(nameof(SignalFrame.Info)));
        Assert.Equal(SignalFrame.ContextOffset, (int)Marshal.OffsetOf<SignalFrame>(nameof(SignalFrame.ContextFlags)));
        Assert.Equal(8 + 296, (int)Marshal.OffsetOf<SignalFrame>(nameof(SignalFrame.Mask)));
        Assert.Equal(256, Marshal.SizeOf<SignalContext>());
        Assert.Equal(48, Marshal.SizeOf<SignalInfo>());
    }

    [Fact]
    public void A_handler_gets_its_arguments_and_returns_to_where_the_program_was()
    {
        using var kernel = new ProcessTestKernel();
        int handled = 0;
        IEnumerable<UserExit> OnSignal(UserProgram program)
        {
            UserRegisters registers = program.Context.Registers;
            Assert.Equal((ulong)SignalNumber.SIGUSR1, registers.Rdi);
            Assert.Equal(8UL, registers.Rsp % 16);
            var info = program.Load<SignalInfo>(registers.Rsi);
            Assert.Equal((SignalNumber.SIGUSR1, SignalCode.SI_USER, Self), (info.Signal, info.Code, info.Field0));
            var frame = program.Load<SignalFrame>(registers.Rsp);
            Assert.Equal(UserProgram.SyscallAddress + 2, frame.Context.Rip);
            Assert.Equal(ProcessTestKernel.StackPointer, frame.Context.Rsp);
            Assert.Equal(0UL, frame.Context.VectorState % 64);
            handled++;

            // The signal is blocked in its own handler, and so is what sa_mask names.
            yield return program.Call(14, 0, 0, Data + 256, 8);
            Assert.Equal(SignalNumber.Bit(SignalNumber.SIGUSR1) | SignalNumber.Bit(SignalNumber.SIGTERM), program.Load<ulong>(Data + 256));
        }

        IEnumerable<UserExit> Main(UserProgram program)
        {
            yield return SetHandler(program, SignalNumber.SIGUSR1, program.Handler(OnSignal), SignalActionFlags.SA_SIGINFO, SignalNumber.Bit(SignalNumber.SIGTERM));
            program.Context.Registers.Rbx = 0x1234;
            program.Context.VectorState[160] = 0xab;
            yield return program.Call(62, Self, SignalNumber.SIGUSR1);
            Assert.Equal(0, program.Result);
            Assert.Equal(1, handled);
            Assert.Equal(0x1234UL, program.Context.Registers.Rbx);
            Assert.Equal(0xab, program.Context.VectorState[160]);
            Assert.Equal(ProcessTestKernel.StackPointer, program.Context.Registers.Rsp);
            yield return program.Call(14, 0, 0, Data + 256, 8);
            Assert.Equal(0UL, program.Load<ulong>(Data + 256));
            yield return program.Call(231, 0);
        }

        Assert.Equal(0, kernel.Run(Main).Value);
    }

    [Fact]
    public void A_handler_may_run_on_the_alternate_stack_and_once_only()
    {
        using var kernel = new ProcessTestKernel();
        IEnumerable<UserExit> OnSignal(UserProgram program)
        {
            ulong stack = program.Context.Registers.Rsp;
            Assert.InRange(stack, Data + 0x2000, Data + 0x6000);
            yield return program.Call(131, 0, Data + 256);
            Assert.Equal(1, program.Load<SignalStack>(Data + 256).Flags);
            yield return program.Call(131, Data + 512, 0);
            Assert.Equal(Errno.EPERM, program.Error);
        }

        IEnumerable<UserExit> Main(UserProgram program)
        {
            program.Store(Data + 512, new SignalStack { Start = Data + 0x2000, Size = 0x4000 });
            yield return program.Call(131, Data + 512, 0);
            Assert.Equal(0, program.Result);
            yield return SetHandler(program, SignalNumber.SIGUSR1, program.Handler(OnSignal), SignalActionFlags.SA_ONSTACK | SignalActionFlags.SA_RESETHAND, 0);
            yield return program.Call(200, Self, SignalNumber.SIGUSR1);
            Assert.Equal(0, program.Result);
            yield return program.Call(200, Self, SignalNumber.SIGUSR1);
            Assert.Fail("SA_RESETHAND did not put the default back");
        }

        Assert.Equal(SignalNumber.SIGUSR1, kernel.Run(Main).Signal);
    }

    [Fact]
    public void A_handler_without_a_stack_to_run_on_is_a_fatal_SIGSEGV()
    {
        using var kernel = new ProcessTestKernel();
        IEnumerable<UserExit> Main(UserProgram program)
        {
            yield return SetHandler(program, SignalNumber.SIGUSR1, program.Handler(static _ => []), SignalActionFlags.None, 0);
            yield return SetHandler(program, SignalNumber.SIGSEGV, program.Handler(static _ => []), SignalActionFlags.None, 0);
            program.Context.Registers.Rsp = 0x7000_0000_0000;
            yield return program.Call(62, Self, SignalNumber.SIGUSR1);
            Assert.Fail("the program goes on");
        }

        Assert.Equal(SignalNumber.SIGSEGV, kernel.Run(Main).Signal);
    }

    [Fact]
    public void A_blocked_fault_is_fatal()
    {
        using var kernel = new ProcessTestKernel();
        IEnumerable<UserExit> Main(UserProgram program)
        {
            program.Store(Data, ulong.MaxValue);
            yield return program.Call(14, 2, Data, 0, 8);
            yield return program.Fault(0);
        }

        Assert.Equal(SignalNumber.SIGFPE, kernel.Run(Main).Signal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_interrupted_call_is_restarted_if_its_handler_says_so(bool restarts)
    {
        using var kernel = new ProcessTestKernel();
        int handled = 0;
        IEnumerable<UserExit> OnSignal(UserProgram program)
        {
            handled++;
            program.Store(Data, 1u);
            yield break;
        }

        IEnumerable<UserExit> Main(UserProgram program)
        {
            yield return SetHandler(program, SignalNumber.SIGUSR1, program.Handler(OnSignal), restarts ? SignalActionFlags.SA_RESTART : SignalActionFlags.None, 0);

            // Waits while the word is 0: the handler sets it to 1, so the restarted call finds EAGAIN.
            yield return program.Call(202, Data, 0, 0, 0);
            Assert.Equal(restarts ? Errno.EAGAIN : Errno.EINTR, program.Error);
            Assert.Equal(1, handled);
            yield return program.Call(231, 0);
        }

        UserThread thread = kernel.Start(Main);
        kernel.WaitUntilParked(thread);
        thread.Process.Signals.Send(SignalInfo.FromKernel(SignalNumber.SIGUSR1));
        Assert.Equal(0, kernel.WaitForEnd(thread.Process).Value);
    }

    [Fact]
    public void A_stopped_process_goes_on_with_SIGCONT_and_its_parent_hears_of_both()
    {
        using var kernel = new ProcessTestKernel();
        kernel.ExpectClone(Child);
        static IEnumerable<UserExit> Child(UserProgram program)
        {
            yield return program.Call(62, 3, SignalNumber.SIGSTOP);
            Assert.Equal(0, program.Result);
            yield return program.Call(231, 6);
        }

        static IEnumerable<UserExit> Main(UserProgram program)
        {
            yield return program.Call(57);
            while (!program.Context.Store(new UserAddress(Data), [0, 0, 0, 0]))
            {
                yield return UserExit.Fault;
            }

            yield return program.Call(61, 3, Data, 2, 0);
            Assert.Equal(3, program.Result);
            Assert.Equal((SignalNumber.SIGSTOP << 8) | 0x7f, program.Load<int>(Data));
            yield return program.Call(62, 3, SignalNumber.SIGCONT);
            Assert.Equal(0, program.Result);
            yield return program.Call(61, 3, Data, 8, 0);
            Assert.Contains(program.Load<int>(Data), new[] { 0xffff, 6 << 8 });
            if (program.Load<int>(Data) == 0xffff)
            {
                yield return program.Call(61, 3, Data, 0, 0);
                Assert.Equal(6 << 8, program.Load<int>(Data));
            }

            yield return program.Call(231, 0);
        }

        Assert.Equal(0, kernel.Run(Main).Value);
    }

    [Fact]
    public void Real_time_signals_are_queued_and_come_in_order()
    {
        using var kernel = new ProcessTestKernel();
        var values = new List<ulong>();
        IEnumerable<UserExit> Main(UserProgram program)
        {
            program.Store(Data, ulong.MaxValue);
            yield return program.Call(14, 2, Data, 0, 8);
            for (ulong i = 1; i <= 3; i++)
            {
                program.Store(Data + 64, new SignalInfo { Code = SignalCode.SI_QUEUE, Field1 = i });
                yield return program.Call(129, Self, 40, Data + 64);
                yield return program.Call(129, Self, SignalNumber.SIGUSR1, Data + 64);
                Assert.Equal(0, program.Result);
            }

            program.Store(Data, SignalNumber.Bit(40) | SignalNumber.Bit(SignalNumber.SIGUSR1));
            program.Store(Data + 8, new TimeSpec(0, 0));
            while (true)
            {
                yield return program.Call(128, Data, Data + 256, Data + 8, 8);
                if (program.Error != Errno.None)
                {
                    break;
                }

                values.Add((ulong)program.Result * 100 + program.Load<SignalInfo>(Data + 256).Field1);
            }

            Assert.Equal(Errno.EAGAIN, program.Error);
            yield return program.Call(231, 0);
        }

        Assert.Equal(0, kernel.Run(Main).Value);
        Assert.Equal([1001, 4001, 4002, 4003], values);
    }

    [Fact]
    public void Past_the_limit_of_queued_signals_kill_loses_the_information_and_sigqueue_is_told()
    {
        using var kernel = new ProcessTestKernel();
        var taken = new List<(long Signal, int Code, ulong Sender)>();
        UserAccount account = null!;
        IEnumerable<UserExit> Main(UserProgram program)
        {
            program.Store(Data, ulong.MaxValue);
            yield return program.Call(14, 2, Data, 0, 8);
            program.Store(Data + 128, new ResourceLimit(2, 4096));
            yield return program.Call(160, (ulong)ResourceLimitKind.RLIMIT_SIGPENDING, Data + 128);

            // One for the process and one for its thread: the user's are counted, not those of one queue.
            program.Store(Data + 64, new SignalInfo { Code = SignalCode.SI_QUEUE });
            yield return program.Call(129, Self, 40, Data + 64);
            yield return program.Call(297, Self, Self, 40, Data + 64);
            Assert.Equal(0, program.Result);
            yield return program.Call(129, Self, 40, Data + 64);
            Assert.Equal(Errno.EAGAIN, program.Error);
            yield return program.Call(234, Self, Self, 41);
            Assert.Equal(Errno.EAGAIN, program.Error);
            yield return program.Call(62, Self, 41);
            Assert.Equal(0, program.Result);
            yield return program.Call(62, Self, SignalNumber.SIGUSR1);
            Assert.Equal(0, program.Result);

            program.Store(Data, SignalNumber.Bit(40) | SignalNumber.Bit(41) | SignalNumber.Bit(SignalNumber.SIGUSR1));
            program.Store(Data + 8, new TimeSpec(0, 0));
            while (true)
            {
                yield return program.Call(128, Data, Data + 256, Data + 8, 8);
                if (program.Error != Errno.None)
                {
                    break;
                }

                SignalInfo info = program.Load<SignalInfo>(Data + 256);
                taken.Add((program.Result, info.Code, (uint)info.Field0));
            }

            yield return program.Call(129, Self, 40, Data + 64);
            Assert.Equal(0, program.Result);
            account = kernel.Kernel.Processes.FindThread((int)Self)!.Account!;
            Assert.Equal(1, account.Signals);
            yield return program.Call(231, 0);
        }

        Assert.Equal(0, kernel.Run(Main).Value);
        Assert.Equal([(40, SignalCode.SI_QUEUE, 0), (SignalNumber.SIGUSR1, SignalCode.SI_USER, Self), (40, SignalCode.SI_QUEUE, 0), (41, SignalCode.SI_USER, 0)], taken);
        Assert.Equal(0, account.Signals);
    }

    [Fact]
    public void A_hostile_frame_is_a_signal_and_never_more()
    {
        using var kernel = new ProcessTestKernel();
        var random = new Random(4711);
        for (int round = 0; round < 300; round++)
        {
            IEnumerable<UserExit> Main(UserProgram program)
            {
                var bytes = new byte[SignalFrame.Size];
                random.NextBytes(bytes);
                var frame = MemoryMarshal.Read<SignalFrame>(bytes);
                frame.Context.VectorState = (round % 3) switch { 0 => 0, 1 => Data + 0x4000, _ => frame.Context.VectorState };
                program.Store(Data, frame);
                var state = new byte[2048];
                random.NextBytes(state);
                if (round % 2 == 0)
                {
                    // The magic words of an extended state, so that its header counts.
                    int size = program.Context.VectorState.Length;
                    MemoryMarshal.Write(state.AsSpan(464), 0x4650_5853u);
                    MemoryMarshal.Write(state.AsSpan(468), (uint)size + 4);
                    MemoryMarshal.Write(state.AsSpan(480), (uint)size);
                    MemoryMarshal.Write(state.AsSpan(size), 0x4650_5845u);
                }

                program.Context.Store(new UserAddress(Data + 0x4000), state);
                program.Context.Registers.Rsp = Data + 8;
                yield return program.Call(15);
                Assert.Equal(0UL, program.Context.Registers.Rflags & 0x3000);
                program.Context.Registers.Rsp = ProcessTestKernel.StackPointer;
                yield return program.Call(231, 0);
            }

            WaitStatus status = kernel.Run(Main);
            Assert.True(status.HasExited || status.Signal == SignalNumber.SIGSEGV, $"round {round}: {status}");
        }

        Assert.Equal(0, kernel.Kernel.ContainedExceptions);
    }

    private static UserExit SetHandler(UserProgram program, int signal, ulong handler, SignalActionFlags flags, ulong mask)
    {
        program.Store(Data + 1024, new SignalAction { Handler = handler, Flags = flags | SignalActionFlags.SA_RESTORER, Restorer = UserProgram.Restorer, Mask = mask });
        return program.Call(13, (ulong)signal, Data + 1024, 0, 8);
    }
}
