using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Aldis.Protocols.Arq;
using Aldis.Protocols.Datagrams;

namespace Aldis.Benchmarks.Hostile;

/// <summary>Connections over <c>arq://</c> from one address, driven by one thread; each writes the same bytes.</summary>
internal sealed class ArqClients : IDisposable
{
    private const int OpeningAtOnce = 32;

    private readonly ArqEndpoint _endpoint = new(
        new EndpointOptions { MaxSegments = 1 }, new SeededArqRandom((ulong)Stopwatch.GetTimestamp()), new byte[32]);

    private readonly Dictionary<ArqConnection, int> _written = [];
    private readonly Socket _socket;
    private readonly PathKey _server;
    private readonly ReadOnlyMemory<byte> _bytes;
    private readonly bool _finish;
    private readonly byte[] _buffer = new byte[DatagramLimits.MaxPayload];
    private int _opening;

    /// <summary>Makes a socket.</summary>
    /// <param name="server">The listener.</param>
    /// <param name="from">The address to send from.</param>
    /// <param name="bytes">What each connection writes.</param>
    /// <param name="finish">Whether it ends its stream then.</param>
    public ArqClients(IPEndPoint server, IPAddress from, ReadOnlyMemory<byte> bytes, bool finish)
    {
        _socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveBufferSize = 1 << 20, Blocking = false };
        _socket.Bind(new IPEndPoint(from, 0));
        _socket.Connect(server);
        _server = PathKey.To(server.Address.GetAddressBytes(), (ushort)server.Port);
        _bytes = bytes;
        _finish = finish;
    }

    /// <summary>Connections that the server answered.</summary>
    public int Connected { get; private set; }

    /// <summary>Connections that ended in order.</summary>
    public int Closed { get; private set; }

    /// <summary>Connections that ended otherwise.</summary>
    public int Failed { get; private set; }

    /// <summary>Bytes that were read.</summary>
    public long BytesRead { get; private set; }

    /// <summary>Bytes that were acknowledged, or wait to be.</summary>
    public long BytesWritten { get; private set; }

    /// <summary>Is given every datagram that was sent.</summary>
    public Action<ReadOnlyMemory<byte>>? Sent { get; init; }

    private static long NowNs => (long)(Stopwatch.GetTimestamp() * (1e9 / Stopwatch.Frequency));

    /// <summary>Opens connections and drives them until the time is over, when those that are left are reset, or all have
    /// ended.</summary>
    public void Run(int count, CancellationToken over)
    {
        int opened = 0;
        while (!over.IsCancellationRequested && (opened < count || _written.Count > 0))
        {
            for (; opened < count && _opening < OpeningAtOnce; opened++, _opening++)
            {
                _written.Add(_endpoint.Connect(_server, new ConnectionOptions(), NowNs), 0);
            }

            foreach (ArqConnection connection in _written.Keys.ToArray())
            {
                Write(connection);
            }

            Turn();
        }

        foreach (ArqConnection connection in _written.Keys)
        {
            connection.Abort(ArqCloseCode.Aborted, NowNs);
        }

        Turn();
    }

    /// <summary>Sends a datagram as it is.</summary>
    public void SendAgain(ReadOnlySpan<byte> datagram) => _socket.Send(datagram);

    /// <summary>Receives what comes within a time, past the engine.</summary>
    /// <returns>The length of each.</returns>
    public List<int> ReceiveFor(TimeSpan time)
    {
        var lengths = new List<int>();
        long begin = Stopwatch.GetTimestamp();
        for (TimeSpan left = time; left > TimeSpan.Zero; left = time - Stopwatch.GetElapsedTime(begin))
        {
            if (_socket.Poll((int)left.TotalMicroseconds, SelectMode.SelectRead))
            {
                lengths.Add(_socket.Receive(_buffer));
            }
        }

        return lengths;
    }

    public void Dispose() => _socket.Dispose();

    private void Write(ArqConnection connection)
    {
        int written = _written[connection];
        if (written < _bytes.Length)
        {
            int count = connection.Write(_bytes.Span[written..], NowNs);
            _written[connection] = written += count;
            BytesWritten += count;
            if (written == _bytes.Length && _finish)
            {
                connection.Finish(NowNs);
            }
            else if (count > 0)
            {
                connection.Flush(NowNs);
            }
        }
    }

    private void Turn()
    {
        while (_endpoint.TryGetTransmit(_buffer, NowNs, out Transmit transmit))
        {
            Sent?.Invoke(_buffer.AsMemory(0, transmit.Length).ToArray());
            try
            {
                _socket.Send(_buffer.AsSpan(0, transmit.Length));
            }
            catch (SocketException)
            {
                // Lost, or nobody is there: the engine finds out.
            }
        }

        long waitNs = Math.Clamp(_endpoint.NextDeadlineNs - NowNs, 0, 5_000_000);
        if (_socket.Poll((int)(waitNs / 1000), SelectMode.SelectRead))
        {
            Receive();
        }

        _endpoint.OnTimer(NowNs);
        while (_endpoint.TryGetEvent(out ArqEvent occurred))
        {
            Take(occurred);
        }
    }

    private void Receive()
    {
        try
        {
            do
            {
                int length = _socket.Receive(_buffer);
                _endpoint.OnDatagram(_server, _buffer.AsSpan(0, length), length, NowNs);
            }
            while (_socket.Available > 0);
        }
        catch (SocketException)
        {
            // The port is closed.
        }
    }

    private void Take(in ArqEvent occurred)
    {
        switch (occurred.Kind)
        {
            case ArqEventKind.Connected:
                Connected++;
                _opening--;
                break;
            case ArqEventKind.Readable:
                for (int count; (count = occurred.Connection.Read(_buffer, NowNs)) > 0;)
                {
                    BytesRead += count;
                }

                break;
            case ArqEventKind.Closed:
                Closed++;
                _written.Remove(occurred.Connection);
                break;
            case ArqEventKind.Reset:
                Failed++;
                _opening -= _written.GetValueOrDefault(occurred.Connection) == 0 ? 1 : 0;
                _written.Remove(occurred.Connection);
                break;
            default:
                break;
        }
    }
}
