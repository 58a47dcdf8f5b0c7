using Aldis.Protocols.Arq;
using Aldis.Protocols.Arq.Wire;

namespace Aldis.Protocols.Tests.Arq;

/// <summary>Numbers that docs/arq.md names and that another implementation will count on.</summary>
public sealed class SpecifiedNumbersTests
{
    private const long Ms = Pair.Ms;
    private const long Second = 1_000 * Ms;

    [Fact]
    public void Defaults_are_those_of_sections_5_8_and_9()
    {
        var options = new ConnectionOptions();
        Assert.Equal((30 * Second, 60 * Second, 60 * Second), (options.ConnectTimeoutNs, options.UserTimeoutNs, options.IdleTimeoutNs));
        Assert.Equal((256L << 10, 128L << 20), (options.InitialWindowBytes, options.MaxWindowBytes));
        Assert.Equal((1 * Ms, 2), (options.MaxAckDelayNs, options.AckEvery));
        var endpoint = new EndpointOptions();
        Assert.Equal((20_000, 30 * Second), (endpoint.StatelessRepliesPerSecond, endpoint.CookieLifetimeNs));
    }

    [Fact]
    public void The_first_ACK_of_each_side_has_the_serial_number_1()
    {
        var first = new Dictionary<bool, uint>();
        var pair = new Pair(new ConnectionOptions());
        pair.Gate = (toServer, datagram) =>
        {
            if (PacketLayout.TypeOf(datagram) == PacketType.Ack)
            {
                first.TryAdd(toServer, PacketLayout.ReadUInt32(datagram, PacketLayout.AckSerial));
            }

            return true;
        };
        pair.RunUntil(() => pair.Callee is not null);
        pair.Callee!.Write("x"u8, pair.Now);
        pair.Callee.Flush(pair.Now);
        pair.RunFor(Second);
        Assert.Equal((1u, 1u), (first[true], first[false]));
    }

    [Theory]
    [InlineData(ArqMode.StopAndWait, 999)]
    [InlineData(ArqMode.SelectiveRepeat, 1_000)]
    public void Before_the_first_round_trip_the_time_out_is_a_second(ArqMode mode, int expectedMs)
    {
        // The SYN is repeated, so that it measures no round trip.
        int syns = 0;
        long sentNs = 0;
        long repeatedNs = 0;
        var pair = new Pair(new ConnectionOptions { Mode = mode, FrameSize = 100 });
        pair.Gate = (toServer, datagram) =>
        {
            PacketType type = PacketLayout.TypeOf(datagram);
            if (type == PacketType.Data)
            {
                (sentNs, repeatedNs) = sentNs == 0 ? (pair.Now, 0) : (sentNs, repeatedNs == 0 ? pair.Now : repeatedNs);
            }

            return type switch
            {
                PacketType.Syn => ++syns > 1,
                PacketType.Data => false,
                _ => true,
            };
        };
        pair.Caller.Write(new byte[100], pair.Now);
        pair.RunUntil(() => repeatedNs > 0);
        Assert.Equal(expectedMs, (repeatedNs - sentNs) / Ms);
    }

    [Fact]
    public void What_a_SYN_asks_at_least_is_16_KiB_of_credit()
    {
        Parameters asked = Parameters.From(new ConnectionOptions { InitialWindowBytes = 1 });
        Assert.Equal(16_384, asked.InitialLimit);
        Assert.True(Parameters.TryGrant(asked with { InitialLimit = 1 }, new ConnectionOptions(), true, out Parameters granted));
        Assert.Equal(1, granted.InitialLimit);
        Assert.True(Parameters.TryGrant(asked, new ConnectionOptions { InitialWindowBytes = 1 }, true, out granted));
        Assert.Equal(16_384, granted.InitialLimit);
    }
}
