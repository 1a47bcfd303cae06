using System.Runtime;
using System.Runtime.CompilerServices;

namespace Levitate.Floor.Runtime;

/// <summary>pthread_t is the address of the <see cref="KernelThread"/>, which is never given back.</summary>
internal static unsafe class Pthread
{
    private const int MaximumKeys = 8;
    private const int DestructorRounds = 4;

    /// <summary>Guards the keys.</summary>
    private static SpinLock s_lock;
    private static KeyTable s_keys;

    [RuntimeExport("pthread_self")]
    internal static KernelThread* Self() => Threads.Current;

    [RuntimeExport("pthread_create")]
    internal static int Create(KernelThread** thread, PthreadAttributes* attributes, void* start, void* argument)
    {
        StartRecord* record = (StartRecord*)Malloc.Allocate((nuint)sizeof(StartRecord));
        if (record == null)
        {
            return CError.EAGAIN;
        }

        record->Start = start;
        record->Argument = argument;
        delegate*<void*, void> entry = &Run;
        KernelThread* created = Threads.TryCreate((void*)entry, record);
        if (created == null)
        {
            Malloc.Free(record);
            return CError.EAGAIN;
        }

        *thread = created;
        return 0;
    }

    /// <summary>Names are for debuggers; nothing here shows them.</summary>
    [RuntimeExport("pthread_setname_np")]
    internal static int SetName(KernelThread* thread, byte* name) => 0;

    [RuntimeExport("pthread_attr_init")]
    internal static int InitializeAttributes(PthreadAttributes* attributes)
    {
        *attributes = default;
        return 0;
    }

    [RuntimeExport("pthread_attr_destroy")]
    internal static int DestroyAttributes(PthreadAttributes* attributes) => 0;

    /// <summary>All threads are detached: nobody joins.</summary>
    [RuntimeExport("pthread_attr_setdetachstate")]
    internal static int SetDetachState(PthreadAttributes* attributes, int state) => 0;

    /// <summary>All kernel stacks have one size. The thread pool asks for 256 KiB where it needs a tenth.</summary>
    [RuntimeExport("pthread_attr_setstacksize")]
    internal static int SetStackSize(PthreadAttributes* attributes, nuint bytes) => 0;

    [RuntimeExport("pthread_attr_getstack")]
    internal static int GetStack(PthreadAttributes* attributes, ulong* address, nuint* bytes)
    {
        *address = attributes->StackAddress;
        *bytes = attributes->StackBytes;
        return 0;
    }

    /// <summary>
    /// Where a thread's stack is, without the thread-local block at its top: the collector would take what lies there for
    /// references, too.
    /// </summary>
    [RuntimeExport("pthread_getattr_np")]
    internal static int GetAttributes(KernelThread* thread, PthreadAttributes* attributes)
    {
        *attributes = default;
        attributes->StackAddress = thread->StackBottom;
        attributes->StackBytes = (nuint)(Threads.TlsStart(thread->TlsBase) - thread->StackBottom);
        return 0;
    }

    [RuntimeExport("pthread_key_create")]
    internal static int CreateKey(uint* key, void* destructor)
    {
        ulong flags = s_lock.Acquire(LockRank.ThreadKeys);
        int index = s_keys.Count;
        bool isRoom = index < MaximumKeys;
        if (isRoom)
        {
            s_keys.Destructors[index] = (ulong)destructor;
            s_keys.Count = index + 1;
        }

        s_lock.Release(flags);
        *key = (uint)index;
        return isRoom ? 0 : CError.EAGAIN;
    }

    [RuntimeExport("pthread_getspecific")]
    internal static void* GetSpecific(uint key) => key < MaximumKeys ? SpecificValues()[key] : null;

    [RuntimeExport("pthread_setspecific")]
    internal static int SetSpecific(uint key, void* value)
    {
        if (key >= MaximumKeys)
        {
            return CError.EINVAL;
        }

        SpecificValues()[key] = value;
        return 0;
    }

    [RuntimeExport("sched_yield")]
    internal static int Yield()
    {
        Threads.Yield();
        return 0;
    }

    /// <summary>
    /// Calls a thread's function, then the destructors of its keys' values, as at pthread_exit: by one of them the runtime
    /// learns that the thread ends.
    /// </summary>
    internal static void Call(void* start, void* argument)
    {
        Asm.Call(start, (long)argument, 0, 0, 0);
        void** values = SpecificValues();
        for (int round = 0; round < DestructorRounds; round++)
        {
            for (int key = 0; key < s_keys.Count; key++)
            {
                void* value = values[key];
                values[key] = null;
                if (value != null && s_keys.Destructors[key] != 0)
                {
                    Asm.Call((void*)s_keys.Destructors[key], (long)value, 0, 0, 0);
                }
            }
        }
    }

    /// <summary>Where a thread begins.</summary>
    private static void Run(void* argument)
    {
        StartRecord record = *(StartRecord*)argument;
        Malloc.Free(argument);
        Call(record.Start, record.Argument);
    }

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "levitate_specific_values")]
    private static extern void** SpecificValues();

    private struct StartRecord
    {
        internal void* Start;
        internal void* Argument;
    }

    private struct KeyTable
    {
        internal int Count;
        internal fixed ulong Destructors[MaximumKeys];
    }
}

/// <summary>pthread_attr_t: 56 bytes in glibc.</summary>
internal struct PthreadAttributes
{
    /// <summary>The stack's lowest address.</summary>
    internal ulong StackAddress;

    /// <summary>Its size.</summary>
    internal nuint StackBytes;
}
