using System.Runtime.Versioning;

namespace Aldis.Benchmarks.Hostile;

/// <summary>What a server has to withstand.</summary>
[SupportedOSPlatform("linux")]
internal static class Attacks
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<Attack> All { get; } =
    [
        UnfinishedMessages.Attack,
        FailedSync.Attack,
        SilentUploads.Attack,
        UploadsEndTogether.Attack,
        UnfinishedOverArq.Attack,
        UnfinishedOverTls.Attack,
        ReconnectStorm.Attack,
        NewIdentities.Attack,
        SharedData.Attack,
        DatagramLoop.Attack,
        Hangup.Attack,
        LatePackets.Attack,
        OneNetwork.Attack,
        UnseenRefusals.Attack,
        KilledUploads.Attack,
        SlowHeaders.Attack,
        HeaderFloods.Attack,
        SynFlood.Attack,
        TlsHandshakes.Attack,
        WrongTokens.Attack,
        MillionIdentities.Attack,
        OpenNetwork.Attack,
    ];
}
