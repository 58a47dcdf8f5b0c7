using System.Net;
using System.Net.Sockets;

namespace Aldis.Transports.Packets;

/// <summary>
/// A Unix domain socket of which more is said than its path. It is no <see cref="UnixDomainSocketEndPoint"/>, so that no transport takes it
/// for one that says no more.
/// </summary>
/// <param name="path">Its path.</param>
/// <param name="type">What it carries.</param>
/// <param name="mode">The permissions of its file; null for those that the umask leaves.</param>
internal sealed class UnixSocketEndPoint(UnixDomainSocketEndPoint path, SocketType type, UnixFileMode? mode = null) : EndPoint
{
    /// <summary>Its path.</summary>
    public UnixDomainSocketEndPoint Path { get; } = path;

    /// <summary>What it carries.</summary>
    public SocketType Type { get; } = type;

    /// <inheritdoc/>
    public override AddressFamily AddressFamily => AddressFamily.Unix;

    /// <summary>Makes a socket that is bound there and has its permissions. Nobody is connected before it listens.</summary>
    /// <returns>The socket; the caller disposes it.</returns>
    /// <exception cref="SocketException">It cannot be bound.</exception>
    /// <exception cref="CommunicationException">The permissions of its file cannot be set.</exception>
    public Socket Bind()
    {
        Socket bound = PacketSocket.Create(Type);
        try
        {
            bound.Bind(Path);
            if (mode is { } permissions && !OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(Path.ToString(), permissions);
            }

            return bound;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            bound.Dispose();
            throw new CommunicationException(
                CommunicationFailure.Network, $"cannot listen on {this}: the permissions of its file cannot be set: {exception.Message}", exception);
        }
        catch
        {
            bound.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override bool Equals(object? other) => other is UnixSocketEndPoint place && place.Type == Type && place.Path.Equals(Path);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Type, Path);

    /// <inheritdoc/>
    public override string ToString() => Path.ToString();
}
