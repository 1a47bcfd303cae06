using System;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Files.Pipes;
using Levitate.Kernel.Platform;

namespace Levitate.Kernel.Network.Unix;

/// <summary>A message in a queue, or bytes of a stream that one sender sent.</summary>
internal struct UnixMessage
{
    /// <summary>Bytes of it in the queue.</summary>
    public int Length;

    /// <summary>Who sent it.</summary>
    public PeerCredentials Sender;

    /// <summary>The sender's name.</summary>
    public byte[]? Address;

    /// <summary>The real user that files are sent by, whoever <see cref="Sender"/> is said to be.</summary>
    public uint RealUserId;

    /// <summary>Files that come with it, a reference each.</summary>
    public FileDescription[]? Files;
}

/// <summary>What was sent to a socket and not yet received: bytes in page frames, and what they are. The socket's lock guards it.</summary>
internal sealed class UnixMessageQueue(IFrameAllocator frames)
{
    /// <summary>Bytes that there is room for, whatever senders may send ahead: twice the largest SO_SNDBUF that may be asked for.</summary>
    public const int Capacity = 2 * SocketSettings.DefaultBufferSize;

    /// <summary>What a message counts beside its bytes, so that empty ones do not fill the memory.</summary>
    private const int MessageCost = 256;

    private UnixMessage[] _messages = [];
    private int _first;
    private PipeBuffer _buffer;
    private bool _hasBuffer;

    /// <summary>Messages in it.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes in it.</summary>
    public int Bytes { get; private set; }

    /// <summary>What it counts against its senders' buffers.</summary>
    public int Cost => Bytes + (Count * MessageCost);

    /// <summary>Bytes that there is room for.</summary>
    public int Room => _hasBuffer ? _buffer.Room : Capacity;

    /// <summary>The first message.</summary>
    public ref UnixMessage First => ref _messages[_first];

    /// <summary>Message number <paramref name="index"/> from the first.</summary>
    public ref UnixMessage this[int index] => ref _messages[(_first + index) % _messages.Length];

    /// <summary>Adds bytes, as many as the cursor has: together, or where that does not do, none.</summary>
    /// <param name="cursor">The bytes.</param>
    /// <param name="message">What they are; its length is set.</param>
    /// <param name="isStream">Whether they may join those before.</param>
    /// <returns>EFAULT, ENOMEM.</returns>
    public Errno Add(ref IoCursor cursor, in UnixMessage message, bool isStream)
    {
        if (!_hasBuffer)
        {
            _buffer = new PipeBuffer(frames, Capacity);
            _hasBuffer = true;
        }

        long before = cursor.Done, wanted = cursor.Remaining;
        Errno error = _buffer.Write(ref cursor);
        int count = (int)(cursor.Done - before);
        if (error == Errno.None && count < wanted && !(isStream && count > 0))
        {
            error = Errno.EFAULT;
        }

        if (error != Errno.None)
        {
            _buffer.TakeBack(count);
            return error;
        }

        Bytes += count;
        if (isStream && Count > 0 && JoinsLast(message))
        {
            this[Count - 1].Length += count;
            return Errno.None;
        }

        Append(message with { Length = count });
        return Errno.None;
    }

    /// <summary>Copies bytes from the front and leaves them there.</summary>
    public void Peek(ref IoCursor cursor, int count)
    {
        if (count > 0)
        {
            _buffer.Peek(ref cursor, count);
        }
    }

    /// <summary>Moves bytes of a stream out of the front, over messages without files, as many as the cursor takes.</summary>
    public void Take(ref IoCursor cursor, int count)
    {
        long before = cursor.Done;
        if (count > 0)
        {
            _buffer.Read(ref cursor, count);
        }

        Consume((int)(cursor.Done - before));
    }

    /// <summary>Takes the first message away, with what of it was not received.</summary>
    public UnixMessage RemoveFirst()
    {
        UnixMessage message = First;
        Bytes -= message.Length;
        if (message.Length > 0)
        {
            _buffer.Skip(message.Length);
        }

        Drop();
        return message;
    }

    /// <summary>Takes everything away but the files, which it returns.</summary>
    public FileDescription[][] Clear()
    {
        var files = new FileDescription[Count][];
        for (int i = 0; i < files.Length; i++)
        {
            files[i] = this[i].Files ?? [];
        }

        if (_hasBuffer)
        {
            _buffer.Clear();
        }

        _messages = [];
        _first = 0;
        Count = 0;
        Bytes = 0;
        return files;
    }

    private void Consume(int count)
    {
        Bytes -= count;
        while (Count > 0 && (count > 0 || First.Length == 0))
        {
            int part = Math.Min(count, First.Length);
            First.Length -= part;
            count -= part;
            if (First.Length > 0)
            {
                break;
            }

            Drop();
        }
    }

    private void Drop()
    {
        First = default;
        _first = (_first + 1) % _messages.Length;
        Count--;
    }

    private bool JoinsLast(in UnixMessage message)
    {
        ref UnixMessage last = ref this[Count - 1];
        return last.Files is null && message.Files is null && last.Sender == message.Sender && ReferenceEquals(last.Address, message.Address);
    }

    private void Append(in UnixMessage message)
    {
        if (Count == _messages.Length)
        {
            var larger = new UnixMessage[Math.Max(4, 2 * Count)];
            for (int i = 0; i < Count; i++)
            {
                larger[i] = this[i];
            }

            _messages = larger;
            _first = 0;
        }

        Count++;
        this[Count - 1] = message;
    }
}
