namespace Aldis.Dashboard.Api;

/// <summary>Packets that were sent again, by cause.</summary>
/// <param name="AfterTimeout">A timer fired.</param>
/// <param name="AfterGap">The peer's acknowledgements showed them missing.</param>
/// <param name="InRewind">Go-back-N went back behind a lost one.</param>
internal sealed record RepetitionsView(long AfterTimeout, long AfterGap, long InRewind);
