using System.Net;
using Aldis.Protocols.Measurement;
using Aldis.Transports;
using Aldis.Transports.Addresses;
using Aldis.Transports.Datagrams;
using Aldis.Transports.Dialing;
using Aldis.Transports.Randomness;

namespace Aldis.Cli.Verbs.Ping;

/// <summary>Asks a server that sends datagrams back (RFC 862).</summary>
internal sealed class DatagramPinger : IPinger
{
    private readonly ClientDatagramSocket _socket;
    private readonly Func<PingOutcome, ValueTask> _take;
    private readonly byte[] _message;
    private readonly ulong _run = BitConverter.ToUInt64(SystemRandom.GetBytes(sizeof(ulong)));
    private readonly string _server;
    private readonly CancellationTokenSource _closed = new();
    private readonly Task _reading;
    private long _lastSent;

    private DatagramPinger(ClientDatagramSocket socket, int size, Func<PingOutcome, ValueTask> take)
    {
        _socket = socket;
        _message = new byte[size];
        _take = take;
        _server = socket.RemoteEndPoint.ToString()!;
        Description = $" ({((IPEndPoint)socket.RemoteEndPoint).Address}): {size} data bytes";
        _reading = ReadAsync();
    }

    /// <inheritdoc/>
    public string NumberName => "udp_seq";

    /// <inheritdoc/>
    public string Description { get; }

    /// <summary>
    /// Makes a socket and begins to read. Where the host has several addresses, the one that answers first is asked from then on.
    /// </summary>
    /// <param name="address">The server.</param>
    /// <param name="found">The addresses of its host.</param>
    /// <param name="settings">How it is asked.</param>
    /// <param name="size">Bytes of each datagram, at least <see cref="ProbePayload.MinSize"/>.</param>
    /// <param name="take">Takes what became of requests.</param>
    /// <param name="cancellationToken">Stops looking.</param>
    /// <exception cref="CommunicationException">There is no way there.</exception>
    public static async Task<DatagramPinger> OpenAsync(
        EndpointAddress address,
        IPAddress[] found,
        PingSettings settings,
        int size,
        Func<PingOutcome, ValueTask> take,
        CancellationToken cancellationToken)
    {
        var options = new DialOptions { ConnectTimeout = settings.Timeout, Resolve = (_, _) => Task.FromResult(found) };
        ClientDatagramSocket socket = await ClientDatagramSocket.ConnectAsync(address, options, cancellationToken);
        try
        {
            if (socket.HasAlternatives)
            {
                await socket.AskAsync(new byte[size], new byte[size], settings.Timeout, cancellationToken);
            }
        }
        catch (CommunicationException)
        {
            // Nobody listens at any of them, which is what the first request will be told too.
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        return new DatagramPinger(socket, size, take);
    }

    /// <inheritdoc/>
    public async ValueTask<long> SendAsync(long number, CancellationToken cancellationToken)
    {
        ProbePayload.Write(_message, _run, number);
        Volatile.Write(ref _lastSent, number);
        long nowNs = MonotonicClock.NowNs;
        try
        {
            await _socket.SendAsync(_message, cancellationToken);
        }
        catch (CommunicationException)
        {
            // The system tells what became of an earlier datagram in place of sending this one.
            await _socket.SendAsync(_message, cancellationToken);
        }

        return nowNs;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _closed.CancelAsync();
        await _reading;
        _socket.Dispose();
        _closed.Dispose();
    }

    private async Task ReadAsync()
    {
        byte[] buffer = new byte[_message.Length + 1];
        while (!_closed.IsCancellationRequested)
        {
            try
            {
                int length = await _socket.ReceiveAsync(buffer, _closed.Token);
                bool isIntact = ProbePayload.TryRead(buffer.AsSpan(0, length), _run, _message.Length, out long number);
                await _take(new PingOutcome(number, MonotonicClock.NowNs, _server) { Length = length, IsDamaged = !isIntact });
            }
            catch (CommunicationException exception)
            {
                await _take(new PingOutcome(Volatile.Read(ref _lastSent), MonotonicClock.NowNs, string.Empty)
                {
                    IsOfAllBefore = true,
                    Reason = exception.Message,
                    Failure = exception.Failure,
                });
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }
}
