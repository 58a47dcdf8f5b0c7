using System.Buffers;
using System.Diagnostics;
using System.Net.Sockets;
using Aldis.Protocols.Framing;
using Aldis.Protocols.Messages;

namespace Aldis.Cli.Tests.KillProof;

/// <summary>
/// A native client with a window. Its disk is <see cref="_persisted"/>, written before what it describes is sent; now and then it is killed, in
/// the middle of a write or right behind it, and begins again with nothing but that.
/// </summary>
internal sealed class NativeProofClient(ProofNetwork network, ProofAccount account, int seed)
{
    private const int RoundsPerKill = 30;
    private const int MostPending = 300;

    private readonly Random _random = new(seed);
    private readonly byte[] _received = new byte[16 * 1024];
    private readonly ArrayBufferWriter<byte> _outgoing = new();
    private SenderState _persisted;
    private bool _isOver;

    /// <summary>How often it was killed.</summary>
    public int Kills { get; private set; }

    /// <summary>Why it gave up, or null.</summary>
    public string? Problem { get; private set; }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!_isOver)
        {
            await LiveAsync(cancellationToken);
        }
    }

    /// <summary>One life, from the start of the program to its end or its death.</summary>
    private async Task LiveAsync(CancellationToken cancellationToken)
    {
        var sender = new MessageSender(account.Name, _persisted);
        for (long sequence = _persisted.Acknowledged; sequence < _persisted.Assigned; sequence++)
        {
            Offer(sender);
        }

        while (true)
        {
            using Socket socket = await network.ConnectAsync(cancellationToken);
            sender.HandleConnected();
            if (!await TalkAsync(sender, socket, cancellationToken))
            {
                Kills++;
                return;
            }

            if (sender.End == SenderEnd.PlainServer)
            {
                // A server that is killed twice before it answers looks like a plain one; a person would start the client again.
                return;
            }

            if (!SenderEnds.AllowsReconnect(sender.End))
            {
                Problem = sender.End == SenderEnd.Completed ? null : $"{account.Name} ended with {sender.End} at {sender.State}";
                _isOver = true;
                return;
            }
        }
    }

    /// <summary>One connection.</summary>
    /// <returns>False if the client was killed.</returns>
    private async Task<bool> TalkAsync(MessageSender sender, Socket socket, CancellationToken cancellationToken)
    {
        int length = 0;
        try
        {
            while (sender.End == SenderEnd.None)
            {
                Collect(sender);
                _persisted = sender.State;
                if (_random.Next(RoundsPerKill) == 0)
                {
                    int torn = _random.Next(_outgoing.WrittenCount + 1);
                    await ProofSocket.SendAsync(socket, _outgoing.WrittenMemory[..torn], cancellationToken);
                    return false;
                }

                await ProofSocket.SendAsync(socket, _outgoing.WrittenMemory, cancellationToken);
                int received = await socket.ReceiveAsync(_received.AsMemory(length), cancellationToken);
                if (received == 0)
                {
                    sender.HandleEnded(isOrderly: true);
                    break;
                }

                length = Take(sender, length + received);
            }
        }
        catch (SocketException)
        {
            sender.HandleEnded(isOrderly: false);
        }

        return true;
    }

    private void Offer(MessageSender sender) => sender.Offer(sender.LastOffered + 1, ProofMessage.LengthOf(account.Name, sender.LastOffered + 1));

    /// <summary>Everything that may be sent now.</summary>
    private void Collect(MessageSender sender)
    {
        if (network.IsFinishing)
        {
            sender.Finish();
        }
        else
        {
            while (sender.PendingCount < MostPending)
            {
                Offer(sender);
            }
        }

        _outgoing.ResetWrittenCount();
        while (sender.TryTakeUnit(_outgoing.GetSpan(ControlUnit.Size)))
        {
            _outgoing.Advance(ControlUnit.Size);
        }

        while (sender.TryTakeMessage(Now(), out OutgoingMessage message))
        {
            ClientUnit.WriteMessage(message.Length, message.Sequence, _outgoing.GetSpan(ControlUnit.Size));
            _outgoing.Advance(ControlUnit.Size);
            _outgoing.Write(ProofMessage.Create(account.Name, message.Item));
        }
    }

    /// <summary>Gives what has arrived to the sender and keeps the rest.</summary>
    private int Take(MessageSender sender, int length)
    {
        var received = new ReadOnlySequence<byte>(_received, 0, length);
        sender.Read(ref received, Now());
        received.CopyTo(_received);
        while (sender.TryTakeEvent(out SenderEvent what))
        {
            if (what.Kind == SenderEventKind.Acknowledged)
            {
                network.Acknowledged(account.Acknowledge(what.Last));
            }
        }

        return (int)received.Length;
    }

    private static long Now() => (long)(Stopwatch.GetTimestamp() * (1e9 / Stopwatch.Frequency));
}
