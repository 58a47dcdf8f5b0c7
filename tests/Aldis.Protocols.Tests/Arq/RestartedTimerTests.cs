using Aldis.Protocols.Arq;
using Aldis.Protocols.Arq.Sending;
using Aldis.Protocols.Tests.Arq.Simulation;

namespace Aldis.Protocols.Tests.Arq;

/// <summary>Go-back-N with a timer that each acknowledgement of something new starts anew: when it fires, and who chooses it.</summary>
public sealed class RestartedTimerTests
{
    private const int FrameBytes = 100;

    private readonly List<(long TimeMs, long Offset)> _sent = [];

    /// <summary>The answer to frame 0 comes after 10 ms, and lets frame 2 go; the answer to frame 2, after 20 ms, says nothing new.</summary>
    [Theory]
    [InlineData(false, 50)]
    [InlineData(true, 60)]
    public void It_runs_from_the_last_acknowledgement_of_something_new_and_not_from_the_oldest_frame(bool restarts, long returnMs)
    {
        Pair pair = Connected(Textbook(restarts));
        Watch(pair, 2);
        Write(pair, 3);
        pair.RunUntil(() => pair.Caller.UnacknowledgedBytes == 0);
        Assert.Equal([(0, 0), (0, 100), (10, 200), (returnMs, 100), (returnMs, 200)], _sent);
    }

    [Fact]
    public void It_starts_with_the_first_frame_in_flight_and_anew_with_each_return()
    {
        Pair pair = Connected(Textbook(restarts: true));
        Watch(pair, 2, 3);
        Write(pair, 1);
        pair.RunFor(200 * Pair.Ms);
        Write(pair, 1);
        pair.RunUntil(() => pair.Caller.UnacknowledgedBytes == 0);
        Assert.Equal([(0, 0), (200, 100), (250, 100), (300, 100)], _sent);
    }

    [Fact]
    public void Only_go_back_n_with_the_fixed_window_has_it_and_only_where_it_was_asked_for()
    {
        Assert.IsType<RestartedTimerSender>(Connected(Textbook(restarts: true)).Caller.Established!.Strategy);
        Assert.IsType<FixedFrameSender>(Connected(Textbook(restarts: false)).Caller.Established!.Strategy);
        ConnectionOptions network = Textbook(restarts: true) with { Congestion = CongestionProfile.Internet };
        Assert.IsType<FixedFrameSender>(Connected(network).Caller.Established!.Strategy);
        ConnectionOptions single = ConnectionOptions.StopAndWait(FrameBytes) with { RestartsTimer = true };
        Assert.IsType<FixedFrameSender>(Connected(single).Caller.Established!.Strategy);
    }

    private static ConnectionOptions Textbook(bool restarts) => ConnectionOptions.GoBackN(FrameBytes, 2) with
    {
        Retransmission = RetransmissionPolicy.Constant(50 * Pair.Ms),
        RestartsTimer = restarts,
    };

    private static Pair Connected(ConnectionOptions options)
    {
        var pair = new Pair(options);
        pair.RunUntil(() => pair.Caller.State == ConnectionState.Open && pair.Callee is not null);
        return pair;
    }

    private static void Write(Pair pair, int frames)
    {
        pair.Caller.Write(new byte[frames * FrameBytes], pair.Now);
        pair.Caller.Flush(pair.Now);
        pair.Flush();
    }

    /// <summary>Notes what the caller sends, from now on, and loses some of it by its number from 1.</summary>
    private void Watch(Pair pair, params int[] lost)
    {
        long startNs = pair.Now;
        pair.Gate = (toServer, datagram) =>
        {
            ReadOnlySpan<byte> rest = datagram;
            if (!toServer || !WirePacket.TryTake(ref rest, out WirePacket packet) || packet.Type != WireType.Data)
            {
                return true;
            }

            _sent.Add(((pair.Now - startNs) / Pair.Ms, packet.Offset));
            return !lost.Contains(_sent.Count);
        };
    }
}
