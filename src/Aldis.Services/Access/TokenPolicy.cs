using Aldis.Protocols.Access;
using Aldis.Protocols.Framing;
using Aldis.Services.Events;
using Aldis.Services.Hosting;
using Aldis.Services.Native;
using Aldis.Services.Reloading;
using Aldis.Transports.Addresses;

namespace Aldis.Services.Access;

/// <summary>
/// Lets in who shows a token of a file (docs/tokens.md), which is read again when it changes: a token that is taken out, or whose time is over,
/// ends the connections it let in, and so does one that is taken back here (<see cref="Revoke"/>). The file holds hashes; no token is kept, told or
/// logged. Thread-safe.
/// </summary>
internal sealed class TokenPolicy : IClientPolicy, IDisposable
{
    private static readonly ConnectionEnd Missing = new(ServiceEventCause.TokenMissing, "a token is required, and none was shown");

    private readonly ReloadedFile<TokenTable> _tokens;
    private readonly ExemptPeers _exempt;
    private readonly TokenAttempts _attempts;
    private readonly TokenRevocations _revocations;
    private readonly IServiceEvents _events;
    private readonly TimeProvider _time;

    /// <summary>Reads the tokens.</summary>
    /// <param name="path">The file.</param>
    /// <param name="conversations">The names of the conversations there are.</param>
    /// <param name="exempt">Who needs no token.</param>
    /// <param name="events">Who is told when the file is read again.</param>
    /// <param name="time">The clock.</param>
    /// <param name="revocations">What was taken back; nothing, and kept nowhere, if left out.</param>
    /// <exception cref="FormatException">It cannot be read, or is no such file; the message names it and the line.</exception>
    public TokenPolicy(
        string path,
        IReadOnlyCollection<string> conversations,
        ExemptPeers exempt,
        IServiceEvents events,
        TimeProvider time,
        TokenRevocations? revocations = null)
    {
        _exempt = exempt;
        _events = events;
        _revocations = revocations ?? new TokenRevocations();
        _time = time;
        _attempts = new TokenAttempts(time);
        _tokens = new ReloadedFile<TokenTable>(
            path, TokenFile.MaxBytes, content => Read(content, conversations), wrong => Tell(path, wrong, events), time);
    }

    /// <summary>The tokens that count now.</summary>
    public TokenTable Tokens => _tokens.Current;

    /// <summary>When a token was taken back.</summary>
    /// <param name="token">One of <see cref="Tokens"/>.</param>
    /// <returns>Null where it was not.</returns>
    public DateTimeOffset? FindRevocation(TokenEntry token) => _revocations.Find(token.Hash.Span);

    /// <summary>Takes a token back: it lets nobody in any more, and ends the connections it let in, whatever the file says.</summary>
    /// <param name="token">One of <see cref="Tokens"/>.</param>
    /// <param name="by">Who does it, as the event names it.</param>
    /// <inheritdoc cref="TokenRevocations.Add" path="/exception"/>
    public void Revoke(TokenEntry token, string by)
    {
        _revocations.Add(token, _time.GetUtcNow());
        TellChange(by, $"the token '{token.Name}' was taken back at the dashboard");
    }

    /// <summary>Gives a token back.</summary>
    /// <param name="token">One of <see cref="Tokens"/>.</param>
    /// <param name="by">Who does it, as the event names it.</param>
    /// <inheritdoc cref="TokenRevocations.Add" path="/exception"/>
    public void Restore(TokenEntry token, string by)
    {
        _revocations.Remove(token);
        TellChange(by, $"the token '{token.Name}' was given back at the dashboard");
    }

    /// <summary>Reads the file again.</summary>
    public void Reload() => _tokens.Reload();

    /// <inheritdoc/>
    public ValueTask<ClientVerdict> DecideAsync(ClientClaim claim, CancellationToken cancellationToken) => new(Decide(claim));

    /// <inheritdoc/>
    public ValueTask<ClientVerdict> DecidePlainAsync(ClientClaim claim, CancellationToken cancellationToken) =>
        new(IsExempt(claim) ? ClientVerdict.Allowed : Deny(claim, ClientVerdict.TokenRequired, new(
            ServiceEventCause.TokenMissing, "a token is required here, and this form shows none: speak the native form, with a token")));

    /// <summary>Whether datagrams of an address, which show no token, are answered.</summary>
    /// <param name="isLoopback">Whether it is one of this machine's own.</param>
    public bool IsAnswered(bool isLoopback) => isLoopback && _exempt.HasFlag(ExemptPeers.Loopback);

    /// <summary>Whether datagrams of a Unix domain socket, which show no token, are answered.</summary>
    public bool AreUnixDatagramsAnswered => _exempt.HasFlag(ExemptPeers.Unix);

    /// <inheritdoc/>
    public void Dispose() => _tokens.Dispose();

