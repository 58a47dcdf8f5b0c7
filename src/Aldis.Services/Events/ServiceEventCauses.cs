using Aldis.Protocols.Files;
using Aldis.Protocols.Framing;
using Aldis.Protocols.Messages;

namespace Aldis.Services.Events;

/// <summary>The causes that the protocols of <c>messages</c> and <c>files</c> have words for.</summary>
internal static class ServiceEventCauses
{
    /// <summary>The cause of a NAK.</summary>
    /// <param name="code">Its code.</param>
    public static ServiceEventCause Of(NakCode code) => code switch
    {
        NakCode.Gap => ServiceEventCause.Gap,
        NakCode.Window => ServiceEventCause.Window,
        NakCode.Busy => ServiceEventCause.Busy,
        NakCode.DiskFull => ServiceEventCause.DiskFull,
        NakCode.TooLarge => ServiceEventCause.TooLarge,
        NakCode.BadFrame => ServiceEventCause.BadFrame,
        NakCode.Conflict => ServiceEventCause.Conflict,
        NakCode.Forgotten => ServiceEventCause.Forgotten,
        NakCode.Superseded => ServiceEventCause.Superseded,
        NakCode.ShuttingDown => ServiceEventCause.ServerStopping,
        NakCode.StoreFailed => ServiceEventCause.StoreFailed,
        NakCode.Token => ServiceEventCause.TokenRevoked,
        _ => throw new ArgumentOutOfRangeException(nameof(code)),
    };

    /// <summary>The cause of a refused preface.</summary>
    /// <param name="error">Any but <see cref="PrefaceError.None"/>.</param>
    public static ServiceEventCause Of(PrefaceError error) => error switch
    {
        PrefaceError.Version => ServiceEventCause.PrefaceVersion,
        PrefaceError.Service => ServiceEventCause.PrefaceService,
        PrefaceError.Client => ServiceEventCause.PrefaceClient,
        PrefaceError.Token => ServiceEventCause.PrefaceToken,
        PrefaceError.Busy => ServiceEventCause.Busy,
        PrefaceError.StoreFailed => ServiceEventCause.StoreFailed,
        _ => throw new ArgumentOutOfRangeException(nameof(error)),
    };

    /// <summary>The cause of a refused file.</summary>
    /// <param name="code">Its code.</param>
    public static ServiceEventCause Of(RefusalCode code) => code switch
    {
        RefusalCode.Exists or RefusalCode.Differs => ServiceEventCause.Exists,
        RefusalCode.TooLarge or RefusalCode.TooMany => ServiceEventCause.TooLarge,
        RefusalCode.Quota => ServiceEventCause.Quota,
        RefusalCode.DiskFull => ServiceEventCause.DiskFull,
        RefusalCode.BadName => ServiceEventCause.BadName,
        RefusalCode.Busy => ServiceEventCause.Busy,
        RefusalCode.Changed => ServiceEventCause.SourceChanged,
        RefusalCode.Unreadable => ServiceEventCause.SourceUnreadable,
        RefusalCode.Corrupt => ServiceEventCause.Corrupt,
        RefusalCode.NotStored => ServiceEventCause.NotStored,
        RefusalCode.Uncertain => ServiceEventCause.Uncertain,
        RefusalCode.Missing or RefusalCode.NotFound => ServiceEventCause.NotFound,
        RefusalCode.Digest or RefusalCode.BadFrame => ServiceEventCause.BadFrame,
        RefusalCode.NotShared => ServiceEventCause.NotShared,
        RefusalCode.Superseded => ServiceEventCause.Superseded,
        RefusalCode.ShuttingDown => ServiceEventCause.ServerStopping,
        RefusalCode.StoreFailed => ServiceEventCause.StoreFailed,
        RefusalCode.Token => ServiceEventCause.TokenScope,
        _ => throw new ArgumentOutOfRangeException(nameof(code)),
    };

    /// <summary>The cause of a refused plain header.</summary>
    /// <param name="refusal">Any but <see cref="PlainRefusal.None"/>.</param>
    public static ServiceEventCause Of(PlainRefusal refusal) =>
        refusal == PlainRefusal.OverLimit ? ServiceEventCause.TooLarge : ServiceEventCause.BadFrame;
}
