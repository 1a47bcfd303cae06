using Levitate.Floor;
using Levitate.Machine.Firmware;
using Levitate.Machine.Memory;

namespace Levitate.Machine.Processors;

/// <summary>Turns the machine off: by the host's exit port where it named one, else by ACPI, else by a reset.</summary>
internal sealed class PowerControl(ushort? exitPort, ulong acpiRoot)
{
    /// <summary>Ends the machine.</summary>
    internal void Off()
    {
        if (exitPort is ushort port)
        {
            PortIO.Out32(port, 0);
        }

        if (AcpiTables.TryFindSoftOff(FirmwareMemory.OfMachine, acpiRoot, out AcpiTables.SoftOff softOff))
        {
            if (softOff.IsPort)
            {
                PortIO.Out16((ushort)softOff.Address, softOff.Value);
            }
            else
            {
                new MmioRegion(softOff.Address, sizeof(byte)).Write8(0, (byte)softOff.Value);
            }
        }

        Power.Off(0);
    }
}
