using Aldis.Protocols.Arq;
using Aldis.Protocols.Arq.Congestion;
using Aldis.Transports.Addresses;
using Aldis.Transports.Arq;

namespace Aldis.Transports.Tests.Arq;

public sealed class ArqAddressOptionsTests
{
    [Fact]
    public void An_address_without_options_is_selective_repeat_that_shares_the_path_and_stays_alive()
    {
        ConnectionOptions options = Client(string.Empty);

        Assert.Equal(ArqDefaults.Connection, options);
        Assert.Equal((ArqMode.SelectiveRepeat, 0, 20_000_000_000), (options.Mode, options.FrameSize, options.KeepAliveNs));
    }

    [Fact]
    public void The_laboratory_has_fixed_frames_and_a_fixed_window()
    {
        ConnectionOptions options = Client("?mode=go-back-n&profile=lab&frame=512&window=8&timeout=200ms&reject=on&keepalive=off");

        Assert.Equal(
            ConnectionOptions.GoBackN(512, 8) with
            {
                Retransmission = RetransmissionPolicy.Constant(200_000_000),
                RejectRewinds = true,
            },
            options);
    }

    [Theory]
    [InlineData("?mode=stop-and-wait", 1_024, 65_507)]
    [InlineData("?mode=go-back-n&frame=8K", 8_192, 65_507)]
    [InlineData("?frame=auto&datagram=9000", 0, 9_000)]
    [InlineData("?frame=100&datagram=128", 100, 128)]
    [InlineData("?mode=go-back-n&datagram=600", 572, 600)]
    [InlineData("?profile=lab&datagram=128", 100, 128)]
    [InlineData("?mode=stop-and-wait&datagram=9000", 1_024, 9_000)]
    [InlineData("?profile=lab", 1_024, 65_507)]
    [InlineData("?profile=lossy", 0, 65_507)]
    public void A_datagram_holds_a_frame(string query, int frame, int datagram)
    {
        ConnectionOptions options = Client(query);
        Assert.Equal((frame, datagram), (options.FrameSize, options.MaxDatagramSize));
    }

    [Theory]
    [InlineData("?profile=lossy", CongestionProfile.Lossy)]
    [InlineData("?profile=lab", CongestionProfile.Lab)]
    [InlineData("?profile=internet", CongestionProfile.Internet)]
    internal void A_profile_holds_in_both_directions(string query, CongestionProfile profile) =>
        Assert.Equal((profile, profile), (Client(query).Congestion, Client(query).PeerCongestion));

    [Theory]
    [InlineData("?mode=stop-and-wait&timeout=auto", 0)]
    [InlineData("?timeout=auto", 0)]
    [InlineData("?mode=stop-and-wait&timeout=1.5s", 1_500_000_000)]
    public void A_timeout_never_backs_off(string query, long timeoutNs) =>
        Assert.Equal(new RetransmissionPolicy(timeoutNs, RetransmissionBackOff.None), Client(query).Retransmission);

    [Theory]
    [InlineData("?profile=lab", true)]
    [InlineData("?profile=lab&frame=512&timeout=200ms", true)]
    [InlineData("?frame=512", false)]
    [InlineData("?profile=lossy&frame=512", false)]
    [InlineData("?profile=lab&mode=go-back-n", false)]
    public void Frames_have_timers_of_their_own_in_the_laboratory_alone(string query, bool has)
    {
        Assert.Equal(has, Client(query).HasFrameTimers);
        Assert.True(ArqAddressOptions.ForListener(EndpointAddress.Parse("arq://host:1")).FrameTimers);
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("?mode=go-back-n", true)]
    [InlineData("?profile=lab", true)]
    [InlineData("?mode=stop-and-wait&frame=512", false)]
    [InlineData("?frame=512", false)]
    public void A_frame_that_the_address_does_not_name_yields_to_the_listeners(string query, bool yields) =>
        Assert.Equal(yields, Client(query).FrameSizeYields);

