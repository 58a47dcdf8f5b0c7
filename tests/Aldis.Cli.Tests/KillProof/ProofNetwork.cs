using System.Net;
using System.Net.Sockets;

namespace Aldis.Cli.Tests.KillProof;

/// <summary>What the clients of a proof share: where the server is at the moment, when to finish, and how much was acknowledged in all.</summary>
internal sealed class ProofNetwork
{
    private readonly Lock _lock = new();
    private TaskCompletionSource<IPEndPoint> _server = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _acknowledged;
    private long _goal = long.MaxValue;
    private bool _isFinishing;

    /// <summary>Whether the clients take nothing new and end once all is acknowledged.</summary>
    public bool IsFinishing => Volatile.Read(ref _isFinishing);

    public void Finish() => Volatile.Write(ref _isFinishing, true);

    /// <summary>The server is there.</summary>
    public void ServerCame(IPEndPoint endPoint)
    {
        lock (_lock)
        {
            _ = _server.TrySetResult(endPoint);
        }
    }

    /// <summary>The server is about to go; clients that want to connect wait for the next.</summary>
    public void ServerGoes()
    {
        lock (_lock)
        {
            _server = new TaskCompletionSource<IPEndPoint>(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>Connects to the server as soon as there is one.</summary>
    public async Task<Socket> ConnectAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task<IPEndPoint> server;
            lock (_lock)
            {
                server = _server.Task;
            }

            IPEndPoint endPoint = await server.WaitAsync(cancellationToken);
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(endPoint, cancellationToken);
                return socket;
            }
            catch (SocketException)
            {
                // Killed a moment ago, and not yet noted.
                socket.Dispose();
                await Task.Delay(1, cancellationToken);
            }
        }
    }

    /// <summary>So many more messages were acknowledged.</summary>
    public void Acknowledged(long count)
    {
        if (Interlocked.Add(ref _acknowledged, count) >= Volatile.Read(ref _goal))
        {
            lock (_lock)
            {
                _ = _reached.TrySetResult();
            }
        }
    }

    /// <summary>Waits until so many more messages are acknowledged than now.</summary>
    public Task WaitForAcknowledgementsAsync(long count, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Volatile.Write(ref _goal, Volatile.Read(ref _acknowledged) + count);
            return _reached.Task.WaitAsync(cancellationToken);
        }
    }
}
