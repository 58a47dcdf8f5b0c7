using Aldis.Protocols.Arq;

namespace Aldis.Protocols.Tests.Arq.Simulation;

/// <summary>What the wire has shown of one end of a connection.</summary>
internal sealed class SideView(Host host)
{
    public Host Host { get; } = host;

    public StreamApplication? Application => Host.Applications.Count > 0 ? Host.Applications[0] : null;

    // As a sender of data.
    public long LastPacketNumber { get; set; } = -1;

    public long SentEnd { get; set; }

    public bool FinSent { get; set; }

    /// <summary>Largest limit in an acknowledgement that reached this end; before that, the limit of the opening exchange.</summary>
    public long Credit { get; set; }

    /// <summary>Largest cumulative acknowledgement that reached this end.</summary>
    public long Acknowledged { get; set; }

    public Dictionary<long, bool> AlternateBits { get; } = [];

    public long LastNewOffset { get; set; } = -1;

    public int NewDataSinceSettled { get; set; }

    public int DataSinceSettled { get; set; }

    /// <summary>Where the frame of each packet number begins, and when a copy of the frame there last left.</summary>
    public Dictionary<long, long> OffsetsSent { get; } = [];

    public Dictionary<long, long> LastSentNs { get; } = [];

    /// <summary>Where the frames begin that acknowledgements named to this end.</summary>
    public HashSet<long> ConfirmedOffsets { get; } = [];

    // As a receiver of data.
    public HashSet<long> ReceivedPacketNumbers { get; } = [];

    public ByteRanges ReceivedBytes { get; } = new();

    public long LastSerialNumber { get; set; } = -1;

    public long LastCumulative { get; set; }

    public long LastLimit { get; set; }

    public int AcksOwed { get; set; }

    // For the rule that a stale acknowledgement causes no send.
    public bool MustStaySilent { get; set; }

    // For the rule that damage changes nothing.
    public Fingerprint BeforeDamage { get; set; }

    /// <summary>What an application and a driver can see of an engine.</summary>
    internal readonly record struct Fingerprint(
        ConnectionState State, ConnectionStats Stats, long Unacknowledged, long Readable, long Deadline, int Connections);
}
