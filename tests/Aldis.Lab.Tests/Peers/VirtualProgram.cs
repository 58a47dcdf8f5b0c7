using Aldis.Lab.Grading;
using Aldis.Lab.Peers;
using Aldis.Protocols.Datagrams;

namespace Aldis.Lab.Tests.Peers;

/// <summary>A program at the other side of the engine, in virtual time: what it is told, and when it wants to be woken.</summary>
internal abstract class VirtualProgram
{
    private static readonly PathKey Place = PathKey.To([127, 0, 0, 1], 40000);

    private readonly Queue<byte[]> _toEngine = new();
    private readonly byte[] _buffer = new byte[DatagramLimits.MaxPayload];

    /// <summary>When it wants to be woken.</summary>
    protected virtual long DeadlineNs => long.MaxValue;

    /// <summary>Runs both until the engine is over.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="startNs">What its clock says at the beginning.</param>
    public GradeReport Run(PeerEngine engine, long startNs = 1_000_000_000)
    {
        long nowNs = startNs;
        Start(0);
        for (int step = 0; !engine.IsOver; step++)
        {
            Assert.True(step < 1_000_000, "it does not end");
            while (_toEngine.TryDequeue(out byte[]? datagram))
            {
                engine.OnDatagram(Place, datagram, datagram.Length, nowNs);
                Collect(engine, nowNs, startNs);
            }

            nowNs = Math.Max(nowNs, Math.Min(engine.NextDeadlineNs, DeadlineNs == long.MaxValue ? long.MaxValue : startNs + DeadlineNs));
            engine.OnTimer(nowNs);
            Collect(engine, nowNs, startNs);
            OnTime(nowNs - startNs);
        }

        return engine.Grade();
    }

    /// <summary>Sends.</summary>
    protected void Send(PeerMessage message) => _toEngine.Enqueue(message.ToBytes());

    /// <summary>Sends anything.</summary>
    protected void Send(byte[] datagram) => _toEngine.Enqueue(datagram);

    /// <summary>Begins.</summary>
    protected abstract void Start(long nowNs);

    /// <summary>Is woken.</summary>
    protected virtual void OnTime(long nowNs)
    {
    }

    /// <summary>Takes a datagram.</summary>
    protected abstract void Take(PeerMessage message, long nowNs);

    private void Collect(PeerEngine engine, long nowNs, long startNs)
    {
        while (engine.TryGetTransmit(_buffer, nowNs, out Transmit transmit))
        {
            Take(PeerMessage.Read(_buffer.AsSpan(0, transmit.Length))!, nowNs - startNs);
        }
    }
}

/// <summary>One that does as a textbook says.</summary>
internal sealed class VirtualSender(PeerSettings settings, long frames) : VirtualProgram
{
    private readonly TextbookSender _sender = new(
        settings.Terms with { Frames = frames + 1 }, settings.Lab.TimeoutNanoseconds, settings.Lab.RestartsTimer);

    protected override long DeadlineNs => _sender.DeadlineNs;

    protected override void Start(long nowNs) => SendFrames(nowNs);

    protected override void OnTime(long nowNs)
    {
        _sender.OnTime(nowNs);
        SendFrames(nowNs);
    }

    protected override void Take(PeerMessage message, long nowNs)
    {
        _sender.OnAcknowledged(message, nowNs);
        SendFrames(nowNs);
    }

    private void SendFrames(long nowNs)
    {
        while (_sender.TrySend(nowNs, out long frame, out long number))
        {
            Send(new PeerMessage(PeerMessageKind.Data, number) { Payload = frame == frames ? default : PeerPayload.Of(frame, 30) });
        }
    }
}

/// <summary>One that answers as a textbook says, and tells what it hands on.</summary>
internal sealed class VirtualReceiver(PeerSettings settings) : VirtualProgram
{
    private readonly TextbookReceiver _receiver = new(settings.Terms);
    private long _told;

    public List<byte> Received { get; } = [];

    protected override void Start(long nowNs) => Send(new PeerMessage(PeerMessageKind.Hello, 0));

    protected override void Take(PeerMessage message, long nowNs)
    {
        _receiver.Take(message.Number, message.Payload, out _);
        while (_receiver.TryGetDelivered(out ReadOnlyMemory<byte> payload))
        {
            Received.AddRange(payload.Span);
            Send(new PeerMessage(PeerMessageKind.Deliver, new FrameNumbers(settings.Lab.SequenceBits).Of(_told++)));
        }

        Send(_receiver.Acknowledgement());
    }
}