    [Theory]
    [InlineData("?mode=sliding", "mode=sliding", "selective-repeat, go-back-n or stop-and-wait")]
    [InlineData("?profile=fast", "profile=fast", "internet, lossy or lab")]
    [InlineData("?frame=0", "frame=0", "from 1 to 65479")]
    [InlineData("?frame=64K", "frame=64K", "from 1 to 65479")]
    [InlineData("?frame=big", "frame=big", "from 1 to 65479")]
    [InlineData("?mode=go-back-n&frame=auto", "frame=auto", "selective-repeat")]
    [InlineData("?window=0", "window=0", "from 1 to 1048576")]
    [InlineData("?window=2M", "window=2M", "from 1 to 1048576")]
    [InlineData("?mode=stop-and-wait&window=4", "window=4", "one frame")]
    [InlineData("?mode=go-back-n&timeout=soon", "timeout=soon", "from 1ms to 60s, or auto")]
    [InlineData("?mode=go-back-n&timeout=0.5ms", "timeout=0.5ms", "from 1ms to 60s, or auto")]
    [InlineData("?timeout=200ms", "timeout=200ms", "stop-and-wait, go-back-n or profile=lab")]
    [InlineData("?keepalive=1s", "keepalive=1s", "from 15s to 50s, or off")]
    [InlineData("?keepalive=2m", "keepalive=2m", "from 15s to 50s, or off")]
    [InlineData("?datagram=100", "datagram=100", "from 128 to 65507")]
    [InlineData("?frame=1024&datagram=1000", "datagram=1000", "needs 1052")]
    [InlineData("?reject", "reject=1", "only go-back-n")]
    [InlineData("?mode=go-back-n&reject=maybe", "reject=maybe", "on or off")]
    [InlineData("?windows=8", "unknown option windows", "did you mean 'window'?")]
    [InlineData("?insecure", "unknown option insecure", "mode")]
    [InlineData("?mode=gobackn", "mode=gobackn", "did you mean 'go-back-n'?")]
    [InlineData("?profile=losy", "profile=losy", "did you mean 'lossy'?")]
    [InlineData("?mode=go-back-n&timeout=50", "timeout=50", "from 1ms to 60s")]
    public void A_wrong_value_is_refused_by_a_sentence_that_names_it_and_what_is_allowed(string query, string part, string allowed)
    {
        string message = Assert.Throws<FormatException>(() => Client(query)).Message;
        Assert.Contains(part, message, StringComparison.Ordinal);
        Assert.Contains(allowed, message, StringComparison.Ordinal);
        Assert.Contains(message[^1], ".?");
    }

    [Fact]
    public void TLS_over_it_has_the_options_of_TLS_too()
    {
        var address = EndpointAddress.Parse("arq+tls://host:1?cafile=ca.pem&servername=name&insecure&window=8");

        Assert.Equal(8, ArqAddressOptions.ForClient(address).WindowFrames);
        Assert.Equal((TransportScheme.ArqTls, true, true), (address.Scheme, address.UsesTls, address.UsesArq));
        ArqAddressOptions.ForListener(EndpointAddress.Parse("arq+tls://host:1?cert=cert.pem&key=key.pem"));
    }

    [Fact]
    public void A_listener_grants_what_the_protocol_can_and_bounds_it_where_asked()
    {
        ConnectionOptions open = ArqAddressOptions.ForListener(EndpointAddress.Parse("arq://host:1"));
        ConnectionOptions bound = ArqAddressOptions.ForListener(EndpointAddress.Parse("arq://host:1?window=16&datagram=1200&timeout=auto"));

        Assert.Equal((0, 65_507, 1 << 20), (open.FrameSize, open.MaxDatagramSize, open.WindowFrames));
        Assert.Equal((0, 1_200, 16), (bound.FrameSize, bound.MaxDatagramSize, bound.WindowFrames));
        Assert.Equal(RetransmissionPolicy.Auto, bound.Retransmission);
    }

    [Theory]
    [InlineData("?mode=go-back-n", "client's to choose")]
    [InlineData("?profile=lab", "client's to choose")]
    [InlineData("?lines", "unknown option lines")]
    [InlineData("?cert=cert.pem", "unknown option cert")]
    public void A_listener_refuses_what_is_not_its_own(string query, string part) => Assert.Contains(
        part,
        Assert.Throws<FormatException>(() => ArqAddressOptions.ForListener(EndpointAddress.Parse("arq://host:1" + query))).Message,
        StringComparison.Ordinal);

    [Fact]
    public void A_listener_lets_the_options_of_its_conversation_pass() =>
        Assert.NotNull(ArqAddressOptions.ForListener(EndpointAddress.Parse("arq://host:1?lines"), "lines"));

    private static ConnectionOptions Client(string query) => ArqAddressOptions.ForClient(EndpointAddress.Parse("arq://127.0.0.1:8000" + query));
}
