namespace Aldis.Protocols.Datagrams;

/// <summary>
/// An engine that asks for sockets of their own for some of its peers, as TFTP does for each transfer (RFC 1350 section 4). The driver
/// opens each on the address of the engine's own socket, at a port that the system picks, and drives what was given for it until
/// <see cref="ISpawnedDatagramEngine.IsFinished"/>.
/// </summary>
internal interface IDatagramSocketRequester : IDatagramEngine
{
    /// <summary>Takes the next request. Asked after every call that could make one.</summary>
    /// <param name="engine">What shall have a socket; not used by this engine any more.</param>
    /// <returns>False if there is none.</returns>
    bool TryGetSocketRequest([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out ISpawnedDatagramEngine? engine);

    /// <summary>Tells that the system gave no socket: the peer gets no answer from a socket of its own.</summary>
    /// <param name="engine">What should have had it.</param>
    /// <param name="nowNs">Monotonic time in nanoseconds.</param>
    void OnSocketRefused(ISpawnedDatagramEngine engine, long nowNs);
}

/// <summary>An engine with a socket of its own, for as long as it needs it.</summary>
internal interface ISpawnedDatagramEngine : IDatagramEngine
{
    /// <summary>True when it has nothing more to send or to wait for: its socket is closed. Never false again after that.</summary>
    bool IsFinished { get; }
}
