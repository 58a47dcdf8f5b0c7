using System.Buffers.Binary;
using Aldis.Protocols.Arq;
using Aldis.Protocols.Arq.Wire;
using Aldis.Protocols.Datagrams;

namespace Aldis.Protocols.Tests.Arq;

/// <summary>What a client is told whose request or cookie leads to nothing (docs/arq.md section 5).</summary>
public sealed class RefusalTests
{
    private const long Ms = Pair.Ms;
    private const long Second = 1_000 * Ms;

    /// <summary>Where a value of PARAMS stands, how long it is, and one that it must not have.</summary>
    public static TheoryData<string, int, int, ulong> ImpossibleParameters => new()
    {
        { "a strategy that does not exist", 0, 1, 3 },
        { "a datagram that is too small", 2, 2, 127 },
        { "a datagram that no UDP carries", 2, 2, 65_508 },
        { "no window", 4, 4, 0 },
        { "a window above 2^20", 4, 4, (1 << 20) + 1 },
        { "no credit", 8, 8, 0 },
        { "a credit above 2^30", 8, 8, (1UL << 30) + 1 },
        { "no idle limit", 16, 4, 0 },
        { "no packets to acknowledge", 22, 2, 0 },
        { "more than 64 packets to acknowledge", 22, 2, 65 },
        { "a frame that does not fit the datagram", 24, 4, 1_445 },
        { "a profile that does not exist", 28, 1, 3 },
    };

    [Theory]
    [MemberData(nameof(ImpossibleParameters))]
    public void A_request_with_a_value_nobody_may_say_is_answered_that_it_broke_the_rules(string what, int at, int length, ulong value)
    {
        byte[] syn = Forge.Syn(7);
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        bytes.AsSpan(0, length).CopyTo(syn.AsSpan(PacketLayout.SynParameters + at));
        Assert.Equal((PacketType.Reset, ArqCloseCode.Protocol), Answer(syn));
        Assert.NotEmpty(what);
    }

    [Fact]
    public void Go_back_n_without_a_frame_is_answered_that_it_broke_the_rules()
    {
        byte[] syn = Forge.Syn(7);
        syn[PacketLayout.SynParameters] = (byte)ArqMode.GoBackN;
        Assert.Equal((PacketType.Reset, ArqCloseCode.Protocol), Answer(syn));
    }

    [Theory]
    [InlineData(1, 2, 9)]
    [InlineData(1, 0, 0)]
    [InlineData(2, 2, 3)]
    [InlineData(15, 15, 15)]
    public void A_client_of_other_versions_is_told_so_in_the_version_of_its_request(byte version, byte lowest, byte highest)
    {
        byte[] syn = Forge.Syn(7);
        syn[0] = (byte)((version << 4) | (byte)PacketType.Syn);
        syn[PacketLayout.SynVersionMin] = lowest;
        syn[PacketLayout.SynVersionMax] = highest;
        Assert.Equal((PacketType.Reset, ArqCloseCode.Version), Answer(syn));
    }

    [Fact]
    public void A_client_whose_version_nobody_speaks_ends_with_that_word()
    {
        var pair = new Pair(new ConnectionOptions());
        pair.Gate = (toServer, datagram) =>
        {
            if (PacketLayout.TypeOf(datagram) == PacketType.Syn)
            {
                datagram[PacketLayout.SynVersionMin] = datagram[PacketLayout.SynVersionMax] = 2;
                PacketLayout.Seal(datagram, 0);
            }

            return true;
        };
        pair.RunUntil(() => pair.Caller.State == ConnectionState.Reset, 20 * Ms);
        Assert.Equal(ArqCloseCode.Version, pair.Caller.CloseCode);
    }

    [Fact]
    public void Refusals_are_limited_like_answers_that_grant()
    {
        var server = new ArqEndpoint(
            new EndpointOptions { Accept = new ConnectionOptions(), StatelessRepliesPerSecond = 64 }, new SeededArqRandom(1), new byte[16]);
        byte[] syn = Forge.Syn(7, 100);
        for (int i = 0; i < 100; i++)
        {
            server.OnDatagram(Pair.ClientPath, syn, syn.Length, 1);
        }

        Assert.Equal(16, server.Stats.ResetsSent);
        Assert.Equal(84, server.Stats.RateLimited);
    }

