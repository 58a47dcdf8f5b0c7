using System.Globalization;
using Aldis.Journal.Tests.Storage;
using Aldis.Protocols.Messages;
using Aldis.Services.Messages;
using Aldis.Services.Messages.Outbox;
using static Aldis.Services.Tests.Messages.VirtualDelivery;

namespace Aldis.Services.Tests.Messages;

/// <summary>A client whose outbox has less room than what is sent through it, in virtual time.</summary>
public sealed class FullOutboxTests
{
    private const int LineBytes = 1000;

    private readonly SimulatedStorage _disk = new() { CapacityBytes = 50_000 };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_is_acknowledged_makes_room_for_what_was_handed_over_all_at_once(bool isOpenElsewhere)
    {
        _disk.IsOpenElsewhere = isOpenElsewhere;
        using FileOutbox outbox = Open();
        VirtualDelivery delivery = Create(outbox);
        string[] lines = Lines(200);
        delivery.Give(lines);
        delivery.EndInput();

        AssertDelivered(lines, delivery);
    }

    [Fact]
    public void What_is_acknowledged_makes_room_for_the_line_that_comes_when_nothing_waits_any_more()
    {
        using FileOutbox outbox = Open();
        VirtualDelivery delivery = Create(outbox);
        string[] lines = Lines(200);
        for (int second = 0; second < lines.Length; second++)
        {
            delivery.GiveAt(Seconds(second), lines[second]);
        }

        delivery.EndInputAt(Seconds(lines.Length));

        AssertDelivered(lines, delivery);
    }

    [Fact]
    public void Where_a_line_is_given_up_none_after_it_is_taken()
    {
        using FileOutbox outbox = Open();
        VirtualDelivery delivery = Create(outbox, new MessagesClientOptions { RetryFirstConnection = true, MaxPending = 1 });
        delivery.Give("one", new string('x', 60_000), "three");
        delivery.EndInput();

        MessageDelivery end = delivery.Run();

        Assert.Equal((1, 2L), (end.Acknowledged, end.NotTaken));
        Assert.IsType<OutboxFullException>(end.OutboxFailure);
        Assert.Equal(["one"], delivery.Server.Stored);
        Assert.Equal(1, outbox.Taken);
    }

    private static void AssertDelivered(string[] lines, VirtualDelivery delivery)
    {
        MessageDelivery end = delivery.Run();
        Assert.Null(end.OutboxFailure);
        Assert.Equal((SenderEnd.Completed, lines.Length), (end.End, end.Acknowledged));
        Assert.Equal(lines, delivery.Server.Stored);
    }

    private static string[] Lines(int count) =>
        [.. Enumerable.Range(1, count).Select(number => number.ToString(CultureInfo.InvariantCulture).PadRight(LineBytes, '.'))];

    private static VirtualDelivery Create(FileOutbox outbox, MessagesClientOptions? options = null)
    {
        var world = new VirtualWorld();
        return new VirtualDelivery(world, new ScriptedServer(world))
        {
            Outbox = outbox,
            Options = options ?? new MessagesClientOptions { RetryFirstConnection = true },
        };
    }

    private FileOutbox Open() => FileOutbox.Open(new OutboxOptions { Directory = "/outbox", ClientId = "pump-7", Storage = _disk });
}
