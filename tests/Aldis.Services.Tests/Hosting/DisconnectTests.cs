using Aldis.Services.Events;
using Aldis.Services.Hosting;
using Aldis.Services.Tests.Messages;
using Aldis.Tests;

namespace Aldis.Services.Tests.Hosting;

/// <summary>Connections that somebody ends at the dashboard.</summary>
public sealed class DisconnectTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task A_connection_that_is_ended_closes_at_the_next_look_and_says_who_did_it()
    {
        using var connection = new InMemoryConnection();
        ServedConnection served = connection.Serve(TestStore.NewHandler());
        served.Disconnect("192.0.2.1");
        Assert.False(connection.Handling.IsCompleted);

        served.Tick(Second);

        connection.FinishWriting();
        await connection.Handling.InTime();
        Assert.Null(connection.AbortReason);
        Assert.Equal(new ConnectionEnd(ServiceEventCause.Disconnected, "ended at the dashboard, by 192.0.2.1"), served.End);
    }

    [Fact]
    public async Task A_message_that_is_under_way_is_acknowledged_first()
    {
        using var connection = new InMemoryConnection();
        ServedConnection served = connection.Serve(TestStore.NewHandler());
        connection.Send(LabFrame.Header(5) + "he");
        served.Disconnect("192.0.2.1");
        served.Tick(Second);
        Assert.False(connection.Handling.IsCompleted);

        connection.Send("llo");

        Assert.Equal(LabFrame.Confirmation, await connection.ReceiveTextAsync(LabFrame.Confirmation.Length));
        connection.FinishWriting();
        await connection.Handling.InTime();
    }

    [Fact]
    public async Task A_native_client_is_told_as_by_a_server_that_stops_so_that_it_may_come_back()
    {
        using var connection = new InMemoryConnection();
        ServedConnection served = connection.Serve(TestStore.NewHandler());
        connection.Send("ALDIS/1 messages client=pump-7".PadRight(64));
        Assert.StartsWith("ALDIS/1 last=0", await connection.ReceiveTextAsync(64), StringComparison.Ordinal);

        served.Disconnect("192.0.2.1");
        served.Tick(Second);

        Assert.StartsWith("NAK 1 shutting-down", await connection.ReceiveTextAsync(64), StringComparison.Ordinal);
        connection.FinishWriting();
        await connection.Handling.InTime();
        Assert.Equal(ServiceEventCause.Disconnected, served.CloseCause);
    }

    [Fact]
    public void A_client_that_does_not_finish_what_is_under_way_is_cut_after_the_time_of_a_unit()
    {
        using var connection = new InMemoryConnection();
        ServedConnection served = connection.Serve(TestStore.NewHandler());
        connection.Send(LabFrame.Header(5) + "he");
        served.Disconnect("192.0.2.1");
        served.Tick(Second);
        served.Tick(ConnectionLimits.Default.UnitTimeout);
        Assert.Null(connection.AbortReason);

        served.Tick(Second + ConnectionLimits.Default.UnitTimeout);

        Assert.NotNull(connection.AbortReason);
    }
}
