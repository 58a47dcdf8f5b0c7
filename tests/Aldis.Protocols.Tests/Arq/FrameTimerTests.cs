using Aldis.Protocols.Arq;
using Aldis.Protocols.Arq.Sending;
using Aldis.Protocols.Tests.Arq.Simulation;

namespace Aldis.Protocols.Tests.Arq;

/// <summary>Selective repeat with a timer for each frame: what goes again, when, and who chooses it.</summary>
public sealed class FrameTimerTests
{
    private const int FrameBytes = 100;

    private readonly List<(long TimeNs, long Offset)> _sent = [];

    [Fact]
    public void A_lost_frame_goes_again_when_its_own_timer_fires_and_not_because_later_frames_were_acknowledged()
    {
        Pair pair = Connected(Textbook(RetransmissionPolicy.Constant(50 * Pair.Ms)));
        Watch(pair, loses: sent => sent is { Count: 1 });
        long startNs = pair.Now;
        Write(pair, 6);
        pair.RunUntil(() => pair.Caller.UnacknowledgedBytes == 0);
        Assert.Equal([0, 100, 200, 300, 0, 400, 500], _sent.Select(static s => s.Offset));
        Assert.Equal(startNs + (50 * Pair.Ms), _sent[4].TimeNs);
        Assert.Equal(startNs + (60 * Pair.Ms), _sent[5].TimeNs);
    }

    [Fact]
    public void The_timers_of_two_lost_frames_fire_one_after_the_other()
    {
        Pair pair = Connected(Textbook(RetransmissionPolicy.Constant(50 * Pair.Ms)));
        Watch(pair, loses: sent => sent.Count is 1 or 2);
        long startNs = pair.Now;
        Write(pair, 1);
        pair.RunFor(20 * Pair.Ms);
        Write(pair, 1);
        pair.RunUntil(() => pair.Caller.UnacknowledgedBytes == 0);
        Assert.Equal(
            [(0, 0), (20, 100), (50, 0), (70, 100)], _sent.Select(s => ((s.TimeNs - startNs) / Pair.Ms, s.Offset)));
    }

    [Fact]
    public void A_late_acknowledgement_of_the_first_copy_stops_the_timer_of_the_second()
    {
        Pair pair = Connected(Textbook(RetransmissionPolicy.Constant(8 * Pair.Ms)));
        Watch(pair, loses: sent => sent.Count == 2);
        Write(pair, 1);
        pair.RunUntil(() => pair.Caller.UnacknowledgedBytes == 0);
        pair.RunFor(1_000 * Pair.Ms);
        Assert.Equal(2, _sent.Count);
        Assert.Equal(1, pair.Caller.Stats.SpuriousLosses);
    }

    /// <summary>The number 2 was never sent; a run of six cannot end with 1; an offset beyond what was sent cannot be expected.</summary>
    [Theory]
    [InlineData(0, 2, 0)]
    [InlineData(0, 1, 5)]
    [InlineData(101, 1, 0)]
    public void An_acknowledgement_that_lies_ends_the_connection(long cumulative, long largest, byte firstRun)
    {
        Pair pair = Connected(Textbook(RetransmissionPolicy.Constant(50 * Pair.Ms)));
        Write(pair, 1);
        byte[] lie = Forge.Ack(pair.Caller, 1_000, cumulative, 1 << 20, largest, firstRun);
        pair.Client.OnDatagram(Pair.ServerPath, lie, 0, pair.Now);
        Assert.Equal((ConnectionState.Reset, ArqCloseCode.Protocol), (pair.Caller.State, pair.Caller.CloseCode));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1_000_000, 2)]
    public void By_a_real_clock_timers_back_off_whatever_was_chosen(long granularityNs, long factor)
    {
        Pair pair = Connected(
            Textbook(RetransmissionPolicy.Constant(50 * Pair.Ms)), new EndpointOptions { TimerGranularityNs = granularityNs });
        Watch(pair, loses: static _ => true);
        Write(pair, 4);
        pair.RunFor(20_000 * Pair.Ms);
        long[] times = [.. _sent.Where(static s => s.Offset == 300).Select(static s => s.TimeNs / Pair.Ms)];
        long[] waits = [.. times.Zip(times.Skip(1), static (one, next) => next - one)];
        Assert.InRange(waits[0], 49, 50);
        Assert.InRange(waits[3], (50 * factor * factor * factor) - 1, 50 * factor * factor * factor);
        Assert.InRange(waits.Max(), 49, 3_000);
        Assert.True(factor == 1 || waits[^1] >= 2_999);
    }

    [Fact]
    public void A_frame_size_alone_does_not_choose_them_and_networks_keep_their_loss_detection()
    {
        ConnectionOptions asked = Textbook(RetransmissionPolicy.Auto);
        Assert.IsType<FrameTimerSender>(Connected(asked).Caller.Established!.Strategy);
        foreach (CongestionProfile profile in new[] { CongestionProfile.Internet, CongestionProfile.Lossy })
        {
            Pair pair = Connected(asked with { Congestion = profile, PeerCongestion = profile });
            Assert.IsType<SelectiveRepeatSender>(pair.Caller.Established!.Strategy);
            Assert.IsType<SelectiveRepeatSender>(pair.Callee!.Established!.Strategy);
        }

        Assert.IsType<SelectiveRepeatSender>(Connected(asked with { FrameTimers = false }).Caller.Established!.Strategy);
        Assert.IsType<SelectiveRepeatSender>(Connected(asked with { FrameSize = 0 }).Caller.Established!.Strategy);
    }

    [Fact]
    public void A_listener_that_has_them_sends_by_them_to_who_asks_for_the_laboratory()
    {
        var listener = new ConnectionOptions { FrameTimers = true };
        Pair pair = Connected(Textbook(RetransmissionPolicy.Auto), accept: listener);
        Assert.IsType<FrameTimerSender>(pair.Callee!.Established!.Strategy);
        pair = Connected(new ConnectionOptions { FrameSize = FrameBytes }, accept: listener);
        Assert.IsType<SelectiveRepeatSender>(pair.Callee!.Established!.Strategy);
    }

    private static ConnectionOptions Textbook(RetransmissionPolicy policy) =>
        ConnectionOptions.SelectiveRepeatWithFrameTimers(FrameBytes, 4) with { Retransmission = policy, MaxAckDelayNs = 0 };

    private static Pair Connected(ConnectionOptions options, EndpointOptions? client = null, ConnectionOptions? accept = null)
    {
        var pair = new Pair(options, client: client, accept: accept);
        pair.RunUntil(() => pair.Caller.State == ConnectionState.Open && pair.Callee is not null);
        return pair;
    }

    private static void Write(Pair pair, int frames)
    {
        pair.Caller.Write(new byte[frames * FrameBytes], pair.Now);
        pair.Flush();
    }

    private void Watch(Pair pair, Func<List<(long TimeNs, long Offset)>, bool> loses) => pair.Gate = (toServer, datagram) =>
    {
        ReadOnlySpan<byte> rest = datagram;
        if (!toServer || !WirePacket.TryTake(ref rest, out WirePacket packet) || packet.Type != WireType.Data)
        {
            return true;
        }

        _sent.Add((pair.Now, packet.Offset));
        return !loses(_sent);
    };
}
