using System.Net;
using System.Net.Sockets;

namespace Aldis.Tests;

/// <summary>
/// Connects to who may reset at once. An asynchronous connect ends by asking the socket for its error, so a reset directly behind the
/// handshake would be the connect's failure; a blocking one on this machine has ended before.
/// </summary>
internal static class LoopbackConnect
{
    public static Task ConnectWhateverFollowsAsync(this Socket socket, EndPoint server) => Task.Run(() => socket.Connect(server)).InTime();
}
