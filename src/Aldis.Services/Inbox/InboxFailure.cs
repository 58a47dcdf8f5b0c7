using Aldis.Journal.Storage;
using Aldis.Protocols.Files;

namespace Aldis.Services.Inbox;

/// <summary>What a client of the native form is told of a failure.</summary>
internal static class InboxFailure
{
    // ENOSPC and EDQUOT of Linux, ERROR_DISK_FULL of Windows.
    private const int NoSpace = 28;
    private const int DiskQuota = 122;
    private const int WindowsDiskFull = unchecked((int)0x80070070);

    /// <summary>The code of a failure to store.</summary>
    /// <param name="exception">What was thrown.</param>
    public static RefusalCode CodeOf(Exception exception) => exception switch
    {
        InboxUncertainException => RefusalCode.Uncertain,
        InboxRefusedException refused => refused.Code,
        EntryExistsException => RefusalCode.Exists,
        IOException { HResult: NoSpace or WindowsDiskFull } => RefusalCode.DiskFull,
        IOException { HResult: DiskQuota } => RefusalCode.Quota,
        _ when DescriptorShortage.IsReasonOf(exception) => RefusalCode.Busy,
        _ => RefusalCode.NotStored,
    };
}
