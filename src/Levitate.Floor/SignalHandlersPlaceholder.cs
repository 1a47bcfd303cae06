namespace Levitate.Floor.Runtime;

// Deleted by the runtime helper's landing, which brings the real class (Runtime/Signals.cs).
internal static unsafe class SignalHandlers
{
    internal const int SIGACTIVATION = 34;

    internal static void* Find(int signal) => null;
}
