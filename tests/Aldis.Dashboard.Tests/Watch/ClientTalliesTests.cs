using Aldis.Dashboard.Watch;
using Aldis.Services.Events;

namespace Aldis.Dashboard.Tests.Watch;

/// <summary>What clients have done.</summary>
public sealed class ClientTalliesTests
{
    private readonly ClientTallies _tallies = new(capacity: 2);

    [Fact]
    public void The_connections_repetitions_and_refusals_of_a_client_add_up()
    {
        Note(ServiceEventKind.ConnectionClosed, "a", repeats: 3);
        Note(ServiceEventKind.ConnectionClosed, "a");
        Note(ServiceEventKind.MessageRefused, "a", further: 4);
        Note(ServiceEventKind.FileRefused, "a");
        Note(ServiceEventKind.ConnectionOpened, "a");
        Assert.Equal(new ClientTally(2, 3, 6), _tallies.Find("a"));
        Assert.Equal(default, _tallies.Find("b"));
    }

    [Fact]
    public void Who_was_heard_the_longest_ago_makes_room()
    {
        Note(ServiceEventKind.ConnectionClosed, "a");
        Note(ServiceEventKind.ConnectionClosed, "b");
        Note(ServiceEventKind.ConnectionClosed, "a");
        Note(ServiceEventKind.ConnectionClosed, "c");
        Assert.Equal(new ClientTally(2, 0, 0), _tallies.Find("a"));
        Assert.Equal(default, _tallies.Find("b"));
        Assert.Equal(new ClientTally(1, 0, 0), _tallies.Find("c"));
    }

    [Fact]
    public void Who_named_no_id_is_not_counted()
    {
        Note(ServiceEventKind.ConnectionClosed, null);
        Note(ServiceEventKind.ConnectionClosed, string.Empty);
        Assert.Equal(default, _tallies.Find(string.Empty));
    }

    private void Note(ServiceEventKind kind, string? client, long repeats = 0, long further = 0) =>
        _tallies.Note(new ServiceEvent(kind, "messages", "192.0.2.1:5000") { Client = client, Repeats = repeats, Further = further });
}
