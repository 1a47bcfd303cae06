using System;
using System.Diagnostics.CodeAnalysis;
using System.Threading;

namespace Levitate.Floor;

/// <summary>The end of the kernel: says why and where, and stops the machine.</summary>
public static unsafe class Panic
{
    private const int MaximumFrames = 40;

    /// <summary>The number of the CPU that panics, plus 1.</summary>
    private static int s_cpu;

    /// <summary>Prints the message and a stack trace (addresses; `levitate` puts names to them), and ends the machine.</summary>
    [DoesNotReturn]
    public static void Halt(ReadOnlySpan<byte> message)
    {
        Begin(message);
        WriteTrace(0, Asm.GetFramePointer());
        End();
    }

    /// <summary>Panics over a trap in the kernel.</summary>
    [DoesNotReturn]
    internal static void Halt(ReadOnlySpan<byte> message, TrapFrame* frame)
    {
        Begin(message);
        WriteField("  vector "u8, frame->Vector);
        WriteField(" error "u8, frame->ErrorCode);
        WriteField(" cr2 "u8, Asm.ReadCr2());
        WriteField(" rip "u8, frame->Rip);
        WriteField(" rsp "u8, frame->Rsp);
        WriteField("\n  rax "u8, frame->Rax);
        WriteField(" rbx "u8, frame->Rbx);
        WriteField(" rcx "u8, frame->Rcx);
        WriteField(" rdx "u8, frame->Rdx);
        WriteField(" rsi "u8, frame->Rsi);
        WriteField(" rdi "u8, frame->Rdi);
        WriteField(" rbp "u8, frame->Rbp);
        WriteField("\n  r8 "u8, frame->R8);
        WriteField(" r9 "u8, frame->R9);
        WriteField(" r10 "u8, frame->R10);
        WriteField(" r11 "u8, frame->R11);
        WriteField(" r12 "u8, frame->R12);
        WriteField(" r13 "u8, frame->R13);
        WriteField(" r14 "u8, frame->R14);
        WriteField(" r15 "u8, frame->R15);
        SerialLog.WriteUnlocked("\n"u8);
        WriteTrace(frame->Rip, (ulong*)frame->Rbp);
        End();
    }

    private static void Begin(ReadOnlySpan<byte> message)
    {
        Asm.DisableInterrupts();
        int here = Processors.Count == 0 ? 1 : Processors.Current + 1;
        int first = Interlocked.CompareExchange(ref s_cpu, here, 0);
        if (first == 0)
        {
            Processors.StopOthers();
        }
        else if (first != here)
        {
            // Another CPU reports its panic.
            Asm.Stop();
        }
        else
        {
            // A panic within a panic: its first words are all that can be trusted.
            SerialLog.WriteUnlocked("\n[PANIC] again: "u8);
            SerialLog.WriteUnlocked(message);
            End();
        }

        SerialLog.WriteUnlocked("\n[PANIC] "u8);
        SerialLog.WriteUnlocked(message);
        SerialLog.WriteUnlocked("\n"u8);
    }

    private static void WriteField(ReadOnlySpan<byte> name, ulong value)
    {
        SerialLog.WriteUnlocked(name);
        SerialLog.WriteHexUnlocked(value);
    }

    /// <summary>Follows the chain of frame pointers as long as it climbs and stays in mapped kernel memory.</summary>
    private static void WriteTrace(ulong address, ulong* framePointer)
    {
        if (address != 0)
        {
            WriteField("  at "u8, address);
            SerialLog.WriteUnlocked("\n"u8);
        }

        for (int depth = 0; depth < MaximumFrames; depth++)
        {
            ulong value = (ulong)framePointer;
            if (value < 0xffff_8000_0000_0000 || (value & 7) != 0 || !KernelPageTables.IsMapped(value) || !KernelPageTables.IsMapped(value + 8))
            {
                return;
            }

            WriteField("  at "u8, framePointer[1]);
            SerialLog.WriteUnlocked("\n"u8);
            ulong* next = (ulong*)framePointer[0];
            if (next <= framePointer)
            {
                return;
            }

            framePointer = next;
        }
    }

    [DoesNotReturn]
    private static void End()
    {
        SerialLog.WriteUnlocked("[PANIC] the machine stops here\n"u8);
        Power.Off(Power.PanicStatus);
    }
}
