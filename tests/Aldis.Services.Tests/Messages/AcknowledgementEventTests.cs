using Aldis.Services.Events;
using Aldis.Services.Messages;
using Aldis.Services.Tests.Hosting;
using Aldis.Tests;
using Aldis.Tests.Stores;

namespace Aldis.Services.Tests.Messages;

/// <summary>Who follows a connection is told of each acknowledgement, and of none that was not given.</summary>
public sealed class AcknowledgementEventTests : IAsyncDisposable
{
    private static readonly ServiceEventKind[] Said = [ServiceEventKind.MessageReceived, ServiceEventKind.MessageAcknowledged];

    private readonly UncertainStore _store = new();
    private readonly RecordedEvents _events = new();

    [Fact]
    public async Task A_message_without_a_number_is_told_as_acknowledged_when_it_is_stored_and_not_before()
    {
        using InMemoryConnection connection = Serve();
        connection.Send(LabFrame.Of("one"));
        connection.Send(LabFrame.Of("two"));
        await Wait.UntilAsync(() => _events.Of(ServiceEventKind.MessageReceived).Length == 2);
        Assert.Empty(_events.Of(ServiceEventKind.MessageAcknowledged));
        await SettleUntilAsync(() => _events.Of(ServiceEventKind.MessageAcknowledged).Length == 2);
        connection.Send(LabFrame.Of(LabFrame.Disconnect));
        await SettleUntilAsync(() => _events.Of(ServiceEventKind.MessageAcknowledged).Length == 3);
        Assert.Equal([("MessageReceived", 0), ("MessageReceived", 0), ("MessageAcknowledged", 0), ("MessageAcknowledged", 0),
            ("MessageReceived", 0), ("MessageAcknowledged", 0)], All());
    }

    [Fact]
    public async Task Messages_with_numbers_are_told_as_acknowledged_up_to_the_one_that_the_client_is_told()
    {
        using InMemoryConnection connection = Serve();
        connection.Send("ALDIS/1 messages client=pump-7".PadRight(64));
        connection.Send("3 1".PadRight(64) + "one" + "3 2".PadRight(64) + "two");
        await _events.WaitForAsync(static what => what is { Kind: ServiceEventKind.MessageReceived, Sequence: 2 });
        Assert.Empty(_events.Of(ServiceEventKind.MessageAcknowledged));
        await SettleUntilAsync(() => _events.Of(ServiceEventKind.MessageAcknowledged).Any(static what => what.Sequence == 2));
        Assert.All(_events.Of(ServiceEventKind.MessageAcknowledged), static what => Assert.Equal("pump-7", what.Client));

        // One that came again is acknowledged again and is no news.
        int told = _events.Of(ServiceEventKind.MessageAcknowledged).Length;
        connection.Send("3 2".PadRight(64) + "two" + "5 3".PadRight(64) + "three");
        await SettleUntilAsync(() => _events.Of(ServiceEventKind.MessageAcknowledged).Any(static what => what.Sequence == 3));
        Assert.Equal(told + 1, _events.Of(ServiceEventKind.MessageAcknowledged).Length);
    }

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    private InMemoryConnection Serve()
    {
        var connection = new InMemoryConnection();
        connection.Serve(new MessagesHandler(new MessageStore(_store)), _events);
        return connection;
    }

    private Task SettleUntilAsync(Func<bool> isSo) => Wait.UntilAsync(() =>
    {
        _store.Settle();
        return isSo();
    });

    private IEnumerable<(string Kind, long Sequence)> All() => _events.All
        .Where(static what => Said.Contains(what.Kind)).Select(static what => (what.Kind.ToString(), what.Sequence));
}
