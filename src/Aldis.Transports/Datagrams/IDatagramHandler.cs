using System.Net;

namespace Aldis.Transports.Datagrams;

/// <summary>Gives a datagram its meaning. Called by one loop at a time, never concurrently; must not block.</summary>
public interface IDatagramHandler
{
    /// <summary>Decides on one datagram.</summary>
    /// <param name="from">Who sent it. The object is the loop's own: valid only during the call.</param>
    /// <param name="length">Payload bytes, 0 to 65,507.</param>
    /// <returns>True to send the same bytes back to the sender.</returns>
    bool ShouldReturn(SocketAddress from, int length);
}
