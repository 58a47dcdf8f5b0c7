using Aldis.Protocols.Files;
using Aldis.Protocols.Framing;
using Aldis.Services.Clients;
using Aldis.Transports;
using Aldis.Transports.Addresses;

namespace Aldis.Services.Files;

/// <summary>Why a connection of a transfer ended before its end, as its client says it.</summary>
/// <param name="failure">What kind of failure.</param>
/// <param name="message">A sentence.</param>
/// <param name="mayRetry">Whether another connection may fare better.</param>
internal sealed class TransferFault(CommunicationFailure failure, string message, bool mayRetry) : IOException(message)
{
    /// <summary>Whether another connection may fare better.</summary>
    public bool MayRetry { get; } = mayRetry;

    /// <summary>The same for a caller.</summary>
    public CommunicationException ToException() => new(failure, Message);

    /// <summary>The server broke the rules, or the line between changed what it said.</summary>
    public static TransferFault BrokenRule(EndpointAddress address) => new(
        CommunicationFailure.Integrity,
        $"what came from {address} is not what a files server says, or was changed on the way.",
        mayRetry: true);

    /// <summary>The server ended the connection with a word.</summary>
    public static TransferFault Of(RefusalCode code, EndpointAddress address) => code switch
    {
        RefusalCode.TooMany => new(
            CommunicationFailure.Refused, $"{address} does not take so many files, or so long names, in one transfer.", mayRetry: false),
        RefusalCode.NotShared => new(
            CommunicationFailure.Refused, $"{address} shares nothing: its server was started without --share.", mayRetry: false),
        RefusalCode.NotFound => new(CommunicationFailure.Refused, $"{address} shares no such file or directory.", mayRetry: false),
        RefusalCode.Superseded => new(
            CommunicationFailure.Refused,
            $"another connection took the same transfer over at {address}: the same copy runs twice.",
            mayRetry: false),
        RefusalCode.ShuttingDown => new(CommunicationFailure.Network, $"{address} is shutting down.", mayRetry: true),
        RefusalCode.StoreFailed => new(
            CommunicationFailure.Refused, $"the disk of {address} failed: it takes nothing until it is restarted.", mayRetry: true),
        RefusalCode.Busy => new(CommunicationFailure.Refused, $"{address} takes no transfer for now.", mayRetry: true),
        RefusalCode.Token => new(
            CommunicationFailure.Authentication,
            $"the token that was shown to {address} does not give the right to this, or counts no longer (ERROR token).",
            mayRetry: false),
        RefusalCode.Digest or RefusalCode.BadFrame => new(
            CommunicationFailure.Integrity, $"what was sent to {address} was changed on the way.", mayRetry: true),
        _ => BrokenRule(address),
    };

    /// <summary>The server turned the preface away.</summary>
    public static TransferFault Of(PrefaceError error, EndpointAddress address) => error switch
    {
        PrefaceError.Token => new(CommunicationFailure.Authentication, TokenSafety.Refused(address), mayRetry: false),
        PrefaceError.Busy => new(CommunicationFailure.Refused, $"{address} takes no client for now.", mayRetry: true),
        PrefaceError.StoreFailed => Of(RefusalCode.StoreFailed, address),
        PrefaceError.Service => new(
            CommunicationFailure.Refused, $"{address} speaks another conversation than files (error=service).", mayRetry: false),
        PrefaceError.Client => new(
            CommunicationFailure.Authentication,
            $"{address} does not allow this client id here, or not with this certificate (error=client).",
            mayRetry: false),
        _ => new(CommunicationFailure.Refused, $"{address} speaks another version of files (error=version).", mayRetry: false),
    };

    /// <summary>The server closed in the middle.</summary>
    public static TransferFault Closed(EndpointAddress address, string when) =>
        new(CommunicationFailure.Network, $"{address} closed the connection {when}.", mayRetry: true);

    /// <summary>The server closed before it had answered the preface.</summary>
    public static TransferFault ClosedEarly(EndpointAddress address) => new(
        CommunicationFailure.Network,
        $"{address} closed the connection before it had answered the preface.{Clients.EarlyEnd.Hint(address)}",
        mayRetry: true);

    /// <summary>Nothing was heard of the server.</summary>
    public static TransferFault Silent(EndpointAddress address, TimeSpan time) => new(
        CommunicationFailure.Timeout,
        $"{address} gave no answer within {Clients.ClientStream.Seconds(time)}; what is not confirmed is not known to be stored.",
        mayRetry: true);

    /// <summary>The answer to the preface is none.</summary>
    /// <param name="address">Whose.</param>
    /// <param name="answer">What came.</param>
    public static TransferFault NotNative(EndpointAddress address, ReadOnlySpan<byte> answer) => new(
        CommunicationFailure.Refused,
        answer.StartsWith(ClientPreface.Beginning)
            ? $"{address} sent back what it was sent, as an echo server does: is the port right?"
            : ForeignSpeech.Describe(answer) is { } kind
                ? $"{address} is no files server. {kind}"
                : $"{address} does not speak the native form of files; --plain sends a file without name or proof.",
        mayRetry: false);
}
