using Aldis.Protocols.Arq.Sending;
using Aldis.Protocols.Arq.Streams;

namespace Aldis.Protocols.Tests.Arq;

public sealed class SendStreamTests
{
    [Fact]
    public void A_full_frame_leaves_at_once()
    {
        SendStream stream = Make("0123456789");
        Assert.True(stream.TryChooseNew(10, allowShort: false, allowShortOfCredit: false, out FrameChoice choice));
        Assert.Equal((0L, 10), (choice.Offset, choice.Length));
    }

    [Fact]
    public void A_short_frame_waits_for_more_unless_it_is_flushed()
    {
        SendStream stream = Make("012");
        Assert.False(stream.TryChooseNew(10, allowShort: false, allowShortOfCredit: false, out _));
        stream.Flush();
        Assert.True(stream.TryChooseNew(10, allowShort: false, allowShortOfCredit: false, out FrameChoice choice));
        Assert.Equal(3, choice.Length);
    }

    [Fact]
    public void The_end_rides_on_the_last_frame_and_needs_no_credit()
    {
        SendStream stream = Make("0123456789", limit: 10);
        stream.Finish();
        Assert.True(stream.TryChooseNew(10, allowShort: false, allowShortOfCredit: false, out FrameChoice choice));
        Assert.True(choice.IsFin);
        stream.OnSentNew(choice);
        Assert.Equal(11, stream.Highest);
        Assert.True(stream.IsFinSent);
        Assert.False(stream.HasUnsent);
    }

    [Fact]
    public void An_end_that_comes_late_travels_alone()
    {
        SendStream stream = Make("0123456789", limit: 10);
        stream.TryChooseNew(10, allowShort: false, allowShortOfCredit: false, out FrameChoice choice);
        stream.OnSentNew(choice);
        stream.Finish();
        Assert.True(stream.TryChooseNew(10, allowShort: false, allowShortOfCredit: false, out choice));
        Assert.True(choice.IsFin && choice.Length == 0 && choice.Offset == 10);
    }

    [Fact]
    public void Nothing_is_chosen_beyond_credit()
    {
        SendStream stream = Make("0123456789", limit: 4);
        Assert.False(stream.TryChooseNew(10, allowShort: true, allowShortOfCredit: false, out _));
        Assert.True(stream.IsShortOfCredit(10));
        Assert.True(stream.TryChooseNew(10, allowShort: true, allowShortOfCredit: true, out FrameChoice choice));
        Assert.Equal(4, choice.Length);
    }

    [Fact]
    public void Credit_never_falls()
    {
        SendStream stream = Make("0123456789", limit: 8);
        stream.RaiseLimit(3);
        Assert.Equal(8, stream.Limit);
    }

    [Fact]
    public void Memory_is_given_back_as_the_peer_acknowledges()
    {
        var pool = new ChunkPool(1 << 20);
        var stream = new SendStream(pool, 1 << 20);
        stream.Write(new byte[100_000]);
        stream.TryChooseNew(100_000, allowShort: true, allowShortOfCredit: false, out FrameChoice choice);
        stream.OnSentNew(choice);
        stream.Acknowledge(50_000);
        Assert.InRange(pool.LentBytes, 50_000, 100_000);
        stream.Acknowledge(100_000);
        Assert.Equal(0, pool.LentBytes);
        stream.Write([1, 2, 3]);
        byte[] read = new byte[3];
        stream.Read(100_000, read);
        Assert.Equal([1, 2, 3], read);
    }

    [Fact]
    public void Acknowledged_positions_never_return()
    {
        SendStream stream = Make("0123456789");
        stream.TryChooseNew(10, allowShort: false, allowShortOfCredit: false, out FrameChoice choice);
        stream.OnSentNew(choice);
        Assert.Equal(7, stream.Acknowledge(7));
        Assert.Equal(0, stream.Acknowledge(5));
        Assert.Equal(7, stream.Unacknowledged);
    }

    private static SendStream Make(string written, long limit = 1_000)
    {
        var stream = new SendStream(new ChunkPool(1 << 20), limit);
        stream.Write(System.Text.Encoding.ASCII.GetBytes(written));
        return stream;
    }
}
