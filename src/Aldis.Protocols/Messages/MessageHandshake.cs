using System.Buffers;
using System.Security.Cryptography;
using Aldis.Protocols.Framing;

namespace Aldis.Protocols.Messages;

/// <summary>
/// The server's side of a native connection until the client is known: its preface, and its token where one is required
/// (docs/protocols/messages.md section 3.2). Only a client that is accepted may take over the id of another connection.
/// </summary>
public sealed class MessageHandshake
{
    private readonly byte[] _requiredToken;
    private bool _hasPreface;

    /// <summary>Creates the handshake of one connection.</summary>
    /// <param name="requiredToken">The token a client must show; empty where none is required.</param>
    public MessageHandshake(ReadOnlySpan<byte> requiredToken = default)
    {
        _requiredToken = requiredToken.ToArray();
    }

    /// <summary>The client's id, once it is accepted.</summary>
    public string Client { get; private set; } = string.Empty;

    /// <summary>Why it is turned away; <see cref="PrefaceError.None"/> as long as it is not.</summary>
    public PrefaceError Error { get; private set; }

    /// <summary>Takes the units it needs from the beginning of the stream.</summary>
    /// <param name="received">The bytes that follow what earlier calls consumed; it is sliced past what this call consumed.</param>
    /// <returns>The status; once it is final, no further call is made.</returns>
    public HandshakeStatus Read(ref ReadOnlySequence<byte> received)
    {
        Span<byte> unit = stackalloc byte[ControlUnit.Size];
        while (received.Length >= ControlUnit.Size)
        {
            received.Slice(0, ControlUnit.Size).CopyTo(unit);
            received = received.Slice(ControlUnit.Size);
            Error = _hasPreface ? CheckToken(unit) : CheckPreface(unit);
            if (Error != PrefaceError.None)
            {
                return HandshakeStatus.Refused;
            }

            if (_hasPreface || _requiredToken.Length == 0)
            {
                return HandshakeStatus.Accepted;
            }

            _hasPreface = true;
        }

        return HandshakeStatus.NeedMore;
    }

    private PrefaceError CheckPreface(ReadOnlySpan<byte> unit)
    {
        PrefaceError error = Preface.Parse(unit, MessageSession.Service, out string client);
        Client = client;
        return error;
    }

    private PrefaceError CheckToken(ReadOnlySpan<byte> unit) =>
        ClientUnit.TryGetToken(unit, out ReadOnlySpan<byte> token) && CryptographicOperations.FixedTimeEquals(token, _requiredToken)
            ? PrefaceError.None
            : PrefaceError.Token;
}
