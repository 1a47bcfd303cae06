namespace Levitate.Kernel.Abi;

/// <summary>A value or the error that stands in its place; expected failures travel as values, never as exceptions.</summary>
/// <typeparam name="T">What success yields.</typeparam>
public readonly struct Result<T>
{
    private readonly T _value;

    /// <summary>The error, or <see cref="Errno.None"/> where there is a value.</summary>
    public Errno Error { get; }

    private Result(T value, Errno error)
    {
        _value = value;
        Error = error;
    }

    /// <summary>Whether there is a value.</summary>
    public bool Succeeded => Error == Errno.None;

    /// <summary>The value. Reading it of a failure is a kernel bug.</summary>
    public T Value => Error == Errno.None ? _value : throw new System.InvalidOperationException("a failed result has no value");

    /// <summary>Takes the value out; false, with the error, where there is none.</summary>
    public bool TryGet(out T value, out Errno error)
    {
        value = _value;
        error = Error;
        return error == Errno.None;
    }

    /// <summary>Wraps a value.</summary>
    public static implicit operator Result<T>(T value) => new(value, Errno.None);

    internal static Result<T> From(T value) => new(value, Errno.None);

    /// <summary>Wraps an error.</summary>
    public static implicit operator Result<T>(Errno error) => new(default!, error);
}

/// <summary>Makes results where C# has no implicit conversion: of interface types.</summary>
public static class Result
{
    /// <summary>Wraps a value.</summary>
    public static Result<T> Of<T>(T value) => Result<T>.From(value);
}
