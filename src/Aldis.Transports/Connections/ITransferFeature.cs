namespace Aldis.Transports.Connections;

/// <summary>A feature of connections that counts the bytes which passed, below TLS. May be read from any thread, also after the end.</summary>
internal interface ITransferFeature
{
    /// <summary>Bytes the application's side took from the peer, from 0.</summary>
    long BytesReceived { get; }

    /// <summary>Bytes handed over for the peer, each counted once, from 0.</summary>
    long BytesSent { get; }

    /// <summary>Whether the application's side has something to say and waits until the peer reads what it has.</summary>
    bool AwaitsReader { get; }

    /// <summary>Bytes for the peer that wait here or in the operating system, as far as it tells. Costs a system call.</summary>
    long UnreadBytes { get; }
}
