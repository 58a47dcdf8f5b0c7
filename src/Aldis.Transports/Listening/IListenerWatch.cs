using System.Net;

namespace Aldis.Transports.Listening;

/// <summary>Is told what becomes of listeners that die. The methods are called from any thread, and neither block nor throw.</summary>
internal interface IListenerWatch
{
    /// <summary>A listener died, and is about to be opened again.</summary>
    /// <param name="endPoint">The place that was asked for.</param>
    /// <param name="reason">What it died of.</param>
    void Failed(EndPoint endPoint, Exception reason);

    /// <summary>It is open again.</summary>
    /// <param name="endPoint">The place that was asked for.</param>
    void Reopened(EndPoint endPoint);

    /// <summary>It was tried often enough: nobody listens there any more.</summary>
    /// <param name="endPoint">The place that was asked for.</param>
    /// <param name="reason">Why it cannot be opened, or what it dies of again and again.</param>
    void Lost(EndPoint endPoint, Exception reason);
}
