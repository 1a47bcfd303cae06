namespace Levitate.Kernel.Signals;

/// <summary>
/// What a process does on each signal. A fork shares the table until either side changes it, and a process that has changed
/// nothing has the one of defaults: most processes end or execute a program before they would need their own. The lock of
/// the <see cref="ProcessSignals"/> guards it.
/// </summary>
internal struct SignalActions
{
    private static readonly SignalAction[] s_defaults = new SignalAction[SignalNumber.Maximum + 1];

    private SignalAction[] _table;
    private bool _isShared;

    /// <summary>The default action for each signal.</summary>
    public SignalActions()
    {
        _table = s_defaults;
        _isShared = true;
    }

    /// <summary>The action of a signal.</summary>
    public readonly ref readonly SignalAction this[int signal] => ref _table[signal];

    /// <summary>The action of a signal, to be changed.</summary>
    public ref SignalAction Change(int signal)
    {
        if (_isShared)
        {
            _table = (SignalAction[])_table.Clone();
            _isShared = false;
        }

        return ref _table[signal];
    }

    /// <summary>The same actions for a forked process.</summary>
    public SignalActions Share()
    {
        _isShared = true;
        return this;
    }

    /// <summary>Gives each signal its default action but those that are ignored.</summary>
    public void ResetCaught()
    {
        SignalAction[] old = _table;
        this = new SignalActions();
        for (int signal = 1; signal < old.Length; signal++)
        {
            if (old[signal].Handler == SignalAction.Ignore)
            {
                Change(signal).Handler = SignalAction.Ignore;
            }
        }
    }
}
