using System.Text;
using Aldis.Protocols.Framing;
using Aldis.Transports;
using Aldis.Transports.Addresses;

namespace Aldis.Services.Clients;

/// <summary>
/// The beginning of a conversation without a native form, where a token is shown (docs/tokens.md): the preface, and the token once the server
/// asks for it. One that does not is never shown it: it would take it for text.
/// </summary>
internal static class TokenPreface
{
    /// <summary>Connects, and shows the token where there is one.</summary>
    /// <param name="address">Where.</param>
    /// <param name="service">The conversation.</param>
    /// <param name="defaultPort">The port where the address names none.</param>
    /// <param name="options">The token, and limits; the defaults if null.</param>
    /// <param name="cancellationToken">Stops trying.</param>
    /// <returns>The open stream.</returns>
    /// <exception cref="CommunicationException">Nobody answers there, or the server does not take the token.</exception>
    public static async Task<ClientStream> ConnectAsync(
        EndpointAddress address, string service, int defaultPort, ClientOptions? options, CancellationToken cancellationToken)
    {
        ClientStream stream = await ClientStream.ConnectAsync(address, defaultPort, options, cancellationToken).ConfigureAwait(false);
        if (options is not { Token.Length: > 0 })
        {
            return stream;
        }

        try
        {
            await ShowAsync(stream, Encoding.ASCII.GetBytes(service), options, cancellationToken).ConfigureAwait(false);
            return stream;
        }
        catch
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static async Task ShowAsync(ClientStream stream, byte[] service, ClientOptions options, CancellationToken cancellationToken)
    {
        byte[] unit = new byte[ControlUnit.Size];
        Preface.Write(service, options.ClientId, unit);
        await stream.WriteAsync(unit.ToArray(), cancellationToken).ConfigureAwait(false);
        await ReadAsync(stream, unit, cancellationToken).ConfigureAwait(false);
        if (TokenUnit.IsRequest(unit))
        {
            TokenUnit.Write(Encoding.ASCII.GetBytes(options.Token), unit);
            await stream.WriteAsync(unit.ToArray(), cancellationToken).ConfigureAwait(false);
            await ReadAsync(stream, unit, cancellationToken).ConfigureAwait(false);
        }

        if (!Preface.IsAccepted(service, unit))
        {
            throw PrefaceErrors.TryParse(unit, out PrefaceError error)
                ? error == PrefaceError.Token
                    ? new CommunicationException(CommunicationFailure.Authentication, TokenSafety.Refused(stream.Address))
                    : Refused($"{stream.Address} refused the preface (error={Encoding.ASCII.GetString(PrefaceErrors.GetWord(error))}).")
                : NoToken(stream);
        }
    }

    // What differs from the first bytes of an answer is another server's: no more of it is waited for.
    private static async Task ReadAsync(ClientStream stream, byte[] unit, CancellationToken cancellationToken)
    {
        for (int length = 0; length < unit.Length;)
        {
            int read = await stream.ReadAsync(unit.AsMemory(length), cancellationToken).ConfigureAwait(false);
            length += read > 0 ? read : throw stream.ClosedEarly("before it answered the preface");
            int known = Math.Min(length, PrefaceDetector.Prefix.Length);
            if (!unit.AsSpan(0, known).SequenceEqual(PrefaceDetector.Prefix[..known]))
            {
                throw NoToken(stream);
            }
        }
    }

    private static CommunicationException NoToken(ClientStream stream) =>
        Refused($"{stream.Address} asks for no token, and took the preface for text: go without a token there.");

    private static CommunicationException Refused(string sentence) => new(CommunicationFailure.Refused, sentence);
}
