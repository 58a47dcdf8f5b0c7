namespace Aldis.Transports.Trials;

/// <summary>What is compared: how bytes are carried.</summary>
internal enum TrialTransport
{
    /// <summary>TCP of the system.</summary>
    Tcp,

    /// <summary>TLS over TCP.</summary>
    Tls,

    /// <summary>A Unix stream socket.</summary>
    Unix,

    /// <summary>Datagrams without more.</summary>
    Udp,

    /// <summary>Reliable datagrams (docs/arq.md), one frame under way.</summary>
    ArqStopAndWait,

    /// <summary>Reliable datagrams that go back behind a loss.</summary>
    ArqGoBackN,

    /// <summary>Reliable datagrams that send again what is lost alone.</summary>
    ArqSelectiveRepeat,
}
