using Aldis.Protocols.Datagrams;

namespace Aldis.Protocols.Tests.Arq.Simulation;

/// <summary>Sees everything that crosses the border between an engine and the world.</summary>
internal interface IWorldObserver
{
    /// <summary>An engine filled one send.</summary>
    void OnTransmit(Host from, in Transmit transmit);

    /// <summary>One datagram of it goes to the link.</summary>
    void OnSent(Host from, Host to, ReadOnlySpan<byte> datagram);

    /// <summary>One datagram, or a batch of datagrams of one size, is about to be handed to an engine.</summary>
    void BeforeDelivery(Host to, ReadOnlySpan<byte> buffer, int segmentSize, bool isDamaged);

    /// <summary>It was handed over; nothing was yet sent or read because of it.</summary>
    void AfterDelivery(Host to, ReadOnlySpan<byte> buffer, int segmentSize, bool isDamaged);

    /// <summary>A host has nothing more to do at this time.</summary>
    void OnSettled(Host host);
}
