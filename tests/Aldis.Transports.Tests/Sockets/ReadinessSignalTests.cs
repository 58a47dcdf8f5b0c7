using Aldis.Transports.Sockets;

namespace Aldis.Transports.Tests.Sockets;

public sealed class ReadinessSignalTests
{
    [Fact]
    public void A_report_before_the_wait_makes_the_wait_fail()
    {
        var signal = default(ReadinessSignal);
        signal.Lower();
        Assert.False(signal.Raise());
        Assert.False(signal.TryAwait());
        Assert.True(signal.IsRaised);
    }

    [Fact]
    public void Of_two_reports_to_a_waiting_party_one_resumes_it()
    {
        var signal = default(ReadinessSignal);
        Assert.True(signal.TryAwait());
        Assert.True(signal.Raise());
        Assert.False(signal.Raise());
    }
}
