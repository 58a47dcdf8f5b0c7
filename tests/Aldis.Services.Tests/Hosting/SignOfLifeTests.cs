using System.IO.Pipelines;
using Aldis.Services.Hosting;
using Aldis.Tests;
using Microsoft.AspNetCore.Connections;

namespace Aldis.Services.Tests.Hosting;

/// <summary>The threads of a server answer while they are not held up.</summary>
public sealed class SignOfLifeTests
{
    [Fact]
    public async Task A_handler_that_holds_its_thread_up_is_found_out()
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Skip("Elsewhere the runtime's own sockets have no threads of ours.");
            return;
        }

        using var handler = new HoldingHandler();
        await using RunningServer server = await RunningServer.StartAsync("ack", handler);
        await Wait.UntilAsync(() => server.Server.AskForSignOfLife() && server.Server.AskForSignOfLife());

        using (LabClient client = await server.ConnectAsync())
        {
            await Wait.UntilAsync(() => handler.Reads.IsSet);
            await client.SendAsync("x");
            await Task.Run(() => handler.Held.Wait(), TestContext.Current.CancellationToken).InTime();
            server.Server.AskForSignOfLife();
            Assert.False(server.Server.AskForSignOfLife());
            Assert.False(server.Server.AskForSignOfLife());
            handler.Release.Set();
        }

        await Wait.UntilAsync(server.Server.AskForSignOfLife);
    }

    /// <summary>Blocks where it must not.</summary>
    private sealed class HoldingHandler : ConnectionHandler, IDisposable
    {
        public ManualResetEventSlim Reads { get; } = new();

        public ManualResetEventSlim Held { get; } = new();

        public ManualResetEventSlim Release { get; } = new();

        public override async Task OnConnectedAsync(ConnectionContext connection)
        {
            // What has come already is read on a thread of the pool; what comes is handed on by the thread that is to be held up.
            ValueTask<ReadResult> read = connection.Transport.Input.ReadAsync();
            Reads.Set();
            await read;
            Held.Set();
            Release.Wait();
        }

        public void Dispose()
        {
            Release.Set();
            Reads.Dispose();
            Held.Dispose();
            Release.Dispose();
        }
    }
}
