namespace Aldis.Protocols.Arq.Congestion;

/// <summary>Which controller a connection gets.</summary>
internal static class CongestionControllers
{
    public static ICongestionController For(ConnectionOptions options, int datagramSize) => options switch
    {
        { Mode: ArqMode.StopAndWait } => new FixedWindow(1, datagramSize),
        { Congestion: CongestionProfile.Lab } => new FixedWindow(options.WindowFrames, datagramSize),
        { Congestion: CongestionProfile.Lossy } => new Lossy(datagramSize),
        _ => new Cubic(datagramSize),
    };
}
