namespace Aldis.Protocols.Arq.Congestion;

/// <summary>Packets given up together.</summary>
/// <param name="NowNs">When.</param>
/// <param name="LostBytes">Their sizes.</param>
/// <param name="LostInPhaseBytes">Of them, bytes that left in phase 1 of the controller.</param>
/// <param name="LostPackets">How many.</param>
/// <param name="NewestSentNs">When the newest of them left.</param>
/// <param name="InFlight">Bytes in flight without them.</param>
internal readonly record struct LossSample(
    long NowNs, long LostBytes, long LostInPhaseBytes, int LostPackets, long NewestSentNs, long InFlight);
