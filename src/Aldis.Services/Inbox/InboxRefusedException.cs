using Aldis.Protocols.Files;

namespace Aldis.Services.Inbox;

/// <summary>A file is not taken; what is stored already is untouched.</summary>
/// <param name="message">Why, in one sentence.</param>
internal sealed class InboxRefusedException(string message) : IOException(message)
{
    /// <summary>What a client of the native form is told.</summary>
    internal RefusalCode Code { get; init; } = RefusalCode.NotStored;

    /// <summary>Whether that is for want of file descriptors, which passes.</summary>
    internal bool IsForDescriptors { get; init; }

    /// <summary>The system gave no thread to wait for the disk, which passes too.</summary>
    internal static InboxRefusedException ForWantOfThread(TaskSchedulerException exception) =>
        new($"there is no thread to store it: {exception.InnerException?.Message}") { Code = RefusalCode.Busy };
}
