namespace Aldis.Services.Files;

/// <summary>Is told of files that were received, to hand them on. Called by many connections at once.</summary>
public interface IFileReceived
{
    /// <summary>
    /// A file is stored: whole, durable, and under its name. Called once for each, before its client has the confirmation; where the process
    /// ends in between, not at all, though the file is there. What it throws is published as a fault and changes nothing.
    /// </summary>
    /// <param name="file">The file. Whatever takes its time with it does so elsewhere: the call is waited for.</param>
    void HandleReceived(FileReceipt file);
}
