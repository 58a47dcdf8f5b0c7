using System.IO.Pipelines;
using Aldis.Transports.Arq;
using Microsoft.AspNetCore.Connections;

namespace Aldis.Benchmarks;

/// <summary>Answers one message on each connection and waits for the next. For each line of standard input it prints how many
/// connections wait and what memory the process has; the heap after a collection that compacts.</summary>
internal sealed class IdleServer : ConnectionHandler
{
    private const int MostConnections = 20_000;
    private int _waiting;

    public static async Task ServeAsync(Arguments arguments)
    {
        var server = new IdleServer();
        var options = new ArqHostingOptions { MaxConnections = MostConnections, MaxConnectionsPerAddress = MostConnections };
        await Host.StartAsync(arguments.Address, server, options);
        while (await Console.In.ReadLineAsync() is not null)
        {
            Console.WriteLine($"connections={Volatile.Read(ref server._waiting)} {Memory.Describe()}");
        }
    }

    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        PipeReader input = connection.Transport.Input;
        ReadResult read = await input.ReadAsync();
        await connection.Transport.Output.WriteAsync(new byte[1]);
        input.AdvanceTo(read.Buffer.End);
        Interlocked.Increment(ref _waiting);
        read = await input.ReadAsync();
        Interlocked.Decrement(ref _waiting);
        input.AdvanceTo(read.Buffer.End);
    }
}
