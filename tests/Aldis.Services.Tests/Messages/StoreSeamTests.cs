using Aldis.Journal.Tests.Storage;
using Aldis.Protocols.Framing;
using Aldis.Services.Messages;
using Aldis.Services.Tests.Hosting;
using Aldis.Tests;

namespace Aldis.Services.Tests.Messages;

/// <summary>The conversation and its store where they meet: locks, and what is said when the journal fails.</summary>
public sealed class StoreSeamTests
{
    private const string Hello = "ALDIS/1 last=0 durable 1048576 256";

    [Fact]
    public async Task A_newer_connection_is_greeted_while_the_older_ones_are_told_inside_no_lock()
    {
        using MessageStore store = Open(new SimulatedStorage());
        var handler = new MessagesHandler(store);
        List<InMemoryConnection> connections = [];
        for (int count = 1; count <= 20; count++)
        {
            var connection = new InMemoryConnection();
            _ = connection.Serve(handler);
            _ = connection.Send("ALDIS/1 messages client=pump-7".PadRight(ControlUnit.Size));
            Assert.Equal(Hello, (await connection.ReceiveTextAsync(ControlUnit.Size)).TrimEnd());
            connections.Add(connection);
        }

        foreach (InMemoryConnection older in connections[..^1])
        {
            Assert.Equal("NAK 0 superseded", (await older.ReceiveTextAsync(ControlUnit.Size)).TrimEnd());
        }

        foreach (InMemoryConnection connection in connections)
        {
            connection.FinishWriting();
            await connection.Handling.InTime();
            connection.Dispose();
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task A_plain_message_of_which_nobody_knows_whether_it_is_stored_is_neither_acknowledged_nor_refused(int failing)
    {
        var storage = new SimulatedStorage();
        using MessageStore store = Open(storage);
        using var connection = new InMemoryConnection();
        _ = connection.Serve(new MessagesHandler(store));

        // The operations of a commit are the write and the sync.
        storage.FailNext(failing);
        _ = connection.Send("5".PadRight(ControlUnit.Size) + "hello");

        Assert.Equal(string.Empty, await connection.ReceiveTextAsync(1));
        await connection.Handling.InTime();
        Assert.Equal("the store cannot tell what it took", connection.Served.CloseReason);
    }

    [Fact]
    public async Task A_native_message_of_a_journal_that_failed_is_store_failed_and_so_is_the_next_preface()
    {
        var storage = new SimulatedStorage();
        using MessageStore store = Open(storage);
        var handler = new MessagesHandler(store);
        using var connection = new InMemoryConnection();
        _ = connection.Serve(handler);
        _ = connection.Send("ALDIS/1 messages client=pump-7".PadRight(ControlUnit.Size));
        Assert.Equal(Hello, (await connection.ReceiveTextAsync(ControlUnit.Size)).TrimEnd());
        storage.FailNext(1);
        _ = connection.Send("5 1".PadRight(ControlUnit.Size) + "hello");
        Assert.Equal("NAK 1 store-failed", (await connection.ReceiveTextAsync(ControlUnit.Size)).TrimEnd());

        using var next = new InMemoryConnection();
        _ = next.Serve(handler);
        _ = next.Send("ALDIS/1 messages client=pump-7".PadRight(ControlUnit.Size));
        Assert.Equal("ALDIS/1 error=store-failed", (await next.ReceiveTextAsync(ControlUnit.Size)).TrimEnd());
    }

    private static MessageStore Open(SimulatedStorage storage) =>
        MessageStore.Open(new MessageStoreOptions { Directory = "journal", FreeSpaceFloorBytes = 0 }, storage);
}