    // A file that was emptied is one that is being written: it would end every connection.
    private static TokenTable Read(byte[] content, IReadOnlyCollection<string> conversations) =>
        TokenFile.Read(content, conversations) is { Count: > 0 } table ? table : throw new FormatException(
            "it has no token: 'aldis token new NAME' prints one, and the line for this file.");

    private static void Tell(string path, string? wrong, IServiceEvents events) => events.Publish(wrong is null
        ? new ServiceEvent(ServiceEventKind.Reloaded, string.Empty, string.Empty) { Detail = $"the tokens of {path} were read again" }
        : new ServiceEvent(ServiceEventKind.ReloadRefused, string.Empty, string.Empty)
        {
            Cause = ServiceEventCause.ReloadFailed,
            Detail = $"{wrong.TrimEnd('.')}; the tokens of before go on counting",
        });

    private void TellChange(string by, string what) =>
        _events.Publish(new ServiceEvent(ServiceEventKind.TokenChanged, string.Empty, by) { Detail = what });

    private static ClientVerdict Deny(ClientClaim claim, ClientVerdict verdict, ConnectionEnd why)
    {
        if (claim.Connection is { } connection)
        {
            connection.Denial = why;
        }

        return verdict;
    }

    private ClientVerdict Decide(ClientClaim claim)
    {
        if (IsExempt(claim))
        {
            return ClientVerdict.Allowed;
        }

        if (claim.Token.IsEmpty)
        {
            return Deny(claim, ClientVerdict.TokenRequired, Missing);
        }

        if (claim.Connection is { } tried && !_attempts.MayTry(tried.Network))
        {
            return Deny(claim, ClientVerdict.Later, new(
                ServiceEventCause.TokenAttempts, "too many wrong tokens came from this address; another is looked at in some seconds"));
        }

        byte[] hash = new byte[TokenText.HashBytes];
        TokenText.Hash(claim.Token.Span, hash);
        TokenTable tokens = _tokens.Current;
        TokenVerdict verdict = tokens.Judge(hash, claim.Service, claim.Client, claim.Rights, _time.GetUtcNow());
        if (verdict != TokenVerdict.Unknown && _revocations.Find(hash) is not null)
        {
            return Deny(claim, ClientVerdict.TokenRequired, new(
                ServiceEventCause.TokenRevoked, $"its token '{tokens.Find(hash)!.Name}' was taken back"));
        }

        if (verdict == TokenVerdict.Allowed)
        {
            if (claim.Connection is { } connection)
            {
                connection.Standing = () => WhyNot(hash, claim.Service, claim.Client, claim.Rights);
            }

            return ClientVerdict.Allowed;
        }

        if (verdict == TokenVerdict.Unknown && claim.Connection is { } wrong)
        {
            _attempts.Count(wrong.Network);
        }

        return Deny(claim, ClientVerdict.TokenRequired, Describe(verdict, tokens.Find(hash)?.Name, claim));
    }

    private static ConnectionEnd Describe(TokenVerdict verdict, string? name, ClientClaim claim) => verdict switch
    {
        TokenVerdict.Expired => new(ServiceEventCause.TokenExpired, $"the time of its token '{name}' is over"),
        TokenVerdict.OtherClient => new(ServiceEventCause.TokenScope, $"its token '{name}' does not cover the client id '{claim.Client}'"),
        TokenVerdict.OtherConversation => new(ServiceEventCause.TokenScope, $"its token '{name}' is not for {claim.Service}"),
        TokenVerdict.OtherRight => new(
            ServiceEventCause.TokenScope, $"its token '{name}' does not give the right to {TokenFile.NamesOf(claim.Rights)}"),
        _ => new(ServiceEventCause.TokenUnknown, "its token is none of this server's"),
    };

    private ConnectionEnd? WhyNot(byte[] hash, string service, string client, ClientRights rights) => _revocations.Find(hash) is not null
        ? new(ServiceEventCause.TokenRevoked, "ended: its token was taken back")
        : _tokens.Current.Judge(hash, service, client, rights, _time.GetUtcNow()) switch
        {
            TokenVerdict.Allowed => null,
            TokenVerdict.Expired => new(ServiceEventCause.TokenExpired, "ended: the time of its token is over"),
            TokenVerdict.Unknown => new(ServiceEventCause.TokenRevoked, "ended: its token was taken back"),
            _ => new(ServiceEventCause.TokenRevoked, "ended: its token does not cover it any more"),
        };

    private bool IsExempt(ClientClaim claim) =>
        (_exempt.HasFlag(ExemptPeers.Loopback) && claim.IsLoopback)
        || (_exempt.HasFlag(ExemptPeers.Unix) && claim.Transport is TransportScheme.Unix or TransportScheme.UnixSeqpacket);
}
