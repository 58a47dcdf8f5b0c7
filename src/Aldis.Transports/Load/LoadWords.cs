using System.Net.Sockets;
using Aldis.Protocols.Load;
using Aldis.Protocols.Text;
using Aldis.Transports.Addresses;
using Aldis.Transports.Dialing;

namespace Aldis.Transports.Load;

/// <summary>What went wrong with a load, by kind and as a sentence.</summary>
internal static class LoadWords
{
    /// <summary>What a socket reported when its connection was opened.</summary>
    /// <param name="error">What it reported.</param>
    public static LoadFailure KindOfConnect(SocketError error) => error switch
    {
        SocketError.ConnectionRefused => LoadFailure.ConnectRefused,
        SocketError.TimedOut => LoadFailure.ConnectTimeout,
        _ => LoadFailure.ConnectFailed,
    };

    /// <summary>What a connection that could not be opened means.</summary>
    /// <param name="exception">Why it could not.</param>
    public static LoadFailure KindOfConnect(CommunicationException exception) => exception switch
    {
        { Failure: CommunicationFailure.Timeout } => LoadFailure.ConnectTimeout,
        { InnerException: SocketException socket } => KindOfConnect(socket.SocketErrorCode),
        { Failure: CommunicationFailure.Refused } => LoadFailure.ConnectRefused,
        { Failure: CommunicationFailure.Authentication } => LoadFailure.Authentication,
        _ => LoadFailure.ConnectFailed,
    };

    /// <summary>A connection could not be opened.</summary>
    /// <param name="address">Where to.</param>
    /// <param name="error">What the system reported.</param>
    public static string Connect(EndpointAddress address, SocketError error) =>
        DialFailure.Describe(address, new SocketException((int)error));

    /// <summary>A connection was not open in time.</summary>
    /// <param name="address">Where to.</param>
    /// <param name="timeout">The time.</param>
    public static string ConnectTimeout(EndpointAddress address, TimeSpan timeout) =>
        $"{address} did not take the connection within {Quantity.Duration(timeout)}.";

    /// <summary>A connection broke.</summary>
    /// <param name="address">Where to.</param>
    /// <param name="what">What the system says, without a stop.</param>
    public static string Broken(EndpointAddress address, string what) => $"{address} broke the connection: {what.TrimEnd('.')}.";

    /// <summary>A connection ended.</summary>
    /// <param name="address">Where to.</param>
    /// <param name="underWay">Requests that were not answered.</param>
    public static string Closed(EndpointAddress address, int underWay) => underWay > 0
        ? $"{address} closed the connection with {underWay} requests unanswered."
        : $"{address} closed the connection.";

    /// <summary>A request was not answered in time.</summary>
    /// <param name="address">Where to.</param>
    /// <param name="timeout">The time.</param>
    public static string Timeout(EndpointAddress address, TimeSpan timeout) =>
        $"{address} did not answer a request within {Quantity.Duration(timeout)}.";

    /// <summary>What came is no answer.</summary>
    /// <param name="address">Where from.</param>
    /// <param name="form">What is spoken.</param>
    /// <param name="reply">What came.</param>
    public static string Wrong(EndpointAddress address, LoadForm form, LoadReply reply) => reply.Failure switch
    {
        LoadFailure.Refused => $"{address} refused: {reply.Text}",
        LoadFailure.Authentication =>
            $"{address} wants a token (--token-file), and was shown none, or one that is wrong, expired or not for this client id: "
                + reply.Text,
        _ => $"{address} answered '{reply.Text}', which is no answer of '{form.Name}': it may speak something else (see --as)"
            + (form is TokenForm ? ", or ask for no token." : "."),
    };

    /// <summary>More came than was asked for.</summary>
    /// <param name="address">Where from.</param>
    /// <param name="form">What is spoken.</param>
    public static string TooMany(EndpointAddress address, LoadForm form) =>
        $"{address} sent more answers of '{form.Name}' than it was sent requests.";
}