    [Fact]
    public void A_client_whose_cookie_expired_before_its_confirmation_came_through_asks_anew()
    {
        var pair = new Pair(new ConnectionOptions { ConnectTimeoutNs = 90 * Second });
        pair.Gate = (toServer, datagram) => PacketLayout.TypeOf(datagram) != PacketType.Confirm || pair.Now > 40 * Second;
        pair.RunUntil(() => pair.Caller.State == ConnectionState.Open, 60 * Second);
        Assert.Equal(1, pair.Server.Stats.Accepted);
        AssertCarries(pair);
    }

    [Fact]
    public void A_confirmation_that_comes_too_late_is_answered_and_the_client_asks_anew_at_once()
    {
        var pair = new Pair(new ConnectionOptions { ConnectTimeoutNs = 90 * Second }, server: new EndpointOptions
        {
            CookieLifetimeNs = Second,
            MaxSegments = 8,
        });
        pair.Gate = (toServer, datagram) => PacketLayout.TypeOf(datagram) != PacketType.Confirm || pair.Now > 2 * Second;
        pair.RunUntil(() => pair.Caller.State == ConnectionState.Open, 4 * Second);
        Assert.Equal(1, pair.Server.Stats.Accepted);
        Assert.Equal(1, pair.Server.Stats.BadCookies);
        AssertCarries(pair);
    }

    [Fact]
    public void A_client_whose_port_changed_before_its_confirmation_asks_anew_at_once()
    {
        var pair = new Pair(new ConnectionOptions());
        PathKey moved = Pair.ClientPath with { RemotePort = 40_001 };
        pair.Gate = (toServer, datagram) =>
        {
            if (toServer && PacketLayout.TypeOf(datagram) == PacketType.Confirm)
            {
                pair.Server.OnDatagram(moved, datagram, datagram.Length, pair.Now);
                return false;
            }

            return true;
        };
        pair.RunUntil(() => pair.Caller.State == ConnectionState.Confirming);
        pair.RunUntil(() => pair.Caller.State == ConnectionState.SynSent, 20 * Ms);
        pair.Gate = null;
        pair.RunUntil(() => pair.Caller.State == ConnectionState.Open, 40 * Ms);
        AssertCarries(pair);
    }

    [Fact]
    public void A_client_that_sent_bytes_with_its_confirmation_ends_instead_because_they_may_have_arrived()
    {
        var pair = new Pair(new ConnectionOptions { ConnectTimeoutNs = 90 * Second }, server: new EndpointOptions
        {
            CookieLifetimeNs = Second,
            MaxSegments = 8,
        });
        pair.Caller.Write("once"u8, pair.Now);
        pair.Caller.Flush(pair.Now);
        pair.Gate = (toServer, datagram) => PacketLayout.TypeOf(datagram) != PacketType.Confirm || pair.Now > 2 * Second;
        pair.RunUntil(() => pair.Caller.State == ConnectionState.Reset, 4 * Second);
        Assert.Equal(ArqCloseCode.Expired, pair.Caller.CloseCode);
    }

    [Fact]
    public void A_path_that_spoils_every_cookie_is_asked_once_a_second_at_most()
    {
        var pair = new Pair(new ConnectionOptions { ConnectTimeoutNs = 30 * Second }) { DelayNs = 1_000 };
        pair.Gate = (_, datagram) =>
        {
            if (PacketLayout.TypeOf(datagram) == PacketType.Confirm)
            {
                datagram[PacketLayout.CookiedCookie] ^= 1;
                PacketLayout.Seal(datagram, 0);
            }

            return true;
        };
        pair.RunUntil(() => pair.Caller.State == ConnectionState.Reset, 60 * Second);
        Assert.Equal(ArqCloseCode.ConnectTimeout, pair.Caller.CloseCode);
        Assert.InRange(pair.Server.Stats.SynAcksSent, 25, 32);
    }

