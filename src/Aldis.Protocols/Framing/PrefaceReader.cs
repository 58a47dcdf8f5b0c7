using System.Buffers;

namespace Aldis.Protocols.Framing;

/// <summary>
/// The server's side of a native connection until the client is known, for whichever conversation: its preface, and its token where one
/// is required (docs/protocols/messages.md section 3.2). Who may be which client is not decided here: after
/// <see cref="HandshakeStatus.Claimed"/> the caller says so with <see cref="Decide"/>.
/// </summary>
internal sealed class PrefaceReader
{
    private readonly byte[] _service;

    /// <summary>Creates the reader of one connection.</summary>
    /// <param name="service">The conversation spoken here, for example <c>messages</c>; at most 12 bytes.</param>
    public PrefaceReader(ReadOnlySpan<byte> service)
    {
        _service = service.ToArray();
    }

    /// <summary>The id the client claims; empty until its preface is read.</summary>
    public string Client { get; private set; } = string.Empty;

    /// <summary>The token it showed, 1 to <see cref="TokenUnit.MaxLength"/> bytes; empty as long as it showed none.</summary>
    public ReadOnlyMemory<byte> Token { get; private set; }

    /// <summary>Why it is turned away; <see cref="PrefaceError.None"/> as long as it is not.</summary>
    public PrefaceError Error { get; private set; }

    /// <summary>Takes the next unit from the beginning of what has arrived.</summary>
    /// <param name="received">The bytes that follow what earlier calls consumed; it is sliced past what this call consumed.</param>
    /// <returns><see cref="HandshakeStatus.NeedMore"/>, <see cref="HandshakeStatus.Claimed"/> or
    /// <see cref="HandshakeStatus.Refused"/>; once it was refused or accepted, no further call is made.</returns>
    public HandshakeStatus Read(ref ReadOnlySequence<byte> received)
    {
        if (received.Length < ControlUnit.Size)
        {
            return HandshakeStatus.NeedMore;
        }

        Span<byte> unit = stackalloc byte[ControlUnit.Size];
        received.Slice(0, ControlUnit.Size).CopyTo(unit);
        received = received.Slice(ControlUnit.Size);
        Error = Client.Length == 0 ? ReadPreface(unit) : ReadToken(unit);
        return Error == PrefaceError.None ? HandshakeStatus.Claimed : HandshakeStatus.Refused;
    }

    /// <summary>Takes whether the client may be who it says.</summary>
    /// <param name="verdict">The verdict on <see cref="Client"/> and <see cref="Token"/>.</param>
    /// <returns><see cref="HandshakeStatus.Accepted"/>; <see cref="HandshakeStatus.NeedMore"/> where its token is to be read; otherwise
    /// <see cref="HandshakeStatus.Refused"/>: for its token where it showed one, for its id where it did not, and
    /// <c>busy</c> where it is to come later.</returns>
    public HandshakeStatus Decide(ClientVerdict verdict)
    {
        if (verdict == ClientVerdict.Allowed)
        {
            return HandshakeStatus.Accepted;
        }

        if (verdict == ClientVerdict.TokenRequired && Token.IsEmpty)
        {
            return HandshakeStatus.NeedMore;
        }

        Error = verdict == ClientVerdict.Later ? PrefaceError.Busy : Token.IsEmpty ? PrefaceError.Client : PrefaceError.Token;
        return HandshakeStatus.Refused;
    }

    private PrefaceError ReadPreface(ReadOnlySpan<byte> unit)
    {
        PrefaceError error = Preface.Parse(unit, _service, out string client);
        Client = client;
        return error;
    }

    private PrefaceError ReadToken(ReadOnlySpan<byte> unit)
    {
        if (!TokenUnit.TryParse(unit, out ReadOnlySpan<byte> token))
        {
            return PrefaceError.Token;
        }

        Token = token.ToArray();
        return PrefaceError.None;
    }
}
