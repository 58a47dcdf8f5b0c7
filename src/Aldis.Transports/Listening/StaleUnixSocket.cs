using System.Net;
using System.Net.Sockets;

namespace Aldis.Transports.Listening;

/// <summary>
/// A server that is killed leaves the file of its Unix socket behind, and the next one could not bind. The file is removed where
/// connecting to it says that nobody listens; a socket that is in use, and any other file, is left alone.
/// </summary>
internal static class StaleUnixSocket
{
    /// <summary>Looks, and removes it.</summary>
    /// <param name="place">A place that is to be bound, of any kind. Of what type the socket of the file is, and of what type the next one
    /// will be, counts for nothing: connecting to one that is open fails in another way.</param>
    public static void RemoveIfNobodyListens(EndPoint place)
    {
        EndPoint endPoint = ListenAddresses.NetworkEndPoint(place);
        string path = endPoint is UnixDomainSocketEndPoint ? endPoint.ToString()! : string.Empty;
        if (!File.Exists(path))
        {
            return;
        }

        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(endPoint);
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionRefused && IsSocket(path))
        {
            File.Delete(path);
        }
        catch (SocketException)
        {
            // No socket, or not ours to judge: binding says what is wrong.
        }
    }

    /// <summary>open(2) answers ENXIO for a socket; whatever can be opened is somebody's file.</summary>
    private static bool IsSocket(string path)
    {
        try
        {
            File.OpenHandle(path).Dispose();
            return false;
        }
        catch (IOException)
        {
            return true;
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
    }
}