    [Fact]
    public void That_a_confirmation_came_in_vain_means_nothing_to_an_open_connection()
    {
        var pair = new Pair(new ConnectionOptions());
        pair.RunUntil(() => pair.Caller.State == ConnectionState.Open);
        byte[] reset = Forge.Reset(pair.Caller.Id, pair.Caller.Key, pair.Caller.Seed, origin: PacketLayout.ResetStateless);
        PacketLayout.WriteUInt32(reset, PacketLayout.ResetCode, (uint)ArqCloseCode.Expired);
        PacketLayout.Seal(reset, pair.Caller.Seed);
        pair.Inject(toServer: false, reset);
        pair.RunFor(20 * Ms);
        Assert.Equal(ConnectionState.Open, pair.Caller.State);
    }

    [Fact]
    public void A_frame_that_was_not_chosen_yields_to_the_listeners_and_to_its_datagrams()
    {
        foreach ((ConnectionOptions asked, ConnectionOptions accept, int granted) in new[]
        {
            (new ConnectionOptions { Mode = ArqMode.GoBackN }, new ConnectionOptions { FrameSize = 512 }, 512),
            (new ConnectionOptions { Mode = ArqMode.StopAndWait }, new ConnectionOptions { FrameSize = 1_200 }, 1_200),
            (new ConnectionOptions { Mode = ArqMode.GoBackN }, new ConnectionOptions(), 1_024),
            (new ConnectionOptions { Mode = ArqMode.GoBackN }, new ConnectionOptions { MaxDatagramSize = 600 }, 572),
            (ConnectionOptions.SelectiveRepeat(1_024, 8) with { FrameSizeYields = true }, new ConnectionOptions { FrameSize = 512 }, 512),
        })
        {
            var pair = new Pair(asked, accept: accept);
            pair.RunUntil(() => pair.Caller.State == ConnectionState.Open);
            Assert.Equal((granted, granted), (pair.Caller.Options.FrameSize, pair.Callee!.Options.FrameSize));
            AssertCarries(pair);
        }
    }

    [Fact]
    public void A_frame_that_was_chosen_is_granted_or_refused()
    {
        var pair = new Pair(ConnectionOptions.GoBackN(1_024, 4), accept: new ConnectionOptions { FrameSize = 512 });
        pair.RunUntil(() => pair.Caller.State == ConnectionState.Reset, 20 * Ms);
        Assert.Equal(ArqCloseCode.Refused, pair.Caller.CloseCode);
    }

    private static (PacketType Type, ArqCloseCode Code) Answer(byte[] syn)
    {
        PacketLayout.Seal(syn, 0);
        var server = new ArqEndpoint(new EndpointOptions { Accept = new ConnectionOptions() }, new SeededArqRandom(1), new byte[16]);
        byte[] buffer = new byte[2_000];
        server.OnDatagram(Pair.ClientPath, syn, syn.Length, 1);
        Assert.True(server.TryGetTransmit(buffer, 1, out Transmit answer));
        Assert.True(answer.Length < syn.Length);
        Assert.Equal(PacketLayout.VersionOf(syn), PacketLayout.VersionOf(buffer));
        Assert.True(PacketLayout.HasValidChecksum(buffer.AsSpan(0, answer.Length), 0));
        Assert.Equal((7UL, ~7UL), (PacketLayout.DestinationOf(buffer), PacketLayout.ReadUInt64(buffer, PacketLayout.ResetProof)));
        return (PacketLayout.TypeOf(buffer), (ArqCloseCode)PacketLayout.ReadUInt32(buffer, PacketLayout.ResetCode));
    }

    private static void AssertCarries(Pair pair)
    {
        pair.Caller.Write(new byte[3_000], pair.Now);
        pair.Caller.Flush(pair.Now);
        pair.RunUntil(() => pair.Callee is { ReadableBytes: 3_000 }, 10 * Second);
    }
}
