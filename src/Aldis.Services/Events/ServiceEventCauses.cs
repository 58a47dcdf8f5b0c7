using Aldis.Protocols.Framing;
using Aldis.Protocols.Messages;

namespace Aldis.Services.Events;

/// <summary>The causes that the protocol of <c>messages</c> has words for.</summary>
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

    /// <summary>The cause of a refused plain header.</summary>
    /// <param name="refusal">Any but <see cref="PlainRefusal.None"/>.</param>
    public static ServiceEventCause Of(PlainRefusal refusal) =>
        refusal == PlainRefusal.OverLimit ? ServiceEventCause.TooLarge : ServiceEventCause.BadFrame;
}
