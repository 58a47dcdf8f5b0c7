using Aldis.Services.Access;
using Aldis.Services.Events;
using Aldis.Services.Hosting;

namespace Aldis.Cli.Verbs.Serve;

/// <summary>Where the tokens of a server are, and who needs none.</summary>
/// <param name="Path">The file.</param>
/// <param name="Exempt">Who needs none.</param>
internal sealed record TokenPlace(string Path, ExemptPeers Exempt)
{
    /// <summary>The same for people, as the end of a sentence.</summary>
    public string Exemption => Exempt switch
    {
        ExemptPeers.None => string.Empty,
        ExemptPeers.Loopback => ", but for those on this machine",
        ExemptPeers.Unix => ", but for those of Unix sockets",
        _ => ", but for those on this machine and of Unix sockets",
    };

    /// <summary>Reads the tokens, and which of them were taken back.</summary>
    /// <param name="data">The directory of the server's data.</param>
    /// <param name="conversations">The conversations there are.</param>
    /// <param name="events">Who is told when the file is read again.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="UsageException">They cannot be read.</exception>
    public TokenPolicy Open(string data, IEnumerable<Conversation> conversations, IServiceEvents events, TimeProvider time)
    {
        try
        {
            return new TokenPolicy(
                Path,
                [.. conversations.Select(static conversation => conversation.Name)],
                Exempt,
                events,
                time,
                TokenRevocations.Open(System.IO.Path.Combine(data, TokenRevocations.FileName)));
        }
        catch (FormatException exception)
        {
            throw new UsageException($"--tokens: {exception.Message}");
        }
    }
}
