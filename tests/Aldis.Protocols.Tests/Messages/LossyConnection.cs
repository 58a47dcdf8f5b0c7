using System.Buffers;
using System.Text;
using Aldis.Protocols.Framing;
using Aldis.Protocols.Messages;

namespace Aldis.Protocols.Tests.Messages;

/// <summary>One connection of <see cref="LossyWorld"/>: bytes on their way in both directions, and the server's side of it.</summary>
internal sealed class LossyConnection
{
    private readonly PrefaceReader _preface = new(MessageSession.Service);
    private byte[] _unread = [];

    public List<byte> ToServer { get; } = [];

    public List<byte> ToClient { get; } = [];

    /// <summary>The text of each message the client sent on it.</summary>
    public Dictionary<long, string> Sent { get; } = [];

    public MessageSession? Session { get; private set; }

    public bool IsClosedByServer { get; private set; }

    /// <summary>True once the client's BYE was answered by BYE.</summary>
    public bool IsFarewell { get; private set; }

    /// <summary>Lets the server see the next bytes.</summary>
    public void Deliver(int count, Func<MessageSession> open, Func<MessageSession, long, string, NakCode?> append)
    {
        byte[] arrived = [.. _unread, .. ToServer.Take(count)];
        ToServer.RemoveRange(0, count);
        ReadOnlySequence<byte> received = new(arrived);
        if (Session is null && _preface.Read(ref received) == HandshakeStatus.Claimed)
        {
            Session = open();
        }

        while (Session is not null)
        {
            SessionStep step = Session.Read(ref received, out long sequence, out ReadOnlySequence<byte> payload);
            if (step == SessionStep.Append)
            {
                if (append(Session, sequence, Encoding.UTF8.GetString(payload)) is NakCode code)
                {
                    Session.HandleRefused(code);
                }
                else
                {
                    Session.HandleAppended();
                }
            }
            else if (step != SessionStep.Continue)
            {
                break;
            }
        }

        _unread = received.ToArray();
    }

    /// <summary>Moves what the server has to say onto the wire.</summary>
    public void Flush()
    {
        byte[] unit = new byte[64];
        while (Session is not null && Session.TryTakeUnit(unit))
        {
            ToClient.AddRange(unit);
            IsFarewell |= ServerUnit.TryParse(unit, out ServerUnit said) && said.Kind == ServerUnitKind.Bye;
        }

        IsClosedByServer = Session is { ShouldClose: true };
    }
}
