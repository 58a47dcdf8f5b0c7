using System.Net;
using Aldis.Protocols.Measurement;
using Aldis.Protocols.Ping;
using Aldis.Transports.Datagrams;
using Aldis.Transports.Icmp;
using Aldis.Transports.Randomness;

namespace Aldis.Cli.Verbs.Ping;

/// <summary>Asks a host by echo messages of ICMP. Answers are read on a thread of its own.</summary>
internal sealed class IcmpPinger : IPinger
{
    private readonly IcmpSocket _socket;
    private readonly IPAddress _target;
    private readonly Func<PingOutcome, ValueTask> _take;
    private readonly Action<string>? _draw;
    private readonly byte[] _packet;
    private readonly ulong _run = BitConverter.ToUInt64(SystemRandom.GetBytes(sizeof(ulong)));
    private readonly Thread _reading;
    private volatile bool _isClosed;

    /// <summary>Opens a socket and begins to read.</summary>
    /// <param name="target">The host.</param>
    /// <param name="size">Bytes of data in each request.</param>
    /// <param name="take">Takes what became of requests; it may wait, then the system drops what does not fit.</param>
    /// <param name="draw">Takes a drawing of each packet; null for none.</param>
    /// <exception cref="CommunicationException">There is no way there.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may send no ICMP.</exception>
    public IcmpPinger(IPAddress target, int size, Func<PingOutcome, ValueTask> take, Action<string>? draw)
    {
        _target = target;
        _take = take;
        _draw = draw;
        _packet = new byte[IcmpEcho.HeaderBytes + size];
        for (int index = IcmpEcho.HeaderBytes; index < _packet.Length; index++)
        {
            // What is too short for a number has a pattern alone.
            _packet[index] = (byte)index;
        }

        _socket = IcmpSocket.Open(target);
        Description = $" ({target}): {size} data bytes";
        _reading = new Thread(Read) { IsBackground = true, Name = "aldis ping" };
        _reading.Start();
    }

    /// <inheritdoc/>
    public string NumberName => "icmp_seq";

    /// <inheritdoc/>
    public string Description { get; }

    private bool IsIPv6 => _socket.Addresses.Length > 0;

    private bool IsNumbered => _packet.Length - IcmpEcho.HeaderBytes >= ProbePayload.MinSize;

    /// <inheritdoc/>
    public ValueTask<long> SendAsync(long number, CancellationToken cancellationToken)
    {
        if (IsNumbered)
        {
            ProbePayload.Write(_packet.AsSpan(IcmpEcho.HeaderBytes), _run, number);
        }

        IcmpEcho.WriteRequest(_packet, _socket.Identifier, (ushort)number, _socket.Addresses);
        _draw?.Invoke(PacketDrawing.Draw($"> to {_target}", _packet, _socket.Addresses));
        return ValueTask.FromResult(_socket.Send(_packet));
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _isClosed = true;
        _socket.Wake();
        _reading.Join();
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }

    private void Read()
    {
        while (!_isClosed)
        {
            while (!_isClosed && _socket.TryReceive(out IcmpMessage message))
            {
                Handle(message);
            }

            while (!_isClosed && _socket.TryReceiveReport(out IcmpReport report))
            {
                Handle(report);
            }

            if (!_isClosed)
            {
                _socket.Wait();
            }
        }
    }

    private void Handle(in IcmpMessage message)
    {
        ReadOnlySpan<byte> packet = message.Bytes.Span;
        if (!IcmpEcho.TryRead(packet, out IcmpEcho echo)
            || echo.Type != IcmpEcho.ReplyType(IsIPv6)
            || echo.Code != 0
            || echo.Identifier != _socket.Identifier
            || !message.From.GetAddressBytes().AsSpan().SequenceEqual(_target.GetAddressBytes()))
        {
            return;
        }

        var outcome = new PingOutcome(echo.Sequence, message.ReceivedNs, message.From.ToString(), IsSequence: true)
        {
            Length = packet.Length,
            TimeToLive = message.TimeToLive,
        };
        ReadOnlySpan<byte> data = packet[IcmpEcho.HeaderBytes..];
        if (!IsNumbered)
        {
            outcome = outcome with { IsDamaged = !data.SequenceEqual(_packet.AsSpan(IcmpEcho.HeaderBytes)) };
        }
        else if (ProbePayload.TryRead(data, _run, _packet.Length - IcmpEcho.HeaderBytes, out long number))
        {
            outcome = outcome with { Number = number, IsSequence = false };
        }
        else if (_socket.IsRaw && !data.StartsWith(_packet.AsSpan(IcmpEcho.HeaderBytes, sizeof(ulong))))
        {
            // A raw socket gets what belongs to another ping that chose the same identifier.
            return;
        }
        else
        {
            outcome = outcome with { IsDamaged = true };
        }

        _draw?.Invoke(PacketDrawing.Draw($"< from {message.From}", packet, _socket.Addresses));
        Take(outcome);
    }

    private void Handle(in IcmpReport report)
    {
        if (!IcmpEcho.TryRead(report.Quoted.Span, out IcmpEcho echo)
            || echo.Type != IcmpEcho.RequestType(IsIPv6)
            || echo.Identifier != _socket.Identifier)
        {
            return;
        }

        string reason = report.From is null ? report.Words : IcmpReason.Describe(IsIPv6, report.Type, report.Code);
        _draw?.Invoke($"< from {report.From?.ToString() ?? "this system"}: about sequence {echo.Sequence}: {reason}\n");
        Take(new PingOutcome(echo.Sequence, MonotonicClock.NowNs, report.From?.ToString() ?? string.Empty, IsSequence: true)
        {
            Reason = reason,
            Icmp = report.From is null ? null : (report.Type, report.Code),
        });
    }

    private void Take(in PingOutcome outcome) => _take(outcome).AsTask().GetAwaiter().GetResult();
}
