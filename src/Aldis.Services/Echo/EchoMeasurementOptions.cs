namespace Aldis.Services.Echo;

/// <summary>What <see cref="EchoMeasurement"/> sends.</summary>
internal sealed record EchoMeasurementOptions : ClientOptions
{
    /// <summary>Round trips on each connection; 0 for no end. Default 10.</summary>
    public long Count { get; init; } = 10;

    /// <summary>
    /// The time between two sends; zero (the default) sends the next when the last is answered. With an interval the schedule is fixed:
    /// a late reply delays no later time-stamp, because a round trip counts from the time it should have begun. Measuring from the
    /// actual send would leave out just the waiting that a slow server causes (coordinated omission).
    /// </summary>
    public TimeSpan Interval { get; init; }

    /// <summary>Payload bytes of each message where <see cref="Payload"/> is null. Default 32.</summary>
    public int Size { get; init; } = 32;

    /// <summary>What to send each time; null for a numbered pattern of <see cref="Size"/> bytes.</summary>
    public ReadOnlyMemory<byte>? Payload { get; init; }

    /// <summary>How many connections run at the same time, each in lock step. Default 1; datagrams have one.</summary>
    public int Connections { get; init; } = 1;

    /// <summary>Called for each reply, in order for each connection, never at the same time; it delays the measurement.</summary>
    public Action<EchoReply>? OnReply { get; init; }

    /// <summary>Bytes of each message.</summary>
    internal int MessageSize => Payload?.Length ?? Size;
}
