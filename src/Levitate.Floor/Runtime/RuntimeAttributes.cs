using System;

namespace System.Runtime;

/// <summary>
/// Gives a static method a plain C symbol. ILC knows the attribute by its full name: the method is called without a
/// transition into managed mode, so it must be fit to run anywhere (see docs/architecture.md, "The floor").
/// </summary>
/// <param name="entry">The symbol.</param>
[AttributeUsage(AttributeTargets.Method, Inherited = false)]
public sealed class RuntimeExportAttribute(string entry) : Attribute
{
    /// <summary>The symbol.</summary>
    public string EntryPoint { get; } = entry;
}

/// <summary>
/// Binds an extern method, marked <c>MethodImplOptions.InternalCall</c>, to a symbol of the link: a bare call with the
/// C calling convention and no transition out of managed mode. What is called must neither block nor collect.
/// </summary>
/// <param name="library">Always "*": this image.</param>
/// <param name="entry">The symbol.</param>
[AttributeUsage(AttributeTargets.Method, Inherited = false)]
public sealed class RuntimeImportAttribute(string library, string entry) : Attribute
{
    /// <summary>The library.</summary>
    public string DllName { get; } = library;

    /// <summary>The symbol.</summary>
    public string EntryPoint { get; } = entry;
}
