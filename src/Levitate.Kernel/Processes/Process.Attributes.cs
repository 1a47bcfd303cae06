namespace Levitate.Kernel.Processes;

/// <content>What prctl and personality set.</content>
public sealed partial class Process
{
    /// <summary>PR_SET_DUMPABLE: whether others of the same user may look into it (/proc/[pid]).</summary>
    public bool IsDumpable { get; internal set; } = true;

    /// <summary>PR_SET_KEEPCAPS: whether giving up user 0 keeps the permitted capabilities.</summary>
    internal bool KeepsCapabilities { get; set; }

    /// <summary>PR_SET_NO_NEW_PRIVS: execve grants nothing. Never unset, inherited.</summary>
    public bool NoNewPrivileges { get; internal set; }

    /// <summary>personality's persona; only Linux's own (0) is there, with flags that change nothing here.</summary>
    internal uint Persona { get; set; }

    /// <summary>The nice value, -20 to 19.</summary>
    public int Nice { get; internal set; }

    /// <summary>Bytes of times and names that a fork takes over.</summary>
    internal void InheritAttributes(Process parent)
    {
        IsDumpable = parent.IsDumpable;
        KeepsCapabilities = parent.KeepsCapabilities;
        NoNewPrivileges = parent.NoNewPrivileges;
        Persona = parent.Persona;
        Nice = parent.Nice;
        Name = parent.Name;
        ArgumentArea = parent.ArgumentArea;
        EnvironmentArea = parent.EnvironmentArea;
        AuxiliaryVector = parent.AuxiliaryVector;
    }
}
