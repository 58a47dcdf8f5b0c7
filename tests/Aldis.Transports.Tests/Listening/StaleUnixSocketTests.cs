using System.Net.Sockets;
using Aldis.Transports.Listening;

namespace Aldis.Transports.Tests.Listening;

public sealed class StaleUnixSocketTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("aldis-test-").FullName;

    private string SocketPath => Path.Combine(_directory, "s");

    [Fact]
    public void What_a_killed_server_left_behind_is_removed()
    {
        // A second handle keeps the file when the first is disposed of, as a kill does.
        var endPoint = new UnixDomainSocketEndPoint(SocketPath);
        var killed = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        killed.Bind(endPoint);
        killed.Listen();
        string kept = SocketPath + ".kept";
        File.Move(SocketPath, kept);
        killed.Dispose();
        File.Move(kept, SocketPath);

        StaleUnixSocket.RemoveIfNobodyListens(endPoint);

        Assert.False(File.Exists(SocketPath));
    }

    [Fact]
    public void A_socket_that_is_listened_on_stays()
    {
        var endPoint = new UnixDomainSocketEndPoint(SocketPath);
        using var alive = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        alive.Bind(endPoint);
        alive.Listen();

        StaleUnixSocket.RemoveIfNobodyListens(endPoint);

        Assert.True(File.Exists(SocketPath));
    }

    [Fact]
    public void A_file_that_is_no_socket_stays()
    {
        File.WriteAllText(SocketPath, "somebody's data");

        StaleUnixSocket.RemoveIfNobodyListens(new UnixDomainSocketEndPoint(SocketPath));

        Assert.Equal("somebody's data", File.ReadAllText(SocketPath));
    }

    [Fact]
    public void An_empty_file_that_is_no_socket_stays()
    {
        File.WriteAllText(SocketPath, string.Empty);

        StaleUnixSocket.RemoveIfNobodyListens(new UnixDomainSocketEndPoint(SocketPath));

        Assert.True(File.Exists(SocketPath));
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
