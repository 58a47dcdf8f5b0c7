namespace Aldis.Protocols.Trials;

/// <summary>What the other side of a trial does with what it gets: the first byte of a connection, and of each datagram.</summary>
internal enum TrialUse : byte
{
    /// <summary>It sends it back.</summary>
    Echo = (byte)'e',

    /// <summary>It reads as fast as it can, and counts.</summary>
    Sink = (byte)'s',

    /// <summary>It reads slowly, and counts.</summary>
    SlowSink = (byte)'q',
}
