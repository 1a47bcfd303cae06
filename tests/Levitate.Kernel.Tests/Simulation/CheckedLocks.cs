using System.Runtime.CompilerServices;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.Tests.Simulation;

/// <summary>Has the order of the kernel's locks checked in every test, and each lock be a place where threads may be held up.</summary>
internal static class CheckedLocks
{
    [ModuleInitializer]
    internal static void TurnOn()
    {
        LockOrderChecks.AreOn = true;
        LockOrderChecks.Disturbance = static () => Disturbance.OfThread?.Point();
    }
}
