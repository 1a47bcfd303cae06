using Levitate.Cli.VirtualMachines;
using Xunit;

namespace Levitate.Cli.Tests;

public sealed class AcceleratorTests
{
    [Theory]
    [InlineData("flags\t\t: fpu vmx sse", true, "Kvm")]
    [InlineData("flags\t\t: fpu svm sse", true, "Kvm")]
    [InlineData("flags\t\t: fpu svm sse", false, "Tcg")]
    [InlineData("flags\t\t: fpu sse", true, "Tcg")]
    [InlineData("vmx flags\t: vnmi", true, "Tcg")]
    [InlineData("model name\t: vmx svm", true, "Tcg")]
    public void Auto_is_KVM_where_the_processor_and_the_device_both_offer_it(string line, bool kvmOpens, string accelerator) =>
        Assert.Equal(accelerator, AcceleratorChoice.Resolve(Accelerator.Auto, ["processor\t: 0", line], () => kvmOpens).ToString());

    [Theory]
    [InlineData("Tcg")]
    [InlineData("Kvm")]
    public void A_wish_is_what_it_is(string wish) =>
        Assert.Equal(wish, AcceleratorChoice.Resolve(System.Enum.Parse<Accelerator>(wish), [], () => false).ToString());
}
